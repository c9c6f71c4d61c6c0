import { PassThrough } from 'node:stream';
import { expect, it, onTestFinished } from 'vitest';
import { run } from '../../../src/commands/destroy/run.ts';
import { EXIT } from '../../../src/errors.ts';
import { fakeEngine, type Answer } from '../engine/fake-engine.ts';
import { init, recordedIo, workplace } from '../init/support.ts';

const LABELS = { 'com.docker.stack.namespace': 'prod' };
const service = (name: string) => ({
  ID: `id-${name}`,
  Version: { Index: 1 },
  CreatedAt: '2026-01-01T00:00:00Z',
  UpdatedAt: '2026-01-01T00:00:00Z',
  Spec: { Name: `prod_${name}`, Labels: LABELS, TaskTemplate: {} },
});

/** A swarm in which somebody else deploys once the lock of the stack is free to be taken. */
async function swarm(names: { before: string[]; after: string[] }) {
  const removed: string[] = [];
  let locked = false;
  const nothing: Answer = () => ({ json: [] });
  const gone =
    (name: string): Answer =>
    () => {
      removed.push(name);
      return names.after.includes(name)
        ? { json: {} }
        : { status: 404, json: { message: `service ${name} not found` } };
    };
  const fake = await fakeEngine({
    'GET /info': () => ({
      json: {
        Name: 'n1',
        SystemTime: '2026-01-01T00:00:00Z',
        Swarm: { NodeID: 'n', LocalNodeState: 'active', ControlAvailable: true },
      },
    }),
    'GET /services': ({ url }) =>
      decodeURIComponent(url).includes('bundle.kind')
        ? { json: [] }
        : { json: (locked ? names.after : names.before).map(service) },
    ...Object.fromEntries(
      [...new Set([...names.before, ...names.after])].map((name) => [`DELETE /services/id-${name}`, gone(name)]),
    ),
    'GET /tasks': nothing,
    'GET /networks': nothing,
    'GET /configs': nothing,
    'GET /secrets': nothing,
    'GET /nodes': nothing,
    'GET /volumes': () => ({ json: { Volumes: [] } }),
    'POST /configs/create': () => {
      locked = true;
      return { json: { ID: 'lock' } };
    },
  });
  onTestFinished(() => fake.close());
  return { removed, host: `unix://${fake.socket}` };
}

async function destroy(names: { before: string[]; after: string[] }, yes: boolean) {
  const cwd = workplace();
  expect((await init(cwd, { yes: true, stack: 'zookeeper', set: ['nodes=n1'] })).error).toBeUndefined();
  const { removed, host } = await swarm(names);
  const stdin = new PassThrough();
  // At the end of its drawing the question reads.
  const stderr = (): void => void setTimeout(() => stdin.write('y\r'), 100);
  const { io, out } = recordedIo(cwd, { interactive: !yes, stdin, stderr });
  const exit = await run({ dir: 'prod', host, yes }, io).catch((error: unknown) => error);
  return { exit, removed, out: out() };
}

it('takes what was deployed meanwhile too, and is not stopped by what somebody else removed', async () => {
  const { exit, removed, out } = await destroy({ before: ['a', 'b'], after: ['b', 'c'] }, true);
  expect(exit).toBe(EXIT.done);
  expect(removed).toEqual(['b', 'c']);
  expect(out).toContain('prod is gone from the swarm');
});

it('removes nothing if there is more than was shown with its question', async () => {
  const { exit, removed } = await destroy({ before: ['a'], after: ['a', 'c'] }, false);
  expect(exit).toMatchObject({
    code: 'swarm-changed',
    exit: EXIT.held,
    message: expect.stringContaining('service prod_c was created'),
  });
  expect(removed).toEqual([]);
});
