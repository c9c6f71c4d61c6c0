import { describe, expect, it } from 'vitest';
import type { Container, ContainerJobSpec, LogOptions } from '../../../src/engine/port.ts';
import { BundleError } from '../../../src/errors.ts';
import { createRedactor } from '../../../src/ui/redact.ts';
import { ContainerEngine } from '../../../src/run-target/container-engine.ts';
import type { RunHost } from '../../../src/run-target/host-containers.ts';
import { verifyStack } from '../../../src/verify/verify.ts';
import { lines } from '../converge/fake-swarm.ts';
import { VirtualClock } from '../converge/virtual-clock.ts';
import { containerOf } from './support.ts';

const clock = new VirtualClock();

const container = (service: string, change: Partial<Container> = {}): Container => containerOf(clock, service, change);

interface Fake extends RunHost {
  asked: LogOptions[];
  /** With their times; given from the time on that is asked for, as the engine gives them. */
  log: string[];
  jobs: ContainerJobSpec[];
  removed: string[];
}

function host(name: string, address: string, ...containers: Container[]): Fake {
  const fake: Fake = {
    name,
    address,
    asked: [],
    log: [`${clock.iso(0)} TLS: Enabled`],
    jobs: [],
    removed: [],
    engine: {
      address: { url: `unix:///${name}`, source: 'test' },
      info: () => Promise.reject(new Error('not asked')),
      containers: () => Promise.resolve(containers),
      containerLogs: (_id, options = {}) => {
        fake.asked.push(options);
        const from = Date.parse(options.since ?? clock.iso(-86_400_000));
        return lines(fake.log.filter((line) => Date.parse(line.split(' ')[0] ?? '') >= from));
      },
      startContainerJob: (job) => (fake.jobs.push(job), Promise.resolve('job-1')),
      removeContainer: (id) => (fake.removed.push(id), Promise.resolve()),
    },
  };
  return fake;
}

const ABOUT = {
  stack: 'prod',
  networks: ['net'],
  several: true,
  services: {
    a: {
      host: 'n1',
      hostPorts: [{ protocol: 'tcp', target: 9, published: 9, mode: 'host' } as const],
      paths: ['/data'],
      made: { image: 'image:1', hosts: ['b:10.0.0.2'], environment: {} },
    },
    b: { host: 'n2', hostPorts: [], paths: [], made: { image: 'image:1', hosts: ['b:10.0.0.2'], environment: {} } },
  },
};

describe('containers as tasks', () => {
  it('are where others reach them, with the secrets that they mount', async () => {
    const [task] = await new ContainerEngine([host('n1', '10.0.0.1', container('a'))], ABOUT).tasks();
    expect(task).toMatchObject({
      serviceId: 'a',
      nodeId: 'n1',
      state: 'running',
      addresses: { prod_net: '10.0.0.1' },
      hostPorts: [{ target: 80, published: 8080 }],
      secrets: [{ name: 'prod_token.v2', target: '/run/secrets/token' }],
    });
    const [alone] = await new ContainerEngine([host('n1', '10.0.0.1', container('a'))], {
      ...ABOUT,
      several: false,
    }).tasks();
    expect(alone?.addresses).toEqual({ prod_net: '172.18.0.2' });
    const [onHost] = await new ContainerEngine(
      [host('n1', '10.0.0.1', container('a', { network: 'host', address: '', ports: [] }))],
      { ...ABOUT, several: false },
    ).tasks();
    expect(onHost).toMatchObject({ addresses: { prod_net: '10.0.0.1' }, hostPorts: [{ target: 9, published: 9 }] });
  });

  it.each([
    [{ status: 'exited', exitCode: 1 }, 'failed', 'shutdown'],
    [{ status: 'created', error: 'port is already allocated' }, 'failed', 'shutdown'],
    [{ status: 'restarting', exitCode: 3 }, 'starting', 'running'],
    [{ status: 'paused' }, 'starting', 'running'],
    [{ health: 'starting' }, 'starting', 'running'],
    [{ health: 'unhealthy' }, 'starting', 'running'],
    [{ health: 'healthy' }, 'running', 'running'],
  ] as const)('%j is %s, wanted %s', async (change, state, desiredState) => {
    expect(
      (await new ContainerEngine([host('n1', '10.0.0.1', container('a', change))], ABOUT).tasks())[0],
    ).toMatchObject({ state, desiredState });
  });

  it('a job runs on the host that is asked for, beside the stack’s own containers there', async () => {
    const [n1, n2] = [host('n1', '10.0.0.1', container('a')), host('n2', '10.0.0.2', container('b', { mounts: [] }))];
    const engine = new ContainerEngine([n1, n2], ABOUT);
    const job = {
      name: 'job',
      labels: {},
      image: 'probe:1',
      command: ['sh'],
      networks: ['prod_net'],
      secrets: [{ id: 'prod_token.v2', name: 'prod_token.v2', target: 'probe/content' }],
    };
    const id = await engine.createJob({ ...job, constraints: ['node.id == n1'] });
    expect(n1.jobs).toEqual([
      {
        name: 'job',
        labels: {},
        image: 'probe:1',
        command: ['sh'],
        network: 'prod_net',
        extraHosts: ['b:10.0.0.2'],
        files: [{ source: '/opt/prod/secrets/prod_token.v2', target: '/run/secrets/probe/content' }],
      },
    ]);
    await engine.removeService(id);
    expect(n1.removed).toEqual(['job-1']);
    await expect(engine.createJob({ ...job, constraints: ['node.id == n2'] })).rejects.toThrow(
      'no container on n2 has prod_token.v2',
    );
  });
});

