import type { Engine } from '../engine/port.ts';
import type { Step } from './step.ts';

/** Adds and removes our labels on one node; its other labels stay. */
export function labelNode(engine: Engine, node: { id: string; hostname: string }, change: { add: string[]; remove: string[] }): Step {
  const text = [...change.add.map((key) => `+${key}=true`), ...change.remove.map((key) => `-${key}`)].join(' ');
  return {
    title: `labels of ${node.hostname}`,
    describe: () => `label node ${node.hostname}: ${text}`,
    run: () => engine.updateNodeLabels(node.id, { add: Object.fromEntries(change.add.map((key) => [key, 'true'])), remove: change.remove }),
  };
}
