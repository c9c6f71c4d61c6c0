import * as fc from 'fast-check';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { finishAnswers } from '../../../src/init/answers.ts';
import { bundleKeys } from '../../../src/bundle/keys.ts';
import { getAt, leaves, withAt, type Tree } from '../../../src/bundle/paths-access.ts';
import { parseYaml } from '../../../src/bundle/parse.ts';
import { validateAnswers } from '../../support/answers.ts';
import { BundleError, EXIT } from '../../../src/errors.ts';
import { collect } from '../../../src/wizard/collect.ts';
import { knownNodes } from '../../../src/wizard/nodes.ts';
import type { Prompter } from '../../../src/wizard/prompter.ts';
import { Wizard } from '../../../src/wizard/wizard.ts';
import { secretInput, type SecretSource, type Session } from '../../../src/wizard/session.ts';
import { definitions } from '../../support/definitions.ts';
import { node } from '../../unit/init/support.ts';

const definition = definitions[0] as (typeof definitions)[number];
const keys = bundleKeys(definition);
// One node: on several, local deep storage always wants an answer more.
const nodes = knownNodes([node('n1', { role: 'manager' })]);
const name = { path: 'name', ask: 'text' as const, message: 'Name', help: '', default: () => 'prod' };
const questions = [name, ...definition.questions];
const typed: SecretSource = { from: 'typed', value: Buffer.from('x') };
const secrets = Object.fromEntries(
  questions
    .map(secretInput)
    .filter((input) => input !== undefined)
    .map((input) => [input, typed]),
);

/** Answers as people give them: a few, good and bad, in any order. */
const VALUES: Record<string, unknown[]> = {
  name: ['prod', 'a', 'x'.repeat(20)],
  'tls.enabled': [true, false],
  'tls.ca': ['generate', 'files'],
  'tls.keyBits': [2048, 3072, 4096],
  'authentication.enabled': [true, false],
  'authentication.allowClearText': [true, false],
  license: ['trial', 'file'],
  secretDelivery: ['file', 'env', 'wrapper'],
  'manager.nodes': [['n1'], ['n3'], ['n1', 'n2']],
  'manager.hostname': ['imply-manager', 'boss', 'mysql'],
  'store.embedded': [true, false],
  'store.host': ['db.example.org'],
  'store.user': ['imply', 'on', '1e3'],
  'store.type': ['mysql', 'postgresql'],
  'store.port': [3306, 5432, 13306],
  'zookeeper.embedded': [true, false],
  'zookeeper.hosts': [['zk1:2181'], ['zk1:2181', 'zk2:2181']],
  'deepStorage.type': ['local', 's3'],
  'deepStorage.path': ['s3://b/p', '/mnt/deep-storage/x'],
  'deepStorage.sharedMount': ['/srv/nfs'],
  'agents.data.replicas': [1, 2, 5],
  'agents.data.nodes': [['n1'], ['n1', 'n2', 'n3']],
  'agents.query.replicas': [1, 2],
  'agents.query.publish.enabled': [true, false],
  'network.encrypted': [true, false],
  'network.subnet': ['10.20.0.0/24', '10.20.0.0/29', 'on'],
  'network.mtu': [1400],
  'manager.portMode': ['host', 'ingress'],
};
const anAnswer = fc
  .constantFrom(...Object.entries(VALUES))
  .chain(([path, values]) => fc.constantFrom(...values).map((value) => [path, value] as const));
const someAnswers = fc.uniqueArray(anAnswer, { selector: ([path]) => path, maxLength: 12 });
const toTree = (answers: (readonly [string, unknown])[]): Tree =>
  answers.reduce((tree: Tree, [path, value]) => withAt(tree, path, value), { version: 1, stack: 'imply' });
const session = (given: Tree, settled?: Tree): Session => ({
  definition,
  questions,
  keys,
  given,
  settled,
  secrets,
  settledSecrets: new Set(),
  nodes,
});

/** The bundle of these answers and defaults; undefined where they will not do, which must be a refusal with exit 2. */
function bundleOf(given: Tree): { text: string; answers: Record<string, unknown> } | undefined {
  const { session: done, missing } = collect(session(given), true);
  if (missing.length > 0) return undefined;
  try {
    const { text, bundle } = finishAnswers(done, undefined);
    return { text, answers: bundle.answers };
  } catch (error) {
    if (error instanceof BundleError && error.exit === EXIT.usage) return undefined;
    throw error;
  }
}

