import type { RunbookSection } from '../../../src/sdk/definition.ts';
import { nodeLabel } from '../../../src/sdk/helpers.ts';
import { atNode } from '../../common/containers.ts';
import { storeEmbedded, type ImplyAnswers } from '../answers.ts';
import { MYSQL, STORE_LABEL, storeNode } from '../members.ts';
import { closePort, FIRST_VISITOR, stopWriters } from './empty-store.ts';
import { fenced } from './fenced.ts';
import { WHOLE_DUMP, readDump } from './store-dump.ts';

/** Its title, for whom sends readers to it. */
export const STORE_LOST = 'The store is lost';

/** What hints say before MySQL may start empty. */
export const EMPTY_STORE =
  `on an empty store the manager knows no user, and ${FIRST_VISITOR}: go by “${STORE_LOST}” of this bundle’s README.md ` +
  'first';

/** How the stack's own MySQL comes back from a dump before the manager starts on it. */
export function storeLost(stack: string, answers: ImplyAnswers): RunbookSection[] {
  if (!storeEmbedded(answers)) return [];
  return [
    {
      title: STORE_LOST,
      markdown: [
        `If the disk of MySQL, or its node (${storeNode(answers)}), is lost, swarm starts it on an empty volume as soon as ` +
          `there is a node for it, and the manager then knows no user and no cluster: **${FIRST_VISITOR}**. So begin ` +
          'before that node is back, and before you name another one in `bundle.yaml`:',
        '',
        `1. ${closePort(answers, ', and of the node that comes in its place,')}`,
        '2. If the node is lost for good, here OLD, take it out of the swarm; on a manager. Nothing starts elsewhere by ' +
          'that:',
        '',
        ...fenced(
          [
            '# a manager is removed only after this, even if it is down; a worker stays what it is',
            'docker node demote OLD',
            'docker node rm --force OLD',
          ],
          '   ',
        ),
        '3. Stop all of it; on a manager. Tasks of a node that is down are waited for until it is back, with its new disk:',
        '',
        ...fenced(stopWriters(stack, answers, MYSQL), '   '),
        '   A volume that is there, and damaged, is removed now, by the command of “Another version of MySQL”.',
        '4. Start MySQL alone, on an empty volume; on a manager. The first line only if another node, here NEW, comes in ' +
          'the place of OLD:',
        '',
        ...fenced(
          [
            `docker node update --label-add ${nodeLabel(stack, STORE_LABEL)}=true NEW`,
            `docker service scale ${stack}_${MYSQL}=1`,
          ],
          '   ',
        ),
        `5. Once that says that it runs, read the last dump (“Back up”), ${atNode(`its node, NEW or ${storeNode(answers)}`, 'NEW')}:`,
        '',
        ...fenced([readDump(stack, WHOLE_DUMP)], '   '),
        '   The dump brings users and passwords along, root’s too; they hold once that MySQL is restarted, and root’s of ' +
          'before would lock the manager out then. So if `secrets/store-password` was replaced since the dump, replace it ' +
          'once more right after 6, before MySQL restarts (“Rotate secrets”): MySQL is told the new one.',
        '6. Name NEW in the place of OLD in `bundle.yaml`, `bundle render`, and `bundle deploy`, which starts the manager ' +
          'and the agents. Open the port again once you have logged in as a user of before.',
        '',
        'Without a dump users, settings and the list of all segments are gone. Then leave out 5, open the manager yourself ' +
          'after 6, and only then its port.',
      ].join('\n'),
    },
  ];
}
