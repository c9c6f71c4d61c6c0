import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../scripts/chaos/random.ts';
import { allPairs, complete, pairwise, type MayMeet } from '../../../scripts/matrix/pairwise.ts';

const always: MayMeet = () => true;
const meets = (rows: number[][], [d, v, e, w]: readonly [number, number, number, number]) =>
  rows.some((row) => row[d] === v && row[e] === w);

describe('all pairs', () => {
  it('has each pair that may meet in some row, and none that may not', () =>
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 2, max: 5 }), { minLength: 2, maxLength: 7 }),
        fc.integer({ min: 0, max: 1e6 }),
        (sizes, seed) => {
          // Some pairs are out, none of them with value 0: every pair that may meet then has a row.
          const mayMeet: MayMeet = (d, v, e, w) => v === 0 || w === 0 || ((d + 1) * (e + 1) + v * w + seed) % 4 !== 0;
          const rows = pairwise(sizes, mayMeet, new Random(seed));
          expect(rows.every((row) => row.length === sizes.length)).toBe(true);
          expect(allPairs(sizes, mayMeet).filter((pair) => !meets(rows, pair))).toEqual([]);
          const out = allPairs(sizes, always).filter((pair) => !mayMeet(...pair));
          expect(out.filter((pair) => meets(rows, pair))).toEqual([]);
        },
      ),
      { numRuns: 40 },
    ));

  it('lists each pair once', () => {
    expect(allPairs([2, 3, 2], always)).toHaveLength(2 * 3 + 2 * 2 + 3 * 2);
    expect(allPairs([2, 2], (_d, v, _e, w) => v !== w)).toEqual([
      [0, 0, 1, 1],
      [0, 1, 1, 0],
    ]);
  });

  it('needs far fewer rows than there are combinations', () => {
    // The least that is possible is 9, and 25.
    expect(pairwise([3, 3, 3, 3], always, new Random(1)).length).toBeLessThanOrEqual(12);
    expect(pairwise([5, 5, 4, 4, 3, 3, 2, 2, 2], always, new Random(1)).length).toBeLessThanOrEqual(36);
  });

  it('is the same for the same seed, and another for another', () => {
    const of = (seed: number) => pairwise([4, 3, 3, 2], always, new Random(seed));
    expect(of(5)).toEqual(of(5));
    expect(of(5)).not.toEqual(of(6));
  });

  it('looks for a row until there is none', () => {
    // Whatever the first says, one value only goes on the way to the end.
    const chain: MayMeet = (d, v, e, w) => Math.abs(d - e) !== 1 || v === w;
    for (const seed of [1, 2, 3, 4])
      expect(complete([3, 3, 3, 3], chain, new Map([[0, 2]]), new Random(seed))).toEqual([2, 2, 2, 2]);
    expect(
      complete(
        [3, 3, 3],
        chain,
        new Map([
          [0, 2],
          [2, 1],
        ]),
        new Random(1),
      ),
    ).toBeUndefined();
    expect(() => pairwise([2, 2, 2], chain, new Random(1))).toThrow('may meet, and are in no row');
  });
});
