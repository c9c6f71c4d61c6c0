import { describe, expect, it } from 'vitest';
import { emptyLock } from '../../../src/bundle/lock.ts';
import { orGoBack } from '../../../src/deploy/rollback.ts';
import type { SwarmConfig, SwarmTask } from '../../../src/engine/port.ts';
import { BundleError, EXIT } from '../../../src/errors.ts';
import { load } from '../../../src/project/bundle-dir.ts';
import { contentOf } from '../../../src/release/content.ts';
import { encodeRelease, releaseLabels } from '../../../src/release/record.ts';
import { ReleaseRun, VERIFICATION_FAILED } from '../../../src/release/run.ts';
import type { ReleaseState } from '../../../src/release/states.ts';
import { readHistory } from '../../../src/release/store.ts';
import { service, task } from '../../support/check-context.ts';
import { init, manager, node, recordedIo, workplace } from '../init/support.ts';

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
      updatedAt: '',
      labels: releaseLabels('prod', { state: as }),
    },
    data: encodeRelease({
      ...{ number, at: `2026-01-0${number}T00:00:00Z`, by: 'ann@ops', tool: '0.1.0', answers: {}, lock: emptyLock() },
      ...{ document: loaded.document, nodeLabels },
    }),
  });
  const records = [record(2, state), record(1, 'verified', [])];
  const engine = manager(NODES, {
    info: async () => ({ ...(await manager(NODES).info()), systemTime: '2026-01-01T01:42:00Z' }),
    services: async () => [ONE],
    tasks: async () => tasks,
    configs: async (filter) => ('kind' in filter && filter.kind === 'release' ? records : []),
    updateConfigLabels: async ({ id }, labels) => {
      for (const each of records) if (each.id === id) each.labels = labels;
    },
  });
  const history = await readHistory(engine, 'prod');
  const open = (empty: boolean) =>
    ReleaseRun.open(engine, loaded, { history, found: { live: { nodes: NODES } }, plan: { empty } });
  const now = async (): Promise<ReleaseState | undefined> => (await readHistory(engine, 'prod')).releases[0]?.state;
  return { engine, loaded, io, open, now };
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

  it('does not go back from a release that it did not change', async () => {
    const { engine, loaded, io, open } = await released('verified');
    const work = async (): Promise<never> => {
      const error = new BundleError('not-converged', 'prod: no node', { exit: EXIT.notConverged });
      await (await open(true)).failed(error);
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
});
