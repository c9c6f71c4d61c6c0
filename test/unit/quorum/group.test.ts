import { describe, expect, it } from 'vitest';
import { EXIT, type BundleError } from '../../../src/errors.ts';
import type { ServiceChange } from '../../../src/plan/changes.ts';
import { deploy } from '../compose/documents.ts';
import { changes, FakeEnsemble, reserving } from './fake-ensemble.ts';

const AGENTS = ['data-1', 'data-2', 'query-1', 'master-1'];
const ROLLING = [
  { name: 'manager', title: 'manager', services: ['manager'] },
  { name: 'data', title: 'data agents', services: ['data-1', 'data-2', 'data-3'] },
  { name: 'query', title: 'query agents', services: ['query-1'] },
  { name: 'master', title: 'master agents', services: ['master-1'] },
];
const failure = (promise: Promise<void>): Promise<BundleError> =>
  promise.then(
    () => {
      throw new Error('it went well');
    },
    (error: unknown) => error as BundleError,
  );

/** A cluster whose services all run, without an ensemble. */
function cluster(): FakeEnsemble {
  const fake = new FakeEnsemble([], 0).runs('manager', ...AGENTS);
  fake.rolling = ROLLING;
  return fake;
}
/** What restarts; of the rest, what runs is unchanged. */
const plan = (...words: string[]): ServiceChange[] => {
  const named = new Set(words.map((word) => word.split(' ')[0]));
  return changes(
    ...['manager', ...AGENTS].filter((name) => !named.has(name)).map((name) => `${name} unchanged`),
    ...words,
  );
};
const ALL = AGENTS.map((name) => `${name} restart`);

describe('services of rolling groups', () => {
  it('go one after the other, group after group in the definition’s order, whatever the document’s', async () => {
    const fake = cluster();
    await fake.roll(plan(...[...ALL].reverse(), 'manager restart'));
    expect(fake.deployed).toEqual([['manager'], ['data-1'], ['data-2'], ['query-1'], ['master-1']]);
    expect(fake.steps).toContain('· update data-2 (data agents)');
    expect(fake.steps).toContain('data-1: passed: TLS');
  });

  it('come after what is created or changes in place, in one call that is not waited for', async () => {
    const fake = cluster();
    fake.onDeploy = (names) => {
      if (names.includes('data-3')) fake.swarm.enter(fake.task('data-3'), 'preparing');
    };
    await fake.roll(plan('data-1 restart', 'data-3 create', 'manager update'));
    expect(fake.deployed).toEqual([['data-3', 'manager'], ['data-1']]);
  });

  it('come after what is in no group, which must run first', async () => {
    const fake = cluster().runs('app');
    fake.onDeploy = (names) => {
      if (names.includes('app')) fake.swarm.enter(fake.task('app'), 'preparing');
    };
    const error = await failure(fake.roll(plan('app restart', 'data-1 restart'), { timeoutMs: 30_000 }));
    expect(error).toMatchObject({ code: 'not-converged', exit: EXIT.notConverged });
    expect(error.message.split('\n').slice(-2)).toEqual(['  updated, not proved: app', '  not touched: data-1']);
    expect(fake.deployed).toEqual([['app']]);
  });

  it('are given the time-out each', async () => {
    const fake = cluster();
    fake.onDeploy = ([name = '']) => {
      const task = fake.task(name);
      fake.swarm.enter(task, 'preparing');
      void fake.clock.sleep(25_000).then(() => fake.swarm.enter(task, 'running'));
    };
    await fake.roll(plan(...ALL), { timeoutMs: 40_000 });
    expect(fake.clock.elapsed()).toBeGreaterThan(100_000);
    expect(fake.deployed).toEqual(AGENTS.map((name) => [name]));
  });

  it('restart together where a shared secret changes; the others still roll', async () => {
    const fake = cluster();
    fake.policy = { joint: new Map(['manager', 'data-1', 'data-2'].map((name) => [name, ['token']])) };
    await fake.roll(plan(...ALL, 'manager restart'));
    expect(fake.deployed.map((names) => [...names].sort())).toEqual([
      ['data-1', 'data-2', 'manager'],
      ['query-1'],
      ['master-1'],
    ]);
  });

  it('restart in one call with --at-once', async () => {
    const fake = cluster();
    fake.policy = { atOnce: true };
    await fake.roll(plan(...ALL));
    expect(fake.deployed).toEqual([AGENTS]);
    expect(fake.looked).toEqual([]);
  });
});

