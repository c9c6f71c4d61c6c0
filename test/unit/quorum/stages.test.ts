import { describe, expect, it } from 'vitest';
import type { ToldChange } from '../../../src/plan/changes.ts';
import type { Stage } from '../../../src/place/stuck.ts';
import { rolloutOf, type RolloutPolicy } from '../../../src/plan/rollout.ts';
import { onlyStaged } from '../../../src/quorum/only-staged.ts';
import { stagesOf } from '../../../src/quorum/stages.ts';
import { zookeeperPolicy } from '../../../stacks/zookeeper/policy.ts';
import { service, stackDocument } from '../compose/documents.ts';
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
    return onlyStaged({ services, restarts, told: secrets }, groups);
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
