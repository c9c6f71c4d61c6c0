import type { ComposeService } from '../../src/sdk/compose.ts';
import { pinnedService } from '../common/pinned.ts';
import type { KafkaAnswers } from './answers.ts';
import { ADMIN, PORTS, votersOf, type Broker } from './brokers.ts';
import { TARGETS, mountsOf } from './secrets.ts';
import { DATA, START } from './start.ts';

export const NETWORK = 'kafka';

/** What each listener speaks, as the broker prints it when it starts. */
export function protocolMap({ external }: KafkaAnswers): string {
  return [
    'INTERNAL:SSL',
    'CONTROLLER:SSL',
    'CLIENT:SASL_SSL',
    ...(external.publish ? ['EXTERNAL:SASL_SSL'] : []),
  ].join();
}

/**
 * One broker that is also a controller. No health check: peers look for its name while it starts, and a task whose
 * health is not yet known has no name on the network.
 */
export function brokerService(
  stack: string,
  answers: KafkaAnswers,
  broker: Broker,
  brokers: readonly Broker[],
  clusterId: string,
): ComposeService {
  const { name, outside } = broker;
  return {
    image: answers.image,
    ...pinnedService({ stack, label: name, alias: name, network: NETWORK, reserve: answers.reserve }),
    // The image keeps its entrypoint.
    command: ['bash', '-c', START],
    environment: environmentOf(answers, broker, brokers, clusterId),
    secrets: mountsOf(broker),
    volumes: [{ type: 'volume', source: `${name}-data`, target: DATA }],
    ...(outside === undefined
      ? {}
      : { ports: [{ target: PORTS.external, published: answers.external.port, mode: 'host' as const }] }),
    stopGracePeriod: '3m',
  };
}

function environmentOf(
  answers: KafkaAnswers,
  { id, name, outside }: Broker,
  brokers: readonly Broker[],
  clusterId: string,
): Record<string, string> {
  const external = outside === undefined ? [] : [['EXTERNAL', PORTS.external, outside, answers.external.port] as const];
  const listeners = [
    ['INTERNAL', PORTS.internal, name, PORTS.internal] as const,
    ['CLIENT', PORTS.client, name, PORTS.client] as const,
    ...external,
  ];
  const logins = ['CLIENT', ...external.map(([listener]) => listener)];
  return {
    CLUSTER_ID: clusterId,
    KAFKA_NODE_ID: String(id),
    KAFKA_PROCESS_ROLES: 'broker,controller',
    KAFKA_CONTROLLER_QUORUM_VOTERS: votersOf(brokers),
    KAFKA_LISTENERS: [
      `CONTROLLER://:${PORTS.controller}`,
      ...listeners.map(([listener, port]) => `${listener}://:${port}`),
    ].join(),
    KAFKA_ADVERTISED_LISTENERS: listeners.map(([listener, , host, port]) => `${listener}://${host}:${port}`).join(),
    // The names do not end in SSL: the image’s own checks want key stores with passwords then.
    KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: protocolMap(answers),
    KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
    KAFKA_INTER_BROKER_LISTENER_NAME: 'INTERNAL',
    KAFKA_LOG_DIRS: DATA,
    // Of every listener that has none of its own: the brokers’ own CA, which signs nobody else.
    KAFKA_SSL_KEYSTORE_TYPE: 'PEM',
    KAFKA_SSL_KEYSTORE_LOCATION: `/run/secrets/${TARGETS.peer}`,
    KAFKA_SSL_TRUSTSTORE_TYPE: 'PEM',
    KAFKA_SSL_TRUSTSTORE_LOCATION: `/run/secrets/${TARGETS.peersCa}`,
    KAFKA_LISTENER_NAME_INTERNAL_SSL_CLIENT_AUTH: 'required',
    KAFKA_LISTENER_NAME_CONTROLLER_SSL_CLIENT_AUTH: 'required',
    KAFKA_SASL_ENABLED_MECHANISMS: 'SCRAM-SHA-512',
    ...Object.fromEntries(
      logins.flatMap((listener) => [
        [`KAFKA_LISTENER_NAME_${listener}_SSL_KEYSTORE_LOCATION`, `/run/secrets/${TARGETS.client}`],
        [
          `KAFKA_LISTENER_NAME_${listener}_SCRAM___SHA___512_SASL_JAAS_CONFIG`,
          'org.apache.kafka.common.security.scram.ScramLoginModule required;',
        ],
      ]),
    ),
    KAFKA_AUTHORIZER_CLASS_NAME: 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    KAFKA_SUPER_USERS: [...brokers.map((each) => `User:CN=${each.name}`), `User:${ADMIN}`].join(';'),
    KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
    ...copies(brokers.length),
    KAFKA_HEAP_OPTS: `-Xmx${answers.heapMb}m`,
    // Java keeps addresses for 30 s, and a broker that restarts has a new one.
    KAFKA_OPTS: '-Dsun.net.inetaddr.ttl=5 -Dsun.net.inetaddr.negative.ttl=1 -XX:+ExitOnOutOfMemoryError',
  };
}

/** Three copies of everything, two of which must have a record, as soon as there are three brokers. */
function copies(brokers: number): Record<string, string> {
  const [factor, least] = brokers === 1 ? ['1', '1'] : ['3', '2'];
  return {
    KAFKA_DEFAULT_REPLICATION_FACTOR: factor,
    KAFKA_MIN_INSYNC_REPLICAS: least,
    KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: factor,
    KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: factor,
    KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: least,
    KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR: factor,
    KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR: least,
  };
}