describe('services that move along a chain', () => {
  it('go first whose new place is free, be they of a group or of a quorum', async () => {
    const at = (host: string) => ({
      deploy: deploy({ constraints: [`node.hostname == ${host}`] }),
      ports: [{ target: 80, published: 8080, protocol: 'tcp' as const, mode: 'host' as const }],
    });
    const port = { published: 8080, target: 80, protocol: 'tcp' as const, mode: 'host' as const };
    const chain = (fake: FakeEnsemble, [first, second]: readonly [string, string]): FakeEnsemble => {
      fake.wanted.set(first, at('node2')).set(second, at('node3'));
      for (const [name, host] of [
        [first, 'node1'],
        [second, 'node2'],
      ] as const)
        Object.assign(fake.task(name), { nodeId: `id-${host}`, hostPorts: [port] });
      return fake;
    };
    const group = chain(cluster(), ['data-1', 'data-2']);
    await group.roll(plan('data-1 restart', 'data-2 restart'));
    expect(group.deployed).toEqual([['data-2'], ['data-1']]);

    const quorum = chain(new FakeEnsemble(['follower', 'leader', 'follower'], 3), ['zookeeper-1', 'zookeeper-2']);
    await quorum.roll(changes('zookeeper-1 restart', 'zookeeper-2 restart', 'zookeeper-3 unchanged'));
    expect(quorum.deployed).toEqual([['zookeeper-2'], ['zookeeper-1']]);
  });
});

describe('the gate', () => {
  it('stops at the first service whose checks fail, and leaves the others alone', async () => {
    const fake = cluster();
    fake.onDeploy = ([name = '']) =>
      fake.checks.set(name, [
        { check: 'TLS', status: 'failed', detail: 'no such line' },
        { check: 'health', status: 'passed', detail: '200' },
      ]);
    const error = await failure(fake.roll(plan(...ALL)));
    expect(error).toMatchObject({
      code: 'roll-stopped',
      exit: EXIT.notConverged,
      hints: [expect.stringContaining('run the same command again')],
      midway: [expect.stringContaining('run the same command again')],
    });
    expect(error.message.split('\n')).toEqual([
      'data agents: stopped at data-1: it runs, and does not pass its checks: TLS: no such line',
      '  updated, not proved: data-1',
      '  not touched: data-2, query-1, master-1',
    ]);
    expect(fake.deployed).toEqual([['data-1']]);
  });

  it('is told what is still to be updated', async () => {
    const fake = cluster();
    await fake.roll(plan('manager restart', ...ALL));
    expect(fake.pending).toEqual([['manager', ...AGENTS], AGENTS, AGENTS.slice(1), AGENTS.slice(2), AGENTS.slice(3)]);
  });

  it('stops where a task does not run, with what convergence found', async () => {
    const fake = cluster();
    fake.onDeploy = ([name = '']) => {
      if (name === 'data-2') fake.swarm.enter(fake.task(name), 'preparing');
    };
    const error = await failure(fake.roll(plan(...ALL), { timeoutMs: 30_000 }));
    expect(error).toMatchObject({ code: 'roll-stopped', exit: EXIT.notConverged });
    expect(error.message).toContain('data agents: stopped at data-2: prod: 1 of 1 services do not run as they should');
    expect(error.message.split('\n').slice(-3)).toEqual([
      '  updated and well: data-1',
      '  updated, not proved: data-2',
      '  not touched: query-1, master-1',
    ]);
    expect(fake.deployed).toEqual([['data-1'], ['data-2']]);
  });

  it.each([
    ['not-run', 'not asked: registered'],
    ['unsure', 'could not be told: registered'],
  ] as const)('lets a check that is %s pass, and says so', async (status, words) => {
    const fake = cluster();
    for (const name of AGENTS)
      fake.checks.set(name, [
        { check: 'TLS', status: 'passed', detail: '' },
        { check: 'registered', status, detail: 'nobody can ask' },
      ]);
    await fake.roll(plan(...ALL));
    expect(fake.deployed).toHaveLength(4);
    expect(fake.steps).toContain(`data-1: passed: TLS; ${words}`);
  });

  it('says what was done and what was not where it is interrupted', async () => {
    const fake = cluster();
    const stop = new AbortController();
    fake.onDeploy = ([name]) => {
      if (name === 'data-2') stop.abort();
    };
    const error = await failure(fake.roll(plan(...ALL), { signal: stop.signal }));
    expect(error).toMatchObject({ code: 'interrupted', exit: EXIT.interrupted });
    expect(error.message.split('\n')).toEqual([
      'stopped in the middle of the deployment of prod',
      '  updated and well: data-1',
      '  updated, not proved: data-2',
      '  not touched: query-1, master-1',
    ]);
  });
});

