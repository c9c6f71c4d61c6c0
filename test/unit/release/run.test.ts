import { describe, expect, it } from 'vitest';
import { emptyLock } from '../../../src/bundle/lock.ts';
import { orGoBack } from '../../../src/deploy/rollback.ts';
import type { SwarmConfig, SwarmTask } from '../../../src/engine/port.ts';
import { BundleError, EXIT } from '../../../src/errors.ts';
import type { ServiceChange, StackChanges } from '../../../src/plan/changes.ts';
import { planOf } from '../../../src/bundle/plan-of.ts';
import { renderBundle } from '../../../src/bundle/render.ts';
import { load, type Loaded } from '../../../src/project/bundle-dir.ts';
import { staleAfter, type Survey } from '../../../src/project/plan-bundle.ts';
import { removeUnkept } from '../../../src/release/clean.ts';
import { contentOf } from '../../../src/release/content.ts';
import { decodeRelease, encodeRelease, releaseLabels } from '../../../src/release/record.ts';
import { presentRelease } from '../../../src/release/keep-secrets.ts';
import { nextRelease, ReleaseRun } from '../../../src/release/run.ts';
import { VERIFICATION_FAILED } from '../../../src/release/states.ts';
import type { ReleaseState } from '../../../src/release/states.ts';
import { readHistory } from '../../../src/release/store.ts';
import { service, task } from '../../support/check-context.ts';
import { init, manager, node, recordedIo, workplace } from '../init/support.ts';
import { cluster, lockOf } from '../stacks/imply.ts';

const { signal } = new AbortController();
const NODES = ['n1', 'n2', 'n3'].map((name) => node(name));
const ONE = service('prod_zookeeper-1', { createdAt: '2026-01-01T00:00:00Z' });
/** Each ran for nine minutes. */
const CRASHES = ['00', '10', '20', '30', '40'].map((minute) =>
  task(ONE.id, 'id-n1', {
    ...{ id: `t${minute}`, state: 'failed', desiredState: 'shutdown', exitCode: 1 },
    ...{ createdAt: `2026-01-01T01:${minute}:00Z`, stateAt: `2026-01-01T01:${minute}:59Z` },
  }),
);

/** A bundle whose release 2 the swarm holds in this state, after a good release 1 with other images. */
async function released(state: ReleaseState, tasks: SwarmTask[] = []) {
  const cwd = workplace();
  const { io } = recordedIo(cwd);
  expect((await init(cwd, { stack: 'zookeeper', set: ['nodes=n1,n2,n3'], yes: true })).exit).toBe(0);
  const loaded = await load({ dir: 'prod' }, io);
  const content = contentOf(loaded, NODES);
  const record = (number: number, as: ReleaseState, nodeLabels = content.nodeLabels): SwarmConfig => ({
    ...{
      id: `r${number}`,
      name: `prod.release.${number}`,
      version: 1,
      createdAt: '',
      updatedAt: '',
      labels: releaseLabels('prod', { state: as }),
    },
    data: encodeRelease({
      ...{ number, at: `2026-01-0${number}T00:00:00Z`, by: 'ann@ops', tool: '0.1.0', answers: {}, lock: emptyLock() },
      ...{ document: loaded.document, nodeLabels },
    }),
  });
  const records = [record(2, state), record(1, 'verified', [])];
  const add = (config: Partial<SwarmConfig>) =>
    void records.unshift({ ...record(3, 'started'), id: `r${records.length + 1}`, ...config });
  const engine = manager(NODES, {
    info: async () => ({ ...(await manager(NODES).info()), systemTime: '2026-01-01T01:42:00Z' }),
    services: async () => [ONE],
    tasks: async () => tasks,
    configs: async (filter) => ('kind' in filter && filter.kind === 'release' ? records : []),
    createConfig: async (config) => {
      add({ ...config, data: Buffer.from(config.data) });
      return '';
    },
    updateConfigLabels: async ({ id }, labels) => {
      for (const each of records) if (each.id === id) each.labels = labels;
    },
  });
  const openFor = async (changes: Partial<StackChanges>) =>
    ReleaseRun.open(engine, loaded, {
      ...{ history: await readHistory(engine, 'prod'), found: { live: { nodes: NODES } } },
      plan: { services: [], networks: [], secrets: [], labels: [], unresolvedNodes: [], ...changes },
    });
  /** A run whose plan is empty, or deploys a service again that was changed by hand. */
  const open = (empty: boolean) => openFor(empty ? {} : { services: [{ action: 'update' } as ServiceChange] });
  const now = async (): Promise<ReleaseState | undefined> => (await readHistory(engine, 'prod')).releases[0]?.state;
  const present = async () => presentRelease((await readHistory(engine, 'prod')).releases)?.number;
  return { engine, loaded, io, open, openFor, now, present, add, record, records };
}

