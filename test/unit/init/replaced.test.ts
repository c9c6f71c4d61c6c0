import { X509Certificate } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseLock, type Lock } from '../../../src/bundle/lock.ts';
import { noNotes } from '../../../src/bundle/notes.ts';
import { planOf } from '../../../src/bundle/plan-of.ts';
import { secretChanges } from '../../../src/bundle/secret-changes.ts';
import { BundleError } from '../../../src/errors.ts';
import { decide, propose, type Decided, type InitRun } from '../../../src/init/decide.ts';
import { readExisting, readStore } from '../../../src/init/existing.ts';
import { bundleFiles } from '../../../src/init/files.ts';
import { agreed } from '../../../src/init/replaced.ts';
import { decideSecrets, sourceReader } from '../../../src/init/secrets.ts';
import { startSession } from '../../../src/init/session.ts';
import { lazySwarm } from '../../../src/init/swarm.ts';
import { systemSource } from '../../../src/io/system.ts';
import type { Prompter } from '../../../src/wizard/prompter.ts';
import { proof } from '../../proof/definition.ts';
import { entryOf } from '../../support/definitions.ts';
import { init, recordedIo, workplace } from './support.ts';

const STACKS = { stacks: [entryOf(proof)] };
const SET = ['image=lab/node:1', 'nodes=[n1,n2,n3]'];
const CA_FILES = ['proof-ca.crt', 'proof-ca.key'];

let cwd: string;
const file = (name: string): string => join(cwd, 'prod', name);
const lockNow = (): Lock => parseLock(readFileSync(file('bundle.lock.json'), 'utf8'), 'lock');
const certificate = (pem: string | Buffer | Uint8Array): X509Certificate => new X509Certificate(pem);

/** Says the same to each question, and keeps them. */
function person(answer: boolean): { prompter: Prompter; questions: string[]; told: string[] } {
  const questions: string[] = [];
  const told: string[] = [];
  const confirm = async ({ message }: { message: string }): Promise<boolean> => {
    questions.push(message);
    return answer;
  };
  const say = (text: string) => void told.push(text);
  return { prompter: { confirm, say } as unknown as Prompter, questions, told };
}

/** One run of init on `prod`, by a person who is asked of what was replaced. */
async function decided(set: string[], prompter: Prompter): Promise<{ decided: Decided; run: InitRun }> {
  const { io } = recordedIo(cwd, STACKS);
  const options = { dir: 'prod', set };
  const dir = join(cwd, 'prod');
  const { existing, directoryExists } = await readExisting(dir, 'prod', io.stacks);
  const session = await startSession(options, io, dir, existing);
  const seams = { connect: () => Promise.resolve(undefined) };
  const swarm = lazySwarm(options, io, seams, false);
  const read = sourceReader(io);
  const run = { options, io, seams, dir, existing, directoryExists, swarm, read, now: () => new Date() };
  return { decided: await decide(session, run, prompter, new Map()), run };
}

async function failure(work: Promise<unknown>): Promise<BundleError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(BundleError);
  return error as BundleError;
}

/** A bundle whose CA was overwritten from a wrong backup. */
let source: string;

beforeAll(async () => {
  source = mkdtempSync(join(tmpdir(), 'bundle-replaced-'));
  for (const name of ['prod', 'other'])
    expect((await init(source, { dir: name, yes: true, set: SET }, {}, STACKS)).error).toBeUndefined();
  for (const name of CA_FILES) cpSync(join(source, 'other/secrets', name), join(source, 'prod/secrets', name));
});
afterAll(() => rmSync(source, { recursive: true }));

beforeEach(() => {
  cwd = workplace();
  cpSync(join(source, 'prod'), join(cwd, 'prod'), { recursive: true });
});

