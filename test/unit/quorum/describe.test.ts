import { describe, expect, it } from 'vitest';
import { describeWaves } from '../../../src/quorum/describe.ts';
import type { Plan } from '../../../src/plan/changes.ts';
import { rolloutOf } from '../../../src/plan/rollout.ts';
import { service, stackDocument } from '../compose/documents.ts';
import { changes, member } from './fake-ensemble.ts';
import { zookeeperPolicy } from '../../../stacks/zookeeper/policy.ts';

const ROLLING = [
  { name: 'data', title: 'data agents', services: ['data-1', 'data-2'] },
  { name: 'query', title: 'query agents', services: ['query-1'] },
];
const lines = (count: number, ...words: string[]): string[] => linesOf(count, [], ...words);
const linesOf = (count: number, leading: string[], ...words: string[]): string[] => {
  const ensemble = {
    title: 'ZooKeeper',
    policy: zookeeperPolicy,
    services: Array.from({ length: count }, (_unused, index) => member(index + 1)),
  };
  const services = changes(...words);
  const named = services.filter(({ action }) => action !== 'remove').map(({ name }) => [name, service()]);
  const document = stackDocument({ services: Object.fromEntries(named) });
  const ensembles = [
    ...leading.map((name) => ({ ...ensemble, name, title: 'controllers', services: [name] })),
    { name: 'zookeeper', ...ensemble },
  ];
  const restarts = rolloutOf(services, document, { ensembles, rolling: ROLLING });
  return describeWaves({ services, restarts } as Plan, ensembles, ROLLING);
};

describe('what will be done to an ensemble', () => {
  it('is said in the order in which it is done', () => {
    expect(lines(3, 'zookeeper-1 restart', 'zookeeper-2 restart', 'zookeeper-3 restart', 'app create')).toEqual([
      'update zookeeper-1, zookeeper-2, zookeeper-3 (ZooKeeper): one after the other, those that are not well ' +
        'first, the leader last',
      'deploy app in one call',
    ]);
    expect(
      lines(
        5,
        'zookeeper-1 restart',
        'zookeeper-2 unchanged',
        'zookeeper-3 unchanged',
        'zookeeper-4 create',
        'zookeeper-5 create',
      ),
    ).toEqual(['create zookeeper-4, zookeeper-5 (ZooKeeper)', 'update zookeeper-1 (ZooKeeper)']);
    expect(lines(3, 'zookeeper-1 restart', 'zookeeper-2 create', 'zookeeper-3 create')).toEqual([
      'update zookeeper-1 (ZooKeeper)',
      'create zookeeper-2 (ZooKeeper)',
      'create zookeeper-3 (ZooKeeper)',
    ]);
  });
  it('has the rolling groups at the end, after all that is made in one call', () => {
    expect(
      lines(
        3,
        'zookeeper-1 restart',
        'query-1 restart',
        'data-1 restart',
        'data-2 restart',
        'data-3 create',
        'app restart',
      ),
    ).toEqual([
      'update zookeeper-1 (ZooKeeper)',
      'deploy data-3, app in one call',
      'update data-1, data-2 (data agents): one after the other, those that are not well first',
      'update query-1 (query agents)',
    ]);
  });
  it('begins with a group of one that others follow', () =>
    expect(linesOf(3, ['controller-1'], 'controller-1 restart', 'zookeeper-1 restart')).toEqual([
      'deploy controller-1 (controllers), waited for',
      'update zookeeper-1 (ZooKeeper)',
    ]));
  it('is nothing where nothing is deployed', () =>
    expect(lines(3, 'zookeeper-1 unchanged', 'gone remove')).toEqual([]));
});
