import { createServer } from 'node:net';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { run } from '../../../src/commands/check/run.ts';
import { BundleError, EXIT } from '../../../src/errors.ts';
import { init, recordedIo, workplace } from '../init/support.ts';

let cwd: string;
beforeEach(async () => {
  cwd = workplace();
  const set = ['nodes=[n1]'];
  expect((await init(cwd, { yes: true, dir: 'prod', stack: 'zookeeper', set })).error).toBeUndefined();
});

describe('check --json without an engine', () => {
  it('goes on, and fails, if none answers', async () => {
    const { io, out } = recordedIo(cwd, { json: true });
    expect(await run({ dir: 'prod', ignore: [], host: 'unix:///nonexistent/docker.sock' }, io)).toBe(EXIT.preflight);
    expect(JSON.parse(out())).toMatchObject({ stack: 'prod', passed: false });
  });

  it.each([
    ['a context that there is not', { context: 'typo' }, 'context-unknown'],
    ['an address that is none', { host: 'docker://h' }, 'engine-address'],
    ['two names of an engine', { host: 'tcp://h:1', context: 'x' }, 'engine-choice'],
  ])('is refused for %s', async (_what, named, code) => {
    const { io, out } = recordedIo(cwd, { json: true, env: { DOCKER_CONFIG: cwd } });
    await expect(run({ dir: 'prod', ignore: [], ...named }, io)).rejects.toMatchObject({ code, exit: EXIT.usage });
    expect(out()).toBe('');
  });

  it('does not take a bug of its own for an engine that does not answer', async () => {
    const { io, out } = recordedIo(cwd, { json: true });
    const broken: typeof io = Object.defineProperty({ ...io }, 'env', {
      get: () => {
        throw new TypeError('a bug');
      },
    });
    await expect(run({ dir: 'prod', ignore: [] }, broken)).rejects.toThrow(new TypeError('a bug'));
    expect(out()).toBe('');
  });

  it('is interrupted by a signal while the engine is asked', async () => {
    const stop = new AbortController();
    const reason = new BundleError('interrupted', 'interrupted', { exit: EXIT.interrupted });
    const { io, out } = recordedIo(cwd, { json: true, signal: stop.signal });
    stop.abort(reason);
    const silent = createServer().listen(`${cwd}/silent.sock`);
    onTestFinished(() => void silent.close());
    const checking = run({ dir: 'prod', ignore: [], host: `unix://${cwd}/silent.sock` }, io);
    await expect(checking).rejects.toBe(reason);
    expect(out()).toBe('');
  });
});
