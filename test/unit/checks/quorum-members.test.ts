import { describe, expect, it } from 'vitest';
import { quorumLeave, quorumStop } from '../../../src/checks/quorum-members.ts';
import { failed, runChecks } from '../../../src/checks/run.ts';
import type { CheckContext } from '../../../src/checks/check.ts';
import type { Engine } from '../../../src/engine/port.ts';
import type { Ensemble } from '../../../src/sdk/definition.ts';
import { kafkaGroups } from '../../../stacks/kafka/quorum/group.ts';
import { zookeeperEnsemble } from '../../../stacks/zookeeper/ensemble.ts';
import { zookeeperPolicy } from '../../../stacks/zookeeper/policy.ts';
import { context } from '../../support/check-context.ts';
import { VirtualClock } from '../converge/virtual-clock.ts';
import { changes, FakeEnsemble } from '../quorum/fake-ensemble.ts';

/** Servers of which one may leave: the fake swarm knows no other software. */
const SERVERS: Ensemble = {
  ...zookeeperEnsemble(['1', '2', '3'].map((id) => ({ name: `zookeeper-${id}` })), 'zk'), // prettier-ignore
  policy: { ...zookeeperPolicy, shrink: () => undefined },
};
const BROKERS = kafkaGroups(
  [1, 2, 3].map((id) => ({ id, name: `kafka-${id}`, broker: true, controller: false })),
  'scram',
);

function leaving(member: string, ensembles: Ensemble[], engine: Partial<Engine>, clock = new VirtualClock()) {
  const from = context({}, { engine });
  const planned: CheckContext['planned'] = () => ({
    ...{ services: changes(`${member} remove`), labels: [] },
    ...{ restarts: [], volumes: [] },
  });
  return { ...from, plan: { ...from.plan, ensembles }, planned, clock };
}

describe('a member that is taken away', () => {
  const told = async (fake: FakeEnsemble, ensemble = SERVERS) =>
    (await quorumLeave.run(leaving('zookeeper-4', [ensemble], fake.engine(), fake.clock))).map(
      ({ level, text, hint }) => [level, text, hint],
    );

  it('may go if the others do their work and know of nothing that it holds', async () => {
    expect(await told(new FakeEnsemble(['follower', 'leader', 'follower'], 3))).toEqual([]);
  });

  it('stays if it holds something', async () => {
    const { read } = SERVERS.probe;
    const holding: Ensemble = {
      ...SERVERS,
      probe: {
        ...SERVERS.probe,
        read: (lines) => {
          const { members, ...all } = read(lines);
          return { ...all, members: { ...members, 'zookeeper-4': { ok: false, text: '', holds: 'orders-0' } } };
        },
      },
    };
    expect(await told(new FakeEnsemble(['follower', 'leader', 'follower'], 3), holding)).toEqual([
      [
        'error',
        'zookeeper-4 of ZooKeeper would be taken away, and holds orders-0',
        expect.stringContaining('move that to the others first'),
      ],
    ]);
  });

  it('stays if the others do not do their work: what they do not tell of is not taken for nothing', async () => {
    expect(await told(new FakeEnsemble(['waiting', 'waiting', 'waiting'], 3))).toEqual([
      [
        'error',
        'zookeeper-4 of ZooKeeper would be taken away, and nobody could tell what it holds: no leader: no quorum',
        expect.stringContaining('--ignore quorum-leave'),
      ],
    ]);
  });

  it('stays if the probe ends without an answer', async () => {
    const fake = new FakeEnsemble(['follower', 'leader', 'follower'], 3);
    fake.probeEnds = { state: 'rejected', error: 'No such image' };
    expect(await told(fake)).toEqual([
      ['error', expect.stringMatching(/nobody could tell what it holds: .*No such image/), expect.any(String)],
    ]);
  });

  it('stays if no broker runs that could tell', async () => {
    const none = async (): Promise<never[]> => [];
    const found = await quorumLeave.run(
      leaving('kafka-4', BROKERS, { services: none, tasks: none, nodes: none, networks: none }),
    );
    expect(found.map(({ level, text }) => `${level}: ${text}`)).toEqual([
      'error: kafka-4 of Kafka brokers would be taken away, and nobody could tell what it holds: ' +
        'no broker tells of its topics, 0 of 3 in sync',
    ]);
  });

  it('stays if nobody answers in time, which is longer than a probe takes', async () => {
    const clock = new VirtualClock();
    const started = clock.now();
    const services = (): Promise<never> => new Promise(() => undefined);
    const none = async (): Promise<never[]> => [];
    const waiting: string[] = [];
    const results = await runChecks(leaving('kafka-4', BROKERS, { services, tasks: none, nodes: none }, clock), [], {
      onWaiting: (text) => waiting.push(text),
    });
    expect(results.find(({ name }) => name === 'quorum-leave')).toMatchObject({
      level: 'error',
      findings: [
        {
          text: 'no answer within 120 s: it waited for the members of a quorum group to answer',
          hint: expect.stringContaining('--ignore quorum-leave') as string,
        },
      ],
    });
    expect(failed(results).map(({ name }) => name)).toContain('quorum-leave');
    expect(clock.now() - started).toBeGreaterThanOrEqual(120_000);
    expect(waiting.at(-1)).toMatch(/^quorum-leave waits .* \(120 s of 120 s\)$/);
    expect(BROKERS[0]?.probe.timeoutSeconds).toBeLessThan(120);
  });
});

describe('a member that would restart', () => {
  /** Three servers that run, of which the second has only the leader beside it. */
  const fakeSwarm = (): FakeEnsemble => new FakeEnsemble(['waiting', 'follower', 'leader'], 3);
  const told = async (fake: FakeEnsemble, engine: Partial<Engine> = {}) => {
    const from = leaving('', [SERVERS], { ...fake.engine(), ...engine }, fake.clock);
    const services = changes('zookeeper-2 restart');
    const asking = { ...from, asksMembers: true, planned: () => ({ ...from.planned(), services }) };
    return (await quorumStop.run(asking)).map(({ level, text }) => `${level}: ${text}`);
  };

  it('is told of if that breaks something', async () => {
    expect(await told(fakeSwarm())).toEqual([
      'warning: zookeeper-2 of ZooKeeper would restart, and without it there would be no quorum',
    ]);
  });

  it('could not be asked about if members run where the swarm has heard of no node since an election', async () => {
    const fake = fakeSwarm();
    for (const node of fake.swarm.nodes) node.state = 'unknown';
    expect(await told(fake)).toEqual([
      'unsure: ZooKeeper could not be asked about zookeeper-2: the swarm has no word from where it runs ' +
        '(zookeeper-1 on node1, zookeeper-2 on node1, zookeeper-3 on node1); `docker node ls` shows the nodes',
    ]);
  });

  it('could not be asked about if members run and their network is not there', async () => {
    expect(await told(fakeSwarm(), { networks: async () => [] })).toEqual([
      'unsure: ZooKeeper could not be asked about zookeeper-2: the swarm has no network prod_zk, ' +
        'in which its members are asked',
    ]);
  });

  it('breaks nothing if none runs', async () => {
    const fake = fakeSwarm();
    fake.swarm.tasks = [];
    expect(await told(fake)).toEqual([]);
  });
});
