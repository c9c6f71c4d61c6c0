import * as z from 'zod';
import { describe, expect, it } from 'vitest';
import type { Key } from '../../../src/bundle/keys.ts';
import { bundleKeys } from '../../../src/bundle/keys.ts';
import { getAt, type Tree } from '../../../src/bundle/paths-access.ts';
import { answered, askedAgain, collect, helpOf, withImplied } from '../../../src/wizard/collect.ts';
import { reconciled } from '../../../src/wizard/reconcile.ts';
import { allRows } from '../../../src/wizard/rows.ts';
import { answersOf, problemWith, type SecretSource, type Session } from '../../../src/wizard/session.ts';
import type { Question, StackDefinition } from '../../../src/sdk/definition.ts';

const questions: Question[] = [
  { path: 'size', ask: 'number', message: 'Size', help: 'How many.' },
  {
    path: 'mode',
    ask: 'select',
    message: 'Mode',
    help: 'How.',
    choices: [
      { value: 'here', name: 'here' },
      { value: 'there', name: 'there' },
    ],
  },
  { path: 'host', ask: 'text', message: 'Host', help: 'Where.', when: (c) => c.get('mode') === 'there' },
  {
    path: 'secretFiles.pass',
    ask: 'file',
    message: 'Pass',
    help: 'Word.',
    when: (c) => c.get('mode') === 'there',
    implies: { mode: 'there' },
  },
  {
    path: 'nodes',
    ask: 'nodes',
    message: 'Nodes',
    help: 'On which.',
    default: (c) => c.nodes?.map((node) => node.hostname),
  },
  { path: 'note', ask: 'text', message: 'Note', help: 'Anything.', optional: true },
  {
    path: 'port',
    ask: 'number',
    message: 'Port',
    help: 'Where it listens.',
    when: (c) => c.get('mode') === 'there',
    default: (c) => (c.get('size') === 1 ? 81 : 83),
    derived: true,
  },
];
const answers = z
  .strictObject({
    size: z.int().min(1).max(9).default(3),
    mode: z.enum(['here', 'there']).default('here'),
    host: z.string().optional(),
    nodes: z.array(z.string()).default([]),
    note: z.string().optional(),
    port: z.int().optional(),
  })
  .superRefine((value, context) => {
    if (value.mode === 'there' && value.host === undefined)
      context.addIssue({ code: 'custom', path: ['host'], message: 'is needed there' });
    if (value.nodes.length === 0) context.addIssue({ code: 'custom', path: ['nodes'], message: 'names no node' });
    if (value.size > 5 && value.nodes.length < 2)
      context.addIssue({ code: 'custom', path: ['nodes'], message: 'too few for that size' });
  });
const definition = {
  name: 'tiny',
  title: 'Tiny',
  answers,
  questions,
  plan: () => {
    throw new Error('not here');
  },
} as unknown as StackDefinition;
const keys: Key[] = bundleKeys(definition);
const file: SecretSource = { from: 'file', path: '/x', shown: 'x' };
const one = {
  hostname: 'n1',
  role: 'manager' as const,
  availability: 'active',
  state: 'ready',
  cpus: 1,
  memoryBytes: 1,
};

const session = (given: Tree, over: Partial<Session> = {}): Session => ({
  definition,
  questions,
  keys,
  given,
  settled: undefined,
  secrets: {},
  settledSecrets: new Set(),
  nodes: undefined,
  ...over,
});
const missing = (given: Tree, over: Partial<Session> = {}, takeDefaults = true) =>
  collect(session(given, over), takeDefaults).missing.map(({ question, default: value }) =>
    value === undefined ? question.path : `${question.path}=${JSON.stringify(value)}`,
  );

describe('collect', () => {
  it('is helped with by what its default is, if it has one', () => {
    const question: Question = { path: 'nodes', ask: 'nodes', message: 'Nodes', help: 'Several.', byDefault: 'All.' };
    expect(helpOf({ question, default: ['n1'], why: undefined })).toBe('Several. All.');
    expect(helpOf({ question, default: undefined, why: 'names none' })).toBe('Several.');
  });

  it('takes defaults of the question, then of the schema; the rest is missing', () => {
    expect(missing({})).toEqual(['nodes']);
    const { session: done, missing: none } = collect(session({}, { nodes: [one] }), true);
    expect([none, done.given]).toEqual([[], { size: 3, mode: 'here', nodes: ['n1'] }]);
  });

  it('without defaults lists everything, also what a default brings up', () => {
    expect(missing({}, { nodes: [one] }, false)).toEqual(['size=3', 'mode="here"', 'nodes=["n1"]']);
  });

  it('asks for what a given answer brings up, and not for what it rules out', () => {
    expect(missing({ mode: 'there' })).toEqual(['host', 'secretFiles.pass', 'nodes']);
    expect(missing({ mode: 'there', host: 'h', nodes: ['a'] }, { secrets: { pass: file } })).toEqual([]);
  });

  it('does not take a default that does not fit the other answers, and says why', () => {
    const { missing: left } = collect(session({ size: 6 }, { nodes: [one] }), true);
    expect(left).toMatchObject([{ question: { path: 'nodes' }, default: undefined, why: 'too few for that size' }]);
  });

  it('takes what goes without saying from a given file', () => {
    expect(withImplied(session({}, { secrets: { pass: file } })).given).toEqual({ mode: 'there' });
    expect(withImplied(session({ mode: 'here' }, { secrets: { pass: file } })).given).toEqual({ mode: 'here' });
  });
});

