import type { RunbookSection } from '../../../src/sdk/definition.ts';
import type { KafkaAnswers } from '../answers.ts';
import { DATA } from '../start.ts';
import { FIRST, block, inside, tool } from './tools.ts';

const TEN_GIB = 10 * 2 ** 30;

/** How much there is, how topics are bounded in time, and what is left once brokers have ended. */
export function disk(stack: string, answers: KafkaAnswers): RunbookSection {
  const several = answers.brokers > 1;
  const set = (rest: string): string => tool(stack, answers, 'kafka-configs.sh', `--alter ${rest}`);
  const bytes = `retention.bytes=${TEN_GIB}`;
  return {
    title: 'A disk gets full',
    markdown: [
      'A broker that cannot write to its disk any more ends, and ends again at each start until there is room. ' +
        `How much there is, and the largest partitions, in KiB; of ${FIRST}, ` +
        (several ? 'the others likewise, each on its node with its name:' : 'on its node:'),
      '',
      ...block(
        `docker exec ${inside(stack)} df -h ${DATA}`,
        `docker exec ${inside(stack)} sh -c 'du -sk ${DATA}/*/ | sort -n | tail'`,
      ),
      'Bound topics **while brokers run**: no command does it once they have ended. Each partition of `orders` then ' +
        'keeps the newest 10 GiB, on every broker that has a copy of it; what is older is gone for good:',
      '',
      ...block(set(`--entity-type topics --entity-name orders --add-config ${bytes}`)),
      'All topics that have no such setting of their own:',
      '',
      ...block(set(`--entity-type brokers --entity-default --add-config log.${bytes}`)),
      'Kafka looks every five minutes and removes whole files, of up to 1 GiB, a minute later: leave room for one ' +
        'more of each partition. A topic with `cleanup.policy=compact` is not bounded by it. `--delete-config` with ' +
        'the name alone takes it back.',
      '',
      'Once a broker has ended, give the filesystem of its volume room: enlarge it, or take away what is not ' +
        "Kafka’s (it is Docker’s own, `docker info -f '{{.DockerRootDir}}'`, unless the volume was made elsewhere). " +
        'It starts by itself then. Bound topics at once, before it is full again.',
      '',
      '- Never delete anything in the directory of a broker: it does not start any more, or the others lose ' +
        'what it has lost.',
      several
        ? '- “Another disk” (above) is not for several brokers: one takes its copies from the others. It is for one at ' +
          'a time while all others are well, and for a larger disk: what is copied to it is as much as before.'
        : '- An empty disk is no way out: what this broker has is all that there is.',
    ].join('\n'),
  };
}
