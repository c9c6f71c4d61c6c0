import type { SwarmNode } from '../../engine/port.ts';
import { answerWord } from '../../place/named-node.ts';
import { OVERLAY_CAUSES } from '../../swarm/overlay-causes.ts';
import type { Finding } from '../check.ts';
import { PROBE_IMAGE_HINT } from '../probe-image.ts';
import type { PairReading } from './ask.ts';

/** Two nodes, and whether they never learned of each other's containers. */
interface Cut {
  ends: readonly [string, string];
  unknown: boolean;
}

/**
 * What the pairs of nodes that were asked for come to: one finding for all that do not reach each other, one for each
 * node that could not be asked, and one for what is well.
 * @param all nodes of the swarm
 */
export function judgePairs(
  nodes: readonly SwarmNode[],
  readings: ReadonlyMap<string, PairReading>,
  all: readonly SwarmNode[],
): Finding[] {
  const troubles = nodes.flatMap((node): Finding[] => {
    const reading = readings.get(node.id);
    const name = answerWord(all, node);
    return reading === undefined || !('trouble' in reading)
      ? []
      : [
          {
            level: 'unsure',
            node: name,
            text: `${name}: could not tell which nodes it reaches: ${reading.trouble}`,
            hint: PROBE_IMAGE_HINT,
          },
        ];
  });
  const { cuts, reached } = pairsOf(nodes, readings, all);
  return [...cutFinding(cuts), ...troubles, ...(cuts.length === 0 ? reachedFinding(reached) : [])];
}

function pairsOf(
  nodes: readonly SwarmNode[],
  readings: ReadonlyMap<string, PairReading>,
  all: readonly SwarmNode[],
): { cuts: Cut[]; reached: number } {
  const cuts: Cut[] = [];
  let reached = 0;
  const heardBy = (a: SwarmNode, b: SwarmNode) => {
    const reading = readings.get(a.id);
    return reading !== undefined && 'heard' in reading ? reading.heard.get(b.id) : undefined;
  };
  nodes.forEach((one, index) => {
    for (const other of nodes.slice(index + 1)) {
      const heard = [heardBy(one, other), heardBy(other, one)];
      if (heard.includes('silence') || heard.includes('no-way'))
        cuts.push({ ends: [answerWord(all, one), answerWord(all, other)], unknown: heard.includes('no-way') });
      else if (heard.includes('answer')) reached++;
    }
  });
  return { cuts, reached };
}

function cutFinding(cuts: readonly Cut[]): Finding[] {
  if (cuts.length === 0) return [];
  const [first, ...others] = cuts;
  // One node in all of them is the one to look at.
  const common =
    others.length === 0 ? [] : (first?.ends ?? []).filter((end) => others.every(({ ends }) => ends.includes(end)));
  const unknown = cuts.filter((cut) => cut.unknown);
  return [
    {
      level: 'error',
      text:
        `these nodes do not reach each other in an overlay network: ${pairsText(cuts)}` +
        `${common.length === 1 ? `; ${common.join('')} is in each pair` : ''}`,
      hint:
        `${unknown.length === 0 ? '' : `${pairsText(unknown)} know nothing of each other’s containers: see first that TCP and UDP 7946 are open between them; else `}` +
        OVERLAY_CAUSES,
    },
  ];
}

const pairsText = (cuts: readonly Cut[]): string => cuts.map(({ ends }) => ends.join(' and ')).join(', ');

const reachedFinding = (pairs: number): Finding[] =>
  pairs === 0
    ? []
    : [
        {
          level: 'ok',
          text: `${pairs === 1 ? 'the two nodes reach' : `all ${pairs} pairs of nodes reach`} each other in an overlay network`,
        },
      ];
