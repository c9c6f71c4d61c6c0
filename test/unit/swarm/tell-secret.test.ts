import { describe, expect, it } from 'vitest';
import type { JobSpec, SwarmTask } from '../../../src/engine/port.ts';
import { EXIT } from '../../../src/errors.ts';
import { tellSecret } from '../../../src/swarm/steps/tell-secret.ts';
import { createRedactor } from '../../../src/ui/redact.ts';
import { VirtualClock } from '../converge/virtual-clock.ts';

const TASK = { id: 't1', serviceId: 's1', slot: 1, nodeId: 'n1', state: 'running', desiredState: 'running', image: 'db:1@sha256:a', createdAt: '2026-11-28T00:00:00Z', serviceVersion: 1, specVersion: 1, spec: { Networks: [{ Target: 'net' }, { Target: 'theirs' }] } }; // prettier-ignore

/** An engine on which db-1 runs, or not, and whose jobs end as said, with these lines. */
function engine(
  running: boolean,
  ended: Partial<SwarmTask>,
  lines: string[] = [],
  state = 'ready',
  availability = 'active',
) {
  const jobs: JobSpec[] = [];
  const removed: string[] = [];
  const mounts = ['key', 'password'].map((target) => ({ id: `id-${target}`, name: `prod_${target}.v1`, target }));
  const job = { ...TASK, id: 't2', serviceId: 'job', error: '', message: '', secrets: [], ...ended };
  return {
    jobs,
    removed,
    engine: {
      services: async () => [{ id: 's1', name: 'prod_db-1', mode: { kind: 'replicated', replicas: 1 }, version: 1 }],
      tasks: async ({ serviceId }: { serviceId?: string } = {}) =>
        serviceId === undefined ? (running ? [{ ...TASK, secrets: mounts }] : []) : [job],
      nodes: async () => [{ id: 'n1', hostname: 'node1', state, availability }],
      networks: async () => [{ id: 'net', name: 'prod_db' }],
      secrets: async (filter: { names: string[] }) =>
        ['v1', 'v2']
          .map((version) => ({ id: `id-${version}`, name: `prod_db-password.${version}`, labels: {}, createdAt: '' }))
          .filter(({ name }) => filter.names.includes(name)),
      info: async () => ({ systemTime: '2026-11-28T00:00:00Z' }),
      jobs: async () => [],
      createJob: async (spec: JobSpec) => (jobs.push(spec), 'job'),
      removeService: async (id: string) => void removed.push(id),
      async *taskLogs() {
        for (const line of lines)
          yield { stream: line.startsWith('system: ') ? 'system' : 'stdout', data: Buffer.from(`${line}\n`) };
      },
    } as unknown as Parameters<typeof tellSecret>[0],
  };
}

const FORWARD = { secret: 'prod_db-password.v2', before: ['prod_db-password.v1'] };
const step = (
  of: ReturnType<typeof engine>,
  change: typeof FORWARD & { later?: true } = FORWARD,
  former?: string,
  clock = new VirtualClock(),
  again: string[] = [],
  joined?: true,
  services = ['db-1'],
  secrets = ['key'],
) =>
  tellSecret(
    of.engine,
    { file: 'db-password', what: 'the password of root', ...change },
    {
      file: 'db-password',
      what: 'the password of root',
      services,
      network: 'db',
      command: ['tell'],
      target: 'password',
      secrets,
      timeoutSeconds: 9,
      ...(former !== undefined && { former }),
      ...(joined && { joined }),
    },
    { stack: 'prod', redactor: createRedactor(['swordfish']), clock, onAgain: (why) => void again.push(why) },
  );
const run = (of: ReturnType<typeof engine>) => step(of).run(new AbortController().signal);

it('joins the networks of other stacks that the service is on if it asks for them', async () => {
  const well = engine(true, { state: 'complete' });
  await step(well, FORWARD, undefined, undefined, undefined, true).run(new AbortController().signal);
  expect(well.jobs).toMatchObject([{ networks: ['net', 'theirs'] }]);
});

