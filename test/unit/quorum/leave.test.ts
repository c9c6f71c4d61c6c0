import { describe, expect, it } from 'vitest';
import { leaveSteps, whatKeeps } from '../../../src/quorum/leave.ts';
import { BundleError, EXIT } from '../../../src/errors.ts';
import { zookeeperEnsemble } from '../../../stacks/zookeeper/ensemble.ts';
import { changes, FakeEnsemble } from './fake-ensemble.ts';

const ensembles = [
  zookeeperEnsemble(
    [1, 2, 3].map((id) => ({ name: `zookeeper-${id}` })),
    'zk',
  ),
];
const steps = (fake: FakeEnsemble, ignore: string[] = [], ...words: string[]) =>
  leaveSteps(
    fake.engine(),
    { stack: 'prod', services: changes('zookeeper-1 unchanged', 'gone remove', ...words) },
    { ensembles, ignore, clock: fake.clock },
  );
const run = async (fake: FakeEnsemble): Promise<BundleError | undefined> => {
  try {
    for (const step of steps(fake, [], 'zookeeper-4 remove')) await step.run(new AbortController().signal);
    return undefined;
  } catch (error) {
    if (error instanceof BundleError) return error;
    throw error;
  }
};

describe('right before members are taken away', () => {
  it('their group is asked once more, and no other; not at all if the operator said so', () => {
    const fake = new FakeEnsemble(['follower', 'leader', 'follower'], 3);
    expect(steps(fake, [], 'zookeeper-4 remove').map((step) => step.describe())).toEqual([
      'ask ZooKeeper once more: zookeeper-4 must hold nothing',
    ]);
    expect(steps(fake)).toEqual([]);
    expect(steps(fake, ['quorum-leave'], 'zookeeper-4 remove')).toEqual([]);
  });

  it('they go if the group does its work, be it only after an election', async () => {
    const fake = new FakeEnsemble(['waiting', 'waiting', 'waiting'], 3);
    void fake.clock
      .sleep(20_000)
      .then(() =>
        ['follower', 'leader', 'follower'].forEach((mode, index) => fake.modes.set(`zookeeper-${index + 1}`, mode)),
      );
    expect(await run(fake)).toBeUndefined();
    expect(fake.clock.elapsed()).toBeGreaterThanOrEqual(20_000);
    expect([...fake.jobs.keys()]).toEqual([]);
  });

  it('they go though the engine was away for some seconds', async () => {
    const fake = new FakeEnsemble(['follower', 'leader', 'follower'], 3);
    fake.swarm.trouble = () => Promise.reject(new BundleError('engine-unreachable', 'no leader'));
    void fake.clock.sleep(10_000).then(() => (fake.swarm.trouble = undefined));
    expect(await run(fake)).toBeUndefined();
    expect(fake.clock.elapsed()).toBeGreaterThanOrEqual(10_000);
  });

  it('they stay if nobody tells, and the error says how to go on', async () => {
    const fake = new FakeEnsemble(['waiting', 'waiting', 'waiting'], 3);
    const error = await run(fake);
    expect(error).toMatchObject({ code: 'ensemble-not-ready', exit: EXIT.notConverged });
    expect(error?.message).toBe(
      'ZooKeeper: zookeeper-4 would be taken away, and nobody could tell what it holds: no leader: no quorum',
    );
    expect(error?.hints[0]).toContain('--ignore quorum-leave');
    expect(fake.clock.elapsed()).toBeGreaterThanOrEqual(30_000);
  });
});

describe('what keeps a member', () => {
  const reading = (quorum: boolean, holds?: string) => ({
    reading: {
      quorum,
      text: 'two of three',
      members: { 'kafka-4': { ok: false, text: 'leaves', ...(holds !== undefined && { holds }) } },
    },
  });
  it.each([
    ['what it holds', reading(true, 'a-0'), 'holds a-0'],
    ['what it holds, whatever else is wrong', reading(false, 'a-0'), 'holds a-0'],
    ['that nobody could tell', reading(false), 'nobody could tell what it holds: two of three'],
    ['that nobody answered', { trouble: 'late' }, 'nobody could tell what it holds: late'],
    ['nothing, if the others do their work', reading(true), undefined],
  ])('is %s', (_what, answer, expected) => {
    expect(whatKeeps('kafka-4', answer)).toBe(expected);
  });
});
