import { describe, expect, it } from 'vitest';
import { describeOutage, outageOf } from '../../../src/plan/outage.ts';
import type { ServiceChange } from '../../../src/plan/changes.ts';
import { rolloutOf } from '../../../src/plan/rollout.ts';
import type { UpdatePolicy } from '../../../src/compose/types.ts';
import { deploy, service, stackDocument } from '../compose/documents.ts';
import { zookeeperPolicy } from '../../../stacks/zookeeper/policy.ts';

const update = (more: Partial<UpdatePolicy>): UpdatePolicy => ({
  parallelism: 1,
  failureAction: 'pause',
  monitor: '5s',
  order: 'stop-first',
  ...more,
});
const NAMES = ['zk-1', 'zk-2', 'zk-3', 'manager', 'data-1', 'data-2', 'alone', 'two', 'blue', 'none'];
const document = stackDocument({
  services: {
    ...Object.fromEntries(
      NAMES.map((name) => [name, service({ deploy: deploy({ replicas: 1, update: update({}) }) })]),
    ),
    two: service({ deploy: deploy({ replicas: 2, update: update({}) }) }),
    blue: service({ deploy: deploy({ replicas: 1, update: update({ order: 'start-first' }) }) }),
    none: service({ deploy: deploy({ replicas: 0, update: update({}) }) }),
  },
});
const ENSEMBLES = [
  { name: 'zookeeper', title: 'ZooKeeper', services: ['zk-1', 'zk-2', 'zk-3'], policy: zookeeperPolicy },
];
const ROLLING = [
  { name: 'manager', title: 'manager', services: ['manager'] },
  { name: 'data', title: 'data agents', services: ['data-1', 'data-2'] },
];

/** Changes in words: `data-1 restart`, `data-2 create`, `zk-1 move`; the others are unchanged. */
function outage(words: string, policy: { atOnce?: boolean; joint?: string[] } = {}): string[] {
  const wanted = new Map(words.split(', ').map((word) => word.split(' ') as [string, string]));
  const changes = NAMES.map((name): ServiceChange => {
    const what = wanted.get(name) ?? 'unchanged';
    const effect = what === 'move' ? 'move' : 'restart';
    const updates = what === 'restart' || what === 'move';
    return {
      name,
      action: updates ? 'update' : (what as ServiceChange['action']),
      reason: '',
      image: '',
      restarts: updates,
      notCompared: [],
      changes: updates ? [{ field: 'image', kind: 'changed', effect }] : [],
    };
  });
  const joint = new Map((policy.joint ?? []).map((name) => [name, ['token']]));
  const restarts = rolloutOf(changes, document, {
    ensembles: ENSEMBLES,
    rolling: ROLLING,
    joint,
    atOnce: policy.atOnce ?? false,
  });
  return outageOf(changes, restarts, [
    ...ENSEMBLES.map(({ services, policy: { worksWith } }) => ({ services, worksWith })),
    ...ROLLING,
  ]);
}

describe('an outage', () => {
  it.each<[string, string[]]>([
    ['data-1 restart, data-2 restart', []],
    ['data-1 restart', []],
    ['data-1 restart, data-2 create', ['data-1']],
    ['manager restart, data-1 restart', ['manager']],
    ['alone restart', ['alone']],
    ['two restart, blue restart, none restart', []],
    ['alone move', []],
    ['zk-1 restart, zk-2 restart, zk-3 restart', []],
    ['zk-1 restart, zk-2 create, zk-3 create', ['zk-1']],
  ])('of %s: %j', (words, expected) => expect(outage(words)).toEqual(expected));

  it('is a whole group that restarts at the same moment', () => {
    expect(outage('data-1 restart, data-2 restart', { atOnce: true })).toEqual(['data-1', 'data-2']);
    expect(outage('data-1 restart', { atOnce: true })).toEqual([]);
    expect(
      outage('manager restart, data-1 restart, data-2 restart', { joint: ['manager', 'data-1', 'data-2'] }),
    ).toEqual(['manager', 'data-1', 'data-2']);
  });

  it('is an ensemble of which too many restart together', () => {
    expect(outage('zk-1 restart, zk-2 restart', { joint: ['zk-1', 'zk-2'] })).toEqual(['zk-1', 'zk-2']);
    expect(outage('zk-1 restart', { joint: ['zk-1'] })).toEqual([]);
  });

  it('is one line', () => {
    expect(describeOutage([])).toEqual([]);
    expect(describeOutage(['manager'])).toEqual([
      'Outage: manager restarts, and nothing else does its work meanwhile.',
    ]);
    expect(describeOutage(['manager', 'data-1'])).toEqual([
      'Outage: manager, data-1 restart, and nothing else does their work meanwhile.',
    ]);
  });
});
