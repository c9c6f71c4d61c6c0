import { describe, expect, it } from 'vitest';
import { Random } from '../../../scripts/chaos/random.ts';
import { bundleOf } from '../../../scripts/matrix/bundle.ts';
import {
  SEED,
  answersOf,
  casesOf,
  caseText,
  choose,
  onLab,
  mayMeet,
  refusedAt,
  seenIn,
  sizesOf,
  valuesOf,
  type Case,
} from '../../../scripts/matrix/cases.ts';
import { matrices, type Matrix } from '../../../scripts/matrix/dimensions.ts';
import { allPairs, complete } from '../../../scripts/matrix/pairwise.ts';
import { bundleKeys } from '../../../src/bundle/keys.ts';
import { getAt, leaves, withAt, type Tree } from '../../../src/bundle/paths-access.ts';
import { checkDocument } from '../../../src/compose/rules.ts';
import { BundleError } from '../../../src/errors.ts';
import { answered } from '../../../src/wizard/collect.ts';
import { readGiven } from '../../../src/wizard/given.ts';
import { applies, problemWith, secretInput, type Session } from '../../../src/wizard/session.ts';
import { findStack } from '../../../src/bundle/catalogue.ts';
import { definitions } from '../../support/definitions.ts';
import { requireOracle } from '../../support/oracle.ts';
import { rendered } from '../../unit/stacks/imply.ts';

const PLACES = {
  mysql: 'db.example.org',
  zookeeper: 'zk.example.org:2181',
  directory: '/data/imply',
  subnet: '10.20.0.0/24',
};
const { schema, config } = requireOracle();
const setsOf = (values: Case['values']): string[] => answersOf(values, PLACES);

/** Every pair that is said to be refused, in a case that has nothing else against it. */
function refusedPairs(matrix: Matrix): { title: string; sets: string[]; path: string }[] {
  const sizes = sizesOf(matrix);
  return allPairs(sizes, (...pair) => !mayMeet(matrix)(...pair)).map(([d, v, e, w]) => {
    const row = complete(
      sizes,
      mayMeet(matrix),
      new Map([
        [d, v],
        [e, w],
      ]),
      new Random(SEED),
    );
    const values = valuesOf(matrix, row ?? []);
    const named = [d, e].map(
      (index) => `${matrix.dimensions[index]?.name} ${values.get(matrix.dimensions[index]?.name ?? '')?.name}`,
    );
    return {
      title: `${matrix.stack}: ${named.join(' with ')}`,
      sets: setsOf(values),
      path: refusedAt(matrix, d, v, e, w)?.path ?? '',
    };
  });
}

const refused = matrices.flatMap((matrix) => refusedPairs(matrix).map((pair) => ({ ...pair, stack: matrix.stack })));

describe('the data of the matrix', () => {
  it.each(matrices)(
    '$stack: each answer is given by one dimension only, and each refusal names what is there',
    ({ dimensions, refused: out }) => {
      const paths = dimensions.map(({ values }) => [
        ...new Set(values.flatMap(({ answers }) => answers.map((answer) => answer.slice(0, answer.indexOf('='))))),
      ]);
      expect(paths.flat()).toHaveLength(new Set(paths.flat()).size);
      const names = dimensions.flatMap(({ name, values }) => values.map((value) => `${name} ${value.name}`));
      expect(new Set(names).size).toBe(names.length);
      for (const side of out.flatMap(({ these, those }) => [these, those]))
        expect(names).toEqual(expect.arrayContaining(side.values.map((value) => `${side.dimension} ${value}`)));
    },
  );
});

describe('two answers that are said not to go together', () => {
  it.each(refused)('are refused, for that reason alone: $title', ({ stack, sets, path }) => {
    const refusal = refusalOf(() => bundleOf(stack, 'prod', sets));
    expect(refusal?.exit).toBe(2);
    const { problems } = refusal?.details as { problems: string[] };
    expect(problems).toHaveLength(1);
    // A reason, and not the path alone.
    expect(problems[0]).toMatch(new RegExp(`^${path.replaceAll('.', '\\.')}: .{20}`));
  });

  it.each(refused)('are refused at a question: $title', ({ stack, sets }) =>
    expect(saidAtQuestions(stack, sets)).not.toEqual([]),
  );
});

/**
 * What the wizard says to these answers, given one after the other; those that it does not ask for are there before.
 */
