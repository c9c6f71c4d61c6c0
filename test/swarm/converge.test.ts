import { AsyncLocalStorage } from 'node:async_hooks';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { skeleton } from '../../scripts/images/recipes/skeleton.ts';
import { patientLab } from '../../scripts/lab/asked-again.ts';
import { down, unsupportedReason, up } from '../../scripts/lab/lab.ts';
import type { Lab } from '../../scripts/lab/lab.ts';
import { systemClock } from '../../src/swarm/clock.ts';
import { converge } from '../../src/converge/converge.ts';
import type { ConvergeOptions } from '../../src/converge/options.ts';
import type { Outcome } from '../../src/converge/outcome.ts';
import { resolveEngine } from '../../src/engine/address.ts';
import { connect } from '../../src/engine/docker.ts';
import type { Engine } from '../../src/engine/port.ts';
import { createRedactor } from '../../src/ui/redact.ts';
import { verifyStack } from '../../src/verify/verify.ts';
import type { StackVerifyOptions } from '../../src/verify/options.ts';
import { endedEngines } from '../support/ended-engines.ts';
import { listenOn } from '../support/host-programs.ts';
import { labId } from '../support/lab-id.ts';
import { testEngine } from '../support/test-engine.ts';
import { takeTurn } from '../support/turn.ts';

const ID = labId('converge');
const why = unsupportedReason();
if (why !== undefined && process.env['BUNDLE_REQUIRE_LAB'] === '1')
  throw new Error(`the lab is required and cannot run: ${why}`);
if (why !== undefined) process.stderr.write(`SKIPPED test/swarm/converge.test.ts: ${why}\n`);

// The scenarios mostly wait; one after another they would take minutes. All at once, and nodes report ends 8 s late.
vi.setConfig({ maxConcurrency: 8 });

type Service = Record<string, unknown> & { deploy?: Record<string, unknown> };

/** Failing tasks are started again after a second; swarm's five would only make the tests slow. */
const QUICK = { restart_policy: { condition: 'any', delay: '1s' } };
const ON_NODE1 = { placement: { constraints: ['node.hostname==node1'] } };
/** Runs until it is told to stop, and costs nothing. */
const STAYS = 'trap "exit 0" TERM; sleep 3600 & wait';
const REDACTOR = createRedactor(['s3cret-of-the-store']);

await takeTurn();

