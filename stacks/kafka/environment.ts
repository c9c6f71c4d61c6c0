import type { KafkaAnswers } from './answers.ts';
import { copiesOf, leastInSync, PORTS, votersOf, type Member } from './members.ts';
import { AUTHORIZER, MEMBERS, superUsers } from './permissions.ts';
import { TARGETS } from './secrets.ts';
import { CLIENTS_ISSUER, DATA, LOGINS, MECHANISM, jaasOf } from './start.ts';

/** What each listener speaks, as every member prints it when it starts. */
export function protocolMap({ external, clients }: KafkaAnswers): string {
  const protocol = clients.login === 'certificate' ? 'SSL' : 'SASL_SSL';
  return [
    'INTERNAL:SSL',
    'CONTROLLER:SSL',
    `CLIENT:${protocol}`,
    ...(external.publish ? [`EXTERNAL:${protocol}`] : []),
  ].join();
}

/** The settings of a member. */
export function environmentOf(
  answers: KafkaAnswers,
  member: Member,
  members: readonly Member[],
  clusterId: string,
): Record<string, string> {
  const { id, node, broker, controller } = member;
  const { apart, heapMb } = answers.controllers;
  const listeners = broker ? listenersOf(member, answers) : [];
  const open = [
    ...(controller ? [['CONTROLLER', PORTS.controller] as const] : []),
    ...listeners.map(({ listener, port }) => [listener, port] as const),
  ];
  return {
    CLUSTER_ID: clusterId,
    KAFKA_NODE_ID: String(id),
    KAFKA_PROCESS_ROLES: [...(broker ? ['broker'] : []), ...(controller ? ['controller'] : [])].join(),
    KAFKA_CONTROLLER_QUORUM_VOTERS: votersOf(members.filter((each) => each.controller)),
    KAFKA_LISTENERS: open.map(([listener, port]) => `${listener}://:${port}`).join(),
    // The names do not end in SSL: the image’s own checks want key stores with passwords then.
    KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: protocolMap(answers),
    KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
    KAFKA_INTER_BROKER_LISTENER_NAME: 'INTERNAL',
    KAFKA_LOG_DIRS: DATA,
    // Copies of a partition go to as many nodes as there are. Brokers without one count as one rack
    // (StripedReplicaPlacer), so that topics are made in the middle of a roll, too.
    ...(broker ? { KAFKA_BROKER_RACK: node } : {}),
    // Of every listener that has none of its own: the members’ own CA, which signs nobody else but the administrator.
    KAFKA_SSL_KEYSTORE_TYPE: 'PEM',
    KAFKA_SSL_KEYSTORE_LOCATION: `/run/secrets/${TARGETS.peer}`,
    KAFKA_SSL_TRUSTSTORE_TYPE: 'PEM',
    KAFKA_SSL_TRUSTSTORE_LOCATION: `/run/secrets/${TARGETS.peersCa}`,
    ...(broker ? { KAFKA_LISTENER_NAME_INTERNAL_SSL_CLIENT_AUTH: 'required' } : {}),
    KAFKA_LISTENER_NAME_CONTROLLER_SSL_CLIENT_AUTH: 'required',
    ...(broker
      ? {
          KAFKA_ADVERTISED_LISTENERS: listeners.map((each) => `${each.listener}://${each.host}:${each.seen}`).join(),
          ...logins(
            answers,
            listeners.map(({ listener }) => listener).filter((listener) => listener !== 'INTERNAL'),
          ),
        }
      : {}),
    ...(apart ? principals(member) : {}),
    KAFKA_AUTHORIZER_CLASS_NAME: AUTHORIZER,
    KAFKA_SUPER_USERS: superUsers(answers, members).join(';'),
    KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
    ...copies(answers.brokers),
    KAFKA_HEAP_OPTS: `-Xmx${broker ? answers.heapMb : heapMb}m`,
    // Java keeps addresses for 30 s, and a member that restarts has a new one.
    KAFKA_OPTS: '-Dsun.net.inetaddr.ttl=5 -Dsun.net.inetaddr.negative.ttl=1 -XX:+ExitOnOutOfMemoryError',
  };
}