describe('a default that follows from other answers', () => {
  const there = { mode: 'there', host: 'h', nodes: ['a'] };
  const port = questions.at(-1) as Question;

  it('is told as one, and not written', () => {
    const told = { secrets: { pass: file } };
    expect(missing({ ...there, size: 1 }, told, false)).toEqual(['port=81']);
    const done = collect(session({ ...there, size: 1 }, told), true);
    expect([done.missing, done.session.given]).toEqual([[], { ...there, size: 1 }]);
    expect(allRows(session({ ...there, size: 1 }), 100).at(-1)?.name).toMatch(/^Port +81$/);
    expect(allRows(session({ ...there, size: 1, port: 8 }), 100).at(-1)?.name).toMatch(/^Port +8$/);
  });

  it('follows them although it was written; what was said otherwise stays', () => {
    const changed = (settled: Tree, given: Tree) => getAt(answersOf(session(given, { settled })), 'port');
    expect(changed({ ...there, size: 1, port: 81 }, { size: 2 })).toBeUndefined();
    expect(changed({ ...there, size: 1, port: 81 }, { note: 'n' })).toBe(81);
    expect(changed({ ...there, size: 1, port: 83 }, { size: 2 })).toBe(83);
    expect(changed({ ...there, size: 1, port: 8 }, { size: 2 })).toBe(8);
    expect(changed({ ...there, size: 1, port: 81 }, { size: 2, port: 81 })).toBe(81);
  });

  it('follows an answer that a person changes, without a word that it did not fit', () => {
    const change = (before: Session, size: number) =>
      reconciled(before, answered(before, questions[0] as Question, size));
    const accepted = answered(session({ ...there, size: 1 }), port, 81);
    expect(change(accepted, 2)).toMatchObject({ dropped: [], session: { given: { ...there, size: 2 } } });
    expect(getAt(answersOf(change(accepted, 2).session), 'port')).toBeUndefined();
    expect(getAt(answersOf(change(answered(accepted, port, 8), 2).session), 'port')).toBe(8);
  });
});

describe('of a bundle that is there', () => {
  const settled = { mode: 'here', nodes: ['a'] };

  it('nothing is open that it does without', () => expect(missing({}, { settled }, false)).toEqual([]));
  it('a question without an answer that it cannot do without is open', () =>
    expect(missing({}, { settled: { mode: 'here' } })).toEqual(['nodes']));
  it('a changed answer opens what it brings up', () =>
    expect(missing({ mode: 'there' }, { settled })).toEqual(['host', 'secretFiles.pass']));
  it('a secret that it has is not asked for', () =>
    expect(
      missing({}, { settled: { mode: 'there', host: 'h', nodes: ['a'] }, settledSecrets: new Set(['pass']) }),
    ).toEqual([]));
  it('a secret that it had for another purpose is', () =>
    expect(missing({ mode: 'there', host: 'h' }, { settled, settledSecrets: new Set(['pass']) })).toEqual([
      'secretFiles.pass',
    ]));
  it('each can be asked again, with its answer as default', () => {
    const opened = questions
      .map((question) => askedAgain(question, session({}, { settled: { mode: 'there', host: 'h', nodes: ['a'] } })))
      .filter((open) => open !== undefined);
    expect(opened.map(({ question, default: value }) => [question.path, value])).toEqual([
      ['size', 3],
      ['mode', 'there'],
      ['host', 'h'],
      ['secretFiles.pass', undefined],
      ['nodes', ['a']],
      ['note', undefined],
      ['port', 83],
    ]);
  });
  it('an answer that a new one makes pointless goes', () =>
    expect(answersOf(session({ mode: 'here' }, { settled: { mode: 'there', host: 'h', nodes: ['a'] } }))).toEqual({
      mode: 'here',
      nodes: ['a'],
    }));
  it('an answer that never applied stays: somebody wrote it', () =>
    expect(answersOf(session({ size: 2 }, { settled: { mode: 'here', host: 'h' } }))).toEqual({
      mode: 'here',
      host: 'h',
      size: 2,
    }));
  it('an empty value takes an answer out', () =>
    expect(answersOf(session({ size: null }, { settled: { size: 4, mode: 'here' } }))).toEqual({ mode: 'here' }));
});

describe('a problem with a value', () => {
  const at = (path: string) => questions.find((question) => question.path === path) as Question;
  it('is its own only', () => {
    expect(problemWith(at('size'), 6, session({}))).toBeUndefined();
    expect(problemWith(at('size'), 10, session({}))).toBe('must be at most 9');
    expect(problemWith(at('size'), 'many', session({}))).toBe('must be a number');
    expect(problemWith(at('nodes'), ['a'], session({ size: 6 }))).toBe('too few for that size');
  });
  it('is that of an answer given before, if it brings it about and no question comes to mend it', () => {
    expect(problemWith(at('size'), 6, session({ nodes: ['a'] }))).toBe('nodes: too few for that size');
    expect(problemWith(at('size'), 6, session({ nodes: ['a', 'b'] }))).toBeUndefined();
    expect(problemWith(at('mode'), 'here', session({ size: 6, nodes: ['a'] }))).toBeUndefined();
    // The question for them is still to come.
    expect(problemWith(at('size'), 6, session({}, { settled: { nodes: ['a'] } }))).toBeUndefined();
  });
});
