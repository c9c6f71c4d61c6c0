import { describe, expect, it } from 'vitest';
import { STACK_NAMESPACE, type SwarmService } from '../../../src/engine/port.ts';
import type { ToldChange } from '../../../src/plan/changes.ts';
import type { LabelChange } from '../../../src/plan/labels.ts';
import type { Stage } from '../../../src/place/stuck.ts';
import { rolloutOf, type RolloutPolicy } from '../../../src/plan/rollout.ts';
import { onlyStaged } from '../../../src/quorum/only-staged.ts';
import { stagesOf } from '../../../src/quorum/stages.ts';
import { zookeeperPolicy } from '../../../stacks/zookeeper/policy.ts';
import { service, stackDocument } from '../compose/documents.ts';
import { liveService } from '../plan/engine.ts';
import { changes, member } from './fake-ensemble.ts';

const rolling = [
  { name: 'data', title: 'data agents', services: ['data-1', 'data-2'] },
  { name: 'query', title: 'query agents', services: ['query-1'] },
];
const ensembles = [{ name: 'zookeeper', title: 'ZooKeeper', policy: zookeeperPolicy, services: [1, 2, 3].map(member) }];

function planned(words: readonly string[], policy: RolloutPolicy) {
  const services = changes(...words);
  const named = services.filter(({ action }) => action !== 'remove').map(({ name }) => [name, service()]);
  const document = stackDocument({ services: Object.fromEntries(named) });
  return { services, restarts: rolloutOf(services, document, { ensembles, rolling, ...policy }) };
}

const stages = (words: readonly string[], policy: RolloutPolicy = {}): Stage[] =>
  stagesOf(planned(words, policy), { ensembles, rolling });

describe('the stages of a deployment, as placement looks at them', () => {
  it('await each member and each agent, and of the one call what restarts', () => {
    expect(
      stages([
        'zookeeper-1 restart',
        'zookeeper-2 restart',
        'zookeeper-3 create',
        'app restart',
        'extra create',
        'data-1 restart',
        'data-2 unchanged',
        'query-1 restart',
        'old remove',
      ]),
    ).toEqual([
      {
        services: ['zookeeper-3'],
        awaited: ['zookeeper-3'],
        quorum: true,
      },
      {
        services: ['zookeeper-1', 'zookeeper-2'],
        awaited: ['zookeeper-1', 'zookeeper-2'],
        quorum: true,
        inTurn: true,
      },
      { services: ['app', 'extra'], awaited: ['app'] },
      { services: [], awaited: ['data-2'] },
      { services: ['data-1'], awaited: ['data-1'], inTurn: true },
      { services: [], awaited: ['data-2'] },
      { services: ['query-1'], awaited: ['query-1'], inTurn: true },
    ]);
  });

  it('do not await the only one that restarts, but those beside it', () => {
    expect(stages(['app create', 'data-1 restart', 'data-2 update'])).toEqual([
      { services: ['app', 'data-2'], awaited: [] },
      { services: [], awaited: ['data-2'] },
      { services: ['data-1'], awaited: [], inTurn: true },
    ]);
  });

  it('are one that nobody waits for if all restart at the same moment', () => {
    expect(stages(['data-1 restart', 'data-2 restart', 'query-1 restart'], { atOnce: true })).toEqual([
      { services: ['data-1', 'data-2', 'query-1'], awaited: [] },
    ]);
  });
});

describe('what no single call may do', () => {
  const why = (words: readonly string[], policy: RolloutPolicy = {}, secrets: ToldChange[] = []) => {
    const { services, restarts } = planned(words, policy);
    const groups = ensembles.map((each) => ({ ...each, isMember: (name: string) => name.startsWith('zookeeper-') }));
    return onlyStaged({ stack: 'prod', services, restarts, told: secrets, labels: [] }, groups, []);
  };

  it.each<[string, string[], RolloutPolicy]>([
    ['the first deployment', ['zookeeper-1 create', 'zookeeper-2 create', 'zookeeper-3 create'], {}],
    ['agents, which are an outage and no more', ['data-1 restart', 'data-2 restart', 'zookeeper-1 unchanged'], {}],
    [
      'members that restart together in any case',
      [1, 2, 3].map((id) => `zookeeper-${id} restart`),
      { joint: new Map([1, 2, 3].map((id) => [member(id), ['ca']])) },
    ],
  ])('is not %s', (_what, words, policy) => expect(why(words, policy)).toEqual([]));

  it('is members that come, restart or go, and a secret that what runs must be told of', () => {
    expect(why(['zookeeper-1 restart', 'zookeeper-2 unchanged', 'zookeeper-3 create', 'zookeeper-4 remove'])).toEqual([
      'zookeeper-3, zookeeper-1 of ZooKeeper must start in turn, not all at once',
      'zookeeper-4 of ZooKeeper may go only if the others, asked right before, miss nothing',
    ]);
    const told = { file: 'db-root', secret: 'prod_db-root.v2', before: ['prod_db-root.v1'], what: 'the root password' };
    expect(why(['app restart'], {}, [told])).toEqual([
      'prod_db-root.v2 becomes the root password, and what runs must be told so first',
    ]);
    expect(why(['app restart'], {}, [{ ...told, later: true }])).toEqual([
      'prod_db-root.v2 becomes the root password, and what runs must be told so once every task runs',
    ]);
  });
});

