import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { importsOf } from '../../../scripts/deploy-reach.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * Modules that know each other's types. Values may not: lint holds that (`import-x/no-cycle`), and leaves out what is
 * imported as a type.
 */
const ALLOWED = [
  // The list of phases, and their work: a file for their types would be one more to open for a reader of `deploy`.
  'src/deploy/apply.ts src/deploy/phases.ts',
];

/** Groups of modules each of which reaches the others, as sorted words (Tarjan's strongly connected components). */
function cycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = [];
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const open: string[] = [];
  const visit = (node: string): number => {
    const own = order.size;
    order.set(node, own);
    low.set(node, own);
    open.push(node);
    for (const next of graph.get(node) ?? []) {
      const reached = order.has(next) ? (open.includes(next) ? order.get(next) : undefined) : visit(next);
      if (reached !== undefined) low.set(node, Math.min(low.get(node) ?? own, reached));
    }
    if (low.get(node) === own) {
      const group = open.splice(open.indexOf(node));
      if (group.length > 1) found.push(group.sort().join(' '));
    }
    return low.get(node) ?? own;
  };
  for (const node of graph.keys()) if (!order.has(node)) visit(node);
  return found;
}

describe('modules that import each other, types too', () => {
  it('are found', () => {
    const graph = new Map([
      ['a', ['b']],
      ['b', ['c', 'd']],
      ['c', ['a']],
      ['d', ['e']],
      ['e', ['f', 'e']],
      ['f', ['e', 'a']],
      ['g', ['a', 'h']],
      ['h', []],
    ]);
    expect(cycles(graph)).toEqual(['a b c d e f']);
    expect(cycles(new Map([...graph, ['f', ['e']]]))).toEqual(['e f', 'a b c']);
  });

  it('are none but those with a reason', () => {
    const files = ['src', 'stacks', 'secrets', 'scripts'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((path) => path.endsWith('.ts'))
        .map((path) => join(folder, path)),
    );
    expect(files.length).toBeGreaterThan(300);
    const graph = new Map(
      files.map((file) => [
        file,
        importsOf(readFileSync(join(root, file), 'utf8')).map((specifier) => join(dirname(file), specifier)),
      ]),
    );
    expect(cycles(graph)).toEqual(ALLOWED);
  });
});
