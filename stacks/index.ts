import type { StackEntry } from '../src/sdk/definition.ts';

/**
 * The catalogue. A new stack is a folder here and one line in this list; a command loads the one that its bundle names.
 */
export const stacks: readonly StackEntry[] = [
  { name: 'imply', load: async () => (await import('./imply/index.ts')).imply },
  { name: 'kafka', load: async () => (await import('./kafka/index.ts')).kafka },
  { name: 'zookeeper', load: async () => (await import('./zookeeper/index.ts')).zookeeper },
];
