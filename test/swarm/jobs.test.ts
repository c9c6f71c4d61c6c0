/**
 * Commands that run once in the swarm, on real engines: of the oldest too, which keeps what is left of swarm's own
 * jobs.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { poll } from '../../scripts/lab/poll.ts';
import type { Lab } from '../../scripts/lab/lab.ts';
import { resolveEngine } from '../../src/engine/address.ts';
import { connect } from '../../src/engine/docker.ts';
import type { Engine } from '../../src/engine/port.ts';
import { systemClock } from '../../src/swarm/clock.ts';
import { removeJob, runJob, startJob } from '../../src/swarm/jobs/run.ts';
import { images, sharedLab, unsupported } from '../support/cluster.ts';

const STACK = 'jobs';

describe.skipIf(unsupported !== undefined)('a job', () => {
  let lab: Lab;
  let engine: Engine;
  const image = images.zookeeper;

  beforeAll(async () => {
    lab = await sharedLab();
    const { socket } = lab.host('node1');
    engine = await connect(await resolveEngine({ host: socket, env: { ...process.env, ...lab.env('node1') } }));
  });
  afterAll(async () => {
    await engine?.close();
  });

  const containers = async (): Promise<string[]> => {
    const lists = lab.hosts.map(({ name }) => lab.docker(name, ['ps', '-a', '--format', '{{.Names}}']));
    const names = (await Promise.all(lists)).flatMap(({ stdout }) => stdout.split('\n'));
    return names.filter((name) => name.includes(`-${STACK}-`));
  };
  /** Those of services that are gone, too. */
  const tasks = async (): Promise<string[]> => {
    const all = await engine.tasks();
    return all
      .filter(({ spec }) => JSON.stringify(spec).includes('of-the-test'))
      .map(({ id, state }) => `${id} ${state}`);
  };
  const nothingStays = (): Promise<void> =>
    expect.poll(async () => [...(await containers()), ...(await tasks())], { timeout: 120_000 }).toEqual([]);

  it('mounts a secret, gives its lines and exit code, is interrupted, and leaves no task and no container', async () => {
    const data = Buffer.from('from the secret\n');
    const id = await engine.createSecret({ name: 'jobs_one', labels: { 'bundle.stack': STACK }, data });
    const job = (script: string, timeoutMs: number) => ({
      stack: STACK,
      kind: 'test',
      image,
      command: ['sh', '-c', `: of-the-test; ${script}`],
      networks: [],
      constraints: [],
      timeoutMs,
      secrets: [{ id, name: 'jobs_one', target: 'inside' }],
    });
    const run = (script: string, timeoutMs: number) => runJob(engine, job(script, timeoutMs), { clock: systemClock });
    const [read, failed, late] = await Promise.all([
      run('cat /run/secrets/inside; echo two', 240_000),
      run('echo so; exit 3', 240_000),
      run('sleep 600', 5_000),
    ]);
    expect(read).toMatchObject({ ok: true, exitCode: 0, lines: ['from the secret', 'two'] });
    expect(failed).toMatchObject({ ok: false, exitCode: 3, lines: ['so'] });
    expect(failed.text).toContain('non-zero exit (3)');
    expect(late).toMatchObject({ ok: false, lines: [], text: expect.stringContaining('not done after 5 s') });
    const stop = new AbortController();
    const aborted = runJob(engine, job('sleep 600', 240_000), { clock: systemClock, signal: stop.signal });
    await poll('the job is there', 180_000, async () =>
      (await engine.jobs({ stack: STACK })).length > 0 ? true : undefined,
    );
    stop.abort();
    await expect(aborted).rejects.toThrow();
    expect(await engine.jobs({ stack: STACK })).toEqual([]);
    await nothingStays();
    await engine.removeSecret(id);
  });

  it('of each node runs once on each, is not made anew if it fails, and leaves nothing either', async () => {
    const id = await startJob(
      engine,
      {
        ...{ stack: STACK, kind: 'test', image, networks: [], constraints: [], timeoutMs: 240_000 },
        command: ['sh', '-c', ': of-the-test; exit 3'],
        eachNode: true,
      },
      undefined,
    );
    const ended = await poll('it has run on each node', 180_000, async () => {
      const seen = await engine.tasks({ serviceId: id });
      return seen.length >= lab.hosts.length && seen.every(({ state }) => state === 'failed') ? seen : undefined;
    });
    expect(new Set(ended.map(({ nodeId }) => nodeId)).size).toBe(lab.hosts.length);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(await engine.tasks({ serviceId: id })).toHaveLength(lab.hosts.length);
    await removeJob(engine, id);
    await nothingStays();
  });

  it('that somebody else removes is waited for no longer, at once or while it runs', async () => {
    const request = {
      ...{ stack: STACK, kind: 'test', image, networks: [], constraints: [], timeoutMs: 240_000 },
      command: ['sh', '-c', ': of-the-test; sleep 600'],
    };
    const results = [false, true].map(async (whileItRuns) => {
      let removing: Promise<{ at: number }> | undefined;
      const remove = async (id: string): Promise<{ at: number }> => {
        expect(await removeJob(engine, id)).toBeUndefined();
        return { at: performance.now() };
      };
      const result = await runJob(engine, request, {
        clock: systemClock,
        onTask: ({ serviceId, state }) => {
          if (!whileItRuns || state === 'running') removing ??= remove(serviceId);
        },
      });
      return { result, seconds: (performance.now() - ((await removing)?.at ?? -Infinity)) / 1000 };
    });
    for (const { result, seconds } of await Promise.all(results)) {
      expect(result).toMatchObject({ ok: false, removed: true });
      expect(seconds).toBeLessThan(20);
    }
    await nothingStays();
  });
});
