import { describe, expect, it } from 'vitest';
import type { Engine, JobSpec, StackObject, SwarmNode, SwarmTask } from '../../../../src/engine/port.ts';
import type { ProgramExpectation } from '../../../../src/sdk/definition.ts';
import { createRedactor, withholdAll } from '../../../../src/ui/redact.ts';
import { checkProgram, programAsker } from '../../../../src/verify/tasks/program.ts';
import { node, task } from '../../../support/check-context.ts';
import { VirtualClock } from '../../converge/virtual-clock.ts';
import { levelCheck } from '../../../proof/level.ts';

const WEB = task('id-prod_web', 'id-n2', {
  id: 'web',
  spec: { Networks: [{ Target: 'overlay' }, { Target: 'theirs' }] },
  image: 'web:1@sha256:0',
  secrets: [
    { id: 'id-crt', name: 'prod_web.crt.v1', target: 'web.crt' },
    { id: 'id-key', name: 'prod_web.key.v1', target: 'web.key' },
  ],
});
const program: ProgramExpectation = {
  name: 'level',
  seen: 'says 4',
  network: 'net',
  command: ['ask', 'web'],
  secrets: ['web.crt'],
  timeoutSeconds: 20,
  judge: ([line]) =>
    line === undefined
      ? { status: 'failed', detail: 'says nothing' }
      : { status: line === '4' ? 'passed' : 'failed', detail: `says ${line}` },
};

/** A swarm whose jobs print, one after the other, what a test says; the last again and again. */
function setUp(
  prints: string[][],
  {
    fails = '',
    availability = 'active',
    left = [],
    beside = [],
  }: {
    fails?: string;
    availability?: SwarmNode['availability'];
    left?: StackObject[];
    /** Tasks of the stack, if they are asked for. */
    beside?: SwarmTask[];
  } = {},
) {
  const clock = new VirtualClock();
  const jobs: JobSpec[] = [];
  const removed: string[] = [];
  const engine = {
    info: async () => ({ systemTime: new Date(clock.now()).toISOString() }),
    nodes: async () => [node('n1'), node('n2', { availability })],
    networks: async () => [{ id: 'overlay', name: 'prod_net' }],
    jobs: async () => left,
    tasks: async ({ serviceId }: { serviceId?: string }) =>
      serviceId === undefined
        ? beside
        : [task('job', 'id-n2', { id: 'job', state: fails === '' ? 'complete' : 'failed', error: fails })],
    createJob: async (job: JobSpec) => {
      jobs.push(job);
      return 'job';
    },
    removeService: async (id: string) => void removed.push(id),
    taskLogs: async function* () {
      const said = prints[Math.min(jobs.length, prints.length) - 1] ?? [];
      yield { stream: 'stdout', data: Buffer.from(said.map((line) => `${line}\n`).join('')) };
    },
  } as unknown as Engine;
  const me = { host: 'here', boot: 'b', pid: 7, isAlive: (pid: number) => pid === 7 };
  const check = (
    over: Partial<ProgramExpectation> = {},
    { away = false, redactor = createRedactor(['hunter22']), seconds = 10 } = {},
  ) =>
    checkProgram(
      { ...program, ...over },
      { task: WEB, away },
      programAsker(engine, { stack: 'prod', clock, redactor, me }),
      {
        clock,
        deadline: clock.now() + seconds * 1000,
        giveUpAt: clock.now() + 60_000,
        signal: new AbortController().signal,
      },
    );
  return { clock, jobs, removed, check };
}

