import type { Access } from '../../src/sdk/definition.ts';
import type { KafkaAnswers } from './answers.ts';
import { ADMIN, clientAddresses, outsideAddresses, type Broker } from './brokers.ts';
import { ADMIN_PASSWORD_FILE, CLIENT_CA, CLIENT_CA_FILE } from './secrets.ts';
import { NETWORK } from './services.ts';

/** The addresses that clients begin with, and the settings of the administrator's. */
export function access(stack: string, { external }: KafkaAnswers, brokers: readonly Broker[]): Access {
  return {
    ways: [
      {
        title: 'in the swarm',
        url: clientAddresses(brokers),
        notes: [`for services attached to the network ${stack}_${NETWORK}`],
      },
      ...(external.publish
        ? [
            {
              title: 'outside',
              url: outsideAddresses(brokers, external.port),
              notes: ['each name must resolve to its broker’s node'],
            },
          ]
        : []),
      {
        title: `settings of ${ADMIN}`,
        file: { name: 'client.properties', text: `${clientSettings().join('\n')}\n` },
        notes: ['README.md of the bundle has the command that writes it with its values ("How clients connect")'],
      },
    ],
    trust: [CLIENT_CA],
    first: [`The user ${ADMIN} may do everything: give applications users of their own.`],
  };
}

/** In angle brackets what is in a file of `secrets/`. */
const clientSettings = (): string[] => [
  'security.protocol=SASL_SSL',
  'sasl.mechanism=SCRAM-SHA-512',
  'ssl.truststore.type=PEM',
  `ssl.truststore.location=secrets/${CLIENT_CA_FILE}`,
  'sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required ' +
    `username="${ADMIN}" password="<secrets/${ADMIN_PASSWORD_FILE}>";`,
];