it('runs beside a service, with what that one mounts and the new version in place of the old one', async () => {
  const well = engine(true, { state: 'complete' });
  await run(well);
  expect(step(well).describe()).toBe('make prod_db-password.v2 the password of root in the running prod');
  expect(well.jobs).toMatchObject([
    {
      image: 'db:1@sha256:a',
      command: ['tell'],
      networks: ['net'],
      constraints: ['node.id == n1'],
      labels: { 'bundle.job.pid': String(process.pid), 'bundle.job.until': '2026-11-28T00:00:09.000Z' },
      secrets: [
        { id: 'id-key', target: 'key' },
        { id: 'id-v2', name: 'prod_db-password.v2', target: 'password' },
      ],
    },
  ]);
  expect(well.removed).toEqual(['job']);
});

it('has the versions that may be the present one too, though the service that is asked mounts the new one already', async () => {
  const back = engine(true, { state: 'complete' });
  const before = ['prod_db-password.v2', 'prod_db-password.v3'];
  await step(back, { secret: 'prod_db-password.v1', before }, 'former').run(new AbortController().signal);
  expect(back.jobs[0]?.secrets).toEqual([
    { id: 'id-key', name: 'prod_key.v1', target: 'key' },
    { id: 'id-v1', name: 'prod_db-password.v1', target: 'password' },
    // There is no third one in the swarm.
    { id: 'id-v2', name: 'prod_db-password.v2', target: 'former.1' },
  ]);
});

it('says why it was not told, without a value, and that nothing was restarted', async () => {
  const refused = engine(true, { state: 'failed', error: 'non-zero exit (1)' }, ['no majority for swordfish']);
  await expect(run(refused)).rejects.toMatchObject({
    code: 'secret-not-told',
    exit: EXIT.notConverged,
    message:
      'it is not certain that prod_db-password.v2 became the password of root: no majority for [redacted]; ' +
      'non-zero exit (1); no service was restarted',
    midway: [expect.stringContaining('the same command again'), expect.stringContaining('`bundle rollback`')],
  });
  expect(refused.removed).toEqual(['job']);
});

it.each([
  { why: 'the first one’s own certificate has expired', bad: ['key-of-1'], asked: ['key-of-1', 'key-of-2'] },
  { why: 'two of three cannot', bad: ['key-of-1', 'key-of-2'], asked: ['key-of-1', 'key-of-2', 'key-of-3'] },
  {
    why: 'none can, each once',
    bad: ['key-of-1', 'key-of-2', 'key-of-3'],
    asked: ['key-of-1', 'key-of-2', 'key-of-3'],
  },
])('is told by the next that runs if $why', async ({ bad, asked }) => {
  const of = engine(true, { state: 'complete' });
  const numbers = [1, 2, 3];
  const names = numbers.map((number) => `db-${number}`);
  const by = (): string => of.jobs.at(-1)?.secrets?.find(({ target }) => target === 'key')?.name ?? '';
  const tasks = numbers.map((number) => ({
    ...{ ...TASK, id: `t-${number}`, serviceId: `s${number}` },
    secrets: [{ id: `k${number}`, name: `key-of-${number}`, target: 'key' }],
  }));
  Object.assign(of.engine, {
    services: async () =>
      names.map((name, at) => ({ id: `s${at + 1}`, name: `prod_${name}`, mode: { kind: 'replicated', replicas: 1 }, version: 1 })), // prettier-ignore
    tasks: async ({ serviceId }: { serviceId?: string } = {}) => {
      const fails = bad.includes(by());
      const ended = { state: fails ? 'failed' : 'complete', error: fails ? 'non-zero exit (1)' : '', message: '' };
      return serviceId === undefined ? tasks : [{ ...TASK, id: 'job-task', serviceId: 'job', secrets: [], ...ended }];
    },
  });
  const clock = new VirtualClock();
  const done = step(of, FORWARD, undefined, clock, [], undefined, names).run(new AbortController().signal);
  if (bad.length < names.length) await done;
  else await expect(done).rejects.toMatchObject({ code: 'secret-not-told' });
  expect(of.jobs.map((job) => job.secrets?.find(({ target }) => target === 'key')?.name)).toEqual(asked);
});