describe('a program of a definition', () => {
  it('runs once in the task’s image and on its node, with the secrets that it reads and no other', async () => {
    const { jobs, removed, check } = setUp([['4']]);
    expect(await check()).toEqual({ status: 'passed', detail: 'says 4' });
    expect(jobs).toMatchObject([
      {
        image: 'web:1@sha256:0',
        command: ['ask', 'web'],
        networks: ['overlay'],
        constraints: ['node.id == id-n2'],
        labels: { 'bundle.stack': 'prod', 'bundle.kind': 'verify-probe', 'bundle.job.pid': '7' },
      },
    ]);
    expect(jobs[0]?.secrets).toEqual([{ id: 'id-crt', name: 'prod_web.crt.v1', target: 'web.crt' }]);
    expect(removed).toEqual(['job']);
  });

  it('joins the networks of other stacks that the task is on if it asks for them, and only then', async () => {
    const { jobs, check } = setUp([['4']]);
    await check({ joined: true });
    await check();
    expect(jobs.map(({ networks }) => networks)).toEqual([['overlay', 'theirs'], ['overlay']]);
  });

  it('is run again until its judge is content, and no longer than the task has to show it', async () => {
    const late = setUp([['3'], [], ['4']]);
    expect(await late.check()).toEqual({ status: 'passed', detail: 'says 4' });
    expect(late.jobs).toHaveLength(3);
    const never = setUp([['3']]);
    expect(await never.check()).toEqual({ status: 'failed', detail: 'says 3' });
    expect(never.clock.elapsed()).toBeLessThanOrEqual(10_000);
    expect(never.removed).toHaveLength(never.jobs.length);
  });

  it('keeps what was told if nothing more is said', async () => {
    const said = [
      { status: 'unsure', detail: 'late' },
      { status: 'failed', detail: 'says 3' },
      { status: 'unsure', detail: 'late' },
    ] as const;
    for (const [from, expected] of [
      [0, said[1]],
      [2, said[2]],
    ] as const) {
      const clock = new VirtualClock();
      let at = from;
      const asker = async () => said[Math.min(at++, 2)] ?? said[2];
      const limits = { clock, deadline: clock.now() + 10_000, giveUpAt: 0, signal: new AbortController().signal };
      expect(await checkProgram(program, { task: WEB, away: false }, asker, limits)).toEqual(expected);
    }
  });

  it('that ends without an answer tells nothing, in redacted words or in none', async () => {
    const fails = 'task: non-zero exit (5) with hunter22';
    expect(await setUp([['4']], { fails }).check()).toEqual({
      status: 'unsure',
      detail: 'its program ended without an answer: task: non-zero exit (5) with [redacted]',
    });
    expect(await setUp([['4']], { fails }).check({}, { redactor: withholdAll })).toEqual({
      status: 'unsure',
      detail: 'its program ended without an answer',
    });
    const told = await setUp([['hunter22']]).check({}, { seconds: 0 });
    expect(told).toEqual({ status: 'failed', detail: 'says [redacted]' });
  });

  it('asks nobody where there is no network, no word from the node, or nothing that runs it', async () => {
    const { jobs, check, clock } = setUp([['4']]);
    expect(await check({ network: 'other' }, { seconds: 0 })).toEqual({
      status: 'unsure',
      detail: 'the swarm has no network prod_other',
    });
    expect(await check({}, { away: true })).toMatchObject({ status: 'unsure' });
    const limits = { clock, deadline: 0, giveUpAt: 0, signal: new AbortController().signal };
    expect(await checkProgram(program, { task: WEB, away: false }, undefined, limits)).toMatchObject({
      status: 'not-run',
    });
    expect(jobs).toEqual([]);
  });

  it('runs elsewhere if the node takes no new tasks, and removes what a killed run left', async () => {
    const left: StackObject[] = [
      { id: 'old', name: 'old', labels: { 'bundle.stack': 'prod', 'bundle.kind': 'verify-probe' } },
      { id: 'another', name: 'another', labels: { 'bundle.stack': 'prod', 'bundle.kind': 'something' } },
    ];
    const { jobs, removed, check } = setUp([['4']], { availability: 'pause', left });
    await check({ secrets: [] });
    expect(jobs[0]?.constraints).toEqual([]);
    expect(removed).toEqual(['old', 'job']);
  });

  it('with secrets then runs where another task has them, whatever version, and else nowhere', async () => {
    const beside = (name: string, more: Partial<SwarmTask> = {}) =>
      task('id-prod_web', 'id-n1', { id: name, secrets: [{ id: name, name, target: 'web.crt' }], ...more });
    const there = setUp([['4']], { availability: 'pause', beside: [beside('prod_web.crt.v2')] });
    expect(await there.check()).toMatchObject({ status: 'passed' });
    expect(there.jobs[0]?.constraints).toEqual(['node.id == id-n1']);
    for (const [availability, others] of [
      ['pause', [beside('prod_other.crt.v1')]],
      ['drain', [beside('prod_web.crt.v1', { state: 'complete' })]],
    ] as const) {
      const { jobs, check } = setUp([['4']], { availability, beside: [WEB, ...others] });
      expect(await check({}, { seconds: 0 })).toEqual({
        status: 'unsure',
        detail:
          'its program does not run: a job with its secrets goes to no node that has not got them, and of those that ' +
          `have none takes a job (n2 is set to ${availability}); ` +
          '`docker node update --availability active n2` lets it run there',
      });
      expect(jobs).toEqual([]);
    }
  });
});

describe('the proof’s own kind of check', () => {
  const { judge } = levelCheck('front-1', 4);
  it.each([
    [['certificate own', 'level 4'], 'passed', 'answers level 4'],
    [['certificate own', 'level 3'], 'failed', 'answers level 3, and not 4'],
    [['certificate other', 'level 4'], 'failed', 'presents another certificate than it mounts'],
    [['noise', 'certificate own'], 'failed', 'does not answer'],
    [[], 'failed', 'does not answer'],
  ])('%j: %s', (lines, status, detail) => {
    expect(judge(lines)).toEqual({ status, detail });
  });
});
