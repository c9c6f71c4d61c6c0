import type { QuestionContext } from '../../src/sdk/definition.ts';

/**
 * Default nodes: those that are ready and take tasks, managers first, then by name; `count` of them, starting at `from`
 * and over again at the end, so that roles spread where there are several nodes and share where there is one.
 * @returns undefined where no swarm is reachable: then the user must name them
 */
export function pickNodes(context: QuestionContext, count: number, from = 0): string[] | undefined {
  if (!context.nodes) return undefined;
  const usable = context.nodes
    .filter((node) => node.state === 'ready' && node.availability === 'active')
    .sort((a, b) => Number(b.role === 'manager') - Number(a.role === 'manager') || (a.hostname < b.hostname ? -1 : 1))
    .map((node) => node.hostname);
  if (usable.length === 0) return undefined;
  return Array.from({ length: count }, (_unused, index) => usable[(from + index) % usable.length] ?? '');
}
