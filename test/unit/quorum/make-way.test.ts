import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import type { ComposeService } from '../../../src/compose/types.ts';
import { BundleError } from '../../../src/errors.ts';
import type { SwarmTask } from '../../../src/engine/port.ts';
import type { Plan } from '../../../src/plan/changes.ts';
import { desiredSpecs } from '../../../src/plan/convert.ts';
import type { LabelChange } from '../../../src/plan/labels.ts';
import { Account } from '../../../src/quorum/account.ts';
import { makeWay } from '../../../src/quorum/make-way.ts';
import type { WayOptions } from '../../../src/quorum/options.ts';
import type { Ensemble } from '../../../src/sdk/definition.ts';
import { soleOwnersOf } from '../../../src/swarm/former-tasks.ts';
import { createRedactor } from '../../../src/ui/redact.ts';
import { deploy, service, stackDocument } from '../compose/documents.ts';
import { FakeSwarm } from '../converge/fake-swarm.ts';
import { VirtualClock } from '../converge/virtual-clock.ts';
import { changes } from './fake-ensemble.ts';

const app = (more: Partial<ComposeService> = {}): ComposeService =>
  service({
    hostname: 'app',
    stopGracePeriod: '2h',
    volumes: [{ type: 'volume', source: 'app-data', target: '/data' }],
    ...more,
  });

/** A stack that was deployed with these services, and is deployed with them again. */
class Way {
  readonly clock = new VirtualClock();
  readonly swarm = new FakeSwarm(this.clock);
  readonly steps: string[] = [];
  readonly progress: string[] = [];
  /** What each call of docker says of its services: their counts. */
  readonly sent: Record<string, unknown>[] = [];
  /** Seconds until labels move. */
  movedAt = Number.NaN;
  labels: LabelChange[] = [];
  readonly #document;