describe('a CA that was replaced by hand', () => {
  it('issues nothing after a no, whatever else changes', async () => {
    const before = lockNow();
    const { prompter, questions, told } = person(false);
    const { decided: all, run } = await decided(['level=2'], prompter);
    expect(told.join()).toContain('say no and restore it, since it may be of a version that was replaced');
    expect(questions).toEqual(['Lock the present content as version 2?']);
    expect(all.changes.map(({ act, need, version }) => [need.secret, act, version])).toEqual([
      ['ca', 'keep', 1],
      ['front', 'keep', 1],
      ['store', 'keep', 1],
    ]);
    const files = await (await propose(all, run)).build();
    expect(files.map(({ path }) => path)).toEqual(expect.arrayContaining(['stack.yml', 'bundle.yaml']));
    expect(files.filter(({ path }) => path.startsWith('secrets/') || path === 'bundle.lock.json')).toEqual([]);
    expect(lockNow()).toEqual(before);
  });

  it('stops after a no what it would have to issue', async () => {
    const error = await failure(decided(['names=[web.example]'], person(false).prompter));
    expect([error.code, error.message]).toEqual([
      'issuer-not-here',
      expect.stringContaining('its names change (web.example is new), and the key of its CA is not on this machine'),
    ]);
  });

  it('issues all anew after a yes, as the lockfile says', async () => {
    const { decided: all, run } = await decided(['level=2'], person(true).prompter);
    const files = await (await propose(all, run)).build();
    const content = (path: string): string => String(files.find((each) => each.path === path)?.content);
    const { secrets } = parseLock(content('bundle.lock.json'), 'lock');
    const ca = certificate(readFileSync(file('secrets/proof-ca.crt')));
    expect(secrets['ca']).toMatchObject({
      version: 2,
      facts: { certificateSha256: ca.fingerprint256.replaceAll(':', '').toLowerCase() },
    });
    for (const leaf of ['front', 'store']) {
      expect(secrets[leaf]?.issued?.authority).toBe(secrets['ca']?.facts.certificateSha256);
      expect(certificate(content(`secrets/${leaf}.crt`)).verify(ca.publicKey)).toBe(true);
    }
  });

  it('is never issued from, even if somebody decides so', async () => {
    const { decided: all, run } = await decided(['names=[web.example]'], person(true).prompter);
    const { existing, io } = run;
    const lock = lockNow();
    const store = await readStore(run.dir, planOf(all.answered.bundle), lock);
    const error = await failure(
      bundleFiles({
        bundle: all.answered.bundle,
        answersText: all.answered.text,
        changes: all.changes.filter(({ need }) => need.secret !== 'ca'),
        onDisk: store.materials,
        lock,
        notes: existing?.notes ?? noNotes(),
        images: {},
        key: store.key,
        source: systemSource,
        stacks: io.stacks,
      }),
    );
    expect([error.code, error.message]).toEqual(['issuer-not-here', expect.stringContaining('"front"')]);
  });
});

it('nobody is asked twice, and after a no all is decided by what counts then', async () => {
  const { decided: all, run } = await decided([], person(true).prompter);
  const { secrets: needs } = planOf(all.answered.bundle);
  const lock = lockNow();
  const { key, materials } = await readStore(run.dir, planOf(all.answered.bundle), lock);
  const counted: string[][] = [];
  const decideOn = async (onDisk: typeof materials) => {
    counted.push(Object.keys(onDisk));
    return secretChanges({ needs, lock, key, onDisk, given: {}, now: new Date() });
  };
  const { prompter, questions } = person(false);
  const said = new Map<string, boolean>();
  for (let time = 0; time < 2; time++) {
    const { changes, onDisk } = await agreed(decideOn, materials, {}, prompter, { said });
    expect(changes.every(({ act }) => act === 'keep')).toBe(true);
    expect(Object.keys(onDisk)).toEqual(['front', 'store']);
  }
  expect(counted).toEqual([
    ['ca', 'front', 'store'],
    ['front', 'store'],
    ['ca', 'front', 'store'],
    ['front', 'store'],
  ]);
  expect(questions).toHaveLength(1);
});

it('who is at a terminal is told that the content was replaced before, and a no is what Enter says', async () => {
  const { decided: all } = await decided([], person(true).prompter);
  const { secrets: needs } = planOf(all.answered.bundle);
  const lock = lockNow();
  const { key, materials } = await readStore(join(cwd, 'prod'), planOf(all.answered.bundle), lock);
  const decideOn = async (onDisk: typeof materials) =>
    secretChanges({ needs, lock, key, onDisk, given: {}, now: new Date() });
  const asked = async (former: number | undefined) => {
    const told: string[] = [];
    const enter: boolean[] = [];
    const prompter = {
      say: (text: string) => void told.push(text),
      confirm: async ({ default: answer = true }: { default?: boolean }) => {
        enter.push(answer);
        return answer;
      },
    } as unknown as Prompter;
    const { changes } = await agreed(decideOn, materials, {}, prompter, {
      earlier: async () => (former === undefined ? undefined : { version: former, inSwarm: true }),
    });
    return { told: told.join(), enter, ca: changes.find(({ need }) => need.secret === 'ca')?.act };
  };
  expect(await asked(1)).toEqual({
    told: expect.stringContaining('locked with: it is the content of version 1, which was replaced.') as string,
    enter: [false],
    ca: 'keep',
  });
  expect(await asked(undefined)).toMatchObject({ enter: [true], ca: 'adopt' });
});

