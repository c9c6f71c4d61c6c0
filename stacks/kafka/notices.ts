import type { Notice } from '../../src/sdk/definition.ts';
import { heapNotice } from '../common/heap.ts';
import { otherImageNotices, pinnedNotice } from '../common/other-images.ts';
import type { KafkaAnswers } from './answers.ts';
import { OFFICIAL_KAFKA, OTHER_KAFKAS } from './images.ts';
import { brokersOf, controllersOf, copiesOf, leastInSync, type Member } from './members.ts';

/** Risks of these answers. */
export function notices(answers: KafkaAnswers): Notice[] {
  const { apart } = answers.controllers;
  const [brokers, controllers] = [brokersOf(answers), controllersOf(answers)];
  const one: Notice = {
    name: 'one-broker',
    level: 'info',
    text: 'one broker has no failover: topics are away while it restarts, and lost with its disk',
    hint: apart
      ? 'set brokers to 3: all restart for it, topics that exist keep their one copy, and README.md of this bundle ' +
        'says how'
      : 'set brokers to 3 before the first deploy; it cannot be changed later',
  };
  const oneController: Notice = {
    name: 'one-controller',
    level: 'info',
    text: 'one controller has no failover: while it is away no broker starts and no topic changes',
    hint: 'set controllers.count to 3 before the first deploy; it cannot be changed later',
  };
  return [
    ...(brokers.length === 1 ? [one] : []),
    ...(apart && controllers.length === 1 ? [oneController] : []),
    ...(controllers.length === 1 ? [] : placement(controllers, apart ? 'controllers' : 'brokers')),
    // Of brokers that are controllers that says it.
    ...(apart ? together(brokers) : []),
    ...(answers.heapMb < LEAST_HEAP_MB ? [smallHeap(answers.heapMb)] : []),
    ...heapNotice(answers.heapMb, answers.reserve.memory, { heap: 'heapMb', reserve: 'reserve.memory' }),
    ...(apart
      ? heapNotice(answers.controllers.heapMb, answers.controllers.reserve.memory, {
          heap: 'controllers.heapMb',
          reserve: 'controllers.reserve.memory',
        })
      : []),
    ...pinnedNotice('image', answers.image),
    ...otherImageNotices('image', answers.image, OFFICIAL_KAFKA, OTHER_KAFKAS),
    IMAGE,
  ];
}

/** What the tests on the lab give each of their brokers. */
const LEAST_HEAP_MB = 320;

/** Seen on 4.4.0 with 256 MB. The buffer is Kafka's default, 134217728 bytes (broker configuration of 4.x). */
const smallHeap = (heapMb: number): Notice => ({
  name: 'heap-small',
  level: 'warning',
  text:
    `heapMb is ${heapMb}: the log cleaner alone takes 128 MB of it when a broker starts ` +
    '(log.cleaner.dedupe.buffer.size), and a broker may end with OutOfMemoryError',
  hint: `set it to ${LEAST_HEAP_MB} at least; the default is 1024`,
});

const IMAGE: Notice = {
  name: 'image-user',
  level: 'info',
  text: 'the secrets are readable for the user 1000 alone, which is appuser of the official image',
};

/** A node whose loss would take the majority along, if several controllers share one. */
function placement(controllers: readonly Member[], what: 'controllers' | 'brokers'): Notice[] {
  const majority = Math.floor(controllers.length / 2) + 1;
  const on = (node: string): number => controllers.filter((each) => each.node === node).length;
  const nodes = [...new Set(controllers.map(({ node }) => node))];
  const fatal = nodes.filter((node) => controllers.length - on(node) < majority);
  return fatal.map((node) => ({
    name: 'kafka-nodes',
    level: 'warning',
    text: `${on(node)} of ${controllers.length} ${what} are on ${node}: with that node the cluster is down`,
    hint: `name a node for each ${what.replace(/s$/, '')}`,
  }));
}

/** Several copies of a partition on one node, if there are fewer nodes than copies. */
function together(brokers: readonly Member[]): Notice[] {
  const copies = copiesOf(brokers.length);
  const nodes = new Set(brokers.map(({ node }) => node)).size;
  if (nodes >= copies) return [];
  const left = copies - Math.ceil(copies / nodes);
  const least = leastInSync(brokers.length);
  return [
    {
      name: 'copies-together',
      level: 'warning',
      text:
        `topics have ${copies} copies, and their brokers are on ${nodes} node${nodes === 1 ? '' : 's'}: ` +
        (left === 0
          ? 'with that node all copies are gone'
          : `with a node only ${left} of them may be left, and \`acks=all\` wants ${least}`),
      hint: `name ${copies} nodes or more`,
    },
  ];
}
