import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { EndpointExpectation } from '../../../src/sdk/definition.ts';
import { createRedactor } from '../../../src/ui/redact.ts';
import type { InsideProber } from '../../../src/verify/endpoints/types.ts';
import { verification, type CheckOutcome, type Verification } from '../../../src/verify/result.ts';
import { verifyStack } from '../../../src/verify/verify.ts';
import type { StackVerifyOptions } from '../../../src/verify/options.ts';
import { waitedText } from '../../../src/ui/wait-lines.ts';
import { FakeSwarm, lines, silence } from '../converge/fake-swarm.ts';
import { VirtualClock } from '../converge/virtual-clock.ts';

const health: EndpointExpectation = {
  kind: 'http',
  name: 'health',
  port: 9997,
  tls: false,
  path: '/health',
  status: [200],
};
const looks = { running: true, secrets: true, absent: true, stable: true };

function setUp(replicas = 1) {
  const clock = new VirtualClock();
  const swarm = new FakeSwarm(clock);
  const app = swarm.service('app', { replicas });
  const tasks = Array.from({ length: replicas }, (_unused, index) => swarm.task(app, { slot: index + 1 }));
  for (const task of tasks) swarm.logs.set(task.id, () => lines(['TLS: Enabled']));
  const verify = (change: Partial<StackVerifyOptions> = {}, engine = swarm.engine()) =>
    verifyStack(engine, {
      stack: 'prod',
      ensembles: [],
      keys: { authority: () => undefined, token: () => undefined },
      secrets: {},
      forbidden: {},
      timeoutMs: 120_000,
      clock,
      redactor: createRedactor(['hunter22']),
      expectations: [
        {
          service: 'app',
          replicas,
          logs: [{ name: 'TLS', contains: 'TLS: Enabled' }],
          endpoints: [health],
          certificates: [],
          withinSeconds: 60,
          startGraceSeconds: 0,
          needs: undefined,
          looks,
        },
      ],
      ...change,
    });
  return { clock, swarm, app, tasks, verify };
}

describe('a service that is silent, or not known where it should be', () => {
  const CAUSE = 'FATAL: Access denied for user root (password hunter22)';
  const told = async (outcome: CheckOutcome, endpoint: EndpointExpectation = health) => {
    const { swarm, tasks, verify } = setUp();
    swarm.logs.set(tasks[0]?.id ?? '', () => lines(['TLS: Enabled', CAUSE]));
    const { results } = await verify({
      inside: async (subjects) => new Map(subjects.map((one) => [one, outcome])),
      expectations: [
        {
          service: 'app',
          replicas: 1,
          logs: [],
          endpoints: [endpoint],
          certificates: [],
          withinSeconds: 60,
          startGraceSeconds: 0,
          needs: undefined,
          looks,
        },
      ],
    });
    return results.find(({ check }) => check === endpoint.name)?.detail;
  };
  const LAST = /; its last lines: TLS: Enabled \| FATAL: Access denied for user root \(password \[redacted\]\)$/;

  test.each<[string, CheckOutcome]>([
    ['nothing takes the connection', { status: 'failed', detail: 'port 9997: nothing takes the connection' }],
    ['no answer in time', { status: 'unsure', detail: 'port 9997: no answer in time' }],
    ['another status', { status: 'failed', detail: 'HTTP 503 instead of 200' }],
  ])('%s: its own last lines are quoted, redacted', async (_what, outcome) => {
    expect(await told(outcome)).toMatch(LAST);
  });

  test.each<[string, CheckOutcome]>([
    ['passes', { status: 'passed', detail: 'HTTP 200' }],
    ['is not run', { status: 'not-run', detail: 'no register' }],
    [
      'shows a wrong certificate',
      {
        status: 'failed',
        detail: 'it expired',
        certificate: { subject: 'CN=a', names: [], issuer: 'CN=b', notAfter: '2020-01-01T00:00:00Z', daysLeft: -1 },
      },
    ],
  ])('one that %s is not quoted', async (_what, outcome) => {
    expect(await told(outcome)).toBe(outcome.detail);
  });

  test('a line that never comes: what came in its place is quoted', async () => {
    const { swarm, tasks, verify } = setUp();
    swarm.logs.set(tasks[0]?.id ?? '', () => lines(['starting', CAUSE]));
    const { results } = await verify();
    expect(results.find(({ check }) => check === 'TLS')?.detail).toMatch(
      /no line with "TLS: Enabled".*; its last lines: starting \| FATAL: .*\[redacted\]\)$/,
    );
  });

  test('a task whose health check never passes', async () => {
    const { swarm, tasks, verify } = setUp();
    const [task] = tasks;
    if (task === undefined) throw new Error('no task');
    Object.assign(task, { state: 'starting' });
    swarm.logs.set(task.id, () => lines([CAUSE]));
    const { results } = await verify();
    expect(results.find(({ check }) => check === 'running')?.detail).toMatch(
      /^the task is starting; its last lines: FATAL/,
    );
  });
});

