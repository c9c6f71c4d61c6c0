import type { RunbookSection } from '../../../src/sdk/definition.ts';
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
  const acl = (rest: string): string =>
    tool(stack, answers, 'kafka-acls.sh', `--add --allow-principal ${principal} ${rest}`);
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
      ...block(acl('--producer --topic orders'), acl('--consumer --topic orders --group billing')),
      'Nobody may do anything that no such line allows, and `--list` shows a user only what that user may see.',
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
          `(${PRIVATELY}; openssl rand -hex 24 > ${passwordFor('alice')})`,
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