describe('a deployment that fails', () => {
  it.each<[string, ReleaseState, boolean, string, SwarmTask[], ReleaseState]>([
    ['leaves a verified release that it did not change', 'verified', true, VERIFICATION_FAILED, [], 'verified'],
    ['leaves one that ran, if a task finds no node now', 'converged', true, 'not-converged', [], 'converged'],
    ['fails one that nobody had verified', 'converged', true, VERIFICATION_FAILED, [], 'failed'],
    ['fails one whose tasks end again and again', 'verified', true, 'not-converged', CRASHES, 'failed'],
    ['fails one that it deployed anew', 'verified', false, 'not-converged', [], 'failed'],
  ])('%s', async (_what, before, empty, note, tasks, after) => {
    const { open, now } = await released(before, tasks);
    await (await open(empty)).mark('failed', note);
    expect(await now()).toBe(after);
  });

  it('leaves a verified release verified, though a run before it could not tell', async () => {
    const { open, now } = await released('verified');
    await (await open(true)).mark('converged');
    expect(await now(), 'exit 7, or --no-verify').toBe('verified');
    await (await open(true)).mark('failed', VERIFICATION_FAILED);
    expect(await now()).toBe('verified');
  });

  it('marks one that it deployed anew as what was seen this time', async () => {
    const { open, now } = await released('verified');
    await (await open(false)).mark('converged');
    expect(await now()).toBe('converged');
  });

  it('deploys nothing by removing secrets, and leaves a verified release verified', async () => {
    const { openFor, now } = await released('verified');
    const run = await openFor({ secrets: [{ name: 'prod_token.v1', action: 'remove' }] });
    expect(await now()).toBe('verified');
    await run.mark('failed', 'not-converged');
    expect(await now()).toBe('verified');
  });

  it.each<[string, ReleaseState, number]>([
    ['of a release that was good before, its secrets stay the present ones', 'verified', 2],
    ['whether it was verified or not', 'converged', 2],
    ['of one that never was, those that it replaced are', 'deployed', 1],
  ])('%s', async (_what, before, expected) => {
    const { open, now, present } = await released(before);
    const run = await open(false);
    expect([await now(), await present()], 'interrupted').toEqual(['started', expected]);
    await run.mark('failed', 'not-converged');
    expect([await now(), await present()], 'failed').toEqual(['failed', expected]);
    await (await open(false)).mark('failed', VERIFICATION_FAILED);
    expect([await now(), await present()], 'and once more').toEqual(['failed', expected]);
  });

  it('keeps in mind that a release was verified before a change by hand was taken back', async () => {
    const { open, now } = await released('verified');
    await (await open(false)).mark('converged');
    await (await open(true)).mark('failed', VERIFICATION_FAILED);
    expect(await now()).toBe('converged');
  });

  it.each<[string, string, boolean, ReleaseState]>([
    ['an engine that cannot be asked says nothing of tasks that were seen to run', 'engine-error', true, 'converged'],
    ['one that is away, as little', 'engine-unreachable', true, 'converged'],
    ['before they were seen to run, it did not come that far', 'engine-unreachable', false, 'failed'],
    ['a task that ended meanwhile is a failure', 'not-converged', true, 'failed'],
  ])('%s', async (_what, code, seenToRun, after) => {
    const { open, now } = await released('verified');
    const run = await open(false);
    expect(await now()).toBe('started');
    await run.failed(new BundleError(code, 'prod: trouble'), seenToRun);
    expect(await now()).toBe(after);
  });

  it('does not go back from a release that it did not change', async () => {
    const { engine, loaded, io, open } = await released('verified');
    const work = async (): Promise<never> => {
      const error = new BundleError('not-converged', 'prod: no node', { exit: EXIT.notConverged });
      await (await open(true)).failed(error, false);
      throw error;
    };
    const options = { timeoutMs: 1000, ignore: [] };
    await expect(orGoBack(engine, loaded, options, io, work)).rejects.toMatchObject({
      code: 'not-converged',
      exit: EXIT.notConverged,
      message:
        'prod: no node\nnothing goes back: nothing was deployed, and release 2, which the swarm has, was verified ' +
        'before',
    });
  });

  it('says what to do about a way back that fails as well', async () => {
    const { engine, loaded, io, record } = await released('verified');
    const { bundle, lock } = loaded.directory;
    const good = {
      ...{ number: 1, at: '2026-01-01T00:00:00Z', by: 'ann@ops', tool: '0.1.0', lock, document: loaded.document },
      ...{ answers: { version: 1, stack: 'zookeeper', name: 'prod', ...bundle.answers } },
      nodeLabels: contentOf(loaded, NODES).nodeLabels,
    };
    const configs = async () => [record(2, 'failed', []), { ...record(1, 'verified'), data: encodeRelease(good) }];
    const [first, ...others] = NODES;
    const nodes = [{ ...first!, hostname: 'm1' }, node('n1', { id: 'id-other' }), ...others];
    const failure = { exit: EXIT.notConverged, hints: ['look at it'] };
    const work = () => Promise.reject(new BundleError('not-converged', 'prod: ends', failure));
    const found = { ...engine, configs, nodes: async () => nodes };
    const error: unknown = await orGoBack(found, loaded, { timeoutMs: 1000, ignore: [] }, io, work).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({
      code: 'not-converged',
      message: expect.stringMatching(/^prod: ends\nnothing goes back: release 1 has zookeeper-1 on n1/) as string,
      hints: [
        'look at it',
        expect.stringMatching(
          /^of the way back, which is `bundle rollback`: if it is \S+: give the other host/,
        ) as string,
        'of the way back, which is `bundle rollback`: if it is the one that is called n1 now: --ignore placement',
      ],
      details: { wayBack: { code: 'node-renamed' } },
    });
  });

  const FRESH = { state: 'failed', note: 'not-converged' } as const;
  const RAN = { state: 'failed', note: VERIFICATION_FAILED } as const;
  const AGAIN = { ...FRESH, was: 'verified' } as const;
  /** A way back that was interrupted. */
  const STOPPED = { state: 'started', rollbackOf: 1 } as const;
  type Since = { number: number; state: ReleaseState; note?: string; was?: 'verified'; rollbackOf?: number };
  const since = (...all: Omit<Since, 'number'>[]): Since[] =>
    all.map((each, index) => ({ ...each, number: index + 2 })).reverse();

  it.each<[string, boolean, Since[], string[]]>([
    ['that failed at once', true, since(FRESH), []],
    ['that failed its checks', true, since(RAN), []],
    ['that failed at once, after others that did', true, since(FRESH, FRESH), []],
    ['whose way back was interrupted', true, since(RAN, STOPPED), []],
    ['that ran, and failed as it was deployed again', false, since(AGAIN), []],
    ['that ran, whoever ignored what it leaves behind', false, since(AGAIN), ['left-data']],
    ['after one that ran and failed its checks', false, since(RAN, FRESH), []],
    ['after one that was good when it was deployed first', false, since(AGAIN, FRESH), []],
    ['after one that nobody waited for', false, since({ state: 'deployed' }, FRESH), []],
    ['after one that is not kept any more', false, since(FRESH, FRESH).slice(0, 1), []],
  ])('leaves volumes of a release %s: %s', async (_what, passed, later, ignore) => {
    const { engine, loaded, io, record } = await released('verified');
    const { bundle, lock } = loaded.directory;
    const good = {
      ...{ number: 1, at: '2026-01-01T00:00:00Z', by: 'ann@ops', tool: '0.1.0', lock, nodeLabels: [] },
      ...{ answers: { version: 1, stack: 'zookeeper', name: 'prod', ...bundle.answers }, document: loaded.document },
    };
    const configs = async () => [
      ...later.map(({ number, rollbackOf, ...labels }) => {
        const made = record(number, 'failed');
        const { config: _config, ...release } = decodeRelease(made)!;
        const data = encodeRelease({ ...release, ...(rollbackOf !== undefined && { rollbackOf }) });
        return { ...made, data, labels: releaseLabels('prod', labels) };
      }),
      { ...record(1, 'verified'), data: encodeRelease(good) },
    ];
    const Mounts = [{ Type: 'volume', Source: 'prod_new', Target: '/new' }];
    const brought = { ...ONE, spec: { TaskTemplate: { ContainerSpec: { Mounts } } } };
    const none = async () => [];
    const lists = { secrets: none, networks: none, localVolumes: none };
    const found = { ...engine, ...lists, configs, services: async () => [brought] };
    const work = () => Promise.reject(new BundleError('not-converged', 'prod: ends', { exit: EXIT.notConverged }));
    const options = { timeoutMs: 1000, ignore };
    const error: unknown = await orGoBack(found, loaded, options, io, work).catch((thrown: unknown) => thrown);
    // This swarm refuses for other reasons.
    expect(String(error)).toMatch(/going back to release 1 failed too: \d checks failed/);
    expect(String(error).includes('left-data')).toBe(!passed);
  });
});