describe('ports that are not published', () => {
  test('are not run without a probe, which counts neither way', async () => {
    const result = await setUp().verify();
    expect(result.exit).toBe(0);
    expect(result.results.find(({ check }) => check === 'health')).toMatchObject({
      status: 'not-run',
      detail: 'not published; with verify.probeImage in bundle.yaml it is asked inside',
    });
  });

  test('nothing but that is nothing known', () => {
    expect(verification('prod', [{ service: 'app', check: 'health', status: 'not-run', detail: '' }]).exit).toBe(7);
    expect(verification('prod', []).exit).toBe(7);
  });

  test('are asked inside, those of all tasks at once; what a certificate says is redacted', async () => {
    const { tasks, verify } = setUp(3);
    const batches: number[] = [];
    const inside: InsideProber = async (subjects) => {
      batches.push(subjects.length);
      const certificate = {
        subject: 'CN=hunter22',
        names: ['hunter22'],
        issuer: 'x',
        notAfter: '2030-01-01T00:00:00Z',
        daysLeft: 1,
      };
      return new Map(
        subjects.map((one) => [
          one,
          one.task.slot === 2
            ? { status: 'failed', detail: 'HTTP 500 hunter22', certificate }
            : { status: 'passed', detail: 'HTTP 200' },
        ]),
      );
    };
    const result = await verify({ inside });
    expect(batches).toEqual([3]);
    expect(result.exit).toBe(5);
    expect(result.results.filter(({ check, status }) => check === 'health' && status === 'failed')).toMatchObject([
      {
        task: tasks[1]?.id,
        detail: 'HTTP 500 [redacted]',
        certificate: { subject: 'CN=[redacted]', names: ['[redacted]'] },
      },
    ]);
  });

  test('a probe that never answers takes away no other result', async () => {
    const { clock, verify } = setUp();
    const stopped: boolean[] = [];
    const result = await verify({
      timeoutMs: 30_000,
      inside: (_subjects, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            stopped.push(true);
            reject(signal.reason as Error);
          });
        }),
    });
    expect(result.exit).toBe(7);
    expect(result.results.map(({ check, status }) => `${check} ${status}`)).toEqual([
      'running passed',
      'TLS passed',
      'health unsure',
    ]);
    expect(stopped, 'and is told to stop').toEqual([true]);
    expect(clock.elapsed()).toBeLessThan(45_000);
  });

  describe('where something failed for good', () => {
    const forever: StackVerifyOptions['inside'] = (_subjects, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    const secrets = { app: [{ target: 'token', name: 'prod_token.v2' }] };

    test('what follows from it is not waited for until the time is up, and it is said why', async () => {
      const { clock, verify } = setUp();
      const waits: string[] = [];
      const result = await verify({
        timeoutMs: 300_000,
        secrets,
        inside: forever,
        onWaiting: (open, waited) => waits.push(`${JSON.stringify(open)} ${waitedText(waited)}`),
      });
      expect(result.exit).toBe(5);
      expect(result.results.find(({ check }) => check === 'secrets')?.status).toBe('failed');
      expect(result.results.find(({ check }) => check === 'health')).toMatchObject({
        status: 'unsure',
        detail: 'not seen by then, and no longer waited for, since app failed (secrets)',
      });
      expect(clock.elapsed()).toBeGreaterThan(25_000);
      expect(clock.elapsed()).toBeLessThan(45_000);
      expect(waits.at(-1)).toMatch(/^\[\{"service":"app","checks":\["health"\]\}\] 0:(2|3)\d of 5:00$/);
    });

    test('a task that has not written its lines yet may still be starting: it is waited for', async () => {
      const { clock, swarm, tasks, verify } = setUp();
      swarm.logs.set(tasks[0]?.id ?? '', (options) => (options.follow === true ? silence(options) : lines([])));
      await verify({ timeoutMs: 300_000, secrets, inside: forever });
      expect(clock.elapsed()).toBeGreaterThan(55_000);
    });
  });

  test('of a task that is replaced meanwhile are asked again', async () => {
    const { swarm, app, tasks, verify } = setUp();
    const asked: string[] = [];
    swarm.at(3, () => {
      const next = swarm.replace(tasks[0] as never, app, {});
      swarm.logs.set(next.id, () => lines(['TLS: Enabled']));
      swarm.at(6, () => swarm.enter(next, 'running', { desiredState: 'running' }));
    });
    const result = await verify({
      inside: async (subjects) => {
        asked.push(...subjects.map(({ task }) => task.id));
        await swarm.clock.sleep(5_000);
        return new Map(
          subjects.map((one) => [one, { status: one.task.id === 't001' ? 'failed' : 'passed', detail: '' }]),
        );
      },
    });
    expect(asked).toEqual(['t001', 't002']);
    expect(result.exit).toBe(0);
  });
});

