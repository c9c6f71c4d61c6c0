import { describe, expect, it } from 'vitest';
import type { SwarmTask } from '../../../src/engine/port.ts';
import { BundleError, EXIT } from '../../../src/errors.ts';
import { thisOperator } from '../../../src/io/operator.ts';
import { probeEnsemble } from '../../../src/quorum/probe.ts';
import { withoutVainStarts } from '../../../src/quorum/vain-starts.ts';
import { ownerLabels, type JobOwner } from '../../../src/swarm/jobs/owner.ts';
import { zookeeperEnsemble } from '../../../stacks/zookeeper/ensemble.ts';
import { changes, FakeEnsemble, reserving } from './fake-ensemble.ts';

const THREE = ['zookeeper-1 restart', 'zookeeper-2 restart', 'zookeeper-3 restart'];
const failure = (promise: Promise<void>): Promise<BundleError> =>
  promise.then(
    () => {
      throw new Error('it went well');
    },
    (error: unknown) => error as BundleError,
  );

describe('an ensemble whose members all restart', () => {
  it('goes one at a time, the leader last, then all others in one call; what is unchanged is never deployed', async () => {
    const fake = new FakeEnsemble(['follower', 'leader', 'follower'], 3);
    fake.jobs.set('old', {
      name: 'old',
      labels: { 'bundle.stack': 'prod', 'bundle.kind': 'ensemble-probe' },
      image: '',
      command: [],
      networks: [],
      constraints: [],
      secrets: [],
    });
    fake.jobs.set('other', {
      name: 'other',
      labels: { 'bundle.stack': 'prod', 'bundle.kind': 'something' },
      image: '',
      command: [],
      networks: [],
      constraints: [],
      secrets: [],
    });
    await fake.roll(changes(...THREE, 'app create', 'web update', 'still unchanged', 'gone remove'));
    expect(fake.deployed).toEqual([['zookeeper-1'], ['zookeeper-3'], ['zookeeper-2'], ['app', 'web']]);
    // Its own jobs are gone, with the one a killed run left; another kind's is not its business.
    expect([...fake.jobs.keys()]).toEqual(['other']);
  });

  it('has docker ask for digests where the plan changes an image, also as it stops a service, and nowhere else', async () => {
    const fake = new FakeEnsemble(['follower', 'leader', 'follower'], 3).slow('app', 1).runs('web');
    const [app, web] = changes('app restart', 'web restart');
    const change = (field: string) => ({ field, kind: 'changed', effect: 'restart' }) as const;
    await fake.roll([
      ...changes(...THREE, 'new create'),
      { ...app!, changes: [...app!.changes, change('image digest')] },
      { ...web!, changes: [change('image')] },
    ]);
    expect(fake.stopped).toContainEqual(['app']);
    expect(fake.resolved).toContainEqual(['app']);
    expect([...new Set(fake.resolved.flat())].sort()).toEqual(['app', 'web']);
    expect(fake.resolved.flat().filter((name) => name === 'app')).toHaveLength(2);
  });

  it('sends a log-in with services of its registry alone, also as it stops one; the others keep theirs', async () => {
    const fake = new FakeEnsemble(['follower', 'leader', 'follower'], 3).slow('app', 1).runs('web');
    const own = 'registry.example/app:1';
    for (const name of ['app', 'new']) fake.wanted.set(name, { image: own });
    fake.logins.add(own);
    await fake.roll(changes(...THREE, 'app restart', 'web update', 'new create', 'other create'));
    expect(fake.stopped).toContainEqual(['app']);
    expect(fake.withLogin).toContainEqual(['app']);
    expect([...new Set(fake.withLogin.flat())].sort()).toEqual(['app', 'new']);
    expect(fake.withLogin.flat().filter((name) => name === 'app')).toHaveLength(2);
    expect(fake.deployed.flat().sort()).toEqual(['app', 'new', 'other', 'web', ...fake.names].sort());
  });

  it('leaves a probe to a verification beside it, and takes those that nobody removes any more', async () => {
    const fake = new FakeEnsemble(['follower', 'leader', 'follower'], 3);
    const { host, boot } = thisOperator();
    const elsewhere = { host: 'ops2', boot: 'b', pid: 5 };
    const probe = (name: string, owner: JobOwner, until: number): void => {
      const labels = { 'bundle.stack': 'prod', 'bundle.kind': 'ensemble-probe', ...ownerLabels(owner, until) };
      fake.jobs.set(name, { name, labels, image: '', command: [], networks: [], constraints: [], secrets: [] });
    };
    const now = fake.clock.now();
    probe('of another, under way', elsewhere, now + 60_000);
    probe('of this machine, under way', { host, boot, pid: process.pid }, now + 60_000);
    probe('of another, its time long over', elsewhere, now - 61_000);
    probe('of this machine, its process has ended', { host, boot, pid: 2 ** 22 + 1 }, now + 60_000);
    await fake.roll(changes(...THREE));
    expect([...fake.jobs.keys()]).toEqual(['of another, under way', 'of this machine, under way']);
  });

  it('asks the members where one runs, in its image, on the stack’s network, and bears no label of a stack', async () => {
    const fake = new FakeEnsemble(['follower', 'leader', 'follower'], 3);
    await fake.roll(changes(...THREE));
    expect(fake.asked.length).toBeGreaterThanOrEqual(4);
    for (const job of fake.asked)
      expect(job).toMatchObject({
        image: 'app:1',
        networks: ['net'],
        constraints: ['node.id == id-node1'],
        labels: { 'bundle.stack': 'prod', 'bundle.kind': 'ensemble-probe' },
        secrets: [],
      });
    expect(JSON.stringify(fake.asked)).not.toContain('com.docker.stack');
  });

  it('is asked by the next member that runs if the first one’s own files let it in nowhere', async () => {
    const fake = new FakeEnsemble(['follower', 'follower', 'leader'], 3);
    fake.task('zookeeper-1').image = 'app:expired';
    Object.defineProperty(fake, 'probeEnds', {
      get: () => (fake.asked.at(-1)?.image === 'app:expired' ? { state: 'failed', error: 'non-zero exit (1)' } : {}),
    });
    await fake.roll(changes('zookeeper-1 unchanged', 'zookeeper-2 restart', 'zookeeper-3 restart'));
    expect(fake.deployed).toEqual([['zookeeper-2'], ['zookeeper-3']]);
  });

  it('asks from the networks of other stacks too if its probe wants that', async () => {
    const fake = new FakeEnsemble(['follower', 'leader', 'follower'], 3);
    for (const name of fake.names) fake.task(name).spec = { Networks: [{ Target: 'net' }, { Target: 'theirs' }] };
    const group = zookeeperEnsemble(
      fake.names.map((name) => ({ name })),
      'zk',
    );
    const joining = { ...group, probe: { ...group.probe, joined: true as const } };
    await probeEnsemble(fake.engine(), joining, { stack: 'prod', clock: fake.swarm.clock });
    expect(fake.asked).toMatchObject([{ networks: ['net', 'theirs'] }]);
  });

  it('is asked anew if this machine slept while it was asked, a few times at most', async () => {
    const asked = async (sleeps: number): Promise<number> => {
      const fake = new FakeEnsemble(['follower', 'leader', 'follower'], 3);
      const { clock } = fake.swarm;
      const engine = fake.engine();
      const createJob: typeof engine.createJob = async (job) => {
        if (fake.asked.length < sleeps) clock.missedMs += 60_000;
        return engine.createJob(job);
      };
      const group = zookeeperEnsemble(
        fake.names.map((name) => ({ name })),
        'zk',
      );
      const answer = await probeEnsemble({ ...engine, createJob }, group, { stack: 'prod', clock });
      expect(answer).toMatchObject({ reading: { quorum: true } });
      return fake.asked.length;
    };
    expect(await asked(0)).toBe(1);
    expect(await asked(1)).toBe(2);
    expect(await asked(9)).toBe(3);
  });

  it('looks again who leads after each member', async () => {
    const fake = new FakeEnsemble(['follower', 'follower', 'leader'], 3);
    fake.onDeploy = (names) => {
      if (names[0] === 'zookeeper-1') fake.modes.set('zookeeper-3', 'follower').set('zookeeper-2', 'leader');
    };
    await fake.roll(changes(...THREE));
    expect(fake.deployed).toEqual([['zookeeper-1'], ['zookeeper-3'], ['zookeeper-2']]);
  });

  it('goes for the one that is not well first, and says so', async () => {
    const fake = new FakeEnsemble(['follower', 'leader', 'waiting'], 3);
    await fake.roll(changes(...THREE));
    expect(fake.deployed).toEqual([['zookeeper-3'], ['zookeeper-1'], ['zookeeper-2']]);
    expect(fake.steps[0]).toContain('not well, and therefore first: zookeeper-3');
  });

  it('waits for a follower that needs its time, before it touches the next', async () => {
    const fake = new FakeEnsemble(['follower', 'leader', 'follower'], 3);
    let back = 0;
    fake.onDeploy = ([name = '']) => {
      if (name !== 'zookeeper-1') return;
      fake.modes.set(name, 'waiting');
      back = fake.clock.elapsed() + 45_000;
      void fake.clock.sleep(45_000).then(() => fake.modes.set(name, 'follower'));
    };
    const moments: number[] = [];
    fake.steps.push = (line) => {
      if (line.startsWith('· update')) moments.push(fake.clock.elapsed());
      return 0;
    };
    await fake.roll(changes(...THREE));
    expect(moments[1]).toBeGreaterThanOrEqual(back);
  });

  it('stops at the first that does not come right by the deadline, and leaves the others alone', async () => {
    const fake = new FakeEnsemble(['follower', 'leader', 'follower'], 3);
    fake.onDeploy = ([name = '']) => fake.modes.set(name, 'waiting');
    const error = await failure(fake.roll(changes(...THREE, 'app create')));
    expect(error).toMatchObject({ code: 'ensemble-not-ready', exit: EXIT.notConverged });
    expect(error.message.split('\n')).toEqual([
      expect.stringContaining(
        'ZooKeeper (zookeeper-1, zookeeper-2, zookeeper-3): stopped after 0 of 3 members: it did not come right ' +
          'by the deadline: leader zookeeper-2, 1 of 2 followers in sync; zookeeper-1: runs, but is not serving',
      ),
      '  updated, not proved: zookeeper-1',
      '  not touched: zookeeper-2, zookeeper-3, app',
    ]);
    expect(fake.deployed).toEqual([['zookeeper-1']]);
    expect(fake.clock.elapsed()).toBeGreaterThanOrEqual(600_000);
  });

  it('stops where a member’s task does not run, with what convergence found', async () => {
    const fake = new FakeEnsemble(['follower', 'leader', 'follower'], 3);
    fake.onDeploy = ([name = '']) => {
      const id = fake.swarm.services.find((one) => one.name === `prod_${name}`)?.id;
      for (const task of fake.swarm.tasks) if (task.serviceId === id) fake.swarm.enter(task, 'preparing');
      fake.modes.delete(name);
    };
    const error = await failure(fake.roll(changes(...THREE), { timeoutMs: 30_000 }));
    expect(error).toMatchObject({ code: 'ensemble-not-ready', exit: EXIT.notConverged });
    expect(error.message).toContain('zookeeper-1: not there after');
    expect(error.hints).toContain('give it longer with --timeout');
    expect(error.midway).toEqual([expect.stringContaining('run the same command again')]);
    expect(fake.deployed).toEqual([['zookeeper-1']]);
  });

  it('stops where one finds no place before another service restarts, and says so, in the next run too', async () => {
    for (const words of [THREE, THREE.slice(1)]) {
      const fake = new FakeEnsemble(['follower', 'leader', 'follower'], 3).runs('app');
      fake.wanted.set('zookeeper-1', reserving('1.5G')).set('app', reserving('256M'));
      fake.holdsHalf('app');
      fake.onDeploy = () => {
        fake.findsNone('zookeeper-1');
        fake.modes.delete('zookeeper-1');
      };
      if (words !== THREE) fake.onDeploy([]);
      const error = await failure(fake.roll(changes('zookeeper-1 unchanged', ...words, 'app restart').slice(-4)));
      expect(error.code).toBe('ensemble-not-ready');
      expect(error.hints.slice(0, 2)).toEqual([
        'zookeeper-1 finds no node before app restarts, which is done only once zookeeper-1 runs: a deployment stops ' +
          'there; node1 has 1 GiB of 2 GiB memory left, and it reserves 1.5 GiB',
        'change bundle.yaml in two steps, with a deployment after each: first what frees the place (app), then the rest',
      ]);
      expect(error.midway).toEqual([]);
    }
  });

  it('says how far it came when it is interrupted, and leaves no job', async () => {
    const fake = new FakeEnsemble(['follower', 'leader', 'follower'], 3);
    const stop = new AbortController();
    fake.onDeploy = ([name]) => {
      if (name === 'zookeeper-3') stop.abort();
    };
    const error = await failure(fake.roll(changes(...THREE), { signal: stop.signal }));
    expect(error).toMatchObject({ code: 'interrupted', exit: EXIT.interrupted });
    expect(error.message.split('\n').slice(1)).toEqual([
      '  updated and well: zookeeper-1',
      '  updated, not proved: zookeeper-3',
      '  not touched: zookeeper-2',
    ]);
    expect([...fake.jobs.keys()]).toEqual([]);
  });
});

