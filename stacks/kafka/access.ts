import type { Access } from '../../src/sdk/definition.ts';
import type { KafkaAnswers } from './answers.ts';
import { brokersOf, clientAddresses, outsideAddresses } from './members.ts';
import { ADMIN } from './answers.ts';
import { ADMIN_PASSWORD_FILE, CLIENT_CA, CLIENT_CA_FILE, userStore } from './secrets.ts';
import { NETWORK } from './services.ts';
import { MECHANISM, jaasOf } from './start.ts';

/** The addresses that clients begin with, and the settings by which they log in. */
export function access(stack: string, answers: KafkaAnswers): Access {
  const { external, clients } = answers;
  const brokers = brokersOf(answers);
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
        title: clients.login === 'certificate' ? 'settings of a client' : `settings of ${ADMIN}`,
        file: { name: 'client.properties', text: `${settings(clients).join('\n')}\n` },
        notes: ['README.md of the bundle has the command that writes it with its values ("How clients connect")'],
      },
    ],
    trust: [CLIENT_CA],
    first: [`The user ${ADMIN} may do everything: give applications users of their own.`],
  };
}

/**
 * How long a client waits for a connection. A broker that restarts leaves an address where nobody answers. With Kafka's
 * own 10 s and Java's cache of names the longest pause of a producer in a roll was 9 to 11 s, with this and a short
 * cache 0.5 to 1.3 s (`npm run bench -- kafka`, 4.4.0).
 */
export const PATIENCE = 'socket.connection.setup.timeout.ms=2000';

/** In angle brackets what is in a file of `secrets/`; of users the first, or what one would be called. */
function settings({ login, users: [user = 'USER'] }: KafkaAnswers['clients']): string[] {
  const trust = ['ssl.truststore.type=PEM', `ssl.truststore.location=secrets/${CLIENT_CA_FILE}`, PATIENCE];
  if (login === 'certificate')
    return [
      'security.protocol=SSL',
      ...trust,
      'ssl.keystore.type=PEM',
      `ssl.keystore.location=<secrets/${userStore(user)}.pem>`,
    ];
  return [
    'security.protocol=SASL_SSL',
    `sasl.mechanism=${MECHANISM[login]}`,
    ...trust,
    `sasl.jaas.config=${jaasOf(login)} username="${ADMIN}" password="<secrets/${ADMIN_PASSWORD_FILE}>";`,
  ];
}