it('keeps the password of a store that the stack had, however many releases ago, and the release with it', async () => {
  const OUTSIDE = { store: { embedded: false, host: 'db.example.org', user: 'imply' } };
  const records = Array.from({ length: 13 }, (_unused, index): SwarmConfig => {
    const number = index + 1;
    const bundle = cluster(number === 1 || number === 2 ? {} : OUTSIDE);
    const { secrets, ...rest } = lockOf(bundle);
    const lock = {
      ...rest,
      secrets: { ...secrets, 'store-password': { ...secrets['store-password']!, version: number } },
    };
    return {
      ...{ id: `r${number}`, name: `prod.release.${number}`, version: 1, createdAt: '', updatedAt: '' },
      labels: releaseLabels('prod', { state: 'verified' }),
      data: encodeRelease({
        ...{ number, at: '2026-01-01T00:00:00Z', by: 'ann@ops', tool: '0.1.0', lock, nodeLabels: [] },
        answers: { version: 1, stack: 'imply', name: 'prod', ...bundle.answers },
        document: renderBundle(bundle, lock).document,
      }),
    };
  });
  const bundle = cluster(OUTSIDE);
  const loaded = {
    directory: { bundle, plan: planOf(bundle), lock: lockOf(bundle) },
    document: decodeRelease(records.at(-1)!)!.document,
  } as unknown as Loaded;
  const secret = (version: number) => ({ id: `s${version}`, name: `prod_store-password.v${version}`, labels: {} });
  const removed: string[] = [];
  const engine = manager([], {
    configs: async () => records,
    secrets: async () => records.map((_record, index) => secret(index + 1)) as never,
    removeConfig: async (id) => void removed.push(id),
    removeSecret: async (id) => void removed.push(id),
  });
  const live = { nodes: [] };
  const history = await readHistory(engine, 'prod');
  const found = { live, liveSecrets: await engine.secrets({ stack: 'prod' }) } as unknown as Survey;
  expect(
    staleAfter(loaded, found, history).map(({ id }) => id),
    'as the plan says',
  ).toEqual(['s1', 's3']);
  const plan = { services: [], networks: [], secrets: [], labels: [], unresolvedNodes: [] };
  await ReleaseRun.open(engine, loaded, { history, found: { live }, plan });
  await removeUnkept(engine, loaded, signal);
  expect(removed).toEqual(['r3', 'r1', 's1', 's3']);
});