describe('a task that may take longer to stop than the swarm waits', () => {
  it('is stopped before its successor starts, which has all of its time yet, and the others stay', async () => {
    const fake = new FakeEnsemble(['follower', 'leader', 'follower'], 3).slow('zookeeper-1', 3_000);
    await fake.roll(changes(...THREE));
    expect(fake.stopped).toEqual([['zookeeper-1']]);
    expect(fake.deployed).toEqual([['zookeeper-1'], ['zookeeper-3'], ['zookeeper-2']]);
    expect(fake.doubles).toEqual([]);
    expect(fake.clock.elapsed()).toBeGreaterThanOrEqual(3_000_000);
  });

  it('is so in one call too', async () => {
    const fake = new FakeEnsemble([], 3).slow('app', 90).slow('web', 120).runs('quick');
    await fake.roll(changes('app restart', 'quick restart', 'web restart', 'new create'));
    expect(fake.stopped).toEqual([['app', 'web']]);
    expect(fake.deployed).toEqual([['quick', 'new'], ['app'], ['web']]);
    expect(fake.doubles).toEqual([]);
  });

  const joint = (...names: string[]) => new Map(names.map((name) => [name, ['token.txt']] as const));
  const BOTH = changes('data restart', 'manager restart');

  it('keeps none of those down that restart with it and have ended', async () => {
    const fake = new FakeEnsemble([], 3).slow('data', 3_000).slow('manager', 5);
    fake.policy = { joint: joint('data', 'manager') };
    const moments: number[] = [];
    fake.onDeploy = () => void moments.push(fake.clock.elapsed());
    await fake.roll(BOTH);
    expect(fake.stopped).toEqual([['data', 'manager']]);
    expect(fake.deployed).toEqual([['manager'], ['data']]);
    expect(moments[0]).toBeLessThan(60_000);
    expect(moments[1]).toBeGreaterThanOrEqual(3_000_000);
    expect(fake.doubles).toEqual([]);
  });

  it('and does not end in time is told apart from those that were started', async () => {
    const fake = new FakeEnsemble([], 3).slow('data', 9_000).slow('manager', 5).runs('quick');
    fake.policy = { joint: joint('data', 'manager', 'quick') };
    const error = await failure(fake.roll([...BOTH, ...changes('quick restart')]));
    expect(error).toMatchObject({ code: 'still-stopping', exit: EXIT.notConverged });
    expect(error.message.split('\n')).toEqual([
      'data: still stopping on node1, which may take up to 2 h, so not started yet',
      '  updated, not proved: manager, quick',
      '  stopped, and not started again: data',
    ]);
    expect(fake.deployed).toEqual([['quick'], ['manager']]);
  });

  it('and does not end in time leaves the others alone, and the error says what stands still', async () => {
    const fake = new FakeEnsemble(['follower', 'leader', 'follower'], 3).slow('zookeeper-1', 9_000);
    const error = await failure(fake.roll(changes(...THREE)));
    expect(error).toMatchObject({ code: 'still-stopping', exit: EXIT.notConverged });
    expect(error.message.split('\n').slice(1)).toEqual([
      '  stopped, and not started again: zookeeper-1',
      '  not touched: zookeeper-2, zookeeper-3',
    ]);
    expect(fake.deployed).toEqual([]);
  });
});

