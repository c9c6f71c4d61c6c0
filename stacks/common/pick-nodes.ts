import type { QuestionContext } from '../../src/sdk/definition.ts';

/**
 * Default nodes: those that are ready and take tasks, the one that carries least first (managers before workers, then
 * by name); `count` of them, starting over at the end. So roles spread if there are several nodes, and share if there
 * is one.
 * @param placed nodes that answers given before put a service on, once for each service
 * @returns undefined if no node is known: then the user must name them
 */
export function pickNodes(
  context: QuestionContext,
  count: number,
  placed: readonly string[] = [],
): string[] | undefined {
  const usable = usableNodes(context);
  if (usable.length === 0) return undefined;
  const carried = ({ hostname, tasks = 0 }: (typeof usable)[number]): number =>
    tasks + placed.filter((node) => node === hostname).length;
  const order = usable
    .sort(
      (a, b) =>
        carried(a) - carried(b) ||
        Number(b.role === 'manager') - Number(a.role === 'manager') ||
        (a.hostname < b.hostname ? -1 : 1),
    )
    .map(({ hostname }) => hostname);
  return Array.from({ length: count }, (_unused, index) => order[index % order.length] ?? '');
}

/** The nodes that tasks can be put on now. */
export function usableNodes({ nodes = [] }: QuestionContext): NonNullable<QuestionContext['nodes']> {
  return nodes.filter((node) => node.state === 'ready' && node.availability === 'active');
}

/** The nodes that an answer names for `count` services, starting over at the end; none if there is no such answer. */
export function nodesAt(context: QuestionContext, path: string, count: number): string[] {
  const named = context.get(path);
  if (!Array.isArray(named) || named.length === 0) return [];
  return Array.from({ length: count }, (_unused, index) => String(named[index % named.length]));
}