describe('what no single call waits for', () => {
  /** A service that runs, with a volume of its own. */
  const running = (name: string, stopGraceSeconds: number, more: Partial<SwarmService> = {}): SwarmService =>
    liveService(
      {
        Name: `prod_${name}`,
        TaskTemplate: { ContainerSpec: { Mounts: [{ Type: 'volume', Source: `prod_${name}`, Target: '/data' }] } },
      },
      { labels: { [STACK_NAMESPACE]: 'prod' }, stopGraceSeconds, ...more },
    );
  const why = (words: readonly string[], live: SwarmService[], moving: readonly string[] = []): string[] => {
    const { services, restarts } = planned(words, {});
    const labels = moving.map((name): LabelChange => ({
      ...{ action: 'remove', nodeId: 'n1', node: 'n1', key: name, when: 'move', services: [name], reason: '' },
    }));
    const groups = ensembles.map((each) => ({ ...each, isMember: (name: string) => name.startsWith('zookeeper-') }));
    return onlyStaged({ stack: 'prod', services, restarts, labels }, groups, live);
  };
  const BESIDE =
    'to stop, and after a minute the swarm would start the new task beside the old one, on the same volume';

  it('is the end of what may take longer to stop than the swarm waits', () => {
    expect(why(['data-1 restart'], [running('data-1', 61)])).toEqual([`data-1 may take up to 61 s ${BESIDE}`]);
    const two = [running('data-1', 90), running('data-2', 24 * 3600)];
    expect(why(['data-1 restart', 'data-2 restart'], two)).toEqual([`data-1, data-2 may take up to 24 h ${BESIDE}`]);
  });

  it.each<[string, string[], SwarmService[]]>([
    ['stops within a minute', ['data-1 restart'], [running('data-1', 60)]],
    ['is not replaced', ['data-1 update', 'data-2 start', 'app restart'], [running('data-1', 90)]],
    ['is made, or goes', ['data-1 create', 'data-2 remove'], [running('data-2', 90)]],
    ['has no task', ['data-1 restart'], [running('data-1', 90, { mode: { kind: 'replicated', replicas: 0 } })]],
    [
      'has a task for each node',
      ['data-1 restart'],
      [running('data-1', 90, { mode: { kind: 'global', replicas: 1 } })],
    ],
    ['has nothing of its own', ['data-1 restart'], [running('data-1', 90, { spec: { Name: 'prod_data-1' } })]],
    ['is another stack’s', ['data-1 restart'], [running('data-1', 90, { labels: { [STACK_NAMESPACE]: 'other' } })]],
  ])('is nothing of what %s', (_what, words, live) => expect(why(words, live)).toEqual([]));

  it('is the end of what moves, however soon that is; but not of what is made where the label moves', () => {
    expect(why(['data-1 restart'], [running('data-1', 90)], ['data-1'])).toEqual([
      'the old task of data-1 must have ended on its node before the new one starts on another',
    ]);
    expect(why(['data-1 restart'], [running('data-1', 10)], ['data-1'])).toHaveLength(1);
    expect(why(['data-1 create'], [], ['data-1'])).toEqual([]);
  });

  it('is told once of members that go one after the other in any case', () => {
    const words = ['zookeeper-1 restart', 'zookeeper-2 restart', 'zookeeper-3 unchanged'];
    const live = [1, 2].map((id) => running(member(id), 360));
    expect(why(words, live, [member(1)])).toEqual([
      'zookeeper-1, zookeeper-2 of ZooKeeper must start in turn, not all at once',
    ]);
  });
});
