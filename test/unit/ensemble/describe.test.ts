import { describe, expect, it } from 'vitest';
import { describeWaves } from '../../../src/ensemble/describe.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { changes, member } from './fake-ensemble.ts';

const lines = (count: number, ...words: string[]): string[] => {
  const ensemble = { title: 'ZooKeeper', services: Array.from({ length: count }, (_unused, index) => member(index + 1)) };
  return describeWaves({ services: changes(...words) } as Plan, [ensemble]);
};

describe('what will be done to an ensemble', () => {
  it('is said in the order in which it is done', () => {
    expect(lines(3, 'zookeeper-1 restart', 'zookeeper-2 restart', 'zookeeper-3 restart', 'app create')).toEqual([
      'update zookeeper-1, zookeeper-2, zookeeper-3 (ZooKeeper): one after the other, those that are not well first, the leader last',
      'deploy app in one call',
    ]);
    expect(lines(5, 'zookeeper-1 restart', 'zookeeper-2 unchanged', 'zookeeper-3 unchanged', 'zookeeper-4 create', 'zookeeper-5 create')).toEqual([
      'create zookeeper-4, zookeeper-5 (ZooKeeper)',
      'update zookeeper-1 (ZooKeeper)',
    ]);
    expect(lines(3, 'zookeeper-1 restart', 'zookeeper-2 create', 'zookeeper-3 create')).toEqual([
      'update zookeeper-1 (ZooKeeper)', 'create zookeeper-2 (ZooKeeper)', 'create zookeeper-3 (ZooKeeper)',
    ]);
  });
  it('is nothing where nothing is deployed', () => expect(lines(3, 'zookeeper-1 unchanged', 'gone remove')).toEqual([]));
});
