import type { RunbookSection } from '../../../src/sdk/definition.ts';
import { writeOver } from '../../common/write-over.ts';
import type { KafkaAnswers } from '../answers.ts';
import { ADMIN } from '../answers.ts';
import { ADMIN_PASSWORD_FILE, ADMIN_STORE, PEERS_CA_FILE, PEERS_CA_KEY_FILE, userFile } from '../secrets.ts';
import { PRIVATE } from '../start.ts';
import { asBroker, FOR_CLIENTS, block, inside } from './tools.ts';

/**
 * Gives a user the password that is in a file; the tool reads it from a file, too. @param who the tool's options
 */
export function setPassword(stack: string, who: string, user: string, file: string): string[] {
  return [
    `{ printf SCRAM-SHA-512=iterations=8192,password=; tr -d '\\n' < ${file}; } | docker exec -i ` +
      `${inside(stack)} sh -c '`,
    `  umask 077; cat > ${PRIVATE}/user; /opt/kafka/bin/kafka-configs.sh ${who} \\`,
    `    --alter --entity-type users --entity-name ${user} --add-config-file ${PRIVATE}/user; rm ${PRIVATE}/user'`,
  ];
}

/** Where files go that are made anew, until that is deployed: below `secrets/`, which git leaves out. */
const FORMER = 'secrets/former';

/** A changed password, and certificates. */
export function passwords(stack: string, answers: KafkaAnswers): RunbookSection {
  const {
    clients: { login },
    controllers,
  } = answers;
  return {
    title: login === 'certificate' ? 'Other certificates' : 'Another password, other certificates',
    markdown: [
      ...(login === 'scram' ? ofCluster(stack, answers) : login === 'plain' ? ofFiles() : revoked()),
      'Certificates: `bundle deploy --renew` issues again those that are due, one broker restarting after the other. ' +
        'If those by which they know each other have expired, they restart together; the plan says so. ' +
        `Another CA of the brokers themselves${controllers.apart ? ' and the controllers' : ''} (\`peers-ca\`) ` +
        'restarts all of them together: an outage.',
      '',
      ...leaked(login),
    ].join('\n'),
  };
}

const ofCluster = (stack: string, answers: KafkaAnswers): string[] => [
  `The password of \`${ADMIN}\` is in \`secrets/${ADMIN_PASSWORD_FILE}\` and, since it was made, in the cluster ` +
    'itself. To change it, write another one into that file (letters, digits, `_` and `-`):',
  '',
  ...block(
    `(umask 077; ${writeOver('openssl rand -hex 24', `secrets/${ADMIN_PASSWORD_FILE}`)})`,
    'bundle init . --yes',
    'bundle deploy',
  ),
  'The deployment tells the cluster first, and waits until every broker that runs lets in by it: from then on the ' +
    `old one is refused, and \`${FOR_CLIENTS}/client.properties\` must be written again (above); ` +
    'who is logged in stays so until the connection ends. Then the brokers restart, one at a time, for the ' +
    'tools in their containers. If the ' +
    'cluster does not take it, nothing restarts. If they must restart together (below, or once `secrets/` was lost), ' +
    'they do so first, and the cluster is told once all of them run.',
  '',
  'If `clients.login` was another one, `bundle deploy` tells the cluster of this password as well, once all brokers ' +
    `have restarted: until then those that have let \`${ADMIN}\` in by the password of an earlier time, or not at all. ` +
    'Other users are made then ("Topics, users, permissions"); those of an earlier time are there again, with the ' +
    'passwords of that time.',
  '',
  'If the stack is deployed by hand, or `verify` says that the brokers refuse the password of its secret, such as ' +
    'with volumes of before, this tells the cluster what the file says:',
  '',
  ...block(...setPassword(stack, asBroker(answers), ADMIN, `secrets/${ADMIN_PASSWORD_FILE}`)),
  'The passwords of other users are the cluster’s alone: the command of "Topics, users, permissions" that makes a ' +
    'user changes its password, too. Who is logged in by the old one stays so; that section says how a user loses ' +
    'what it may do at once.',
  '',
];

const ofFiles = (): string[] => [
  `The passwords are those of \`secrets/${ADMIN_PASSWORD_FILE}\` and, of a user, \`secrets/${userFile('NAME')}\` ` +
    '(letters, digits, `_` and `-`). To change one, write the new one into its file; the brokers restart one at a ' +
    'time, and each takes the new password, and no longer the old one, once it has:',
  '',
  ...block('bundle init . --yes', 'bundle deploy'),
];

/** Nothing is revoked: brokers and controllers let in whatever this CA has signed, until it ends. */
const leaked = (login: KafkaAnswers['clients']['login']): string[] => [
  `If the key of that CA got into wrong hands, or that of a member${login === 'certificate' ? ' or of the administrator' : ''} ` +
    '(`secrets/kafka-…-peer.pem`' +
    (login === 'certificate' ? `, \`secrets/${ADMIN_STORE}.pem\`` : '') +
    '), only another such CA shuts it out: what the present one has signed stays good until it ends. This makes it, and ' +
    'issues everything that it signs anew:',
  '',
  ...block(
    `(umask 077; mkdir -p ${FORMER} && mv secrets/${PEERS_CA_FILE} secrets/${PEERS_CA_KEY_FILE} ${FORMER})`,
    'bundle init . --new-secrets',
    'bundle deploy',
  ),
  (login === 'certificate'
    ? `Then write \`${FOR_CLIENTS}/admin.properties\` again ("How clients connect"), and remove `
    : 'Then remove ') + `\`${FORMER}\`. What clients see has a CA of its own ("Another CA of the clients").`,
];

const revoked = (): string[] => [
  'A client whose certificate must no longer do keeps its connection, and its certificate stays good until it ends: ' +
    'take its permissions away ("Topics, users, permissions").',
  '',
];