describe('a port that nobody serves', () => {
  /** Of a task of that age, in seconds, that has some time to serve and less for its lines. */
  const closed = async (age: number, change: Partial<StackVerifyOptions> = {}, starting = true, ahead = 0) => {
    const { clock, swarm, tasks, verify } = setUp();
    swarm.ahead = ahead;
    const at = swarm.iso(-age * 1000);
    for (const task of tasks) Object.assign(task, { stateAt: at, createdAt: at });
    const asked: number[] = [];
    const result = await verify({
      timeoutMs: 300_000,
      expectations: [
        {
          service: 'app',
          replicas: 1,
          logs: [],
          endpoints: [health],
          certificates: [],
          withinSeconds: 60,
          servesWithinSeconds: 240,
          startGraceSeconds: 0,
          needs: undefined,
          looks,
        },
      ],
      inside: async (subjects, { deadline }) => {
        asked.push(Math.round((deadline - clock.now()) / 1000));
        return new Map(subjects.map((one) => [one, { status: 'failed', detail: 'nothing takes it', starting }]));
      },
      ...change,
    });
    const { status, detail } = result.results.find(({ check }) => check === 'health') ?? {};
    return { patience: asked[0], status, detail };
  };

  test('is waited for as long as its task may take to serve, not as its lines', async () => {
    expect((await closed(0)).patience).toBe(240);
    expect((await closed(100)).patience).toBe(140);
    expect((await closed(1000)).patience).toBe(15);
  });
  test.each([-300_000, 300_000])('also if the managers’ clock is %s ms ahead of this machine’s', async (ahead) => {
    expect((await closed(5, {}, true, ahead)).patience).toBe(235);
    expect((await closed(1000, {}, true, ahead)).patience).toBe(15);
    expect((await closed(5, { timeoutMs: 120_000 }, true, ahead)).status).toBe('unsure');
    expect((await closed(1000, { timeoutMs: 30_000 }, true, ahead)).status).toBe('failed');
  });
  test.each<[string, number, Partial<StackVerifyOptions>, string]>([
    ['its time was over', 0, {}, 'failed'],
    ['only the verification’s own time was over', 0, { timeoutMs: 120_000 }, 'unsure'],
    ['its time was over long before a short verification', 1000, { timeoutMs: 30_000 }, 'failed'],
    ['it is asked whether it is well now', 0, { timeoutMs: 120_000, strict: true }, 'failed'],
  ])('%s', async (_when, age, change, status) => expect((await closed(age, change)).status).toBe(status));
  test('is told with the time that it has; what is wrong otherwise has failed', async () => {
    expect((await closed(0, { timeoutMs: 120_000 })).detail).toMatch(
      /^nothing takes it; it may still be starting, for 240 s at most: verify again then/,
    );
    expect((await closed(0, { timeoutMs: 120_000 }, false)).status).toBe('failed');
  });
});