describe('a service that finds no place before another one restarts', () => {
  /** With a query agent that holds what a data agent needs, until it restarts. */
  const exchange = (): FakeEnsemble => {
    const fake = cluster();
    fake.wanted.set('data-1', reserving('1.5G')).set('query-1', reserving('256M'));
    fake.holdsHalf('query-1');
    return fake;
  };
  const HINTS = [
    'data-1 finds no node before query-1 restarts, which is done only once data-1 runs: a deployment stops there; ' +
      'node1 has 1 GiB of 2 GiB memory left, and it reserves 1.5 GiB',
    'deploy --at-once, which restarts them at the same moment; or change bundle.yaml in two steps, with a deployment ' +
      'after each: first what frees the place (query-1), then the rest',
  ];

  it('stops the roll, which says who holds the place and what to do', async () => {
    const fake = exchange();
    fake.onDeploy = () => fake.findsNone('data-1');
    const error = await failure(fake.roll(plan('data-1 restart', 'query-1 restart')));
    expect(error).toMatchObject({ code: 'roll-stopped', exit: EXIT.notConverged });
    expect(error.message).toContain('data agents: stopped at data-1:');
    expect(error.hints.slice(0, 2)).toEqual(HINTS);
    // That would stop there again.
    expect(error.hints.join()).not.toContain('run the same command again');
    expect(fake.deployed).toEqual([['data-1']]);
  });

  it('stops the next run too, with the same words', async () => {
    const fake = exchange();
    fake.findsNone('data-1');
    const error = await failure(fake.roll(plan('query-1 restart')));
    expect(error.message).toContain('stopped at data-1: it is not well, and this deployment does not change it');
    expect(error.hints.slice(0, 2)).toEqual(HINTS);
    expect(error.hints.join()).not.toContain('put data-1 right first');
    expect(fake.deployed).toEqual([]);
  });

  it('stops what restarts at the same moment before groups, and says the same', async () => {
    const fake = exchange().runs('app');
    fake.wanted.set('app', reserving('1.5G'));
    fake.onDeploy = () => fake.findsNone('app');
    const error = await failure(fake.roll(plan('app restart', 'query-1 restart')));
    expect(error.code).toBe('not-converged');
    expect(error.hints.slice(0, 2)).toEqual(HINTS.map((hint) => hint.replaceAll('data-1', 'app')));
  });

  it('is told as ever if nobody who is still to restart holds it', async () => {
    const fake = exchange();
    const stranger = fake.swarm.service('stranger');
    fake.swarm.task(stranger, { spec: fake.task('query-1').spec });
    fake.task('query-1').spec = {};
    fake.onDeploy = () => fake.findsNone('data-1');
    const error = await failure(fake.roll(plan('data-1 restart', 'query-1 restart')));
    expect(error.hints.join()).not.toContain('finds no node before');
    expect(error.midway).toEqual([expect.stringContaining('run the same command again')]);
  });
});

describe('what nobody waits for', () => {
  it('is left to the end of the deployment: the checks of the last one, and all of one that restarts alone', async () => {
    const fake = cluster();
    fake.onDeploy = ([name = '']) =>
      fake.checks.set(name, [{ check: 'TLS', status: name === 'query-1' ? 'failed' : 'passed', detail: '' }]);
    await fake.roll(plan('data-1 restart', 'query-1 restart'));
    expect(fake.looked.at(-1)).toEqual(['data-1']);
    const alone = cluster();
    alone.onDeploy = ([name = '']) => alone.swarm.enter(alone.task(name), 'preparing');
    await alone.roll(plan('manager restart'));
    expect([alone.deployed, alone.clock.elapsed()]).toEqual([[['manager']], 0]);
  });
});

