import type { RunbookSection } from '../../../src/sdk/definition.ts';
import { writeOver } from '../../common/write-over.ts';
import type { KafkaAnswers } from '../answers.ts';
import { copiesOf } from '../members.ts';
import { ADMIN } from '../answers.ts';
import { userFile, userStore } from '../secrets.ts';
import { PRIVATE } from '../start.ts';
import { setPassword } from './passwords.ts';
import { anyBroker, PRIVATELY, asAdmin, block, passwordFor, tool } from './tools.ts';

/** Topics, users and what they may do. */
export function administration(stack: string, answers: KafkaAnswers): RunbookSection {
  const { login, users } = answers.clients;
  const who =
    login === 'certificate'
      ? `\`${PRIVATE}/broker.properties\` is the broker’s own settings`
      : `\`${PRIVATE}/admin.properties\` is the settings of the user \`${ADMIN}\``;
  const [user = 'alice'] = users;
  const principal = login === 'certificate' ? `User:client:CN=${user}` : `User:${user}`;
  const acl = (rest: string): string => tool(stack, answers, 'kafka-acls.sh', rest);
  const may = ['--producer --topic orders', '--consumer --topic orders --group billing'].map(
    (what) => `--allow-principal ${principal} ${what}`,
  );
  return {
    title: 'Topics, users, permissions',
    markdown: [
      `${anyBroker(answers)} There ${who} (in memory; made at each start). A topic:`,
      '',
      ...block(
        tool(
          stack,
          answers,
          'kafka-topics.sh',
          `--create --topic orders --partitions 3 --replication-factor ${copiesOf(answers.brokers)}`,
        ),
      ),
      ...newUser(stack, answers),
      'What the user may do: write to a topic, and read from it as the group `billing`:',
      '',
      ...block(...may.map((what) => acl(`--add ${what}`))),
      'Nobody may do anything that no such line allows, and `--list` shows a user only what that user may see.',
      '',
      'A user that is to go: first its permissions, since nothing else works at once. They are listed:',
      '',
      ...block(acl(`--list --principal ${principal}`)),
      'and removed in the words by which they were given, with `--remove --force` for `--add`, until none is listed. ' +
        'The user may then do nothing but what everybody may (`User:*`), on open connections either:',
      '',
      ...block(...may.map((what) => acl(`--remove --force ${what}`))),
      ...userGoes(stack, answers),
    ].join('\n'),
  };
}

function newUser(stack: string, answers: KafkaAnswers): string[] {
  const { login, users } = answers.clients;
  const init = `bundle init . --yes --set 'clients.users=[${[...users, 'carol'].join()}]'`;
  switch (login) {
    case 'scram':
      return [
        `A user, with a password that is then in \`${passwordFor('alice')}\`; one of your own has letters, ` +
          'digits, `_` and `-` alone. Never name a user `CN=…`: brokers have such names, and may do everything.',
        '',
        ...block(
          `(${PRIVATELY}; ${writeOver('openssl rand -hex 24', passwordFor('alice'))}) &&`,
          ...setPassword(stack, asAdmin(answers), 'alice', passwordFor('alice')),
        ),
      ];
    case 'plain':
      return [
        `Another user: this makes the password in \`secrets/${userFile('carol')}\`, and restarts the brokers, one at ` +
          'a time.',
        '',
        ...block(init, 'bundle deploy'),
      ];
    case 'certificate':
      return [
        `Another user: this makes the certificate with its key in \`secrets/${userStore('carol')}.pem\`. Nothing ` +
          'restarts.',
        '',
        ...block(init),
      ];
  }
}

/** After its permissions. */
function userGoes(stack: string, answers: KafkaAnswers): string[] {
  const { login, users } = answers.clients;
  const init = `bundle init . --yes --set 'clients.users=[${users.slice(1).join()}]'`;
  const remove = '--alter --delete-config SCRAM-SHA-512 --entity-type users --entity-name alice';
  switch (login) {
    case 'scram':
      return [
        'Then the user itself:',
        '',
        ...block(tool(stack, answers, 'kafka-configs.sh', remove)),
        'Nobody logs in by that name any more; who is logged in stays so until the connection ends.',
      ];
    case 'plain':
      return [
        'Then the user itself:',
        '',
        ...block(init, 'bundle deploy'),
        'The brokers restart, one at a time, and each lets nobody in by that name once it has. Permissions that were ' +
          'not removed stay, for whoever gets the name later; so does the password: `bundle init --set`, or the ' +
          'wizard, says so, and how to have another made.',
      ];
    case 'certificate':
      return [
        'Then the user itself, so that its certificate is not issued again:',
        '',
        ...block(init),
        'The one that it has stays good until it ends, and lets in who then may do nothing.',
      ];
  }
}
