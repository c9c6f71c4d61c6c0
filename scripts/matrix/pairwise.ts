/** All-pairs: few rows in which every two values of different dimensions meet. Pure. */
import type { Random } from '../chaos/random.ts';

/** Whether value `v` of dimension `d` and value `w` of dimension `e` may meet; asked in either order. */
export type MayMeet = (d: number, v: number, e: number, w: number) => boolean;
/** A value for each dimension, by number. */
export type Row = number[];

/** Rows are made so many at a time, and the best is kept: more give fewer rows, slowly. */
const CANDIDATES = 25;

const key = (d: number, v: number, e: number, w: number): string =>
  d < e ? `${d}.${v} ${e}.${w}` : `${e}.${w} ${d}.${v}`;

/** Every two values that may meet. @param sizes how many values each dimension has */
export function allPairs(sizes: readonly number[], mayMeet: MayMeet): [d: number, v: number, e: number, w: number][] {
  return sizes
    .flatMap((_size, d) =>
      sizes.slice(d + 1).flatMap((_other, offset) => {
        const e = d + 1 + offset;
        return range(sizes[d]).flatMap((v) =>
          range(sizes[e]).map((w): [number, number, number, number] => [d, v, e, w]),
        );
      }),
    )
    .filter((pair) => mayMeet(...pair));
}

/**
 * Greedy, after AETG (Cohen et al. 1997): each row starts at a pair that no row has yet, and each of its other values
 * brings as many new pairs as it can.
 * @throws Error where a pair may meet but has no row: with each there is a dimension none of whose values goes
 */
export function pairwise(sizes: readonly number[], mayMeet: MayMeet, random: Random): Row[] {
  const open = new Map(allPairs(sizes, mayMeet).map((pair) => [key(...pair), pair]));
  const rows: Row[] = [];
  while (open.size > 0) {
    const candidates = random
      .shuffle([...open.values()])
      .slice(0, CANDIDATES)
      .map(([d, v, e, w]) => {
        const row = complete(
          sizes,
          mayMeet,
          new Map([
            [d, v],
            [e, w],
          ]),
          random,
          (...pair) => open.has(key(...pair)),
        );
        if (row === undefined)
          throw new Error(`value ${v} of dimension ${d} and value ${w} of dimension ${e} may meet, and are in no row`);
        return row;
      });
    const best = candidates.reduce((one, other) =>
      pairsOf(other).filter((pair) => open.has(pair)).length > pairsOf(one).filter((pair) => open.has(pair)).length
        ? other
        : one,
    );
    for (const pair of pairsOf(best)) open.delete(pair);
    rows.push(best);
  }
  return rows;
}

const pairsOf = (row: Row): string[] =>
  row.flatMap((v, d) => row.slice(d + 1).map((w, offset) => key(d, v, d + 1 + offset, w)));

/**
 * A row with the fixed values in which all others may meet each other and those; undefined if there is none. Whether
 * the fixed ones may meet is not asked.
 * @param wanted pairs that count when there is a choice
 */
export function complete(
  sizes: readonly number[],
  mayMeet: MayMeet,
  fixed: ReadonlyMap<number, number>,
  random: Random,
  wanted: MayMeet = () => false,
): Row | undefined {
  const left = random.shuffle(sizes.map((_size, d) => d).filter((d) => !fixed.has(d)));
  const fill = (chosen: ReadonlyMap<number, number>, at: number): ReadonlyMap<number, number> | undefined => {
    const d = left[at];
    if (d === undefined) return chosen;
    const gain = (v: number): number => [...chosen].filter(([e, w]) => wanted(d, v, e, w)).length;
    const values = random.shuffle(range(sizes[d])).filter((v) => [...chosen].every(([e, w]) => mayMeet(d, v, e, w)));
    for (const v of values.sort((a, b) => gain(b) - gain(a))) {
      const done = fill(new Map([...chosen, [d, v]]), at + 1);
      if (done !== undefined) return done;
    }
    return undefined;
  };
  const done = fill(fixed, 0);
  return done && sizes.map((_size, d) => done.get(d) ?? 0);
}

const range = (size = 0): number[] => Array.from({ length: size }, (_unused, index) => index);
