import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leaves, overlay, withAt, withoutAt, type Tree } from '../../../src/bundle/paths-access.ts';

const key = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor');
const leaf = fc.oneof(fc.constant(null), fc.boolean(), fc.nat(9), fc.array(fc.nat(9), { maxLength: 2 }));
const { tree } = fc.letrec<{ tree: Tree; value: unknown }>((tie) => ({
  tree: fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
  value: fc.oneof({ maxDepth: 3 }, leaf, tie('tree')),
}));

describe('overlay', () => {
  it('is one answer after the other laid upon the tree, in the same order of keys, and changes neither', () =>
    fc.assert(
      fc.property(tree, tree, (under, over) => {
        const before = JSON.stringify([under, over]);
        const oneByOne = leaves(over).reduce(
          (laid, [path, value]) => (value === null ? withoutAt(laid, path) : withAt(laid, path, value)),
          under,
        );
        expect(JSON.stringify(overlay(under, over))).toBe(JSON.stringify(oneByOne));
        expect(JSON.stringify([under, over])).toBe(before);
      }),
      { numRuns: 500 },
    ));

  it('keeps a key of the prototype’s name as a key, so that it can be refused', () => {
    const over = JSON.parse('{"agents": {"__proto__": {"x": 1}}}') as Tree;
    expect(JSON.stringify(overlay({ agents: { data: 1 } }, over))).toBe('{"agents":{"data":1,"__proto__":{"x":1}}}');
  });
});