describe('an engine that fails', () => {
  const away = () => Promise.reject(new BundleError('engine-unreachable', 'cannot list the tasks: no leader'));
  const awayFor = (fake: FakeEnsemble, from: number, seconds = Infinity): void =>
    fake.swarm.at(from, () => {
      fake.swarm.trouble = away;
      if (Number.isFinite(seconds)) void fake.clock.sleep(seconds * 1000).then(() => (fake.swarm.trouble = undefined));
    });

  it('for some seconds ends no roll, while a member stops or the others are asked', async () => {
    const fake = new FakeEnsemble(['follower', 'leader', 'follower'], 3).slow('zookeeper-1', 60);
    awayFor(fake, 20, 15);
    await fake.roll(changes(...THREE));
    expect(fake.deployed).toEqual([['zookeeper-1'], ['zookeeper-3'], ['zookeeper-2']]);
    const asked = new FakeEnsemble(['waiting', 'waiting', 'waiting'], 3);
    asked.modes.clear();
    awayFor(asked, 3, 10);
    void asked.clock
      .sleep(20_000)
      .then(() => ['follower', 'leader', 'follower'].forEach((mode, i) => asked.modes.set(`zookeeper-${i + 1}`, mode)));
    await asked.roll(changes(...THREE));
    expect(asked.deployed).toHaveLength(3);
    expect(asked.steps).toContain('waiting for an answer of ZooKeeper: cannot list the tasks: no leader');
  });

  it('for good while a member stops is told with what stands still', async () => {
    const fake = new FakeEnsemble(['follower', 'leader', 'follower'], 3).slow('zookeeper-1', 600);
    awayFor(fake, 20);
    const error = await failure(fake.roll(changes(...THREE)));
    expect(error).toMatchObject({ code: 'engine-unreachable', exit: EXIT.failed });
    expect(error.message.split('\n')).toEqual([
      'cannot list the tasks: no leader',
      '  stopped, and not started again: zookeeper-1',
      '  not touched: zookeeper-2, zookeeper-3',
    ]);
    expect(error.midway).toEqual([expect.stringContaining('run the same command again')]);
    expect(fake.clock.elapsed()).toBeLessThan(90_000);
  });

  it('to deploy is told likewise', async () => {
    const fake = new FakeEnsemble(['follower', 'leader', 'follower'], 3).runs('app');
    fake.onDeploy = ([name]) => {
      if (name === 'app') throw new BundleError('deploy-failed', 'no space left on device');
    };
    const error = await failure(fake.roll(changes(...THREE, 'app restart')));
    expect(error.code).toBe('deploy-failed');
    expect(error.message.split('\n')).toEqual([
      'no space left on device',
      '  updated and well: zookeeper-1, zookeeper-2, zookeeper-3',
      '  updated, not proved: app',
    ]);
  });

  it('to deploy what was stopped first is told as that: nobody says that it was started', async () => {
    const fake = new FakeEnsemble([], 3).slow('data', 3_000);
    fake.onDeploy = () => {
      throw new BundleError('deploy-failed', 'no space left on device');
    };
    const error = await failure(fake.roll(changes('data restart')));
    expect(error.message.split('\n')).toEqual(['no space left on device', '  stopped, and not started again: data']);
  });
});