describe.skipIf(why !== undefined).concurrent('a real swarm', () => {
  let lab: Lab;
  let engine: Engine;
  let image: string;

  beforeAll(async () => {
    await down(ID);
    lab = patientLab(await up({ id: ID, engine: testEngine(), hosts: 2 }));
    await lab.docker('node1', ['node', 'demote', 'node2']);
    image = await lab.importRootfs((await skeleton(() => undefined)).file, 'busybox:1');
    const env = lab.env('node1');
    engine = await connect(await resolveEngine({ host: lab.host('node1').socket, env: { ...process.env, ...env } }));
  });

  afterAll(async () => {
    await engine?.close();
    const ended = lab === undefined ? '' : endedEngines(lab, ['node2']);
    await down(ID);
    expect(ended).toBe('');
  });

  /** A shell script as a service, on node 1 unless `deploy` says otherwise. */
  const shell = (script: string, { deploy, ...more }: Service = {}): Service => ({
    image,
    command: ['sh', '-c', script.replaceAll('$', '$$$$')],
    ...more,
    deploy: { ...QUICK, ...ON_NODE1, ...deploy },
  });
  const runs = (more: Service = {}): Service => shell(STAYS, more);
  const stacksOf = new AsyncLocalStorage<Set<string>>();
  /** A test whose stacks go with it: one that crashes again and again takes the time of those that follow. */
  const scenario = (name: string, body: () => Promise<void>): void =>
    test(name, async () => {
      const stacks = new Set<string>();
      try {
        await stacksOf.run(stacks, body);
      } finally {
        const services = await Promise.all([...stacks].map((stack) => engine.services({ stack })));
        await Promise.all(services.flat().map(({ id }) => engine.removeService(id)));
      }
    });
  const deploy = async (stack: string, services: Record<string, Service>, more: object = {}): Promise<void> => {
    stacksOf.getStore()?.add(stack);
    await engine.deployStack(stack, JSON.stringify({ version: '3.8', services, ...more }));
  };
  const wait = (stack: string, change: Partial<ConvergeOptions> = {}): Promise<Outcome[]> =>
    converge(engine, {
      stack,
      expectations: [],
      timeoutMs: 300_000,
      clock: systemClock,
      redactor: REDACTOR,
      ...change,
    });
  const outcomeOf = async (
    stack: string,
    services: Record<string, Service>,
    change?: Partial<ConvergeOptions>,
  ): Promise<Outcome> => {
    await deploy(stack, services);
    const [outcome] = await wait(stack, change);
    if (outcome === undefined) throw new Error('no outcome');
    return outcome;
  };
  const failedTasks = (stack: string, count: number): Promise<void> =>
    vi.waitFor(
      async () => {
        expect(
          (await engine.tasks({ stack, upToDate: true })).filter(({ state }) => state === 'failed').length,
        ).toBeGreaterThanOrEqual(count);
      },
      { timeout: 300_000, interval: 500 },
    );
  /** A first version that runs, then a second one. */
  const update = async (stack: string, second: Service): Promise<Outcome> => {
    expect(await outcomeOf(stack, { app: runs({ deploy: second.deploy ?? {} }) })).toMatchObject({ kind: 'converged' });
    return outcomeOf(stack, { app: second });
  };
  const diesAfter4s = (failureAction: string, monitor: string): Service =>
    shell('sleep 4; echo had enough >&2; exit 9', {
      deploy: {
        update_config: { failure_action: failureAction, monitor, order: 'stop-first' },
        rollback_config: { monitor: '1s' },
      },
    });

  // The longest begin first.
  scenario('tasks that are replaced, moved or killed once are no crash loop', async () => {
    const services = { app: runs({ deploy: { replicas: 2, placement: {} } }) };
    await deploy('asked', services);
    expect((await wait('asked'))[0]).toMatchObject({ kind: 'converged' });
    for (const args of [
      ['update', '--force', 'asked_app'],
      ['update', '--force', 'asked_app'],
      ['scale', 'asked_app=1'],
      ['scale', 'asked_app=2'],
    ]) {
      const [verb = '', ...rest] = args;
      await lab.docker('node1', ['service', verb, '--detach', ...rest]);
      expect((await wait('asked'))[0]?.kind, args.join(' ')).toBe('converged');
    }
    const [task] = (await engine.tasks({ stack: 'asked', upToDate: true })).filter(
      ({ state, nodeId }) => state === 'running' && nodeId !== '',
    );
    const nodes = await engine.nodes();
    await lab.docker(nodes.find(({ id }) => id === task?.nodeId)?.hostname ?? 'node1', [
      'kill',
      task?.containerId ?? '',
    ]);
    await failedTasks('asked', 1);
    expect((await wait('asked'))[0]).toMatchObject({ kind: 'converged' });
  });

  scenario('a slow crash loop: found in the history, by the wait and by the verification', async () => {
    const before = (
      await outcomeOf('slow', { app: shell('echo serving; sleep 25; echo heap is full s3cret-of-the-store; exit 3') })
    ).kind;
    expect(before).toBe('converged');
    await failedTasks('slow', 2);
    const [outcome] = await wait('slow');
    expect(outcome).toMatchObject({
      kind: 'unstable',
      node: 'node1',
      logLines: ['serving', 'heap is full [redacted]'],
    });
    expect(outcome?.text).toMatch(/ended \d times within the last .*with exit code 3/);
    const seen = await verifyStack(engine, {
      stack: 'slow',
      expectations: [
        {
          service: 'app',
          replicas: 2,
          logs: [{ name: 'serving', contains: 'serving' }],
          endpoints: [],
          certificates: [],
          withinSeconds: 60,
          startGraceSeconds: 0,
          needs: [],
          looks: { running: true, secrets: true, absent: true, stable: true },
        },
      ],
      ensembles: [],
      keys: { authority: () => undefined, token: () => undefined },
      secrets: {},
      forbidden: {},
      timeoutMs: 180_000,
      clock: systemClock,
      redactor: REDACTOR,
    });
    expect(seen.exit).toBe(5);
    expect(seen.results.filter(({ check }) => check === 'stable')).toMatchObject([
      { status: 'failed', detail: expect.stringContaining('heap is full [redacted]') },
    ]);
  });

  scenario(
    'an update of which the first start fails once: taken up again, with a warning, and nothing is left to plan',
    async () => {
      const volumes = [{ type: 'volume', source: 'once', target: '/n' }];
      // Three: of two, the failure may be looked at only after its monitor window, when the other slot is done
      // (moby/swarmkit: updater.go, Run).
      const deployed = { replicas: 3, update_config: { failure_action: 'pause', monitor: '20s', order: 'stop-first' } };
      const both = (service: Service): Promise<void> =>
        deploy(
          'heals',
          { app: { ...service, volumes, deploy: { ...QUICK, ...ON_NODE1, ...deployed } } },
          { volumes: { once: {} } },
        );
      await both(runs());
      expect((await wait('heals'))[0]).toMatchObject({ kind: 'converged' });
      await both(shell(`[ -e /n/x ] || { touch /n/x; echo busy s3cret-of-the-store; exit 1; }; ${STAYS}`));
      const spec = (await engine.services({ stack: 'heals' }))[0]?.spec;
      const told: string[] = [];
      expect(await wait('heals', { onWarning: (text) => told.push(text) })).toMatchObject([{ kind: 'converged' }]);
      expect(told).toEqual([
        expect.stringMatching(/^app: the swarm paused the update.*non-zero exit \(1\).*taken up again$/),
      ]);
      const [service] = await engine.services({ stack: 'heals' });
      expect(service?.spec).toEqual(spec);
      expect(service?.updateStatus?.state).toBe('completed');
    },
  );

  scenario('verification: both streams, a secret of the wrong version, a line of another task', async () => {
    await lab.docker('node1', ['secret', 'create', 'seen_token.v1', '-'], { input: 'one' });
    const app = shell(
      `printf "x TLS: "; sleep 0.3; echo Enabled; printf "\\033[32mAuthentication\\033[0m: Enabled\\n" >&2; ${STAYS}`,
      {
        secrets: [{ source: 'token', target: 'token' }],
        deploy: { replicas: 2 },
      },
    );
    await deploy('seen', { app }, { secrets: { token: { external: true, name: 'seen_token.v1' } } });
    expect((await wait('seen')).map((outcome) => outcome.kind)).toEqual(['converged']);
    const verify = (change: Partial<StackVerifyOptions>): ReturnType<typeof verifyStack> =>
      verifyStack(engine, {
        stack: 'seen',
        expectations: [
          {
            service: 'app',
            replicas: 2,
            logs: [
              { name: 'TLS', contains: 'TLS: Enabled' },
              { name: 'Authentication', contains: 'Authentication: Enabled' },
            ],
            endpoints: [],
            certificates: [],
            withinSeconds: 60,
            startGraceSeconds: 0,
            needs: undefined,
            looks: { running: true, secrets: true, absent: true, stable: true },
          },
        ],
        ensembles: [],
        keys: { authority: () => undefined, token: () => undefined },
        secrets: {},
        forbidden: {},
        timeoutMs: 180_000,
        clock: systemClock,
        redactor: REDACTOR,
        ...change,
      });
    const good = await verify({ secrets: { app: [{ target: 'token', name: 'seen_token.v1' }] } });
    expect(good.results.filter((result) => result.status !== 'passed')).toEqual([]);
    expect(good.results).toHaveLength(8);
    expect(good.exit).toBe(0);
    const other = await verify({ secrets: { app: [{ target: 'token', name: 'seen_token.v2' }] } });
    expect(other.exit).toBe(5);
    expect(other.results.filter((result) => result.status === 'failed').map((result) => result.detail)).toEqual(
      Array(2).fill('mounts seen_token.v1, the bundle says v2'),
    );
    expect((await verify({ forbidden: { app: ['seen_token.v9'] } })).exit).toBe(5);
    // The new tasks do not print the line that the former ones did. A log of which the driver is not known might be
    // kept nowhere.
    await deploy(
      'seen',
      { app: { ...app, logging: { driver: 'json-file' }, command: ['sh', '-c', STAYS] } },
      { secrets: { token: { external: true, name: 'seen_token.v1' } } },
    );
    await wait('seen');
    expect((await verify({})).exit).toBe(5);
  });

  scenario('what runs has converged: replicas, a global service, none wanted, an update', async () => {
    const services = {
      two: runs({ deploy: { replicas: 2 } }),
      all: runs({ deploy: { mode: 'global' } }),
      none: runs({ deploy: { replicas: 0 } }),
    };
    await deploy('good', services);
    const began = systemClock.now();
    expect(await wait('good')).toMatchObject([
      { service: 'all', kind: 'converged' },
      { service: 'none', kind: 'converged' },
      { service: 'two', kind: 'converged' },
    ]);
    expect(systemClock.now() - began).toBeGreaterThan(5_000);
    await deploy('good', { ...services, two: runs({ environment: { CHANGED: 'yes' }, deploy: { replicas: 2 } }) });
    expect((await wait('good')).map((outcome) => outcome.kind)).toEqual(['converged', 'converged', 'converged']);
  });

  scenario('an image that does not exist, in the registry\u2019s words and not only at the deadline', async () => {
    const began = systemClock.now();
    const outcome = await outcomeOf(
      'noimage',
      { app: { ...runs(), image: `${lab.registry}/nothing:1` } },
      { expectations: [{ service: 'app', startGraceSeconds: 900 }] },
    );
    expect(outcome).toMatchObject({ kind: 'image', node: 'node1' });
    expect(outcome.text).toMatch(/nothing:1.*registry says/);
    expect(systemClock.now() - began).toBeLessThan(40_000);
  });

  scenario('a constraint that no node meets', async () => {
    const outcome = await outcomeOf('nonode', {
      app: runs({ deploy: { placement: { constraints: ['node.labels.no==where'] } } }),
    });
    expect(outcome.kind).toBe('unplaceable');
    expect(outcome.text).toMatch(/scheduling constraints not satisfied on \d node/);
    expect(outcome.text).toContain('node1 lacks node.labels.no==where (not set)');
  });

  scenario('a global service that no node suits', async () => {
    const outcome = await outcomeOf('noglobal', {
      app: runs({ deploy: { mode: 'global', placement: { constraints: ['node.labels.no==where'] } } }),
    });
    expect(outcome).toMatchObject({ kind: 'unplaceable', text: expect.stringContaining('no node is eligible') });
  });

  scenario('a host port that another service holds', async () => {
    const ports = [{ target: 80, published: 18080, mode: 'host' }];
    expect(await outcomeOf('porta', { app: runs({ ports }) })).toMatchObject({ kind: 'converged' });
    expect((await engine.tasks({ stack: 'porta' }))[0]?.hostPorts).toEqual([{ protocol: 'tcp', ...ports[0] }]);
    const outcome = await outcomeOf('portb', { app: runs({ ports }) });
    expect(outcome.kind).toBe('port-conflict');
    expect(outcome.text).toContain('taken by service porta_app');
  });

  scenario('a host port that a process outside the swarm holds', async () => {
    const stop = await listenOn(lab, 'node1', 18090);
    try {
      const outcome = await outcomeOf(
        'portc',
        { app: runs({ ports: [{ target: 80, published: 18090, mode: 'host' }] }) },
        { expectations: [{ service: 'app', startGraceSeconds: 900 }] },
      );
      expect(outcome).toMatchObject({ kind: 'port-taken', node: 'node1' });
    } finally {
      await stop();
    }
  });

  scenario('an update that waits for its predecessor to free the host port is not a failure', async () => {
    const ports = [{ target: 80, published: 18100, mode: 'host' }];
    const stubborn = shell('trap "" TERM; sleep 3600', { ports, stop_grace_period: '9s' });
    expect(await outcomeOf('portd', { app: stubborn })).toMatchObject({ kind: 'converged' });
    const changed = { ...stubborn, environment: { CHANGED: 'yes' } };
    expect(await outcomeOf('portd', { app: changed })).toMatchObject({ kind: 'converged' });
  });

  scenario('a crash loop, with exit code, count and last lines, redacted', async () => {
    const outcome = await outcomeOf('crash', {
      app: shell('echo begin; echo "no store at s3cret-of-the-store" >&2; exit 3'),
    });
    expect(outcome).toMatchObject({
      kind: 'crash-loop',
      node: 'node1',
      logLines: expect.arrayContaining(['begin', 'no store at [redacted]']),
    });
    expect(outcome.text).toMatch(/\d times in a row.*\(3\)/);
  });

  scenario('a crash loop behind a store that runs is told long before the start grace ends', async () => {
    const began = systemClock.now();
    const store = runs({ healthcheck: { test: ['CMD', 'true'], interval: '1s', timeout: '5s', retries: 3 } });
    await deploy('served', { store, app: shell('echo no such table; exit 4') });
    const expectations = [
      { service: 'store', startGraceSeconds: 900, needs: [] },
      { service: 'app', startGraceSeconds: 900, needs: ['store'] },
    ];
    const outcomes = await wait('served', { expectations });
    expect(outcomes).toMatchObject([{ kind: 'converged' }, { kind: 'crash-loop', logLines: ['no such table'] }]);
    expect(systemClock.now() - began).toBeLessThan(120_000);
  });

  scenario('restarts within the start grace are no crash loop', async () => {
    const patient = shell(
      `n=$(cat /n/c 2>/dev/null || echo 0); echo $((n+1)) >/n/c; [ $n -ge 3 ] || exit 1; ${STAYS}`,
      {
        volumes: [{ type: 'volume', source: 'count', target: '/n' }],
      },
    );
    await deploy('grace', { app: patient }, { volumes: { count: {} } });
    expect(await wait('grace', { expectations: [{ service: 'app', startGraceSeconds: 900 }] })).toMatchObject([
      { kind: 'converged' },
    ]);
  });

  scenario('an update whose tasks die after four seconds, and goes on', async () => {
    expect(await update('dies', diesAfter4s('continue', '30s'))).toMatchObject({
      kind: 'crash-loop',
      logLines: ['had enough'],
    });
  });

  scenario('an update whose tasks die after four seconds, and is paused', async () => {
    const outcome = await update('paused', diesAfter4s('pause', '30s'));
    expect(outcome).toMatchObject({ kind: 'update-paused', logLines: ['had enough'] });
    expect(outcome.text).toContain('(9)');
  });

  scenario('an update that the swarm rolled back', async () => {
    const outcome = await update('back', diesAfter4s('rollback', '30s'));
    expect(outcome).toMatchObject({ kind: 'rolled-back', logLines: ['had enough'] });
    expect(outcome.text).toContain('(9)');
  });

  scenario('a health check that never passes', async () => {
    const healthcheck = { test: ['CMD', 'false'], interval: '1s', timeout: '1s', retries: 1 };
    expect(await outcomeOf('sick', { app: runs({ healthcheck }) })).toMatchObject({ kind: 'unhealthy' });
  });

  scenario('a program that takes more memory than its limit', async () => {
    const outcome = await outcomeOf('oom', {
      app: shell('x=abcdefgh; while :; do x=$x$x; done', { deploy: { resources: { limits: { memory: '24M' } } } }),
    });
    expect(outcome).toMatchObject({ kind: 'killed', text: expect.stringContaining('memory limit is 24 MiB') });
  });

  scenario('a bind mount whose source is missing', async () => {
    const volumes = [{ type: 'bind', source: '/no/such/directory', target: '/data' }];
    const outcome = await outcomeOf('nobind', { app: runs({ volumes }) });
    expect(outcome).toMatchObject({
      kind: 'bind-source',
      node: 'node1',
      text: expect.stringContaining('/no/such/directory'),
    });
  });

  scenario('a task that its restart policy leaves dead', async () => {
    const outcome = await outcomeOf('once', {
      app: shell('exit 5', { deploy: { restart_policy: { condition: 'none' } } }),
    });
    expect(outcome).toMatchObject({ kind: 'gave-up', text: expect.stringContaining('(5)') });
  });

  // Alone, as the next one: others may have tasks there.
  test.sequential('a node that is paused keeps its task of a global service, and gets none of another', async () => {
    // Node 2 is killed in the next one: by then each node has the shorter heartbeat, and the swarm notices at once. A
    // busier machine would be late with it.
    await lab.docker('node1', ['swarm', 'update', '--dispatcher-heartbeat', '2s']);
    const everywhere = { app: runs({ deploy: { mode: 'global', placement: {} } }) };
    const both = { kind: 'converged', text: expect.stringContaining('2 of 2') };
    expect(await outcomeOf('paused', everywhere)).toMatchObject(both);
    await lab.docker('node1', ['node', 'update', '--availability', 'pause', 'node2']);
    expect(await wait('paused')).toMatchObject([both]);
    const one = { kind: 'converged', text: expect.stringContaining('1 of 1') };
    expect(await outcomeOf('later', everywhere)).toMatchObject(one);
    await lab.docker('node1', ['node', 'update', '--availability', 'active', 'node2']);
    expect(await wait('later')).toMatchObject([both]);
  });

  test.sequential('a node that is killed while its task starts', async () => {
    await deploy('lost', { app: runs({ deploy: { placement: { constraints: ['node.hostname==node2'] } } }) });
    const waiting = wait('lost', {});
    await lab.kill('node2');
    // Before the swarm notices, the task seems to run and its log is silent; none of it may count.
    const [outcome] = await waiting;
    expect(outcome).toMatchObject({ kind: 'node-lost', text: expect.stringContaining('node2 is down') });
  });
});
