import type { RunbookSection } from '../../src/sdk/definition.ts';
import type { KafkaAnswers } from './answers.ts';
import { ADMIN, PORTS, clientAddresses, outsideAddresses, type Broker } from './brokers.ts';
import { ADMIN_PASSWORD_FILE, CLIENT_CA_FILE } from './secrets.ts';
import { NETWORK } from './services.ts';
import { PRIVATE } from './start.ts';

/** What an operator of this cluster must know, for the README.md of its bundle. */
export function runbook(stack: string, answers: KafkaAnswers, brokers: readonly Broker[]): RunbookSection[] {
  return [
    clients(stack, answers, brokers),
    administration(stack, brokers),
    passwords(stack, brokers),
    nodes(stack, brokers),
  ];
}

const block = (...lines: string[]): string[] => ['```sh', ...lines, '```', ''];

function clients(stack: string, { external }: KafkaAnswers, brokers: readonly Broker[]): RunbookSection {
  return {
    title: 'How clients connect',
    markdown: [
      `- Services of this swarm: attach them to the network \`${stack}_${NETWORK}\` (in a stack file: ` +
        `\`external: true\`, \`name: ${stack}_${NETWORK}\`) and give them \`${clientAddresses(brokers)}\`.`,
      ...(external.publish
        ? [
            `- From outside: \`${outsideAddresses(brokers, external.port)}\`. Each name must resolve to its broker’s ` +
              'node: a broker sends its clients on to the others by these names.',
          ]
        : []),
      '- All of them speak `SASL_SSL` with `SCRAM-SHA-512`, and trust `secrets/' + CLIENT_CA_FILE + '`.',
      '',
      `This writes \`client.properties\` of the user \`${ADMIN}\`, who may do everything; in this directory:`,
      '',
      ...block(...clientProperties()),
      'Keep it as you keep `secrets/`. Give applications users of their own, below.',
    ].join('\n'),
  };
}

/** One file with everything in it; a PEM file on one line, as Java reads it. No value is an argument of a program. */
function clientProperties(): string[] {
  const login =
    'sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required ' +
    `username="${ADMIN}" password="`;
  return [
    '(umask 077; {',
    '  echo security.protocol=SASL_SSL; echo sasl.mechanism=SCRAM-SHA-512; echo ssl.truststore.type=PEM',
    `  printf ssl.truststore.certificates=; sed 's/$/\\\\n/' secrets/${CLIENT_CA_FILE} | tr -d '\\n'; echo`,
    `  printf '${login}'`,
    `  tr -d '\\n' < secrets/${ADMIN_PASSWORD_FILE}; echo '";'`,
    '} > client.properties)',
  ];
}

const first = (brokers: readonly Broker[]): string => brokers[0]?.name ?? '';
const inside = (stack: string, name: string): string => `$(docker ps -q -f name=${stack}_${name}.)`;
/** Options of every tool. */
const asAdmin = (name: string): string =>
  `--bootstrap-server ${name}:${PORTS.client} --command-config ${PRIVATE}/admin.properties`;
/** By the broker's own certificate: works whatever the administrator's password is. */
const asBroker = (name: string): string =>
  `--bootstrap-server ${name}:${PORTS.internal} --command-config ${PRIVATE}/broker.properties`;

/** Gives a user the password that is in a file; the tool reads it from a file, too. */
function setPassword(stack: string, name: string, who: string, user: string, file: string): string[] {
  return [
    `{ printf SCRAM-SHA-512=iterations=8192,password=; tr -d '\\n' < ${file}; } | docker exec -i ` +
      `${inside(stack, name)} sh -c '`,
    `  umask 077; cat > ${PRIVATE}/user; /opt/kafka/bin/kafka-configs.sh ${who} \\`,
    `    --alter --entity-type users --entity-name ${user} --add-config-file ${PRIVATE}/user; rm ${PRIVATE}/user'`,
  ];
}