describe('a member that is well', () => {
  it('is not touched while the others are no quorum without it', async () => {
    const fake = new FakeEnsemble(['follower', 'leader', 'waiting'], 3);
    const error = await failure(
      fake.roll(changes('zookeeper-1 restart', 'zookeeper-2 restart', 'zookeeper-3 unchanged')),
    );
    expect(error).toMatchObject({ code: 'ensemble-not-ready', exit: EXIT.notConverged });
    expect(error.message).toContain('zookeeper-1 is well and must stay: without it there would be no quorum');
    expect(fake.deployed).toEqual([]);
    // Nothing is to be done to zookeeper-3: it does not come first.
    expect(fake.steps).toEqual(['ZooKeeper: leader zookeeper-2, 1 of 2 followers in sync']);
  });

  it('may go in an ensemble of five where another one is away', async () => {
    const fake = new FakeEnsemble(['follower', 'leader', 'waiting', 'follower', 'follower'], 5);
    await fake.roll(
      changes(
        'zookeeper-1 restart',
        'zookeeper-2 restart',
        'zookeeper-3 unchanged',
        'zookeeper-4 unchanged',
        'zookeeper-5 unchanged',
      ),
    );
    expect(fake.deployed).toEqual([['zookeeper-1'], ['zookeeper-2']]);
  });

  it('is not touched where the probe gave no answer: nothing is known of anyone', async () => {
    const fake = new FakeEnsemble(['follower', 'leader', 'follower'], 3);
    fake.probeEnds = { state: 'rejected', error: 'No such image' };
    const error = await failure(fake.roll(changes(...THREE)));
    expect(error).toMatchObject({ code: 'ensemble-not-ready' });
    expect(error.message).toContain('the probe ended without an answer: No such image');
    expect(fake.deployed).toEqual([]);
    expect([...fake.jobs.keys()]).toEqual([]);
  });
});

