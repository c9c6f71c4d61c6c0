import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { emptyLock } from '../../../src/bundle/lock.ts';
import { openEngine } from '../../../src/cli/with-engine.ts';
import { noteVerified, runningRelease } from '../../../src/deploy/note-verified.ts';
import { untilHeardOf } from '../../../src/engine/election.ts';
import type { SwarmConfig } from '../../../src/engine/port.ts';
import { BundleError, EXIT } from '../../../src/errors.ts';
import { rollbackTarget } from '../../../src/release/choose.ts';
import { contentOf } from '../../../src/release/content.ts';
import { encodeRelease, releaseLabels } from '../../../src/release/record.ts';
import type { ReleaseState } from '../../../src/release/states.ts';
import { readHistory } from '../../../src/release/store.ts';
import { verification, type CheckResult, type CheckStatus } from '../../../src/verify/result.ts';
import { EVERYTHING, type Selection } from '../../../src/verify/select.ts';
import { loaded as read, swarm } from '../commands/zookeeper-swarm.ts';
import { init, node, NODES, recordedIo, workplace } from '../init/support.ts';

const NEWEST = 13;

/**
 * A swarm that runs release 13 of a bundle, in this state, each before it with older secrets; and what `noteVerified`
 * makes of a verification.
 */
async function running(state: ReleaseState) {
  const cwd = workplace();
  expect((await init(cwd, { yes: true, set: NODES })).error).toBeUndefined();
  rmSync(join(cwd, 'prod/secrets'), { recursive: true });
  expect((await init(cwd, { yes: true, newSecrets: true })).error).toBeUndefined();
  const loaded = await read(cwd);
  const host = await swarm(loaded, loaded);
  const stop = new AbortController();
  const { io, err } = recordedIo(cwd, { signal: stop.signal });
  const engine = await openEngine({ host }, io);
  const nodes = await engine.nodes();
  const names = Object.values(loaded.document.secrets).map(({ name }) => name);
  const former = (name: string): string => name.replace(/\.v2$/, '.v1');
  const before = Object.entries(loaded.document.secrets).map(([key, secret]) => [
    key,
    { ...secret, name: former(secret.name) },
  ]);
  const { document, nodeLabels } = contentOf(loaded, nodes);
  let configs: SwarmConfig[] = Array.from({ length: NEWEST }, (_, index) => index + 1).map((number) => ({
    ...{ id: `r${number}`, name: `prod.release.${number}`, version: 1, createdAt: '', updatedAt: '' },
    labels: releaseLabels('prod', { state: number === NEWEST ? state : number === 12 ? 'deployed' : 'verified' }),
    data: encodeRelease({
      ...{ number, at: '2026-01-01T00:00:00Z', by: 'ann@ops', tool: '0.1.0', answers: {}, lock: emptyLock() },
      nodeLabels,
      // As after ten deployments with the secrets of now.
      document: number > 3 ? document : { ...document, secrets: Object.fromEntries(before) },
    }),
  }));
  let secrets = [...names, ...names.map(former)].map((name) => ({ id: name, name, labels: {} }));
  let held = 0;
  Object.assign(engine, {
    configs: async (filter: object) => ('kind' in filter && filter.kind === 'release' ? configs : []),
    createConfig: async () => (held++, 'lock'),
    updateConfigLabels: async ({ id }: { id: string }, labels: Record<string, string>) =>
      void (configs = configs.map((each) => (each.id === id ? { ...each, labels } : each))),
    removeConfig: async (id: string) => void (configs = configs.filter((each) => each.id !== id)),
    secrets: async () => secrets,
    removeSecret: async (id: string) => void (secrets = secrets.filter((each) => each.id !== id)),
  });
  const release = await runningRelease(readHistory(engine, 'prod'), loaded, nodes, io);
  expect(release?.number).toBe(NEWEST);
  const result = (check: string, status: CheckStatus): CheckResult => ({
    ...{ service: 'web', task: 't', detail: '', check },
    status,
  });
  return {
    engine,
    err,
    stop,
    /** Of checks by their results; @returns what is left. */
    note: async (checks: Record<string, CheckStatus>, leftOut = 0, selection: Partial<Selection> = {}) => {
      const results = Object.entries(checks).map(([check, status]) => result(check, status));
      await noteVerified(engine, loaded, release!, verification('prod', results, leftOut), io, {
        ...EVERYTHING,
        ...selection,
      });
      const { releases } = await readHistory(engine, 'prod');
      const old = secrets.filter(({ name }) => !names.includes(name)).length;
      return { state: releases[0]?.state, records: releases.length, old };
    },
    held: () => held,
    names,
  };
}

const UP = { running: 'passed', log: 'passed' } as const;
const UNTOLD = { ...UP, tls: 'unsure' } as const;

it('what is marked by `verify` is cleaned up after, as by a `deploy` that waits', async () => {
  const { note, err, names } = await running('deployed');
  expect(names.length).toBeGreaterThan(0);
  expect(await note(UP)).toEqual({ state: 'verified', records: 10, old: 0 });
  expect(err()).toContain('release 13 is marked as verified; it was "deployed"');
  expect(err()).toContain('removed what no kept release needs: prod.release.3, prod.release.2, prod.release.1, prod_');
});