describe('a roll that goes on', () => {
  it('takes those that are not well first', async () => {
    const fake = cluster();
    fake.swarm.enter(fake.task('data-2'), 'failed');
    await fake.roll(plan(...ALL));
    expect(fake.deployed).toEqual([['data-2'], ['data-1'], ['query-1'], ['master-1']]);
    expect(fake.steps).toContain('not well, and therefore first: data-2');
  });

  it('takes one first that runs and does not pass its checks', async () => {
    const fake = cluster();
    fake.checks.set('data-2', [{ check: 'health', status: 'failed', detail: 'closed' }]);
    fake.onDeploy = ([name = '']) => fake.checks.delete(name);
    await fake.roll(plan(...ALL));
    expect(fake.deployed[0]).toEqual(['data-2']);
  });

  it('does not take a mount that the update is to change for a fault', async () => {
    const fake = cluster();
    fake.checks.set('data-2', [{ check: 'secrets', status: 'failed', detail: 'mounts v1, the bundle says v2' }]);
    fake.onDeploy = ([name = '']) => fake.checks.delete(name);
    await fake.roll(plan(...ALL));
    expect(fake.deployed[0]).toEqual(['data-1']);
  });

  it('waits for one that the killed run left starting, in the same group or in one before', async () => {
    for (const [left, ...rest] of [
      ['data-1', 'data-2 restart', 'query-1 restart'],
      ['data-2', 'query-1 restart', 'master-1 restart'],
    ] as const) {
      const fake = cluster();
      const task = fake.task(left);
      fake.swarm.enter(task, 'preparing');
      let upAt = Infinity;
      void fake.clock.sleep(20_000).then(() => {
        fake.swarm.enter(task, 'running');
        upAt = fake.clock.elapsed();
      });
      let firstAt = 0;
      fake.onDeploy = () => {
        firstAt ||= fake.clock.elapsed();
      };
      await fake.roll(plan(...rest));
      expect(fake.steps[0]).toBe(`waiting for ${left}, which is not well: running: the task is preparing`);
      expect(firstAt, left).toBeGreaterThan(upAt);
      expect(fake.deployed.flat()).toEqual(rest.map((word) => word.split(' ')[0]));
    }
  });

  it('takes nothing down while another of the group stays away, and says what to do', async () => {
    const fake = cluster();
    fake.swarm.enter(fake.task('data-1'), 'preparing');
    const error = await failure(fake.roll(plan('data-2 restart'), { timeoutMs: 30_000 }));
    expect(error).toMatchObject({ code: 'roll-stopped', exit: EXIT.notConverged });
    expect(error.message).toContain(
      'stopped at data-1: it is not well, and this deployment does not change it; data-2 must not go down as well',
    );
    expect(error.hints.join()).toContain('--at-once');
    expect(error.midway).toEqual([]);
    expect(fake.deployed).toEqual([]);
  });

  it('is not held up by what comes after it, nor by a check that fails in a group before it', async () => {
    const later = cluster();
    for (const name of AGENTS) later.swarm.enter(later.task(name), 'preparing');
    await later.roll(plan('manager restart'));
    expect(later.deployed).toEqual([['manager']]);
    const before = cluster();
    before.checks.set('manager', [{ check: 'https', status: 'failed', detail: 'another certificate' }]);
    await before.roll(plan('data-1 restart'));
    expect(before.deployed).toEqual([['data-1']]);
  });
});