function saidAtQuestions(stack: string, sets: readonly string[]): string[] {
  const definition = findStack(definitions, stack, 'test');
  const keys = bundleKeys(definition);
  const { answers } = readGiven({ keys, inputs: [] }, undefined, sets);
  const { questions } = definition;
  const unasked = leaves(answers).filter(([path]) => !questions.some((question) => question.path === path));
  let session: Session = {
    definition,
    questions,
    keys,
    given: toTree(unasked),
    settled: undefined,
    secrets: {},
    settledSecrets: new Set(),
    nodes: undefined,
  };
  const said: string[] = [];
  for (const question of questions) {
    const value = getAt(answers, question.path);
    const isAsked = applies(question, session.given, undefined) && secretInput(question) === undefined;
    // Nothing typed at an optional question is an answer too, which others may not go with.
    const problem = isAsked ? problemWith(question, value, session) : undefined;
    if (problem !== undefined) said.push(`${question.path}: ${problem}`);
    if (value !== undefined) session = answered(session, question, value);
  }
  return said;
}

const toTree = (answers: [string, unknown][]): Tree =>
  answers.reduce((tree: Tree, [path, value]) => withAt(tree, path, value), {});

function refusalOf(action: () => unknown): BundleError | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof BundleError) return error;
    throw error;
  }
  return undefined;
}

describe('any two answers that go together', () => {
  const cases = casesOf(matrices, SEED);

  it('are in some case', () => {
    for (const matrix of matrices) {
      const own = cases.filter(({ stack }) => stack === matrix.stack);
      const missing = allPairs(sizesOf(matrix), mayMeet(matrix)).filter(([d, v, e, w]) => {
        const [one, other] = [matrix.dimensions[d], matrix.dimensions[e]];
        return !own.some(
          ({ values }) =>
            values.get(one?.name ?? '') === one?.values[v] && values.get(other?.name ?? '') === other?.values[w],
        );
      });
      expect(missing).toEqual([]);
    }
  });

  it.each(cases.map((one) => ({ title: caseText(one), one })))('are refused at no question: $title', ({ one }) =>
    expect(saidAtQuestions(one.stack, setsOf(one.values))).toEqual([]),
  );

  const titled = cases.map((one) => ({ title: caseText(one), one }));
  const stackOf = (one: (typeof cases)[number]) => {
    const bundle = bundleOf(one.stack, 'prod', setsOf(one.values));
    return { bundle, ...rendered(bundle) };
  };

  it.each(titled)('render a stack that breaks no rule of ours: $title', ({ one }) =>
    expect(checkDocument('prod', stackOf(one).document)).toEqual([]),
  );

  it.skipIf(schema === undefined).each(titled)('render a stack that passes the v3.8 schema: $title', ({ one }) =>
    expect(schema?.(stackOf(one).text)).toEqual([]),
  );

  it.skipIf(config === undefined).each(titled)('render a stack that docker takes: $title', async ({ one }) => {
    const { bundle, text, document } = stackOf(one);
    const environment = Object.keys(bundle.definition.plan('prod', bundle.answers).environment).map((variable) => [
      variable,
      'a $value',
    ]);
    const read = (await config?.(text, Object.fromEntries(environment))) as { services: Record<string, unknown> };
    expect(Object.keys(read.services).sort()).toEqual(Object.keys(document.services).sort());
  });
});

describe('the cases that the lab runs', () => {
  const cases = casesOf(onLab(), SEED);

  it('are more than two dozen, of each stack some, and have every value that the lab can run', () => {
    expect(cases.length).toBeGreaterThanOrEqual(24);
    const runnable = onLab().flatMap(({ stack, dimensions }) =>
      dimensions.flatMap(({ name, values }) => values.map((value) => `${stack}: ${name} ${value.name}`)),
    );
    expect([...seenIn(cases)].sort()).toEqual(runnable.sort());
  });

  it('the eight that npm test runs have nearly all of these values', () => {
    const eight = choose(cases, 8);
    expect(eight).toHaveLength(8);
    const seen = seenIn(eight);
    const left = [...seenIn(cases)].filter((value) => !seen.has(value));
    // Two dimensions have seven values, and the other stack wants its turn.
    expect(left.length, left.join('; ')).toBeLessThanOrEqual(4);
  });
});