function administration(stack: string, brokers: readonly Broker[]): RunbookSection {
  const name = first(brokers);
  const tool = (program: string, rest: string): string =>
    `docker exec ${inside(stack, name)} /opt/kafka/bin/${program} ${asAdmin(name)} ${rest}`;
  const copies = brokers.length === 1 ? 1 : 3;
  return {
    title: 'Topics, users, permissions',
    markdown: [
      `On ${brokers[0]?.node ?? ''}, in the container of ${name}, where \`${PRIVATE}/admin.properties\` is the ` +
        `settings of the user \`${ADMIN}\` (in memory; made at each start). A topic:`,
      '',
      ...block(tool('kafka-topics.sh', `--create --topic orders --partitions 3 --replication-factor ${copies}`)),
      'A user, whose password is in the file `password` (letters, digits, `_` and `-`; `openssl rand -hex 24` makes ' +
        'one). Never name a user `CN=…`: so are the brokers called, who may do everything.',
      '',
      ...block(...setPassword(stack, name, asAdmin(name), 'alice', 'password')),
      'What the user may do: write to a topic, and read from it as the group `billing`:',
      '',
      ...block(
        tool('kafka-acls.sh', '--add --allow-principal User:alice --producer --topic orders'),
        tool('kafka-acls.sh', '--add --allow-principal User:alice --consumer --topic orders --group billing'),
      ),
      'Nobody may do anything that no such line allows, and `--list` shows a user only what that user may see.',
    ].join('\n'),
  };
}

function passwords(stack: string, brokers: readonly Broker[]): RunbookSection {
  const name = first(brokers);
  return {
    title: 'Another password, other certificates',
    markdown: [
      `The file \`secrets/${ADMIN_PASSWORD_FILE}\` makes the user \`${ADMIN}\` when the cluster is made; afterwards ` +
        'the password is the cluster’s own. To change it, write the new one into that file, tell the cluster, then ' +
        '`bundle init . --yes` and `bundle deploy`, which restarts the brokers one at a time:',
      '',
      ...block(...setPassword(stack, name, asBroker(name), ADMIN, `secrets/${ADMIN_PASSWORD_FILE}`)),
      'Certificates: `bundle deploy --renew` issues again those that are due, one broker restarting after the other. ' +
        'Another CA of the brokers themselves (`peers-ca`) restarts all of them together: an outage.',
    ].join('\n'),
  };
}

function nodes(stack: string, brokers: readonly Broker[]): RunbookSection {
  const name = first(brokers);
  const tool = (program: string, rest: string): string =>
    `docker exec ${inside(stack, name)} /opt/kafka/bin/${program} ${asAdmin(name)} ${rest}`;
  const several = [
    `- More than half of the ${brokers.length} brokers must run, and two of the copies of a topic must be there for ` +
      '`acks=all`.',
    '- `bundle deploy` restarts one broker at a time, each only when the one before serves again. `docker stack ' +
      'deploy` by hand restarts all at once.',
    '- A broker whose disk is lost starts empty and takes its copies from the others.',
  ];
  return {
    title: 'Brokers',
    markdown: [
      'What is wrong with the cluster: its voters, and what has too few copies (nothing, if all is well):',
      '',
      ...block(
        tool('kafka-metadata-quorum.sh', 'describe --status'),
        tool('kafka-topics.sh', '--describe --under-replicated-partitions'),
      ),
      ...(brokers.length === 1 ? ['- One broker: clients wait while it restarts.'] : several),
      '- The number of brokers never changes: each is a controller, and the controllers are fixed when the cluster is ' +
        'made. A broker whose volume was made for other controllers refuses to start, and says so; set `brokers` back.',
      '- `KAFKA_MIN_INSYNC_REPLICAS` counts when the cluster is made; later `kafka-configs.sh --entity-type brokers ' +
        '--entity-default --alter` changes it.',
      '- The volumes stay when the stack is removed, and with them the cluster id of `bundle.lock.json`: ' +
        brokers.map((broker) => `\`${stack}_${broker.name}-data\` on ${broker.node}`).join(', ') +
        '.',
    ].join('\n'),
  };
}