it('a release that nobody awaited, whose tasks are all up, is converged though not all could be told', async () => {
  const { engine, note, held, err } = await running('deployed');
  // That the swarm keeps too few tasks to tell of loops counts neither way.
  expect(await note({ ...UNTOLD, stable: 'not-run' })).toEqual({ state: 'converged', records: 10, old: 0 });
  expect(err()).toContain('release 13 is marked as converged; it was "deployed"');
  expect(held()).toBe(1);
  // One to stay with, and to go back to.
  const { releases } = await readHistory(engine, 'prod');
  const failed = {
    ...releases[0]!,
    number: 14,
    state: 'failed' as const,
    nodeLabels: [{ nodeId: 'x', node: 'x', key: 'y' }],
  };
  expect(rollbackTarget('prod', { releases: [failed, ...releases], unreadable: [] }, []).number).toBe(13);
});

it.each<[string, Record<string, CheckStatus>]>([
  ['passed', UP],
  ['could not be told', UNTOLD],
])(
  'a release that nobody awaited is converged too if a check was left out, and what else was asked %s',
  async (_what, checks) => {
    const { note, err } = await running('deployed');
    expect(await note(checks, 1, { skip: ['External-TLS'] })).toEqual({ state: 'converged', records: 10, old: 0 });
    expect(err()).toContain('release 13 is marked as converged; it was "deployed"');
  },
);

it.each<[string, Partial<Selection>]>([
  ['whether tasks run', { skip: ['Running'] }],
  ['whether jobs are complete', { skip: ['completed'] }],
  ['whether a task is missing', { skip: ['tasks'] }],
  ['whether they stay', { skip: ['external-tls', 'stable'] }],
  ['a service', { skip: ['Imply-Manager'] }],
  ['all but a check', { only: ['running'] }],
  ['all but a service', { only: ['imply-manager'] }],
])('left out %s: that makes no release better, and takes no lock', async (_what, selection) => {
  const { note, held } = await running('deployed');
  for (const checks of [UP, UNTOLD])
    expect(await note(checks, 1, selection)).toMatchObject({ state: 'deployed', records: NEWEST });
  expect(held()).toBe(0);
});

it.each<[string, ReleaseState, Record<string, CheckStatus>, number]>([
  ['a task that may not run', 'deployed', { ...UNTOLD, running: 'unsure' }, 0],
  ['a service whose task ended during its start', 'deployed', { ...UNTOLD, stable: 'unsure' }, 0],
  ['no task that was looked at', 'deployed', { tls: 'unsure' }, 0],
  ['something that failed', 'deployed', { ...UNTOLD, log: 'failed' }, 0],
  ['something that failed, with a check left out', 'deployed', { ...UNTOLD, log: 'failed' }, 1],
  ['a release that failed, with a check left out', 'failed', UP, 1],
  ['a task that may not run, with a check left out', 'deployed', { ...UP, running: 'unsure' }, 1],
  ['a release that failed', 'failed', UNTOLD, 0],
  ['a release whose deployment did not end', 'started', UNTOLD, 0],
  ['a release that is as good', 'converged', UNTOLD, 0],
])('%s makes no release better, and takes no lock', async (_what, state, checks, leftOut) => {
  const { note, held } = await running(state);
  expect(await note(checks, leftOut)).toMatchObject({ state, records: NEWEST });
  expect(held()).toBe(0);
});

it('says what it could not remove, of a release that it marked', async () => {
  const { engine, note, err } = await running('failed');
  Object.assign(engine, { removeConfig: () => Promise.reject(new BundleError('engine-error', 'no room')) });
  expect(await note(UP)).toMatchObject({ state: 'verified', records: NEWEST });
  expect(err()).toContain('warning: of what no kept release needs some may be left: no room');
  expect(err()).not.toContain('could not be marked');
});

describe('a signal while it is marked is a warning, since the verification was told: nothing else is printed', () => {
  const reason = new BundleError('interrupted', 'interrupted', { exit: EXIT.interrupted });

  it('that comes while word from a node is awaited', async () => {
    const { engine, stop, note, err } = await running('deployed');
    const hearing = untilHeardOf(() => stop.abort(reason));
    Object.assign(engine, { nodes: () => hearing(async () => [node('n1', { state: 'unknown' })], stop.signal) });
    expect(await note(UP)).toMatchObject({ state: 'deployed', records: NEWEST });
    expect(err()).toContain('warning: release 13 could not be marked as verified: interrupted');
  });

  it('that comes right before', async () => {
    const { engine, stop, note, err } = await running('deployed');
    const services = engine.services.bind(engine);
    Object.assign(engine, {
      services: (...given: Parameters<typeof services>) => {
        if (given[0] !== undefined) stop.abort(reason);
        return services(...given);
      },
    });
    expect(await note(UP)).toMatchObject({ state: 'deployed', records: NEWEST });
    expect(err()).toContain('warning: release 13 could not be marked as verified: interrupted');
  });

  it('that comes while it is cleaned up after', async () => {
    const { engine, stop, note, err } = await running('deployed');
    const removeConfig = engine.removeConfig.bind(engine);
    Object.assign(engine, { removeConfig: (id: string) => (stop.abort(reason), removeConfig(id)) });
    expect(await note(UP)).toMatchObject({ state: 'verified', records: NEWEST - 1 });
    expect(err()).toContain('warning: of what no kept release needs some may be left: interrupted');
  });
});