describe('a former task that an update before the deployment left behind', () => {
  /** Beside the task of a service that the deployment does not touch. */
  const left = (name: string) => {
    const fake = cluster().slow(name, 0, 86_400);
    const { services, clock } = fake.swarm;
    const app = services.find(({ id }) => id === `sid-${name}`)!;
    const former = fake.swarm.task(app, { image: 'old', desiredState: 'shutdown', spec: fake.task(name).spec });
    // Its successor comes first again.
    fake.swarm.tasks.push(...fake.swarm.tasks.splice(0, 1));
    const detail = 'two at a time: its former task still stops on node1';
    fake.checks.set(name, [{ check: 'tasks', status: 'unsure', detail }]);
    const start = { services: structuredClone(services), at: clock.now() + 1 };
    const roll = (...words: string[]) =>
      fake.roll(plan(...words), { timeoutMs: 30_000, before: start.services, start });
    return { fake, former, roll };
  };
  const TOLD = 'waiting for data-1, which is not well: tasks: two at a time: its former task still stops on node1';

  it('does not hold up another group', async () => {
    const { fake, roll } = left('data-1');
    await roll('query-1 restart');
    expect(fake.deployed).toEqual([['query-1']]);
    expect(fake.clock.elapsed()).toBe(0);
    expect(fake.steps.join()).not.toContain('waiting for');
  });

  it('nor if its service still comes up: that is waited for, and no more', async () => {
    const { fake, roll } = left('data-1');
    const task = fake.task('data-1');
    fake.swarm.enter(task, 'preparing');
    fake.swarm.at(10, () => fake.swarm.enter(task, 'running'));
    await roll('query-1 restart');
    expect(fake.deployed).toEqual([['query-1']]);
    expect(fake.clock.elapsed()).toBeLessThan(25_000);
  });

  it('holds up its own: another one down would be two', async () => {
    const { fake, roll } = left('data-1');
    const error = await failure(roll('data-2 restart'));
    expect(error).toMatchObject({ code: 'roll-stopped' });
    expect(error.message).toContain('running, but its former task still stops on node1');
    expect(fake.steps).toContain(TOLD);
    expect(fake.deployed).toEqual([]);
  });

  it('until it has ended', async () => {
    const { fake, former, roll } = left('data-1');
    fake.swarm.at(20, () => {
      fake.swarm.enter(former, 'shutdown');
      fake.checks.delete('data-1');
    });
    await roll('data-2 restart');
    expect(fake.steps).toContain(TOLD);
    expect(fake.deployed).toEqual([['data-2']]);
    expect(fake.clock.elapsed()).toBeGreaterThanOrEqual(20_000);
  });

  it('makes its service the last to restart: what is down goes first, and then what starts again at once', async () => {
    const { fake, roll } = left('data-1');
    await failure(roll('data-1 restart', 'data-2 restart'));
    expect(fake.deployed).toEqual([['data-2']]);
    const ill = left('data-1');
    ill.fake.checks.set('data-2', [{ check: 'TLS', status: 'failed', detail: 'no line' }]);
    await failure(ill.roll('data-1 restart', 'data-2 restart'));
    expect(ill.fake.steps).toContain('not well, and therefore first: data-2');
    expect(ill.fake.deployed).toEqual([['data-2']]);
  });

  it('holds up every group if the deployment itself left it: the gate calls that a failure', async () => {
    const { fake, roll } = left('data-1');
    fake.checks.set('data-1', [{ check: 'tasks', status: 'failed', detail: 'two at a time' }]);
    await failure(roll('query-1 restart')).catch(() => undefined);
    expect(fake.steps).toContain('waiting for data-1, which is not well: tasks: two at a time');
  });
});