describe('what a stop would break', () => {
  const breaking = (member: string, lasting: boolean) => {
    const fake = new FakeEnsemble(['follower', 'leader', 'follower'], 3);
    fake.breaks.set(member, { what: 'orders would be offline', lasting });
    return fake;
  };

  it('stops the roll before anything is done if it never goes away, whoever’s turn it is', async () => {
    const fake = breaking('zookeeper-2', true);
    const error = await failure(fake.roll(changes(...THREE)));
    expect(error).toMatchObject({ code: 'ensemble-not-ready', exit: EXIT.notConverged });
    expect(error.message).toContain(
      'stopped after 0 of 3 members: zookeeper-2 is well and must stay: without it orders',
    );
    expect(error.hints[0]).toContain('--ignore quorum-stop');
    expect(fake.deployed).toEqual([]);
    expect(fake.clock.elapsed()).toBeLessThan(10_000);
  });

  it('of a member that stays stops nobody', async () => {
    const fake = breaking('zookeeper-3', true);
    await fake.roll(changes('zookeeper-1 restart', 'zookeeper-2 unchanged', 'zookeeper-3 unchanged'));
    expect(fake.deployed).toEqual([['zookeeper-1']]);
  });

  it('is waited for if it may go away, and stops the roll if it does not', async () => {
    const fake = breaking('zookeeper-1', false);
    void fake.clock.sleep(20_000).then(() => fake.breaks.clear());
    await fake.roll(changes(...THREE));
    expect(fake.deployed).toHaveLength(3);
    const never = breaking('zookeeper-1', false);
    expect((await failure(never.roll(changes(...THREE)))).message).toContain('stopped after 0 of 3 members');
    expect(never.clock.elapsed()).toBeGreaterThanOrEqual(60_000);
  });

  it('is not taken for gone in the seconds in which the swarm has heard of no node since an election', async () => {
    const fake = breaking('zookeeper-1', false);
    const heard = (state: 'unknown' | 'ready') => (): void => fake.swarm.nodes.forEach((node) => (node.state = state));
    fake.swarm.at(10, heard('unknown'));
    fake.swarm.at(30, heard('ready'));
    expect((await failure(fake.roll(changes(...THREE)))).message).toContain('zookeeper-1 is well and must stay');
    expect(fake.deployed).toEqual([]);
    expect(fake.steps).toContainEqual(
      expect.stringMatching(
        /waiting for an answer .*: the swarm has no word from where it runs \(zookeeper-1 on node1, /,
      ),
    );
  });

  it('is not taken for gone while nobody answers: that may pass as well', async () => {
    const fake = breaking('zookeeper-1', false);
    const modes = [...fake.modes];
    void fake.clock.sleep(10_000).then(() => fake.modes.clear());
    void fake.clock.sleep(30_000).then(() => modes.forEach(([name, mode]) => fake.modes.set(name, mode)));
    expect((await failure(fake.roll(changes(...THREE)))).message).toContain('zookeeper-1 is well and must stay');
    expect(fake.deployed).toEqual([]);
  });

  it('is waited for of a member that is starting, which is not well: it is not the first to go down', async () => {
    const starting = (): FakeEnsemble => {
      const fake = new FakeEnsemble(['', 'leader', 'follower'], 3);
      fake.modes.delete('zookeeper-1');
      fake.breaks.set('zookeeper-1', { what: 'its recovery would begin anew', lasting: false });
      return fake;
    };
    const fake = starting();
    const moments: number[] = [];
    fake.onDeploy = () => void moments.push(fake.clock.elapsed());
    void fake.clock.sleep(20_000).then(() => {
      fake.modes.set('zookeeper-1', 'follower');
      fake.breaks.clear();
    });
    await fake.roll(changes(...THREE));
    expect(fake.deployed).toEqual([['zookeeper-1'], ['zookeeper-3'], ['zookeeper-2']]);
    expect(moments[0]).toBeGreaterThanOrEqual(20_000);
    const never = starting();
    expect((await failure(never.roll(changes(...THREE)))).message).toContain(
      'zookeeper-1 must stay: without it its recovery would begin anew',
    );
    expect(never.deployed).toEqual([]);
  });

  describe('is a start that may be under way', () => {
    /** zookeeper-1 starts, after tasks that ended so many seconds before now. */
    const starting = (ended: number[], end: Partial<SwarmTask> = { exitCode: 1 }): FakeEnsemble => {
      const fake = new FakeEnsemble(['', 'leader', 'follower'], 3);
      fake.modes.delete('zookeeper-1');
      fake.breaks.set('zookeeper-1', { what: 'its recovery would begin anew', lasting: false, start: true });
      const before = (seconds: number) => fake.swarm.iso(-seconds * 1000);
      const live = fake.swarm.services.find(({ name }) => name === 'prod_zookeeper-1')!;
      const [last = 5] = ended;
      Object.assign(fake.task('zookeeper-1'), { createdAt: before(last), stateAt: before(last) });
      // Each is made as the one before it ends.
      for (const [index, seconds] of ended.entries())
        fake.swarm.task(live, {
          ...{ createdAt: before(ended[index + 1] ?? seconds + 30), stateAt: before(seconds) },
          ...{ desiredState: 'shutdown', state: 'failed', ...end },
        });
      return fake;
    };
    const waits = async (fake: FakeEnsemble): Promise<boolean> => {
      const moments: number[] = [];
      fake.onDeploy = () => {
        moments.push(fake.clock.elapsed());
        fake.breaks.clear();
      };
      const error = await fake.roll(changes(...THREE)).catch((thrown: unknown) => thrown);
      if (error !== undefined) {
        expect(error).toMatchObject({
          message: expect.stringContaining('zookeeper-1 must stay: without it its') as string,
        });
        expect(fake.deployed).toEqual([]);
        return true;
      }
      expect(moments[0]).toBeLessThan(10_000);
      expect(fake.deployed[0]).toEqual(['zookeeper-1']);
      return false;
    };

    it.each<[string, boolean, () => FakeEnsemble]>([
      ['after no end', true, () => starting([])],
      ['after one', true, () => starting([10])],
      ['after one, and others that are long ago', true, () => starting([10, 7_200, 7_300])],
      ['after ends with its node', true, () => starting([10, 60], { state: 'failed', error: 'No such container: x' })],
      ['that has outlived those before', true, () => starting([400, 440])],
      ['of a member whose tasks end again and again', false, () => starting([10, 50])],
    ])('%s: it is waited for: %s', async (_what, expected, fake) => {
      expect(await waits(fake())).toBe(expected);
    });

    it('is waited for if the swarm does not tell, and is none of a breakage that is more', async () => {
      const breaks = { what: 'its recovery would begin anew', lasting: false, start: true } as const;
      const reading = { quorum: true, text: '', members: { 'zookeeper-1': { ok: false, text: '', breaks } } };
      const told = starting([10, 50]).engine();
      const silent = { ...told, tasks: () => Promise.reject(new BundleError('engine-error', 'no')) };
      expect(await withoutVainStarts(reading, { engine: silent, stack: 'prod' })).toEqual(reading);
      const without = await withoutVainStarts(reading, { engine: told, stack: 'prod' });
      expect(without.members).toEqual({ 'zookeeper-1': { ok: false, text: '' } });
      const more = starting([10, 50]);
      more.breaks.set('zookeeper-1', { what: 'its majority would be lost', lasting: false });
      expect(await waits(more)).toBe(true);
    });

    it('is not waited for on the way back from the deployment that began it', async () => {
      const fake = starting([]);
      fake.takesBack = true;
      expect(await waits(fake)).toBe(false);
    });
  });

  it('is passed over if the operator said so, and that is told', async () => {
    for (const lasting of [true, false]) {
      const fake = breaking('zookeeper-1', lasting);
      fake.ignore = ['quorum-stop'];
      await fake.roll(changes(...THREE));
      expect(fake.deployed).toHaveLength(3);
      expect(fake.steps).toContain(
        'quorum-stop is ignored: zookeeper-1 goes down, and without it orders would be offline',
      );
    }
  });
});

describe('what a stop would break, passed over since the operator said so', () => {
  const LASTING = { what: 'orders would be offline', lasting: true };
  const BOTH = {
    what: 'orders would be offline, and there would be no majority',
    lasting: true,
    passing: true as const,
  };
  const stops = (fake: FakeEnsemble): number[] => {
    const moments: number[] = [];
    fake.onDeploy = () => void moments.push(fake.clock.elapsed());
    return moments;
  };
  const ignoring = (): FakeEnsemble => {
    const fake = new FakeEnsemble(['follower', 'leader', 'follower'], 3);
    fake.ignore = ['quorum-stop'];
    return fake;
  };

  it('is still given time as far as it may go away: only what lasts is not waited for', async () => {
    const fake = ignoring();
    fake.breaks.set('zookeeper-1', BOTH);
    void fake.clock.sleep(20_000).then(() => fake.breaks.set('zookeeper-1', LASTING));
    const moments = stops(fake);
    await fake.roll(changes(...THREE));
    expect(moments[0]).toBeGreaterThanOrEqual(20_000);
    expect(fake.steps).toContain(
      'quorum-stop is ignored: zookeeper-1 goes down, and without it orders would be offline',
    );
    const lasting = ignoring();
    lasting.breaks.set('zookeeper-1', LASTING);
    const at = stops(lasting);
    await lasting.roll(changes(...THREE));
    expect(at[0]).toBeLessThan(10_000);
  });

  it('is given it whatever another member would break for good', async () => {
    const fake = ignoring();
    fake.breaks.set('zookeeper-1', { what: 'there would be no majority', lasting: false }).set('zookeeper-3', LASTING);
    void fake.clock.sleep(20_000).then(() => fake.breaks.delete('zookeeper-1'));
    const moments = stops(fake);
    await fake.roll(changes(...THREE));
    expect(moments[0]).toBeGreaterThanOrEqual(20_000);
    expect(fake.deployed).toHaveLength(3);
  });

  it('is done all the same if it does not go away', async () => {
    const fake = ignoring();
    fake.breaks.set('zookeeper-1', BOTH);
    const moments = stops(fake);
    await fake.roll(changes(...THREE));
    expect(moments[0]).toBeGreaterThanOrEqual(60_000);
    expect(fake.deployed).toHaveLength(3);
  });
});

describe('an ensemble without a quorum', () => {
  it('is given time for an election before it counts as down', async () => {
    const fake = new FakeEnsemble(['waiting', 'waiting', 'waiting'], 3);
    void fake.clock
      .sleep(5_000)
      .then(() =>
        ['follower', 'follower', 'leader'].forEach((mode, index) => fake.modes.set(`zookeeper-${index + 1}`, mode)),
      );
    await fake.roll(changes(...THREE));
    expect(fake.deployed.at(-1)).toEqual(['zookeeper-3']);
    expect(fake.steps[0]).toBe('ZooKeeper: leader zookeeper-3, 2 of 2 followers in sync');
  });

  it('is updated all the same, and must have one as soon as enough have come right', async () => {
    const fake = new FakeEnsemble(['waiting', 'waiting', 'waiting'], 3);
    const well = (): void => void fake.modes.set('zookeeper-1', 'follower').set('zookeeper-2', 'leader');
    fake.onDeploy = () =>
      fake.deployed.length === 1
        ? fake.modes.set('zookeeper-1', 'waiting')
        : fake.deployed.length === 2
          ? well()
          : undefined;
    await fake.roll(changes(...THREE));
    expect(fake.deployed).toEqual([['zookeeper-1'], ['zookeeper-2'], ['zookeeper-3']]);

    const never = new FakeEnsemble(['waiting', 'waiting', 'waiting'], 3);
    never.onDeploy = ([name = '']) => never.modes.set(name, 'waiting');
    expect((await failure(never.roll(changes(...THREE)))).message).toContain('stopped after 1 of 3 members');
    expect(never.deployed).toEqual([['zookeeper-1'], ['zookeeper-2']]);
  });
});

describe('an ensemble that lost its quorum with most of its members', () => {
  it('is cured by those whose stop breaks nothing, and the one that lives comes after them', async () => {
    const fake = new FakeEnsemble(['waiting', 'waiting', 'waiting'], 3);
    fake.breaks.set('zookeeper-1', { what: 'nobody could tell whether a majority would be left', lasting: false });
    fake.onDeploy = ([name = '']) => {
      if (name !== 'zookeeper-2') return;
      fake.modes.set(name, 'leader').set('zookeeper-1', 'follower');
      fake.breaks.clear();
    };
    await fake.roll(changes(...THREE));
    expect(fake.deployed).toEqual([['zookeeper-2'], ['zookeeper-3'], ['zookeeper-1']]);
    expect(fake.steps[0]).toContain('not well, and therefore first: zookeeper-2, zookeeper-3, zookeeper-1');
  });

  it('is left alone if nothing is to be done to those that are down: the one that lives is not stopped', async () => {
    const fake = new FakeEnsemble(['waiting', 'waiting', 'waiting'], 3);
    fake.breaks.set('zookeeper-1', { what: 'nobody could tell whether a majority would be left', lasting: false });
    const some = ['zookeeper-1 restart', 'zookeeper-2 unchanged', 'zookeeper-3 unchanged'];
    expect((await failure(fake.roll(changes(...some)))).message).toContain(
      'zookeeper-1 must stay: without it nobody could tell whether a majority would be left',
    );
    expect(fake.deployed).toEqual([]);
  });
});

describe('members whose certificates have expired', () => {
  const expired = new Map(['zookeeper-1', 'zookeeper-2', 'zookeeper-3'].map((name) => [name, [`${name}.pem`]]));
  const silent = (): FakeEnsemble => {
    const fake = new FakeEnsemble(['waiting', 'waiting', 'waiting'], 3);
    for (const name of expired.keys())
      fake.breaks.set(name, { what: 'nobody could tell what would be offline', lasting: false });
    return fake;
  };

  it('restart in one call, with who is created beside them, and are asked nothing: none could answer', async () => {
    const fake = silent();
    fake.names.push('zookeeper-4');
    fake.policy = { expired };
    await fake.roll(changes(...THREE, 'zookeeper-4 create', 'app update'));
    expect(fake.deployed).toEqual([['zookeeper-1', 'zookeeper-2', 'zookeeper-3', 'zookeeper-4', 'app']]);
    expect(fake.asked).toEqual([]);
  });

  it('are not taken for that because nobody answers', async () => {
    const fake = silent();
    const error = await failure(fake.roll(changes(...THREE)));
    expect(error).toMatchObject({ code: 'ensemble-not-ready', exit: EXIT.notConverged });
    expect(fake.deployed).toEqual([]);
  });
});

describe('growing', () => {
  it('from three to five creates the new members first, then updates the old ones', async () => {
    const fake = new FakeEnsemble(['follower', 'leader', 'follower'], 5);
    await fake.roll(changes(...THREE, 'zookeeper-4 create', 'zookeeper-5 create'));
    expect(fake.deployed).toEqual([['zookeeper-4', 'zookeeper-5'], ['zookeeper-1'], ['zookeeper-3'], ['zookeeper-2']]);
  });

  it(
    'from one to three updates the one with data first, and lets the new ones join singly: two of them alone ' +
      'could elect a leader without data',
    async () => {
      const fake = new FakeEnsemble(['standalone'], 3);
      fake.onDeploy = ([name = '']) => {
        if (name === 'zookeeper-1') fake.modes.set(name, 'waiting');
        else fake.modes.set('zookeeper-1', 'leader');
      };
      await fake.roll(changes('zookeeper-1 restart', 'zookeeper-2 create', 'zookeeper-3 create', 'app update'));
      expect(fake.deployed).toEqual([['zookeeper-1'], ['zookeeper-2'], ['zookeeper-3'], ['app']]);
    },
  );
});

describe('a quorum group of one that others follow', () => {
  const followed = (): FakeEnsemble => {
    const fake = new FakeEnsemble(['follower', 'leader', 'follower'], 3);
    fake.leading = ['controller-1'];
    return fake;
  };
  const words = ['app update', ...THREE];

  it.each(['restart', 'create'])('comes first and is waited for, without being asked: %s', async (what) => {
    const fake = what === 'create' ? followed() : followed().runs('controller-1');
    await fake.roll(changes(`controller-1 ${what}`, ...words));
    expect(fake.deployed).toEqual([['controller-1'], ['zookeeper-1'], ['zookeeper-3'], ['zookeeper-2'], ['app']]);
    expect(fake.asked.filter(({ command }) => command.join(' ').includes('controller-1'))).toEqual([]);
  });

  it('stops the roll if it does not come up', async () => {
    const fake = followed().runs('controller-1');
    fake.onDeploy = ([name = '']) => fake.swarm.enter(fake.task(name), 'preparing');
    const error = await failure(fake.roll(changes('controller-1 restart', ...words), { timeoutMs: 30_000 }));
    expect(error).toMatchObject({ code: 'not-converged', exit: EXIT.notConverged });
    expect(error.message).toContain('not touched: zookeeper-1, zookeeper-2, zookeeper-3, app');
    expect(fake.deployed).toEqual([['controller-1']]);
  });

  it('has no turn of its own if none of those that follow restarts', async () => {
    const fake = followed().runs('controller-1');
    await fake.roll(changes('controller-1 restart', 'app update'));
    expect(fake.deployed).toEqual([['controller-1', 'app']]);
  });
});

describe('what needs no order', () => {
  it('is one call: an ensemble that is made for the first time, one of one member, an update in place', async () => {
    const first = new FakeEnsemble([], 3);
    await first.roll(changes('zookeeper-1 create', 'zookeeper-2 create', 'zookeeper-3 create', 'app create'));
    expect(first.deployed).toEqual([['zookeeper-1', 'zookeeper-2', 'zookeeper-3', 'app']]);
    const single = new FakeEnsemble(['standalone'], 1);
    await single.roll(changes('zookeeper-1 restart', 'app update'));
    expect(single.deployed).toEqual([['zookeeper-1', 'app']]);
    const inPlace = new FakeEnsemble(['follower', 'leader', 'follower'], 3);
    await inPlace.roll(changes('zookeeper-1 update', 'zookeeper-2 update', 'zookeeper-3 update'));
    expect(inPlace.deployed).toEqual([['zookeeper-1', 'zookeeper-2', 'zookeeper-3']]);
  });

  it('is no call at all where nothing changes', async () => {
    const fake = new FakeEnsemble(['follower', 'leader', 'follower'], 3);
    await fake.roll(changes('zookeeper-1 unchanged', 'zookeeper-2 unchanged', 'zookeeper-3 unchanged', 'gone remove'));
    expect(fake.deployed).toEqual([]);
  });
});

describe('shrinking', () => {
  it('is refused before anything is done', async () => {
    const fake = new FakeEnsemble(['follower', 'leader', 'follower'], 1);
    const error = await failure(
      fake.roll(changes('zookeeper-1 restart', 'zookeeper-2 remove', 'zookeeper-3 remove', 'app update')),
    );
    expect(error).toMatchObject({ code: 'ensemble-shrinks', exit: EXIT.preflight });
    expect(error.message).toContain('from 3 to 1 servers (without zookeeper-2, zookeeper-3)');
    expect([fake.deployed, fake.swarm.calls]).toEqual([[], []]);
  });
});
