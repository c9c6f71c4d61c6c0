import { describe, expect, it } from 'vitest';
import type { Stage } from '../../../src/place/stuck.ts';
import { rolloutOf, type RolloutPolicy } from '../../../src/plan/rollout.ts';
import { stagesOf } from '../../../src/quorum/stages.ts';
import { zookeeperPolicy } from '../../../stacks/zookeeper/policy.ts';
import { service, stackDocument } from '../compose/documents.ts';
import { changes, member } from './fake-ensemble.ts';

const rolling = [
  { name: 'data', title: 'data agents', services: ['data-1', 'data-2'] },
  { name: 'query', title: 'query agents', services: ['query-1'] },
];
const ensembles = [{ name: 'zookeeper', title: 'ZooKeeper', policy: zookeeperPolicy, services: [1, 2, 3].map(member) }];

function stages(words: readonly string[], policy: RolloutPolicy = {}): Stage[] {
  const services = changes(...words);
  const named = services.filter(({ action }) => action !== 'remove').map(({ name }) => [name, service()]);
  const document = stackDocument({ services: Object.fromEntries(named) });
  const restarts = rolloutOf(services, document, { ensembles, rolling, ...policy });
  return stagesOf({ services, restarts }, { ensembles, rolling });
}

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
