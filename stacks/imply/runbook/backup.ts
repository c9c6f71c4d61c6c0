import type { RunbookSection } from '../../../src/sdk/definition.ts';
import { atNode } from '../../common/containers.ts';
import { storeEmbedded, type ImplyAnswers } from '../answers.ts';
import { MANAGER, MYSQL, storeNode } from '../members.ts';
import { STORE_VOLUME } from '../secrets.ts';
import { closePort, FIRST_VISITOR, stopWriters, SUSPEND } from './empty-store.ts';
import { fenced } from './fenced.ts';
import { DATA_DUMP, WHOLE_DUMP, makeDump, readDump } from './store-dump.ts';
import { STORE_LOST } from './store-lost.ts';

/** What to keep a copy of. */
export function backup(stack: string, answers: ImplyAnswers): RunbookSection {
  const embedded = [
    '- **The store**: users, cluster settings and the list of all segments. While it runs, ' +
      `${atNode(storeNode(answers))}:`,
    '',
    ...fenced([makeDump(stack, WHOLE_DUMP)]),
    `  “${STORE_LOST}” brings it back.`,
    '',
    ...fromOutside(stack, answers),
  ];
  const external = [
    '- **The store**, by your database’s own means: the manager’s database, and one of each cluster. Before you bring ' +
      `them back, stop the manager (\`docker service scale ${stack}_${MANAGER}=0\`); \`bundle deploy\` starts it again. ` +
      `On an empty database it knows no user, and ${FIRST_VISITOR}.`,
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
function toOutside(stack: string, answers: ImplyAnswers): string[] {
  const { type, host = '' } = answers.store;
  const until = `If it was this stack’s MySQL until now, the deployment takes that away; \`${stack}_${STORE_VOLUME}\` stays.`;
  if (type !== 'mysql')
    return [
      `  ${until} What is in it cannot come along: another kind of database reads no dump of MySQL, and bundle has no ` +
        `way for it. The manager starts on an empty store, and ${FIRST_VISITOR}.`,
      '',
    ];
  return [
    `  ${until} So before it ${SUSPEND}, and stop the manager and all agents; on a manager of the swarm:`,
    '',
    ...fenced(stopWriters(stack, answers)),
    `  With the manager and all agents stopped, ${atNode(`the node of \`${stack}_${MYSQL}\`, NODE`, 'NODE')}:`,
    '',
    ...fenced([makeDump(stack, DATA_DUMP)]),
    `  Have ${host} read it, by a user that may make databases: it has no accounts, and replaces the tables of ` +
      'databases of the same names. `store.database` must be the name of before. Then `bundle deploy --ignore ' +
      'left-data`, which starts all, and enter this store in the settings of each cluster, in the manager’s UI.',
    '',
  ];
}

/** How the content of a store outside comes into the stack's: that exists once the manager has started on it, empty. */
function fromOutside(stack: string, answers: ImplyAnswers): string[] {
  return [
    '  If the store was outside until now: the deployment that brings this MySQL starts the manager on it, **empty, and ' +
      `${FIRST_VISITOR}**. bundle has no way to hold the manager back. So:`,
    '',
    `  1. ${closePort(answers)}`,
    `  2. ${SUSPEND[0]?.toUpperCase()}${SUSPEND.slice(1)}, and stop the manager and all agents; on a manager of the swarm:`,
    '',
    ...fenced(stopWriters(stack, answers), '     '),
    '     Then dump Imply’s databases there, by their names (`mysqldump ' +
      `--databases …\`), into \`${DATA_DUMP}\`. Not MySQL’s own: their accounts would take the place of those here. ` +
      'From PostgreSQL there is no way.',
    '  3. `bundle deploy --ignore left-data`. Start no cluster.',
    '  4. Stop the manager and all agents again, as in 2. Then read the dump, which replaces what the manager has made, ' +
      `${atNode(storeNode(answers))}:`,
    '',
    ...fenced([readDump(stack, DATA_DUMP)], '     '),
    '     Then `bundle deploy`, which starts all.',
    '  5. Enter this store in the settings of each cluster, in the manager’s UI, and open the port again.',
    '',
  ];
}