describe('a roll that takes hours', () => {
  const HOUR = 3_600;
  const DATA = ['data-1', 'data-2', 'data-3', 'data-4'];
  const GROUPS = ROLLING.map((each) => (each.name === 'data' ? { ...each, services: DATA } : each));
  /** In which `happens` while data-2 restarts, which takes three hours to stop. */
  const meanwhile = (happens: (fake: FakeEnsemble) => void): FakeEnsemble => {
    const fake = cluster()
      .runs(...DATA)
      .slow('data-2', 3 * HOUR, 4 * HOUR);
    fake.rolling = GROUPS;
    fake.swarm.at(HOUR, () => happens(fake));
    return fake;
  };
  const dies = (name: string) => meanwhile((fake) => fake.swarm.enter(fake.task(name), 'failed'));
  const roll = (fake: FakeEnsemble, ...words: string[]) => fake.roll(plan(...words), { timeoutMs: 30_000 });

  it('takes nothing more down if one that it had updated died meanwhile, and says so', async () => {
    const fake = dies('data-1');
    const error = await failure(roll(fake, 'data-1 restart', 'data-2 restart', 'data-3 restart', 'data-4 restart'));
    expect(error).toMatchObject({ code: 'roll-stopped', exit: EXIT.notConverged });
    expect(error.message).toContain(
      'data agents: stopped at data-1: it is not well any more, and this deployment has updated it already; data-3, ' +
        'data-4 must not go down as well: prod: 1 of 1 services do not run as they should',
    );
    expect(error.message.split('\n').slice(-3)).toEqual([
      '  updated and well: data-2',
      '  updated, not proved: data-1',
      '  not touched: data-3, data-4',
    ]);
    expect(error.hints.join()).toContain('put data-1 right first');
    expect(fake.deployed).toEqual([['data-1'], ['data-2']]);
  });

  it('nor if one that restarted together with others before died', async () => {
    const fake = dies('data-1');
    fake.policy = { joint: new Map(['manager', 'data-1'].map((name) => [name, ['token']])) };
    const restarts = ['manager restart', 'data-1 restart', 'data-2 restart', 'data-3 restart'];
    const error = await failure(roll(fake, ...restarts, 'data-4 unchanged'));
    expect(error.message).toContain('stopped at data-1: it is not well any more');
    expect(fake.deployed).toEqual([['manager', 'data-1'], ['data-2']]);
  });

  it.each([
    ['of the group', 'data-4'],
    ['of a group before', 'manager'],
  ])('nor if one %s died that stays as it is', async (_which, name) => {
    const fake = dies(name);
    const stays = ['manager unchanged', 'data-1 unchanged', 'data-4 unchanged'];
    const error = await failure(roll(fake, 'data-2 restart', 'data-3 restart', ...stays));
    expect(error.message).toContain(
      `stopped at ${name}: it is not well, and this deployment does not change it; data-3 must not go down as well`,
    );
    expect(fake.deployed).toEqual([['data-2']]);
  });

  it('waits for one that comes back, and goes on', async () => {
    const fake = dies('data-1');
    let upAt = Infinity;
    const back = (): void => {
      fake.swarm.enter(fake.task('data-1'), 'running');
      upAt = fake.clock.elapsed();
    };
    fake.onDeploy = ([name]) => {
      if (name === 'data-2') fake.swarm.at(fake.clock.elapsed() / 1000 + 25, back);
      if (name === 'data-3') expect(fake.clock.elapsed()).toBeGreaterThan(upAt);
    };
    await fake.roll(plan('data-1 restart', 'data-2 restart', 'data-3 restart'));
    expect(fake.steps).toContain('waiting for data-1, which is not well: running: the task is failed');
    expect(fake.deployed).toEqual([['data-1'], ['data-2'], ['data-3']]);
  });

  it('ends where two are found ill at each look and well when they are waited for', async () => {
    const fake = cluster().runs('data-3');
    fake.onLook = async (names, patient) => {
      const status = patient ? 'passed' : 'failed';
      for (const name of names) fake.checks.set(name, [{ check: 'TLS', status, detail: 'TLS' }]);
      if (patient) await fake.clock.sleep(61_000);
    };
    const error = await failure(roll(fake, 'data-2 restart', 'data-3 unchanged'));
    expect(error).toMatchObject({ code: 'roll-stopped' });
    expect(error.message).toContain('stopped at data-1: it is not well');
    expect(error.message).toContain('it passes its checks, and fails at the next look, again and again');
    expect(fake.deployed).toEqual([]);
  });

  it('takes one next that is still to restart and died: another one down would be two', async () => {
    const fake = dies('data-4');
    await roll(fake, 'data-2 restart', 'data-3 restart', 'data-4 restart', 'data-1 unchanged');
    expect(fake.deployed).toEqual([['data-2'], ['data-4'], ['data-3']]);
    expect(fake.steps).toContain('not well, and therefore first: data-4');
  });

  it.each([
    ['after a sleep of this machine', 60_000, [['manager', 'data-1']]],
    ['not after a moment', 0, []],
  ])('looks at them again %s', async (_when, sleptMs, again) => {
    const fake = cluster();
    fake.onDeploy = ([name]) => {
      if (name === 'data-2') fake.clock.missedMs += sleptMs;
    };
    await fake.roll(plan('data-1 restart', 'data-2 restart', 'query-1 restart'));
    expect(fake.looked).toEqual([['manager', 'data-1', 'data-2'], ['data-1'], ['data-2'], ...again]);
  });
});