it('beside a newer record that cannot be read, a deployment takes no other up, and judges none', async () => {
  const { engine, loaded, open, add } = await released('verified', CRASHES);
  add({ name: 'prod.release.7', data: Buffer.from('of a later format') });
  const history = await readHistory(engine, 'prod');
  expect(nextRelease(loaded, { history, found: { live: { nodes: NODES } } })).toEqual({ number: 8, isNew: true });
  expect((await open(true)).number).toBe(8);
  const { releases } = await readHistory(engine, 'prod');
  expect(releases.map(({ number, state }) => `${number} ${state}`)).toEqual(['8 started', '2 verified', '1 verified']);
});

it('cleans up what somebody else removed by then, or mounts, and tells of what it removed itself', async () => {
  const { engine, loaded, record, records } = await released('verified');
  for (let number = 3; number <= 14; number += 1) records.push(record(number, 'verified'));
  const secret = (version: number) => ({ id: `s${version}`, name: `prod_token.v${version}`, version: 1, labels: {} });
  const asked: string[] = [];
  const remove = async (id: string): Promise<void> => {
    asked.push(id);
    if (id === 'r1' || id === 's1') throw new BundleError('engine-not-found', 'gone');
    if (id === 's2') throw new BundleError('engine-conflict', 'in use by a client');
  };
  Object.assign(engine, {
    secrets: async () => [1, 2, 3, 4].map(secret),
    removeConfig: remove,
    removeSecret: remove,
  });
  const document = { ...loaded.document, secrets: { token: { name: 'prod_token.v4' } as never } };
  const gone = await removeUnkept(engine, { ...loaded, document }, signal);
  expect(asked).toEqual(['r4', 'r3', 'r2', 'r1', 's1', 's2', 's3']);
  expect(gone).toEqual(['prod.release.4', 'prod.release.3', 'prod.release.2', 'prod_token.v3']);
  Object.assign(engine, { removeConfig: () => Promise.reject(new BundleError('engine-error', 'no')) });
  await expect(removeUnkept(engine, loaded, signal)).rejects.toMatchObject({ code: 'engine-error' });
});

it.each([
  ['a record', 'r3', ['r4', 'r3']],
  ['a secret', 's2', ['r4', 'r3', 'r2', 'r1', 's1', 's2']],
])('cleans up no further once it is interrupted, or the lock is lost: after %s', async (_what, last, removed) => {
  const { engine, loaded, record, records } = await released('verified');
  for (let number = 3; number <= 14; number += 1) records.push(record(number, 'verified'));
  const stop = new AbortController();
  const lost = new BundleError('lock-lost', 'stopped', { exit: EXIT.held });
  const asked: string[] = [];
  const remove = async (id: string): Promise<void> => {
    asked.push(id);
    if (id === last) stop.abort(lost);
  };
  Object.assign(engine, {
    secrets: async () => [1, 2, 3].map((id) => ({ id: `s${id}`, name: `prod_token.v${id}`, version: 1, labels: {} })),
    removeConfig: remove,
    removeSecret: remove,
  });
  const document = { ...loaded.document, secrets: { token: { name: 'prod_token.v4' } as never } };
  await expect(removeUnkept(engine, { ...loaded, document }, stop.signal)).rejects.toBe(lost);
  expect(asked).toEqual(removed);
});
