import { afterEach, expect, it, vi } from 'vitest';
import { withEngineMeanwhile } from '../../../src/cli/with-engine.ts';
import { BundleError } from '../../../src/errors.ts';
import { fakeEngine, type FakeEngine } from '../engine/fake-engine.ts';
import { recordedIo } from '../init/support.ts';

const open: FakeEngine[] = [];
afterEach(async () => {
  for (const fake of open.splice(0)) await fake.close();
});

async function fake(): Promise<FakeEngine> {
  const none = () => ({ json: [] });
  const made = await fakeEngine({ 'GET /nodes': none, 'GET /tasks': none });
  open.push(made);
  return made;
}

it('asks what it can before the stack’s name is known, and the rest then', async () => {
  const engine = await fake();
  const seen = (): string[] => engine.seen.map(({ url }) => url.replace(/\?.*/, ''));
  const given = await withEngineMeanwhile({ host: `unix://${engine.socket}` }, recordedIo('/').io, {
    begin: (asked) => asked.nodes(),
    ask: async (asked, stack, nodes) => ({ stack, nodes: await nodes, tasks: await asked.tasks() }),
    read: async (onRead) => {
      await vi.waitFor(() => expect(seen()).toEqual(['/_ping', '/v1.41/nodes']));
      await onRead('prod');
      await vi.waitFor(() => expect(seen()).toEqual(['/_ping', '/v1.41/nodes', '/v1.41/tasks']));
      return 'a bundle';
    },
    work: async (_engine, read, answers) => ({ read, ...answers }),
  });
  expect(given).toEqual({ read: 'a bundle', stack: 'prod', nodes: [], tasks: [] });
});

it('a bundle that cannot be read is told before an engine that does not answer as it should', async () => {
  const engine = await fake();
  const unread = new BundleError('no-bundle', 'there is none');
  const steps = {
    begin: () => {
      throw new Error('the engine has no such list');
    },
    ask: async () => undefined,
    work: async () => undefined,
  };
  const options = { host: `unix://${engine.socket}` };
  const run = (read: (onRead: (stack: string) => Promise<void>) => Promise<void>) =>
    withEngineMeanwhile(options, recordedIo('/').io, { ...steps, read });
  await expect(run(() => Promise.reject(unread))).rejects.toBe(unread);
  await expect(run((onRead) => onRead('prod'))).rejects.toThrow('no such list');
});