it('was told if the job ended well, though the log of its node cannot be read', async () => {
  const unread = engine(true, { state: 'complete' }, ['system: no log of that node']);
  await run(unread);
  expect(unread.removed).toEqual(['job']);
});

it('does not go on if nobody runs who could be told, and is sure that nobody was', async () => {
  await expect(run(engine(false, {}))).rejects.toMatchObject({
    code: 'nobody-to-tell',
    message: 'prod_db-password.v2 did not become the password of root: none of db-1 runs; no service was restarted',
    midway: [
      expect.stringContaining('`docker service ps prod_db-1`'),
      expect.stringContaining('`docker service scale prod_db-1=0`, then the same command'),
      expect.stringContaining('`bundle rollback`'),
    ],
  });
});

it('is not sure of anybody who runs where the swarm has heard of no node since an election', async () => {
  await expect(run(engine(true, {}, [], 'unknown'))).rejects.toMatchObject({
    code: 'secret-not-told',
    message: expect.stringContaining('the swarm has no word from where it runs (db-1 on node1)'),
  });
});

it.each([['pause'], ['drain']])(
  'tells nobody by a job on another node if that of who runs is set to %s',
  async (set) => {
    const paused = engine(true, { state: 'complete' }, [], 'ready', set);
    await expect(run(paused)).rejects.toMatchObject({
      code: 'secret-not-told',
      message:
        'it is not certain that prod_db-password.v2 became the password of root: a job with its secrets goes to no node ' +
        `that has not got them, and of those that have none takes a job (node1 is set to ${set}); ` +
        '`docker node update --availability active node1` lets it run there; no service was restarted',
    });
    // Its own password is one, too: also if it is to have none of those that the service mounts.
    await expect(step(paused, FORWARD, undefined, undefined, [], undefined, ['db-1'], []).run(new AbortController().signal)).rejects.toMatchObject({ code: 'secret-not-told' }); // prettier-ignore
    expect(paused.jobs).toEqual([]);
  },
);

describe('what is told once every task runs', () => {
  const later = (of: ReturnType<typeof engine>, clock?: VirtualClock, again?: string[]) =>
    step(of, { ...FORWARD, later: true }, undefined, clock, again).run(new AbortController().signal);

  it('is told again while the software may still be coming up, and says then what was restarted', async () => {
    const refused = engine(true, { state: 'failed', error: 'non-zero exit (1)' }, ['no majority for swordfish']);
    const clock = new VirtualClock();
    const again: string[] = [];
    await expect(later(refused, clock, again)).rejects.toMatchObject({
      code: 'secret-not-told',
      exit: EXIT.notConverged,
      message:
        'it is not certain that prod_db-password.v2 became the password of root: no majority for [redacted]; ' +
        'non-zero exit (1); db-1 restarted with it already, or had it before',
    });
    expect(refused.jobs.length).toBeGreaterThan(10);
    expect(again).toEqual([
      'prod_db-password.v2 is not the password of root yet: no majority for [redacted]; non-zero exit (1); telling it again',
    ]);
    expect(clock.elapsed()).toBeGreaterThanOrEqual(60_000);
    expect(refused.removed).toHaveLength(refused.jobs.length);
  });

  it('is not certain if nobody runs by then, and the release is not one that touched no service', async () => {
    await expect(later(engine(false, {}))).rejects.toMatchObject({
      code: 'secret-not-told',
      message: expect.stringContaining('none of db-1 runs; db-1 restarted with it already'),
    });
  });
});
