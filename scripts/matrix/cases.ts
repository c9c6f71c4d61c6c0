/** Cases of the matrix: one value of each dimension, so chosen that any two that may meet do. Pure. */
import { Random } from '../chaos/random.ts';
import { matrices, type Matrix, type Refused, type Value } from './dimensions.ts';
import { pairwise, type MayMeet, type Row } from './pairwise.ts';

export interface Case {
  /** From 1, over all stacks. */
  number: number;
  stack: string;
  /** By dimension. */
  values: ReadonlyMap<string, Value>;
}

/** What the words in braces of answers stand for. */
export interface Places {
  mysql: string;
  /** With the port. */
  zookeeper: string;
  /** On each host, for this case alone. */
  directory: string;
  subnet: string;
}

/** Of the tests, and of `npm run matrix` where it is given none. */
export const SEED = 3;

/** The matrices that the lab runs, without the values that it cannot run. */
export const onLab = (): Matrix[] => matrices.filter(({ notOnLab }) => notOnLab === undefined).map(runnable);

const runnable = (matrix: Matrix): Matrix => ({
  ...matrix,
  dimensions: matrix.dimensions.map((dimension) => ({
    ...dimension,
    values: dimension.values.filter(({ notOnLab }) => notOnLab === undefined),
  })),
});

/** All cases of these matrices; the same for the same seed. */
export function casesOf(of: readonly Matrix[], seed: number): Case[] {
  const all = of.flatMap((matrix) =>
    pairwise(sizesOf(matrix), mayMeet(matrix), new Random(seed)).map((row) => ({
      stack: matrix.stack,
      values: valuesOf(matrix, row),
    })),
  );
  return all.map((each, index) => ({ number: index + 1, ...each }));
}

export const sizesOf = ({ dimensions }: Matrix): number[] => dimensions.map(({ values }) => values.length);

export const mayMeet =
  (matrix: Matrix): MayMeet =>
  (d, v, e, w) =>
    refusedAt(matrix, d, v, e, w) === undefined;

/** Why two values cannot go together; undefined if they can. */
export function refusedAt(
  { dimensions, refused }: Matrix,
  d: number,
  v: number,
  e: number,
  w: number,
): Refused | undefined {
  const is = (side: Refused['these'], dimension: number, value: number): boolean => {
    const name = dimensions[dimension]?.values[value]?.name;
    return dimensions[dimension]?.name === side.dimension && name !== undefined && side.values.includes(name);
  };
  return refused.find(
    ({ these, those }) => (is(these, d, v) && is(those, e, w)) || (is(these, e, w) && is(those, d, v)),
  );
}

export function valuesOf({ dimensions }: Matrix, row: Row): ReadonlyMap<string, Value> {
  return new Map(
    dimensions.flatMap(({ name, values }, index) => {
      const value = values[row[index] ?? -1];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

/** Answers of a case, as `--set` takes them. */
export const answersOf = (values: Case['values'], places: Places): string[] =>
  [...values.values()]
    .flatMap(({ answers }) => answers)
    .map((answer) =>
      answer.replace(/\{(mysql|zookeeper|directory|subnet)\}/, (_all, name: keyof Places) => places[name]),
    );

/** One line. */
export const caseText = ({ stack, values }: Pick<Case, 'stack' | 'values'>): string =>
  `${stack}: ${[...values].map(([dimension, { name }]) => `${dimension} ${name}`).join(', ')}`;

/** Every value that a list of cases has, as `stack: dimension value`. */
export const seenIn = (cases: readonly Case[]): Set<string> =>
  new Set(
    cases.flatMap(({ stack, values }) => [...values].map(([dimension, { name }]) => `${stack}: ${dimension} ${name}`)),
  );

/**
 * So many of the cases that they have as many different values as possible, greedily chosen, in the order of the list.
 */
export function choose(cases: readonly Case[], count: number): Case[] {
  const chosen: Case[] = [];
  const news = (one: Case): number => {
    const seen = seenIn(chosen);
    return [...seenIn([one])].filter((value) => !seen.has(value)).length;
  };
  while (chosen.length < Math.min(count, cases.length)) {
    chosen.push(
      cases.filter((one) => !chosen.includes(one)).reduce((best, other) => (news(other) > news(best) ? other : best)),
    );
  }
  return chosen.sort((a, b) => a.number - b.number);
}

/** What the lab cannot run, and why, one line each. */
export const renderedOnly = (): string[] =>
  matrices.flatMap(({ stack, dimensions, notOnLab }) =>
    notOnLab === undefined
      ? dimensions.flatMap(({ name, values }) =>
          values.flatMap((value) =>
            value.notOnLab === undefined ? [] : [`${stack}: ${name} ${value.name}: ${value.notOnLab}`],
          ),
        )
      : [`${stack}: ${notOnLab}`],
  );
