import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { expect, it, onTestFinished } from 'vitest';
import { checks } from '../../../src/checks/index.ts';
import { run } from '../../../src/commands/rollback/run.ts';
import { LEFT_CHECK } from '../../../src/checks/left-data.ts';
import { load } from '../../../src/project/bundle-dir.ts';
import { encodeRelease, releaseLabels } from '../../../src/release/record.ts';
import type { ReleaseState } from '../../../src/release/states.ts';
import { fakeEngine } from '../engine/fake-engine.ts';
import { init, recordedIo, workplace } from '../init/support.ts';

/** A service as the engine tells of it, with a volume that no release has. */
const LEAVING = {
  ...{ ID: 's1', Version: { Index: 1 }, CreatedAt: '2026-01-01T00:00:00Z', UpdatedAt: '2026-01-01T00:00:00Z' },
  Spec: {
    ...{
      Name: 'prod_zookeeper-1',
      Labels: { 'com.docker.stack.namespace': 'prod' },
      Mode: { Replicated: { Replicas: 1 } },
    },
    TaskTemplate: { ContainerSpec: { Mounts: [{ Type: 'volume', Source: 'prod_new', Target: '/new' }] } },
  },
};

/** `bundle rollback`, while somebody else's release is recorded before the lock is taken: the release it records. */
async function rollback(
  yes: boolean,
  {
    newest = 'verified',
    left = false,
    stateOf = '2026-01-02T00:10:00Z',
    spoil,
  }: { newest?: ReleaseState; left?: boolean; stateOf?: string; spoil?: (stack: string) => void } = {},
): Promise<{ asked: string; rollbackOf: unknown; error: unknown }> {
  const cwd = workplace();
  expect((await init(cwd, { yes: true, stack: 'zookeeper', set: ['nodes=n1'] })).error).toBeUndefined();
  const { document, directory } = await load({ dir: 'prod' }, recordedIo(cwd).io);
  spoil?.(join(cwd, 'prod/stack.yml'));
  const { version, stack, name, answers } = { version: 1, stack: 'zookeeper', ...directory.bundle };
  const record = (number: number) => {
    const services = Object.entries(document.services).map(([short, service]) => [
      short,
      { ...service, stop_grace_period: `${number}m` },
    ]);
    const data = encodeRelease({
      ...{ number, at: `2026-01-0${number}T00:00:00Z`, by: 'ann@ops', tool: '0.1.0', lock: directory.lock },
      ...{ answers: { version, stack, name, ...answers }, nodeLabels: [] },
      document: { ...document, services: Object.fromEntries(services) },
    });
    return {
      ...{ ID: `r${number}`, Version: { Index: 1 }, CreatedAt: '', UpdatedAt: stateOf },
      Spec: {
        ...{ Name: `prod.release.${number}`, Data: data.toString('base64') },
        Labels: releaseLabels('prod', { state: number === 2 ? newest : 'verified' }),
      },
    };
  };
  let locked = false;
  let rollbackOf: unknown;
  const nothing = () => ({ json: [] });
  const fake = await fakeEngine({
    'GET /info': () => ({
      json: {
        ...{ Name: 'n1', SystemTime: '2026-01-01T00:00:00Z', NCPU: 1, MemTotal: 1 },
        Swarm: { NodeID: 'n', LocalNodeState: 'active', ControlAvailable: true },
      },
    }),
    'GET /services': ({ url }) => ({ json: left && !url.includes('job') ? [LEAVING] : [] }),
    'GET /tasks': nothing,
    'GET /networks': nothing,
    'GET /secrets': nothing,
    'GET /nodes': nothing,
    'GET /volumes': () => ({ json: { Volumes: [] } }),
    'GET /configs': ({ url }) => {
      if (!decodeURIComponent(url).includes('bundle.kind=release')) return { json: [] };
      return { json: [1, 2, ...(locked && !left ? [3] : [])].map(record) };
    },
    'POST /configs/create': ({ body }) => {
      const { Name, Data } = JSON.parse(body) as { Name: string; Data: string };
      if (Name === 'prod.lock') {
        locked = true;
        return { json: { ID: 'lock' } };
      }
      rollbackOf = JSON.parse(gunzipSync(Buffer.from(Data, 'base64')).toString('utf8')).rollbackOf;
      return { status: 500, json: { message: 'that was it' } };
    },
  });
  onTestFinished(() => fake.close());
  const stdin = new PassThrough();
  let asked = '';
  const { io } = recordedIo(cwd, {
    // What is shown with a question is a part of it.
    ...{ interactive: !yes, quiet: !yes, stdin },
    stderr: (text) => {
      asked += text;
      // At the end of its drawing the question reads.
      if (text.includes('?')) setTimeout(() => stdin.write('y\r'), 100);
    },
  });
  const ignore = checks.map((check) => check.name).filter((check) => !left || check !== LEFT_CHECK);
  const options = { dir: 'prod', host: `unix://${fake.socket}`, yes, ignore, verify: false, timeout: '10m' };
  const error = await run(options as unknown as Parameters<typeof run>[0], io).catch((thrown: unknown) => thrown);
  if (!left) expect(String(error)).toContain('that was it');
  return { asked, rollbackOf, error };
}

it('brings back the release that was asked about, though another is the last good one by then', async () => {
  const { asked, rollbackOf } = await rollback(false);
  expect(asked).toContain('Back to release 1 ');
  expect(rollbackOf).toBe(1);
});

it('without a question brings back the one that is the last good one then', async () => {
  const { asked, rollbackOf } = await rollback(true);
  expect(asked).toContain('Back to release 2 ');
  expect(rollbackOf).toBe(2);
});

it.each<[string, (stack: string) => void]>([
  ['missing', (stack) => rmSync(stack)],
  ['edited', (stack) => appendFileSync(stack, '# mine\n')],
])('asks nothing of a stack.yml that is %s: the release has its own', async (_what, spoil) => {
  const { rollbackOf } = await rollback(true, { spoil });
  expect(rollbackOf).toBe(2);
});

it('leaves volumes behind of a release that failed at once, as the automatic way back does', async () => {
  const { asked, error } = await rollback(true, { newest: 'failed', left: true });
  expect(asked).toContain('Back to release 1 ');
  expect(String(error)).toContain('that was it');
});

it('leaves none of one that ran for days before it was deployed again and failed', async () => {
  const { error } = await rollback(true, { newest: 'failed', left: true, stateOf: '2026-01-09T00:00:00Z' });
  expect(error).toMatchObject({ exit: 3, message: 'a check failed: left-data' });
});

it('leaves none of one that ran, and does not advise to put back what cannot be', async () => {
  const { asked, error } = await rollback(true, { left: true });
  expect(error).toMatchObject({ exit: 3, message: 'a check failed: left-data' });
  expect(asked).toMatch(/→ stop who writes to it and copy its content, then go on with --ignore\s+left-data/);
});
