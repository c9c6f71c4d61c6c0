import { PLACEMENT_CHECK } from '../checks/placement.ts';
import { BundleError, EXIT } from '../errors.ts';
import { answerWord, findNode, joinedAgain, type NodeEntry } from '../place/named-node.ts';
import { removeEntries } from '../place/old-entries.ts';
import type { SwarmNode } from '../engine/port.ts';
import type { StoredRelease } from '../release/record.ts';
import type { Placement } from '../sdk/definition.ts';
import { nodeLabel } from '../sdk/helpers.ts';

type Recorded = Pick<StoredRelease, 'number' | 'nodeLabels'>;

/**
 * The placements of a release by the present names of their nodes: its answers have the names of then, its record the
 * ids, which stay if a host gets another name.
 * @param release the record, whose labels of a role are in the order of the role's nodes
 * @param ignore names of checks; with that of placement, a name that another node has by now means that one
 * @throws BundleError `node-renamed` (exit 3) if a node is called otherwise now, and another one has its name
 */
export function withPresentNames(
  stack: string,
  placements: readonly Placement[],
  release: Recorded,
  nodes: readonly SwarmNode[],
  ignore: readonly string[],
): Placement[] {
  return placements.map((placement) => {
    const labels = release.nodeLabels.filter(({ key }) => key === nodeLabel(stack, placement.role));
    // Of a node that could not be found by then there is no label: which are whose cannot be told.
    if (labels.length !== placement.nodes.length) return placement;
    const present = placement.nodes.map((name, index) => {
      const entry = nodes.find(({ id }) => id === labels[index]?.nodeId);
      if (entry === undefined || stillCalled(entry, name)) return name;
      // An old entry that is down, as a machine leaves that joins again, is no host that is called so now.
      const others = findNode(nodes, name).all.filter(({ state }) => state !== 'down' || entry.state === 'down');
      if (others.length === 0) return answerWord(nodes, joinedAgain(nodes, entry) ?? entry);
      if (ignore.includes(PLACEMENT_CHECK)) return name;
      throw whichIsMeant(placement.services, name, entry, others, release.number);
    });
    return { ...placement, nodes: present };
  });
}

const stillCalled = ({ id, hostname }: NodeEntry, name: string): boolean => hostname === name || id === name;

function whichIsMeant(
  services: readonly string[],
  name: string,
  entry: SwarmNode,
  others: readonly SwarmNode[],
  release: number,
): BundleError {
  const ids = others.map(({ id }) => id).join(', ');
  return new BundleError(
    'node-renamed',
    `release ${release} has ${services.join(', ')} on ${name}: that was node ${entry.id}, which is called ` +
      `"${entry.hostname}" now, and another node is called ${name} now (${ids}); which of them is meant cannot be told`,
    {
      exit: EXIT.preflight,
      hints: [
        `if it is ${entry.id}: ` +
          (others.every(({ state }) => state === 'down')
            ? removeEntries(others)
            : 'give the other host another name, restart docker there') +
          ', then the same command',
        `if it is the one that is called ${name} now: --ignore ${PLACEMENT_CHECK}` +
          (entry.state === 'down' ? `; or, if ${entry.id} does not come back, ${removeEntries([entry])}` : ''),
      ],
    },
  );
}
