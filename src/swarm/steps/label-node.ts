import { unlessGone, type Engine } from '../../engine/port.ts';
import type { Step } from './step.ts';

interface Change {
  action: 'add' | 'remove';
  nodeId: string;
  /** Host name. */
  node: string;
  key: string;
}

/**
 * The steps that add and remove our labels, one a node; its other labels stay. Nodes that get one come first: swarm
 * then never sees a role on no node.
 */
export function labelNodes(engine: Engine, changes: readonly Change[]): Step[] {
  const nodes = [...new Set(changes.map(({ nodeId }) => nodeId))].map((id) => {
    const own = changes.filter(({ nodeId }) => nodeId === id);
    const keys = (action: Change['action']): string[] =>
      own.filter((change) => change.action === action).map(({ key }) => key);
    return { id, hostname: own[0]?.node ?? id, add: keys('add'), remove: keys('remove') };
  });
  return [...nodes.filter(({ add }) => add.length > 0), ...nodes.filter(({ add }) => add.length === 0)].map((node) =>
    labelNode(engine, node),
  );
}

function labelNode(
  engine: Engine,
  { id, hostname, add, remove }: { id: string; hostname: string; add: string[]; remove: string[] },
): Step {
  const text = [...add.map((key) => `+${key}=true`), ...remove.map((key) => `-${key}`)].join(' ');
  return {
    describe: () => `label node ${hostname}: ${text}`,
    async run() {
      if (add.length === 0) await unlessGone(engine.updateNodeLabels(id, { remove }));
      else await engine.updateNodeLabels(id, { add: Object.fromEntries(add.map((key) => [key, 'true'])), remove });
    },
  };
}
