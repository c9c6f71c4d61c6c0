import type { RunbookSection } from '../../../src/sdk/definition.ts';
import { containerOf } from '../../common/containers.ts';
import { writeOver } from '../../common/write-over.ts';
import { storeEmbedded, type ImplyAnswers } from '../answers.ts';
import { MYSQL, storeNode } from '../members.ts';

/** A command in the store's container, which has the password in MYSQL_PWD: it is read from the secret's file there. */
export const inStore = (stack: string, command: string, flags = ''): string =>
  `docker exec ${flags}${containerOf(stack, MYSQL)} sh -c 'export MYSQL_PWD=$(cat /run/secrets/store-password); ` +
  `${command}'`;

/** It has the hashes of all passwords: below `secrets/`, which git leaves out. */
const DUMP = 'secrets/dumps/imply-store.sql';

const DUMP_ALL = 'mysqldump -uroot --all-databases --single-transaction --routines --events --set-gtid-purged=OFF';

/** What to keep a copy of. */
export function backup(stack: string, answers: ImplyAnswers): RunbookSection {
  const embedded = [
    `- **The store**: users, cluster settings and the list of all segments. On ${storeNode(answers)}, while it runs:`,
    '',
    '  ```sh',
    `  (umask 077; mkdir -p secrets/dumps; ${writeOver(inStore(stack, DUMP_ALL), DUMP)})`,
    '  ```',
    '',
    '  To bring it back into an empty volume, with the manager and all agents stopped (`docker service scale … =0`):',
    '',
    '  ```sh',
    `  ${inStore(stack, 'mysql -uroot', '-i ')} < ${DUMP}`,
    '  ```',
    '',
    '  The dump brings users and passwords along, root’s too; they hold once that MySQL is restarted. So ' +
      'restore with the `secrets/store-password` of the dump’s day.',
    '',
  ];
  const external = [
    '- **The store**, by your database’s own means: the manager’s database, and one of each cluster.',
    '',
  ];
  return {
    title: 'Back up',
    markdown: [
      ...(storeEmbedded(answers) ? embedded : external),
      `- **Deep storage** (\`${answers.deepStorage.type}\`), after the store: segments that the dump names must ` +
        'be there. What agents hold in their volumes is a cache of it.',
      `- **\`secrets/\`**${storeEmbedded(answers) ? ', the dump with it' : ''}: a swarm never gives a secret back.`,
      '- The rest of this directory is in git. ZooKeeper needs no copy: it holds the running cluster’s coordination.',
    ].join('\n'),
  };
}