const CLOSED: EndpointExpectation = { kind: 'secured', name: 'late', port: 9996, closedUntil: 'closed until Monday' };
/** @param others besides one that may be closed */
const mayBeClosed = (others: EndpointExpectation[] = []): Partial<StackVerifyOptions> => ({
  timeoutMs: 300_000,
  expectations: [
    {
      service: 'app',
      replicas: 1,
      logs: [],
      endpoints: [others.length === 0 ? { ...CLOSED, port: 9997 } : CLOSED, ...others],
      certificates: [],
      withinSeconds: 240,
      startGraceSeconds: 0,
      needs: undefined,
      looks,
    },
  ],
});
const late = ({ results }: Verification): [status: string | undefined, detail: string | undefined] => {
  const { status, detail } = results.find(({ check }) => check === CLOSED.name) ?? {};
  return [status, detail];
};

describe('a port that may be closed is asked when its task has had its time', () => {
  /** Inside, with `health` answering after 40 s; in seconds. @param opensAt of the other port */
  const begun = async (opensAt: number, { age = 0, notBefore }: { age?: number; notBefore?: number } = {}) => {
    const { clock, tasks, verify } = setUp();
    for (const task of tasks) task.stateAt = task.createdAt = clock.iso(-age * 1000);
    const asked: string[] = [];
    const inside: InsideProber = async (subjects) => {
      asked.push(...subjects.map(({ endpoint }) => `${endpoint.name} ${Math.floor(clock.elapsed() / 1000)}`));
      const outcomes = subjects.map((one): [typeof one, CheckOutcome] => {
        const closed = one.endpoint.kind === 'secured' && clock.elapsed() < opensAt * 1000;
        const why = one.endpoint.kind === 'secured' ? one.endpoint.closedUntil : '';
        return [one, closed ? { status: 'not-run', detail: why } : { status: 'passed', detail: 'well' }];
      });
      if (subjects.some(({ endpoint }) => endpoint.kind !== 'secured')) await clock.sleep(40_000);
      return new Map(outcomes);
    };
    const after = notBefore === undefined ? {} : { notBefore: clock.sleep(notBefore * 1000) };
    const result = await verify({ ...mayBeClosed([health]), ...after, inside });
    return { result, asked };
  };

  test.each([
    ['a port beside it answers', undefined],
    ['the wait for its tasks is over', 60],
  ])('when %s, once', async (_when, notBefore) => {
    const { result, asked } = await begun(30, notBefore === undefined ? {} : { notBefore });
    expect(late(result)).toEqual(['passed', 'well']);
    expect(result.exit).toBe(0);
    expect(asked).toEqual(['health 0', `late ${notBefore ?? 40}`]);
  });
  test('not before that wait is over, though nothing else is asked', async () => {
    const { clock, verify } = setUp();
    const inside: InsideProber = async (subjects) => {
      const opened = clock.elapsed() >= 30_000;
      return new Map(subjects.map((one) => [one, { status: opened ? 'passed' : 'not-run', detail: 'it' }]));
    };
    expect(late(await verify({ ...mayBeClosed(), inside, notBefore: clock.sleep(60_000) }))[0]).toBe('passed');
  });
  test.each([
    ['may still be starting', 0, 'closed until Monday, or its servers are still starting: verify again'],
    ['has had all of its time', 3600, 'closed until Monday'],
  ])('and one that is closed then is told so, of a task that %s', async (_which, age, detail) => {
    const { result } = await begun(Infinity, { age });
    expect(late(result)).toEqual(['not-run', detail]);
    expect(result.exit).toBe(0);
  });
  test('and is let go at once by who stops verifying', async () => {
    const { clock, verify } = setUp();
    const stop = new AbortController();
    void clock.sleep(5_000).then(() => stop.abort());
    const never = new Promise<void>(() => undefined);
    await expect(verify({ ...mayBeClosed(), signal: stop.signal, notBefore: never })).rejects.toMatchObject({
      exit: 130,
    });
    expect(clock.elapsed()).toBeLessThan(6_500);
  });
});

