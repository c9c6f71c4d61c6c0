import type { RunbookSection } from '../../../src/sdk/definition.ts';
import { PATIENCE } from '../access.ts';
import type { KafkaAnswers } from '../answers.ts';
import { PORTS, brokersOf, clientAddresses, outsideAddresses } from '../members.ts';
import { ADMIN } from '../answers.ts';
import { ADMIN_PASSWORD_FILE, ADMIN_STORE, CLIENT_CA_FILE, PEERS_CA_FILE, userFile, userStore } from '../secrets.ts';
import { NETWORK } from '../services.ts';
import { MECHANISM, jaasOf } from '../start.ts';
import { FIRST, FOR_CLIENTS, PRIVATELY, block } from './tools.ts';

/** How clients reach the cluster, and the files that let them in. */
export function clients(stack: string, answers: KafkaAnswers): RunbookSection {
  const { external } = answers;
  const { login } = answers.clients;
  const brokers = brokersOf(answers);
  const speaks =
    login === 'certificate'
      ? '- All of them speak `SSL`, want a certificate of the CA `secrets/' + CLIENT_CA_FILE + '`, and have one of it.'
      : `- All of them speak \`SASL_SSL\` with \`${MECHANISM[login]}\`, and trust \`secrets/${CLIENT_CA_FILE}\`.`;
  return {
    title: 'How clients connect',
    markdown: [
      `- Services of this swarm: attach them to the network \`${stack}_${NETWORK}\` (in a stack file: ` +
        `\`external: true\`, \`name: ${stack}_${NETWORK}\`) and give them \`${clientAddresses(brokers)}\`.`,
      `- ${OTHER_CLUSTER}${external.publish ? '' : ' (`external.publish`, which this one does not have)'}.`,
      ...(external.publish
        ? [
            `- From outside: \`${outsideAddresses(brokers, external.port)}\`. Each name must resolve to its broker’s ` +
              'node: a broker sends its clients on to the others by these names.',
          ]
        : []),
      speaks,
      `- ${JAVA}`,
      '',
      ...(login === 'certificate' ? certificates(answers) : logins(answers.clients.users, login)),
    ].join('\n'),
  };
}

/** Brokers have their advertised names in certificates, so that no longer name of the same service would do. */
const OTHER_CLUSTER =
  'A service that is attached to the networks of two such clusters finds only one of them: their brokers have the same ' +
  'names. Attach it to one, and give it the other by that one’s names for outside';

/** Of clients on the stack's network, where a task has the address. */
const JAVA =
  'A broker that restarts has another address on that network. Java keeps the old one for 30 s: give clients ' +
  '`-Dsun.net.inetaddr.ttl=5 -Dsun.net.inetaddr.negative.ttl=1` (Kafka’s own tools by `KAFKA_OPTS`), and ' +
  `\`${PATIENCE}\`, which the files below have, so that they do not wait long where nobody is any more.`;

function logins(users: readonly string[], login: 'scram' | 'plain'): string[] {
  return [
    `This writes \`${FOR_CLIENTS}/client.properties\` of the user \`${ADMIN}\`, who may do everything; in ` +
      'this directory:',
    '',
    ...block(...passwordProperties(login, ADMIN, ADMIN_PASSWORD_FILE)),
    `${KEPT} Give applications users of their own, below.`,
    ...users.flatMap((user) => ['', `\`${FOR_CLIENTS}/${user}.properties\` of the user \`${user}\`:`, '', ...block(...passwordProperties(login, user, userFile(user), user))]), // prettier-ignore
  ];
}

const KEPT = 'Git leaves that directory out; keep a copy elsewhere as you keep `secrets/`.';

/** One file with everything in it. No value is an argument of a program. */
function passwordProperties(login: 'scram' | 'plain', user: string, file: string, into = 'client'): string[] {
  return [
    `(${PRIVATELY}; {`,
    `  echo security.protocol=SASL_SSL; echo sasl.mechanism=${MECHANISM[login]}; echo ssl.truststore.type=PEM`,
    `  echo ${PATIENCE}`,
    `  printf ssl.truststore.certificates=; ${onOneLine(`secrets/${CLIENT_CA_FILE}`)}`,
    `  printf 'sasl.jaas.config=${jaasOf(login)} username="${user}" password="'`,
    `  tr -d '\\n' < secrets/${file}; echo '";'`,
    `} > ${FOR_CLIENTS}/${into}.properties)`,
  ];
}

function certificates({ clients: { users } }: KafkaAnswers): string[] {
  return [
    `This writes \`${FOR_CLIENTS}/admin.properties\` of the administrator, who may do everything, at ` +
      `\`${FIRST}:${PORTS.internal}\` on the stack’s network; in this directory:`,
    '',
    ...block(...certificateProperties('admin', ADMIN_STORE, PEERS_CA_FILE)),
    KEPT,
    ...users.flatMap((user) => [
      '',
      `\`${FOR_CLIENTS}/${user}.properties\` of \`${user}\`, whose name in permissions is \`User:client:CN=${user}\`:`,
      '',
      ...block(...certificateProperties(user, userStore(user), CLIENT_CA_FILE)),
    ]),
    '',
    'Others get a certificate from the CA of clients; the name in permissions is `User:client:` and the whole ' +
      'subject of the certificate.',
  ];
}

function certificateProperties(into: string, store: string, authority: string): string[] {
  const only = (what: string): string => `sed -n '/BEGIN ${what}/,/END ${what}/s/$/\\\\n/p' secrets/${store}.pem | tr -d '\\n'; echo`; // prettier-ignore
  return [
    `(${PRIVATELY}; {`,
    `  echo security.protocol=SSL; echo ssl.truststore.type=PEM; echo ssl.keystore.type=PEM; echo ${PATIENCE}`,
    `  printf ssl.truststore.certificates=; ${onOneLine(`secrets/${authority}`)}`,
    `  printf ssl.keystore.certificate.chain=; ${only('CERTIFICATE')}`,
    `  printf ssl.keystore.key=; ${only('PRIVATE KEY')}`,
    `} > ${FOR_CLIENTS}/${into}.properties)`,
  ];
}

/** A PEM file on one line, as Java reads it. */
const onOneLine = (file: string): string => `sed 's/$/\\\\n/' ${file} | tr -d '\\n'; echo`;