describe('a secret of a replaced version, with --new-secrets', () => {
  const OPTIONS = { yes: true, newSecrets: true };
  const earlier = async () => ({ version: 1, inSwarm: true });

  /** What is decided if the certificate of `front` was lost, too. */
  async function known() {
    const { decided: all } = await decided([], person(true).prompter);
    const { secrets: needs } = planOf(all.answered.bundle);
    const { key, materials } = await readStore(join(cwd, 'prod'), planOf(all.answered.bundle), lockNow());
    const { front: _lost, ...onDisk } = materials;
    const decideOn = async (counted: typeof materials, kept: ReadonlySet<string>) =>
      secretChanges({
        needs,
        lock: lockNow(),
        key,
        onDisk: counted,
        kept,
        given: {},
        now: new Date(),
        newSecrets: true,
      });
    return { decideOn, materials, onDisk };
  }

  it('stays as it is locked after a no, and is not made anew', async () => {
    const { decideOn, materials, onDisk } = await known();
    const { prompter, questions } = person(false);
    const { changes, onDisk: counted } = await agreed(decideOn, materials, OPTIONS, prompter, { earlier });
    expect(questions).toHaveLength(1);
    expect(changes.map(({ act, need: { secret }, version }) => [secret, act, version])).toEqual([
      ['ca', 'keep', 1],
      ['front', 'keep', 1],
      ['store', 'keep', 1],
    ]);
    expect(changes[0]).toMatchObject({ onDisk: false });
    expect(Object.keys(counted)).toEqual(['front', 'store']);
    // What is to be issued needs its CA here.
    const error = await failure(agreed(decideOn, onDisk, OPTIONS, prompter, { earlier }));
    expect(error.code).toBe('issuer-not-here');
    // After a yes it is locked anew.
    const taken = await agreed(decideOn, materials, OPTIONS, person(true).prompter, { earlier });
    expect(taken.changes[0]).toMatchObject({ act: 'adopt', version: 2 });
  });

  it('is not a loss: nothing is left to be made anew, and that is no fault', async () => {
    const { decided: all, run } = await decided([], person(true).prompter);
    const plan = planOf(all.answered.bundle);
    const { key, materials } = await readStore(run.dir, plan, lockNow());
    const { ca: _other, ...onDisk } = materials;
    const decideOn = (kept: string[]) =>
      decideSecrets(
        {},
        {
          ...{ plan, existing: run.existing, key, onDisk, kept: new Set(kept), now: new Date(), newSecrets: true },
          ...{ read: run.read, taken: async () => new Map<string, number>() },
        },
      );
    expect((await decideOn(['ca'])).map(({ act }) => act)).toEqual(['keep', 'keep', 'keep']);
    // One that is not there is lost, with all that it issued.
    expect((await decideOn([])).map(({ act }) => act)).toEqual(['generate', 'generate', 'generate']);
  });

  it('is refused without a terminal, and the hint says what removing it does', async () => {
    const { decideOn, materials } = await known();
    const hint = async (newSecrets: boolean, inSwarm: boolean) => {
      const options = { yes: true, newSecrets };
      const looked = { earlier: async () => ({ version: 1, inSwarm }) };
      const error = await failure(agreed(decideOn, materials, options, undefined, looked));
      expect([error.code, error.exit]).toEqual(['secret-replaced', 2]);
      return error.hints[0];
    };
    const ASK = 'get the present content from who replaced it';
    const ANEW =
      `${ASK}; if it is removed from secrets/ here, --new-secrets makes a new one, and the same command without ` +
      '--new-secrets leaves version 1 as it is';
    expect(await hint(true, true)).toBe(`${ANEW}, which the swarm has`);
    expect(await hint(true, false)).toBe(ANEW);
    expect(await hint(false, true)).toBe(`${ASK}, or remove it from secrets/ here: the swarm has it`);
    expect(await hint(false, false), 'nobody else may have it').toBe(ASK);
  });
});