describe('ports that are published and cannot be reached from here', () => {
  const unreachable = () => {
    const made = setUp();
    // Nobody has this address, or listens on this port of this machine.
    for (const node of made.swarm.nodes) node.address = '127.0.0.1';
    const port = { protocol: 'tcp', target: 9997, published: 1, mode: 'host' } as const;
    made.app.ports.push(port);
    for (const task of made.tasks) task.hostPorts = [port];
    return made;
  };
  test('cannot be told, with what to do', async () => {
    const result = await unreachable().verify();
    expect(result.exit).toBe(7);
    expect(result.results.find(({ check }) => check === 'health')?.detail).toMatch(
      /^127\.0\.0\.1:1: connection refused, asked from this machine; run verify where.*verify\.probeImage.*--skip$/,
    );
  });
  test('are not run, and not waited for, if they may be closed', async () => {
    const { clock, tasks, verify } = unreachable();
    for (const task of tasks) task.stateAt = task.createdAt = clock.iso(-3_600_000);
    const result = await verify(mayBeClosed());
    expect(result.exit).toBe(0);
    expect(late(result)).toEqual(['not-run', 'closed until Monday']);
    expect(clock.elapsed()).toBeLessThan(10_000);
  });
  test('cannot be told, if they may be closed and only this machine was asked in place of the node', async () => {
    const { swarm, verify } = unreachable();
    const elsewhere = { ...swarm.engine(), address: { url: 'ssh://manager', source: 'flag' } as const };
    const result = await verify(mayBeClosed(), elsewhere);
    expect(result.exit).toBe(7);
    const [status, detail] = late(result);
    expect(status).toBe('unsure');
    expect(detail).toMatch(
      /^127\.0\.0\.1:1: could not tell from here: that address is this machine’s own.*; run verify where.*--skip$/,
    );
    const inside = async (outcome: CheckOutcome) =>
      verify(
        { ...mayBeClosed(), inside: async (subjects) => new Map(subjects.map((one) => [one, outcome])) },
        elsewhere,
      );
    expect(late(await inside({ status: 'not-run', detail: 'closed inside' }))).toEqual(['not-run', 'closed inside']);
    expect(late(await inside({ status: 'failed', detail: 'plain HTTP' }))).toMatchObject(['failed', expect.anything()]);
  });
  test('are asked inside where there is a probe, and both is told', async () => {
    const result = await unreachable().verify({
      inside: async (subjects) => new Map(subjects.map((one) => [one, { status: 'passed', detail: 'HTTP 200' }])),
    });
    expect(result.exit).toBe(0);
    expect(result.results.find(({ check }) => check === 'health')?.detail).toMatch(
      /^HTTP 200 \(asked inside the stack\u2019s network; 127\.0\.0\.1:1: connection refused/,
    );
  });

  describe('at one of the nodes that the swarm opens them on, while another answers', () => {
    /** Node 1 answers, nobody listens at the other's address. */
    const half = async (change: Partial<StackVerifyOptions> = {}) => {
      const server = createServer((_request, response) => void response.end()).listen(0, '127.0.0.1');
      await once(server, 'listening');
      try {
        const { swarm, app, verify } = setUp();
        swarm.nodes.forEach((node, index) => (node.address = `127.0.0.${index + 1}`));
        const { port } = server.address() as AddressInfo;
        app.ports.push({ protocol: 'tcp', target: 9997, published: port, mode: 'ingress' });
        const { exit, results } = await verify(change);
        return [exit, results.find(({ check }) => check === 'health')?.detail];
      } finally {
        server.close();
      }
    };
    test('cannot be told, with what to do', async () => {
      expect(await half()).toEqual([
        7,
        expect.stringMatching(/^127\.0\.0\.2:\d+: connection refused.*; run verify where.*--skip$/),
      ]);
    });
    test('are asked inside where there is a probe, and both is told', async () => {
      const inside: InsideProber = async (subjects) =>
        new Map(subjects.map((one) => [one, { status: 'passed', detail: 'HTTP 200' }]));
      expect(await half({ inside })).toEqual([
        0,
        expect.stringMatching(/^HTTP 200 \(asked inside the stack’s network; 127\.0\.0\.2:\d+: connection refused/),
      ]);
    });
  });
});

describe('what is not looked at', () => {
  test('is not told, but a task that is missing is', async () => {
    const { verify } = setUp();
    const only = {
      service: 'app',
      replicas: 2,
      logs: [],
      endpoints: [health],
      certificates: [],
      withinSeconds: 60,
      startGraceSeconds: 0,
      needs: undefined,
      looks: { running: false, secrets: false, absent: true, stable: true },
    };
    const result = await verify({ expectations: [only] });
    expect(result.results.map(({ check, status }) => `${check} ${status}`)).toEqual(['tasks failed', 'health not-run']);
    expect(
      (await verify({ expectations: [{ ...only, looks: { ...only.looks, absent: false } }] })).results.map(
        ({ check }) => check,
      ),
    ).toEqual(['health']);
  });
});
