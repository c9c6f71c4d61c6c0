import type { RunbookSection } from '../../../src/sdk/definition.ts';
import { storeEmbedded, type ImplyAnswers } from '../answers.ts';
import { MYSQL, managerNode, storeNode } from '../members.ts';
import { STORE_VOLUME } from '../secrets.ts';
import { DATA_DUMP, WHOLE_DUMP, makeDump, readDump } from './store-dump.ts';

const block = (line: string): string[] => ['  ```sh', `  ${line}`, '  ```', ''];

/** What to keep a copy of. */
export function backup(stack: string, answers: ImplyAnswers): RunbookSection {
  const embedded = [
    `- **The store**: users, cluster settings and the list of all segments. On ${storeNode(answers)}, while it runs:`,
    '',
    ...block(makeDump(stack, WHOLE_DUMP)),
    '  To bring it back into an empty volume, with the manager and all agents stopped (`docker service scale … =0`):',
    '',
    ...block(readDump(stack, WHOLE_DUMP)),
    '  The dump brings users and passwords along, root’s too; they hold once that MySQL is restarted. So ' +
      'restore with the `secrets/store-password` of the dump’s day.',
    '',
    ...fromOutside(stack, answers),
  ];
  const external = [
    '- **The store**, by your database’s own means: the manager’s database, and one of each cluster.',
    '',
    ...toOutside(stack, answers),
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

/**
 * How the content of the stack's MySQL comes into the store outside that these answers name: `bundle render` writes
 * this page before `bundle deploy` refuses. A dump of all databases would replace the accounts of that server.
 */
function toOutside(stack: string, { store: { type, host = '' } }: ImplyAnswers): string[] {
  const until = `If it was this stack’s MySQL until now, the deployment takes that away; \`${stack}_${STORE_VOLUME}\` stays.`;
  if (type !== 'mysql')
    return [
      `  ${until} What is in it cannot come along: another kind of database reads no dump of MySQL, and bundle has no ` +
        'way for it. The manager starts on an empty store, and whoever opens it first becomes its super user.',
      '',
    ];
  return [
    `  ${until} So before it, on the node of \`${stack}_${MYSQL}\`, with the manager and all agents stopped ` +
      '(`docker service scale … =0`):',
    '',
    ...block(makeDump(stack, DATA_DUMP)),
    `  Have ${host} read it, by a user that may make databases: it has no accounts, and replaces the tables of ` +
      'databases of the same names. `store.database` must be the name of before. Then `bundle deploy --ignore ' +
      'left-data`, which starts all, and enter this store in the settings of each cluster, in the manager’s UI.',
    '',
  ];
}

/** How the content of a store outside comes into the stack's: that exists once the manager has started on it, empty. */
function fromOutside(stack: string, answers: ImplyAnswers): string[] {
  const { port, portMode } = answers.manager;
  const at = portMode === 'ingress' ? 'every node' : managerNode(answers);
  return [
    '  If the store was outside until now: the deployment that brings this MySQL starts the manager on it, **empty, and ' +
      'whoever opens that first becomes its super user**. bundle has no way to hold the manager back. So:',
    '',
    `  1. Close port ${port} of ${at} to all but yourself, by a firewall before it or its chain \`DOCKER-USER\`: rules of ` +
      '`INPUT` do not count for a port of Docker.',
    '  2. With the manager and all agents stopped, dump Imply’s databases there, by their names (`mysqldump ' +
      `--databases …\`), into \`${DATA_DUMP}\`. Not MySQL’s own: their accounts would take the place of those here. ` +
      'From PostgreSQL there is no way.',
    '  3. `bundle deploy --ignore left-data`. Start no cluster.',
    '  4. With the manager and all agents stopped again, read the dump, which replaces what the manager has made; then ' +
      '`bundle deploy`, which starts all:',
    '',
    ...block(readDump(stack, DATA_DUMP)).map((line) => (line === '' ? line : `   ${line}`)),
    '  5. Enter this store in the settings of each cluster, in the manager’s UI, and open the port again.',
    '',
  ];
}