interface Listener {
  listener: string;
  /** In the container. */
  port: number;
  /** What whoever dials it is told. */
  host: string;
  seen: number;
}

function listenersOf({ name, outside }: Member, { external }: KafkaAnswers): Listener[] {
  return [
    { listener: 'INTERNAL', port: PORTS.internal, host: name, seen: PORTS.internal },
    { listener: 'CLIENT', port: PORTS.client, host: name, seen: PORTS.client },
    ...(outside === undefined
      ? []
      : [{ listener: 'EXTERNAL', port: PORTS.external, host: outside, seen: external.port }]),
  ];
}

/** How clients log in at these listeners, whose certificates are of the CA that they trust. */
function logins({ clients: { login } }: KafkaAnswers, listeners: readonly string[]): Record<string, string> {
  const ofEach = (settings: (prefix: string) => Record<string, string>): Record<string, string> =>
    Object.fromEntries(listeners.flatMap((listener) => Object.entries(settings(`KAFKA_LISTENER_NAME_${listener}`))));
  const seen = ofEach((prefix) => ({ [`${prefix}_SSL_KEYSTORE_LOCATION`]: `/run/secrets/${TARGETS.client}` }));
  switch (login) {
    case 'scram':
      return {
        KAFKA_SASL_ENABLED_MECHANISMS: MECHANISM.scram,
        ...seen,
        ...ofEach((prefix) => ({ [`${prefix}_SCRAM___SHA___512_SASL_JAAS_CONFIG`]: `${jaasOf('scram')};` })),
      };
    case 'plain':
      return {
        KAFKA_SASL_ENABLED_MECHANISMS: MECHANISM.plain,
        KAFKA_CONFIG_PROVIDERS: 'dir',
        KAFKA_CONFIG_PROVIDERS_DIR_CLASS: 'org.apache.kafka.common.config.provider.DirectoryConfigProvider',
        KAFKA_CONFIG_PROVIDERS_DIR_PARAM_ALLOWED_PATHS: LOGINS.directory,
        ...seen,
        ...ofEach((prefix) => ({
          [`${prefix}_PLAIN_SASL_JAAS_CONFIG`]: '${dir:' + `${LOGINS.directory}:${LOGINS.plain}}`,
        })),
      };
    case 'certificate':
      return {
        ...seen,
        ...ofEach((prefix) => ({
          [`${prefix}_SSL_TRUSTSTORE_LOCATION`]: CLIENTS_ISSUER,
          [`${prefix}_SSL_CLIENT_AUTH`]: 'required',
          // Whatever the CA of clients signs, no such name is that of a broker or of the administrator.
          [`${prefix}_SSL_PRINCIPAL_MAPPING_RULES`]: 'RULE:^(.*)$/client:$1/',
        })),
      };
  }
}

function principals({ broker, controller }: Member): Record<string, string> {
  const rule = `RULE:^CN=kafka-(controller-)?[0-9]+$/${MEMBERS}/,DEFAULT`;
  return {
    ...(broker ? { KAFKA_LISTENER_NAME_INTERNAL_SSL_PRINCIPAL_MAPPING_RULES: rule } : {}),
    ...(controller ? { KAFKA_LISTENER_NAME_CONTROLLER_SSL_PRINCIPAL_MAPPING_RULES: rule } : {}),
  };
}

/**
 * Three copies of everything as soon as there are three brokers. Controllers apart need them too: of a new topic that
 * does not say them the active one takes the copies (ControllerServer: setDefaultReplicationFactor), and its
 * min.insync.replicas becomes the cluster's.
 */
function copies(brokers: number): Record<string, string> {
  const factor = String(copiesOf(brokers));
  const least = String(leastInSync(brokers));
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
