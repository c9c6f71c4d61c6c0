import { describe, expect, it } from 'vitest';
import { roundOf, type Round } from '../../../scripts/chaos/choose.ts';

const rounds = (seed: number): Round[] => Array.from({ length: 48 }, (_unused, index) => roundOf(seed, index + 1));

describe('the choices of a seed', () => {
  it('are the same each time, and others for another seed', () => {
    expect(rounds(7)).toEqual(rounds(7));
    expect(rounds(7)).not.toEqual(rounds(8));
  });

  it('have everything in each deck of sixteen, and moments from the very beginning to the very end', () => {
    const all = rounds(3);
    for (const deck of [all.slice(0, 16), all.slice(16, 32), all.slice(32)]) {
      expect(new Set(deck.map(({ kind }) => kind))).toEqual(
        new Set(['deploy', 'rollback', 'destroy', 'init', 'leader', 'engine']),
      );
      expect(new Set(deck.map(({ blows }) => blows[0]?.change))).toEqual(
        new Set(['first', 'nothing', 'data', 'agents', 'manager', 'token', 'label']),
      );
    }
    const moments = all.flatMap(({ blows }) => blows.map(({ at }) => at));
    expect(Math.min(...moments)).toBeLessThan(0.03);
    expect(Math.max(...moments)).toBeGreaterThan(0.9);
    expect(moments.every((at) => at >= 0 && at < 1)).toBe(true);
  });
});