/** A person who takes every default, and cannot say more where there is none. */
class Stuck extends Error {}
const agreeable: Prompter = {
  text: async ({ default: byDefault, check }) => {
    // An optional question takes an empty line.
    const typed = byDefault ?? '';
    if ((await check(typed)) !== undefined) throw new Stuck();
    return typed;
  },
  confirm: async ({ default: byDefault }) => byDefault,
  // A list without a default stands on its first row.
  select: async ({ choices, default: byDefault }) => byDefault ?? choices[0]?.value ?? '',
  checkbox: async ({ checked, choices, check }) => {
    const picked = choices.map(({ value }) => value).filter((value) => checked.includes(value));
    if (check(picked) !== undefined) throw new Stuck();
    return picked;
  },
  hidden: async () => {
    throw new Stuck();
  },
  // Said of an image that is not found, or an answer that is taken out: neither comes of defaults.
  say: () => {
    throw new Stuck();
  },
};
const options = {
  files: { source: () => typed, read: async () => Buffer.from(''), now: () => new Date() },
  findImage: async () => undefined,
  heldImages: async () => [],
  columns: () => 80,
};

describe('whatever is answered', () => {
  it('is often enough a bundle for this to prove something', () => {
    const made = fc.sample(someAnswers, 300).filter((answers) => bundleOf(toTree(answers)));
    expect(made.length).toBeGreaterThan(60);
  });

  it('the same answers give the same bytes in any order, and mean the same when read again', () =>
    fc.assert(
      fc.property(someAnswers, (answers) => {
        const made = bundleOf(toTree(answers));
        expect(bundleOf(toTree([...answers].reverse()))?.text).toBe(made?.text);
        if (!made) return;
        expect(validateAnswers(parseYaml(made.text, 'f'), 'f').answers).toEqual(made.answers);
        for (const [path, value] of answers)
          expect([path, leaves(parse(made.text) as Tree).find(([each]) => each === path)?.[1]]).toEqual([path, value]);
      }),
      { numRuns: 100 },
    ));

  it('a second run without a word changes nothing to the byte', () =>
    fc.assert(
      fc.property(someAnswers, (answers) => {
        const made = bundleOf(toTree(answers));
        if (!made) return;
        const settled = parseYaml(made.text, 'f');
        const { session: done, missing } = collect(session({ version: 1, stack: 'imply' }, settled), true);
        expect(missing).toEqual([]);
        expect(finishAnswers(done, { text: made.text, answers: settled }).text).toBe(made.text);
      }),
      { numRuns: 100 },
    ));

  it('a changed bundle says what was meant, keeps its comments, and is at rest after that', () =>
    fc.assert(
      fc.property(someAnswers, someAnswers, (first, second) => {
        const made = bundleOf(toTree(first));
        if (!made) return;
        const text = `# mine\n${made.text}# the end\n`;
        const settled = parseYaml(text, 'f');
        const existing = { text, answers: settled };
        const { session: done, missing } = collect(session(toTree(second), settled), true);
        if (missing.length > 0) return;
        let changed;
        try {
          changed = finishAnswers(done, existing);
        } catch (error) {
          if (error instanceof BundleError && error.exit === EXIT.usage) return;
          throw error;
        }
        expect(changed.text).toMatch(/^# mine\n[^]*# the end\n$/);
        const { answers } = validateAnswers(parseYaml(changed.text, 'f'), 'f');
        expect(answers).toEqual(changed.bundle.answers);
        for (const [path, value] of second)
          expect([path, getAt({ ...answers, name: changed.bundle.name }, path)]).toEqual([path, value]);
        const again = parseYaml(changed.text, 'f');
        expect(
          finishAnswers(collect(session(toTree(second), again), true).session, {
            ...existing,
            text: changed.text,
            answers: again,
          }).text,
        ).toBe(changed.text);
      }),
      { numRuns: 150 },
    ));

  it(
    'a person who takes every default gets the bytes of --yes',
    () =>
      fc.assert(
        fc.asyncProperty(someAnswers, async (answers) => {
          const given = toTree(answers);
          let asked: Session | undefined;
          try {
            asked = await new Wizard({ ...session(given), swarmNodes: nodes }, agreeable, options).complete();
          } catch (error) {
            if (!(error instanceof Stuck)) throw error;
          }
          const made = bundleOf(given);
          if (!asked) expect(made).toBeUndefined();
          else if (made) expect(finishAnswers(asked, undefined).text).toBe(made.text);
        }),
        { numRuns: 100 },
      ),
    120_000,
  );
});
