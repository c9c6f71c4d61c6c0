import type { RunbookSection } from '../../../src/sdk/definition.ts';
import type { KafkaAnswers } from '../answers.ts';
import { ADMIN } from '../answers.ts';
import { ADMIN_PASSWORD_FILE, userFile } from '../secrets.ts';
import { PRIVATE } from '../start.ts';
import { AS_BROKER, block, inside } from './tools.ts';

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

/** A changed password, and certificates. */
export function passwords(stack: string, { clients: { login }, controllers }: KafkaAnswers): RunbookSection {
  return {
    title: login === 'certificate' ? 'Other certificates' : 'Another password, other certificates',
    markdown: [
      ...(login === 'scram' ? ofCluster(stack) : login === 'plain' ? ofFiles() : revoked()),
      'Certificates: `bundle deploy --renew` issues again those that are due, one broker restarting after the other. ' +
        `Another CA of the brokers themselves${controllers.apart ? ' and the controllers' : ''} (\`peers-ca\`) ` +
        'restarts all of them together: an outage.',
    ].join('\n'),
  };
}

const ofCluster = (stack: string): string[] => [
  `The file \`secrets/${ADMIN_PASSWORD_FILE}\` makes the user \`${ADMIN}\` when the cluster is made; afterwards ` +
    'the password is the cluster’s own. To change it, write the new one into that file, tell the cluster, then ' +
    '`bundle init . --yes` and `bundle deploy`, which restarts the brokers one at a time:',
  '',
  ...block(...setPassword(stack, AS_BROKER, ADMIN, `secrets/${ADMIN_PASSWORD_FILE}`)),
];

const ofFiles = (): string[] => [
  `The passwords are those of \`secrets/${ADMIN_PASSWORD_FILE}\` and, of a user, \`secrets/${userFile('NAME')}\` ` +
    '(letters, digits, `_` and `-`). To change one, write the new one into its file; the brokers restart one at a time, ' +
    'and each takes the new password, and no longer the old one, once it has:',
  '',
  ...block('bundle init . --yes', 'bundle deploy'),
];

const revoked = (): string[] => [
  'A client whose certificate must no longer do keeps its connection, and its certificate stays good until it ends: ' +
    'take its permissions away (`kafka-acls.sh --remove`).',
  '',
];
