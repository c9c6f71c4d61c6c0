import { findNode } from '../place/named-node.ts';
import { nodeLabel } from '../sdk/helpers.ts';
import { NODE_FIELD, type FieldChange } from './diff.ts';
import type { LabelChange, LiveNode, RolePlacement } from './labels.ts';

/**
 * That a service moves to another node: its specification stays, the label that it is constrained to goes there. Empty
 * if it does not move.
 * @param service its key in the document
 * @param labels of the plan
 */
export function nodeChange(
  service: string,
  labels: readonly LabelChange[],
  {
    stack,
    placements,
    live,
  }: { stack: string; placements: readonly RolePlacement[]; live: { nodes: readonly LiveNode[] } },
): FieldChange[] {
  const moves = labels.filter(({ when, services }) => when === 'move' && services.includes(service));
  if (moves.length === 0) return [];
  const at = (action: LabelChange['action']): string[] =>
    moves.filter((move) => move.action === action).map(({ node }) => node);
  // If no node gets the label, those that have it already are where it goes.
  const there = placements
    .filter(({ role }) => moves.some(({ key }) => key === nodeLabel(stack, role)))
    .flatMap(({ nodes }) => nodes.flatMap((name) => findNode(live.nodes, name).node?.hostname ?? []));
  const to = at('add').length > 0 ? at('add') : there;
  return [{ field: NODE_FIELD, kind: 'changed', from: at('remove').join(', '), to: to.join(', '), effect: 'restart' }];
}