describe('verifyStack on containers', () => {
  const expected = (service: string) => ({
    service,
    replicas: 1,
    logs: [{ name: 'TLS', contains: 'TLS: Enabled' }],
    endpoints: [],
    certificates: [],
    withinSeconds: 60,
    startGraceSeconds: 0,
    needs: undefined,
    looks: { running: true, secrets: true, absent: true, stable: true },
  });
  const verify = (engine: ContainerEngine, services: string[]) =>
    verifyStack(engine, {
      stack: 'prod',
      expectations: services.map(expected),
      ensembles: [],
      keys: { authority: () => undefined, token: () => undefined },
      secrets: { a: [{ target: 'token', name: 'prod_token.v2' }] },
      forbidden: { a: [], b: [] },
      timeoutMs: 60_000,
      clock,
      redactor: createRedactor([]),
      words: { absent: (service) => engine.absence(service), logs: (id) => engine.logCommand(id) },
    });

  it('passes', async () => {
    const verified = await verify(new ContainerEngine([host('n1', '10.0.0.1', container('a'))], ABOUT), ['a']);
    expect(verified.results.map(({ check, status }) => `${check} ${status}`)).toEqual([
      'running passed',
      'TLS passed',
      'secrets passed',
    ]);
  });

  // It began at -30 s.
  it.each([
    ['a little before its start was noted, of its first run', -30_005, undefined, 'passed'],
    ['a little before its start was noted', -30_005, -40_000, 'passed'],
    ['by the run before', -40_005, -40_000, 'failed'],
    ['since its start, if its clock was set back', -29_000, -10_000, 'passed'],
    ['before its start, if its clock was set back', -31_000, -10_000, 'failed'],
  ] as const)('a line written %s', async (_when, at, finished, status) => {
    const finishedAt = finished === undefined ? {} : { finishedAt: clock.iso(finished) };
    const n1 = host('n1', '10.0.0.1', container('a', finishedAt));
    n1.log = [`${clock.iso(at)} TLS: Enabled`];
    const { results } = await verify(new ContainerEngine([n1], ABOUT), ['a']);
    expect(results.find(({ check }) => check === 'TLS')?.status).toBe(status);
  });

  it('all that a job wrote is read, and of a container that has ended its last lines', async () => {
    const ended = { startedAt: clock.iso(-30_000), finishedAt: clock.iso(-20_000) };
    const n1 = host(
      'n1',
      '10.0.0.1',
      container('a', { ...ended, status: 'restarting' }),
      container('job', {
        ...ended,
        status: 'exited',
        labels: { 'bundle.stack': 'prod', 'bundle.kind': 'verify-probe' },
      }),
    );
    const engine = new ContainerEngine([n1], ABOUT);
    for (const { id } of await engine.tasks()) engine.taskLogs(id, { tail: 10 });
    expect(n1.asked).toEqual([{ tail: 10 }, { tail: 10 }]);
  });

  it('fails on a secret of another version, an ended container and one that was never made, each with what to do', async () => {
    const old = container('a', {
      mounts: [{ type: 'bind', source: '/opt/prod/secrets/prod_token.v1', target: '/run/secrets/token' }],
    });
    const verified = await verify(
      new ContainerEngine(
        [host('n1', '10.0.0.1', old), host('n2', '10.0.0.2', container('b', { status: 'exited', exitCode: 2 }))],
        { ...ABOUT, services: { ...ABOUT.services, c: { ...ABOUT.services.b } } },
      ),
      ['a', 'b', 'c'],
    );
    expect(verified.exit).toBe(5);
    const details = verified.results
      .filter(({ status }) => status === 'failed')
      .map(({ service, detail }) => `${service}: ${detail}`);
    expect(details).toEqual([
      'a: mounts prod_token.v1, the bundle says v2',
      'b: 0 of 1 tasks: prod_b on n2: it is exited, with exit code 2; docker logs prod_b on n2 shows more',
      'c: 0 of 1 tasks: n2 has no container prod_c; run.sh makes it',
    ]);
  });

  it('fails on what runs where it should not, and looks at none of it in place of what should run', async () => {
    const engine = new ContainerEngine(
      [
        host('n1', '10.0.0.1', container('a', { createdAt: clock.iso(-90_000) }), container('gone', { id: 'gone' })),
        host(
          'n2',
          '10.0.0.2',
          container('a', { id: 'old-a', mounts: [] }),
          container('b', { id: 'b-ended', status: 'exited' }),
        ),
        host('n3', '10.0.0.3', container('b')),
      ],
      ABOUT,
    );
    const verified = await verify(engine, ['a', 'b']);
    expect(
      verified.results.filter(({ service }) => service === 'a').map(({ check, status }) => `${check} ${status}`),
    ).toEqual(['running passed', 'TLS passed', 'secrets passed']);
    expect(verified.results.find(({ service }) => service === 'b')?.detail).toMatch(
      /^0 of 1 tasks: prod_b on n2: it is exited/,
    );
    expect(engine.strays()).toEqual([
      {
        service: 'gone',
        task: 'gone',
        node: 'n1',
        check: 'tasks',
        status: 'failed',
        detail:
          'prod_gone runs on n1, and bundle.yaml has no service gone; on n1: docker stop prod_gone && docker rm ' +
          'prod_gone (its volumes stay)',
      },
      expect.objectContaining({
        service: 'a',
        task: 'old-a',
        node: 'n2',
        status: 'failed',
        detail:
          'prod_a runs on n2, beside that on n1: bundle.yaml has one a alone, on n1; on n2: docker stop prod_a && ' +
          'docker rm prod_a (its volumes stay)',
      }),
      expect.objectContaining({
        service: 'b',
        node: 'n3',
        detail:
          'prod_b runs on n3, and bundle.yaml places b on n2; on n3: docker stop prod_b && docker rm prod_b (its ' +
          'volumes stay)',
      }),
    ]);
  });

  it('fails for what an earlier run.sh made: another image, a member that moved, another variable', async () => {
    const made = { image: 'image:2', hosts: ['b:10.0.0.3', 'c:10.0.0.4'], environment: { HEAP: '2g', SAME: 'x' } };
    const about = { ...ABOUT, services: { ...ABOUT.services, a: { ...ABOUT.services.a, made } } };
    const env = ['PATH=/bin', 'HEAP=1g', 'SAME=x'];
    const engine = new ContainerEngine(
      [host('n1', '10.0.0.1', container('a', { env })), host('n2', '10.0.0.2', container('b', { status: 'exited' }))],
      about,
    );
    await engine.tasks();
    expect(engine.outdated()).toEqual([
      {
        service: 'a',
        task: 'id-a',
        node: 'n1',
        check: 'tasks',
        status: 'failed',
        detail:
          'prod_a on n1 was made by another run.sh than this rendering’s: it runs image:1, and not image:2; it does ' +
          'not find b:10.0.0.3, c:10.0.0.4; it dials b:10.0.0.2; HEAP of its environment; on n1, with the folder of ' +
          'now: docker stop prod_a && docker rm prod_a, then run.sh (its volumes stay)',
      },
    ]);
  });

  it('a second container of a service on its own host is one too many; of two ended ones none is', async () => {
    const n1 = host(
      'n1',
      '10.0.0.1',
      container('a'),
      container('a', { id: 'second', name: 'mine', createdAt: clock.iso(-1_000) }),
      container('a', { id: 'ended', name: 'ended', status: 'exited' }),
    );
    const engine = new ContainerEngine([n1], ABOUT);
    expect((await engine.tasks()).map(({ id }) => id)).toEqual(['id-a', 'ended']);
    expect(engine.strays().map(({ detail }) => detail)).toEqual([
      'mine runs on n1, beside prod_a: bundle.yaml has one a alone, on n1; on n1: docker stop mine && docker rm mine ' +
        '(its volumes stay)',
    ]);
  });

  it('takes a container in its place for no stray if its engine is named for a former name of its host too', async () => {
    const own = containerOf(clock, 'a');
    const [present, former] = [host('n1', '10.0.0.1', own), host('n1-before', '10.0.0.1', structuredClone(own))];
    const engine = new ContainerEngine([present, former], ABOUT);
    expect((await engine.tasks()).map(({ id }) => id)).toEqual(['id-a']);
    expect(engine.strays()).toEqual([]);
  });

  const silentHost = (
    name: string,
    address: string,
    answers: number,
    how: () => Promise<never>,
    ...own: Container[]
  ): Fake => {
    const fake = host(name, address, ...own);
    let asked = 0;
    fake.engine.containers = () => (asked++ < answers ? Promise.resolve(own) : how());
    fake.engine.containerLogs = (_id, { signal } = {}) => {
      if (signal?.aborted === true) return lines([]);
      throw new BundleError('engine-unreachable', `the engine of ${name} does not answer`);
    };
    return fake;
  };
  it.each([
    ['refuses', () => Promise.reject(new BundleError('engine-unreachable', 'no answer'))],
    ['hangs', () => new Promise<never>(() => undefined)],
  ])('an engine that %s after a while leaves its host untold, and no other', async (_how, trouble) => {
    const n1 = silentHost('n1', '10.0.0.1', 1, trouble, container('a'));
    const engine = new ContainerEngine([n1, host('n2', '10.0.0.2', container('b'))], ABOUT, clock);
    const verified = await verify(engine, ['a', 'b']);
    expect(verified.exit).toBe(7);
    expect(verified.results.map(({ service, check, status }) => `${service} ${check} ${status}`)).toEqual([
      'a running unsure',
      'a TLS unsure',
      'a secrets passed',
      'b running passed',
      'b TLS passed',
    ]);
    expect((await engine.nodes()).map(({ id, state }) => `${id} ${state}`)).toEqual(['n1 down', 'n2 ready']);
  });

  it('an engine that never answered is an error; one that answers again counts', async () => {
    const refused = () => Promise.reject(new BundleError('engine-unreachable', 'no answer'));
    await expect(
      new ContainerEngine([silentHost('n1', '10.0.0.1', 0, refused, container('a'))], ABOUT, clock).tasks(),
    ).rejects.toThrow('no answer');
    const n1 = host('n1', '10.0.0.1', container('a'));
    const answer = n1.engine.containers;
    const engine = new ContainerEngine([n1], ABOUT, clock);
    const states = [];
    for (const way of [answer, refused, answer]) {
      n1.engine.containers = way;
      states.push((await engine.nodes())[0]?.state);
    }
    expect(states).toEqual(['ready', 'down', 'ready']);
  });

  it('one whose connection died in silence is asked over another one', async () => {
    const n1 = host('n1', '10.0.0.1', container('a'));
    const answer = n1.engine.containers;
    const engine = new ContainerEngine([n1], ABOUT, clock);
    const states = [];
    for (const way of [answer, () => new Promise<never>(() => undefined), answer]) {
      n1.engine.containers = way;
      states.push((await engine.nodes())[0]?.state);
    }
    expect(states).toEqual(['ready', 'down', 'ready']);
  });
});