  constructor(services: Record<string, ComposeService>) {
    const names = Object.values(services).flatMap(({ volumes = [] }) => volumes.map(({ source }) => source));
    this.#document = stackDocument({ services, volumes: Object.fromEntries(names.map((name) => [name, {}])) });
    for (const [name, { spec }] of Object.entries(desiredSpecs('prod', this.#document))) {
      const grace = spec.TaskTemplate?.ContainerSpec?.StopGracePeriod ?? 10e9;
      const live = this.swarm.service(name, { spec: spec as Record<string, unknown>, stopGraceSeconds: grace / 1e9 });
      this.swarm.task(live, { spec: spec.TaskTemplate as Record<string, unknown> });
    }
  }

  task(name: string): SwarmTask {
    const found = this.swarm.tasks.find(({ serviceId }) => serviceId === `sid-${name}`);
    if (found === undefined) throw new Error(`${name} has no task`);
    return found;
  }

  /** The service is gone; its task was told to stop and does so until then. */
  removed(name: string, endsAt = Infinity): SwarmTask {
    const task = this.task(name);
    this.swarm.services = this.swarm.services.filter(({ id }) => id !== task.serviceId);
    task.desiredState = 'remove';
    if (Number.isFinite(endsAt)) this.swarm.at(endsAt, () => this.swarm.enter(task, 'shutdown'));
    return task;
  }

  /** All that may start by the portion, and when: `app@20`. */
  readonly portions: string[] = [];
  onPortion: (services: string[]) => void = () => undefined;
  onStop: (service: string) => void = () => undefined;
  /** In the order of an update. */
  groups: string[][] = [];

  /** @param words as of `changes`; all of them are deployed. Gives those that were stopped. */
  async make(words: readonly string[], more: Partial<Pick<WayOptions, 'stopMs'>> & { timeoutMs?: number } = {}) {
    const services = changes(...words);
    const { timeoutMs = 300_000, ...rest } = more;
    const stopped: string[] = [];
    const way = makeWay(
      services.map(({ name }) => name),
      {
        engine: {
          ...this.swarm.engine(),
          deployStack: async (_name, text) => {
            const { services: said } = parse(text) as { services: Record<string, { deploy: { replicas: number } }> };
            this.sent.push(Object.fromEntries(Object.entries(said).map(([name, one]) => [name, one.deploy.replicas])));
            for (const name of Object.keys(said)) this.onStop(name);
          },
          updateNodeLabels: async () => {
            this.movedAt = this.clock.elapsed() / 1000;
          },
        },
        document: this.#document,
        ensembles: this.groups.map((services) => ({ services, isMember: () => false })) as unknown as Ensemble[],
        plan: { services, labels: this.labels } as unknown as Plan,
        environment: {},
        owners: soleOwnersOf(
          Object.entries(desiredSpecs('prod', this.#document)).map(([name, { spec }]) => [name, spec] as const),
        ),
        account: new Account([]),
        onStep: (line) => this.steps.push(line),
        onLine: () => undefined,
        converge: {
          ...{ stack: 'prod', clock: this.clock, timeoutMs, redactor: createRedactor([]), expectations: [] },
          onProgress: (services) => this.progress.push(...services.map(({ name, phase }) => `${name} ${phase}`)),
        },
        ...rest,
      },
    );
    for await (const portion of way) {
      this.portions.push(`${portion.services.join(' ')}@${String(this.seconds)}`);
      stopped.push(...portion.stopped);
      this.onPortion(portion.services);
    }
    return stopped;
  }

  get seconds(): number {
    return this.clock.elapsed() / 1000;
  }
}

/** A member that moves from node1 to node2; its task ends after so many seconds. Gives when the labels moved. */
async function moved(endsAfter: number, onSwarm: (swarm: FakeSwarm) => void): Promise<number> {
  const way = new Way({ app: app() });
  const task = way.task('app');
  way.swarm.at(endsAfter, () => way.swarm.enter(task, 'shutdown'));
  onSwarm(way.swarm);
  way.labels = (['remove node1', 'add node2'] as const).map((words) => {
    const [action, node] = words.split(' ') as ['add' | 'remove', string];
    return { action, node, nodeId: `id-${node}`, key: 'bundle.prod.app', when: 'move', services: ['app'], reason: '' };
  });
  expect(await way.make(['app restart'])).toEqual(['app']);
  expect(way.steps[0]).toBe('· stop app on node1');
  return way.movedAt;
}

describe('a member that moves is started elsewhere', () => {
  it('once its task has ended', async () => {
    expect(await moved(20, () => undefined)).toBe(20);
  });

  it('not before, though its node is not heard of for a moment, as after an election', async () => {
    expect(
      await moved(20, (swarm) => {
        swarm.nodes[0]!.state = 'unknown';
        swarm.at(8, () => (swarm.nodes[0]!.state = 'ready'));
      }),
    ).toBe(20);
  });

  it('not before, though the engine is away for some seconds: it is down by then', async () => {
    expect(
      await moved(40, (swarm) => {
        swarm.at(5, () => {
          swarm.trouble = () => Promise.reject(new BundleError('engine-unreachable', 'no leader'));
          void swarm.clock.sleep(20_000).then(() => (swarm.trouble = undefined));
        });
      }),
    ).toBe(40);
  });

  it('as soon as its node is down, of which nobody can tell', async () => {
    expect(
      await moved(200, (swarm) => {
        swarm.nodes[0]!.state = 'unknown';
        swarm.at(30, () => (swarm.nodes[0]!.state = 'down'));
      }),
    ).toBe(30);
  });
});

describe('a task that an update replaces', () => {
  it('is stopped and awaited if it may stop for longer than a minute, beyond the time-out', async () => {
    const way = new Way({ app: app() });
    way.swarm.at(3_600, () => way.swarm.enter(way.task('app'), 'shutdown'));
    expect(await way.make(['app restart'])).toEqual(['app']);
    expect(way.sent).toEqual([{ app: 0 }]);
    expect(way.steps).toEqual(['· stop app']);
    expect(way.seconds).toBeGreaterThanOrEqual(3_600);
    expect(way.seconds).toBeLessThan(3_603);
    expect(new Set(way.progress)).toEqual(new Set(['app stops on node1, which may take up to 2 h']));
  });

  it('is awaited no longer than its grace, and a minute', async () => {
    const way = new Way({ app: app() });
    await expect(way.make(['app restart'])).rejects.toMatchObject({ code: 'still-stopping', exit: 4 });
    expect(way.seconds).toBe(7_260);
  });

  it('is awaited no longer than --timeout', async () => {
    const way = new Way({ app: app() });
    await expect(way.make(['app restart'], { stopMs: 30_000 })).rejects.toMatchObject({
      message: 'app: still stopping on node1, which may take up to 2 h, so not started yet',
      midway: [expect.stringContaining('with a longer --timeout')],
    });
    expect(way.seconds).toBe(30);
  });

  it('is stopped in one call with the others that restart at the same moment', async () => {
    const way = new Way({ app: app(), db: app({ hostname: 'db', volumes: [] }) });
    for (const name of ['app', 'db']) way.swarm.at(90, () => way.swarm.enter(way.task(name), 'shutdown'));
    expect(await way.make(['app restart', 'db restart'])).toEqual(['app', 'db']);
    expect(way.sent).toEqual([{ app: 0, db: 0 }]);
    expect(way.seconds).toBe(90);
  });

  it.each<[string, Partial<ComposeService>, string]>([
    ['ends within the minute', { stopGracePeriod: '60s' }, 'app restart'],
    [
      'is to run on beside the new one',
      { deploy: deploy({ update: { ...deploy({}).update!, order: 'start-first' } }) },
      'app restart',
    ],
    ['is one of several', { deploy: deploy({ replicas: 2 }) }, 'app restart'],
    ['has nothing of its own', { hostname: undefined as never, volumes: [] }, 'app restart'],
    ['is kept', {}, 'app update'],
  ])('is left to the swarm if it %s', async (_what, more, words) => {
    const way = new Way({ app: app(more) });
    expect(await way.make([words])).toEqual([]);
    expect([way.sent, way.steps, way.seconds]).toEqual([[], [], 0]);
  });

  it('has a bound directory of the host for its own as well', async () => {
    const way = new Way({
      app: app({ hostname: undefined as never, volumes: [{ type: 'bind', source: '/d', target: '/d' }] }),
    });
    way.swarm.at(1, () => way.swarm.enter(way.task('app'), 'shutdown'));
    expect(await way.make(['app restart'])).toEqual(['app']);
  });
});

describe('a task that was told to stop before', () => {
  it.each(['app create', 'app restart'])('is awaited before another one starts in its place: %s', async (words) => {
    const way = new Way({ app: app({ stopGracePeriod: '50s' }) });
    way.removed('app', 40);
    expect(await way.make([words])).toEqual([]);
    expect(way.steps).toEqual(['· wait: a task in the place of app still stops on node1, which may take up to 50 s']);
    expect(way.seconds).toBe(40);
  });

  it('keeps what would start there from it', async () => {
    const way = new Way({ app: app() });
    way.removed('app');
    await expect(way.make(['app create'], { stopMs: 20_000 })).rejects.toMatchObject({
      code: 'still-stopping',
      message: 'app: still stopping on node1, which may take up to 2 h, so not started yet',
    });
  });

  it('is known by a volume, too', async () => {
    const way = new Way({ app: app({ hostname: undefined as never }) });
    way.removed('app', 20);
    await way.make(['app create']);
    expect(way.seconds).toBe(20);
  });

  it('is not awaited by others, though they share a volume with it', async () => {
    const volumes: ComposeService['volumes'] = [{ type: 'volume', source: 'shared', target: '/shared' }];
    const way = new Way({ app: app({ volumes }), other: app({ hostname: 'other', volumes }) });
    way.removed('app');
    await way.make(['other create']);
    expect(way.seconds).toBe(0);
  });

  it('is not awaited by what does not start, nor on a node that is down, nor if it has ended', async () => {
    const kept = new Way({ app: app() });
    kept.removed('app');
    await kept.make(['app update']);
    const down = new Way({ app: app() });
    down.removed('app');
    down.swarm.nodes[0]!.state = 'down';
    await down.make(['app create']);
    const ended = new Way({ app: app() });
    ended.swarm.enter(ended.removed('app'), 'shutdown');
    await ended.make(['app create']);
    expect([kept, down, ended].map(({ seconds }) => seconds)).toEqual([0, 0, 0]);
  });
});

describe('of services that are deployed at the same moment', () => {
  const member = (hostname: string): ComposeService => app({ hostname, volumes: [] });
  const three = (): Way => new Way({ app: member('app'), db: member('db'), web: member('web') });
  const ends = (way: Way, ...times: [name: string, seconds: number][]): void => {
    for (const [name, at] of times) {
      const task = way.task(name);
      way.swarm.at(at, () => way.swarm.enter(task, 'shutdown'));
    }
  };

  it('each starts as soon as its own task has ended, and what has none open at once', async () => {
    const way = three();
    ends(way, ['app', 90], ['db', 5]);
    expect(await way.make(['app restart', 'db restart', 'web update', 'new create'])).toEqual(['db', 'app']);
    expect(way.sent).toEqual([{ app: 0, db: 0 }]);
    expect(way.portions).toEqual(['web new@0', 'db@5', 'app@90']);
  });

  it('what has started is not waited for, and those that end together start together', async () => {
    const way = three();
    ends(way, ['app', 10], ['db', 5], ['web', 10]);
    way.onPortion = ([name = '']) => {
      const service = way.swarm.services.find(({ id }) => id === `sid-${name}`);
      if (service !== undefined) way.swarm.task(service);
    };
    await way.make(['app restart', 'db restart', 'web restart']);
    expect(way.portions).toEqual(['db@5', 'app web@10']);
  });

  it('those of one label go together, once it has moved', async () => {
    const way = three();
    ends(way, ['app', 30], ['db', 10], ['web', 5]);
    way.labels = [
      ...(['remove node1', 'add node2'] as const).map((words): LabelChange => {
        const [action, node] = words.split(' ') as ['add' | 'remove', string];
        const key = 'bundle.prod.app';
        return { action, node, nodeId: `id-${node}`, key, when: 'move', services: ['app', 'db'], reason: '' };
      }),
    ];
    const moved: number[] = [];
    way.onPortion = () => void moved.push(way.movedAt);
    await way.make(['app restart', 'db restart', 'web restart']);
    expect(way.portions).toEqual(['web@5', 'app db@30']);
    expect(moved).toEqual([Number.NaN, 30]);
  });

  it('new members of a quorum group do not start before those that have its data', async () => {
    const way = three();
    ends(way, ['app', 30]);
    way.groups = [['app', 'db']];
    way.removed('db', 1);
    await way.make(['app restart', 'db create', 'web update']);
    expect(way.portions).toEqual(['web@0', 'app db@30']);
  });

  it('those that do not end in time keep none of the others', async () => {
    const way = three();
    ends(way, ['db', 5]);
    await expect(way.make(['app restart', 'db restart'], { stopMs: 30_000 })).rejects.toMatchObject({
      code: 'still-stopping',
      message: 'app: still stopping on node1, which may take up to 2 h, so not started yet',
    });
    expect(way.portions).toEqual(['db@5']);
  });
});

describe('of several quorum groups that restart at the same moment, those that an update comes to later', () => {
  const GRACE = { fast: '10s', slow: '5m' } as const;
  /** Controllers, which an update comes to first, and brokers. */
  function cluster(grace: keyof typeof GRACE = 'slow'): Way {
    const member = (hostname: string): ComposeService => app({ hostname, volumes: [], stopGracePeriod: GRACE[grace] });
    const way = new Way({ c1: member('c1'), c2: member('c2'), b1: member('b1'), b2: member('b2'), web: member('web') });
    way.groups = [
      ['c1', 'c2'],
      ['b1', 'b2'],
    ];
    return way;
  }
  /** Each ends so many seconds after it is told to stop. */
  function endsAfter(way: Way, seconds: Record<string, number>): void {
    way.onStop = (name) => {
      const after = seconds[name];
      const task = way.task(name);
      if (after !== undefined) way.swarm.at(way.seconds + after, () => way.swarm.enter(task, 'shutdown'));
    };
  }
  const ALL = ['c1 restart', 'c2 restart', 'b1 restart', 'b2 restart'];

  it.each(['slow', 'fast'] as const)('have ended before the others are stopped: %s ones', async (grace) => {
    const way = cluster(grace);
    endsAfter(way, { b1: 4, b2: 6, c1: 2, c2: 3 });
    expect((await way.make(ALL)).sort()).toEqual(['b1', 'b2', 'c1', 'c2']);
    expect(way.sent).toEqual([
      { b1: 0, b2: 0 },
      { c1: 0, c2: 0 },
    ]);
    expect(way.steps).toEqual(['· stop b1, b2', '· stop c1, c2']);
    // A controller starts as soon as it has ended, and a broker once all of them have.
    expect(way.portions).toEqual(['c1@8', 'c2 b1 b2@9']);
  });

  it('are not waited for by what is in no group', async () => {
    const way = cluster();
    endsAfter(way, { b1: 40, b2: 60, c1: 2, c2: 3, web: 5 });
    await way.make([...ALL, 'web restart', 'new create']);
    expect(way.sent[0]).toEqual({ b1: 0, b2: 0, web: 0 });
    expect(way.portions.slice(0, 2)).toEqual(['new@0', 'web@5']);
  });

  it('have ended, also if an earlier run stopped them', async () => {
    const way = cluster('fast');
    endsAfter(way, { c1: 1, c2: 1 });
    for (const name of ['b1', 'b2']) {
      const task = way.task(name);
      task.desiredState = 'shutdown';
      way.swarm.at(20, () => way.swarm.enter(task, 'shutdown'));
      way.swarm.services.find(({ id }) => id === `sid-${name}`)!.mode.replicas = 0;
    }
    await way.make(['c1 restart', 'c2 restart', 'b1 start', 'b2 start']);
    expect(way.sent).toEqual([{ c1: 0, c2: 0 }]);
    expect(way.portions).toEqual(['c1 c2 b1 b2@21']);
  });

  it('keep none that stands at 0 from its start', async () => {
    const way = cluster();
    for (const name of ['c1', 'c2', 'b1', 'b2']) {
      const task = way.task(name);
      task.desiredState = 'shutdown';
      way.swarm.at(name.startsWith('c') ? 0 : 90, () => way.swarm.enter(task, 'shutdown'));
      way.swarm.services.find(({ id }) => id === `sid-${name}`)!.mode.replicas = 0;
    }
    await way.make(['c1 start', 'c2 start', 'b1 start', 'b2 start']);
    expect(way.sent).toEqual([]);
    expect(way.portions).toEqual(['c1 c2@0', 'b1 b2@90']);
  });

  it('leave the others as they run if they do not end in time', async () => {
    const way = cluster();
    endsAfter(way, { b1: 4 });
    await expect(way.make(ALL, { stopMs: 30_000 })).rejects.toMatchObject({
      code: 'still-stopping',
      message: 'b2: still stopping on node1, which may take up to 5 min, so not started yet',
    });
    expect(way.sent).toEqual([{ b1: 0, b2: 0 }]);
  });

  it('have the time that --timeout says for themselves, and so have the others', async () => {
    const way = cluster();
    endsAfter(way, { b1: 20, b2: 25, c1: 20, c2: 25 });
    await way.make(ALL, { stopMs: 30_000 });
    expect(way.seconds).toBe(50);
  });
});
