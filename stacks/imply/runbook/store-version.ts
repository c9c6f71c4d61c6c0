import type { RunbookSection } from '../../../src/sdk/definition.ts';
import { atNode, removeVolume } from '../../common/containers.ts';
import { storeEmbedded, type ImplyAnswers } from '../answers.ts';
import { MYSQL, storeNode } from '../members.ts';
import { STORE_VOLUME } from '../secrets.ts';
import { stopWriters, SUSPEND } from './empty-store.ts';
import { DATA_DUMP, makeDump, readDump } from './store-dump.ts';

/** What an embedded store's other version means, and how an earlier one is gone back to. */
export function storeVersion(stack: string, answers: ImplyAnswers): RunbookSection[] {
  if (!storeEmbedded(answers)) return [];
  const node = storeNode(answers);
  return [
    {
      title: 'Another version of MySQL',
      markdown: [
        '**There is no way back to an earlier series.** MySQL takes its data over when it starts, and no earlier series ' +
          'starts on it then (`Invalid MySQL server downgrade`). Within a series it goes back: 8.4.11 to 8.4.9, or 8.0 as ' +
          'far as 8.0.35. `bundle deploy` refuses an earlier one (`image-downgrade`); `bundle rollback`, and ' +
          '`--rollback-on-failure`, bring back all but the image of MySQL, and say so.',
        '',
        '- Before another `images.mysql`: “Back up”.',
        '- One LTS series after the other: 5.7, 8.0, 8.4 and on. One that is left out is refused by the new MySQL ' +
          '(`Invalid MySQL server upgrade`), which then leaves the data as it is: `bundle rollback` brings the image back.',
        '',
        'To an earlier series all the same, as long as nothing uses what only the later one has. A command that fails ends ' +
          'its block: mend that, and go on with that command. First ' +
          `${SUSPEND}. Then, on a manager of the swarm, stop all that writes to the store, and wait until it has ended:`,
        '',
        '```sh',
        ...stopWriters(stack, answers),
        '```',
        '',
        `Then its data is written down by the engine of ${node}, and only if that worked MySQL stops, by a manager’s; in ` +
          'this directory:',
        '',
        '```sh',
        `(export DOCKER_HOST=ssh://${node}; ${makeDump(stack, DATA_DUMP)}) &&`,
        `docker service scale ${stack}_${MYSQL}=0`,
        '```',
        '',
        'Then its data goes **for good**, once MySQL has ended, with the containers of earlier tasks, which swarm keeps and ' +
          `which hold it: as long as MySQL runs, this waits. It runs ${atNode(node)}:`,
        '',
        '```sh',
        removeVolume(`${stack}_${STORE_VOLUME}`),
        '```',
        '',
        'The earlier IMAGE starts empty; on a manager:',
        '',
        '```sh',
        `docker service update --image IMAGE --replicas 1 ${stack}_${MYSQL}`,
        '```',
        '',
        `Once that says that it runs, ${atNode(node)}:`,
        '',
        '```sh',
        readDump(stack, DATA_DUMP),
        '```',
        '',
        'Then `bundle init . --yes --set images.mysql=IMAGE`, and `bundle deploy` starts the others. The root password is ' +
          'that of `secrets/store-password`.',
      ].join('\n'),
    },
  ];
}
