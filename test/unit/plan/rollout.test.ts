import { describe, expect, it } from 'vitest';
import type { ServiceChange } from '../../../src/plan/changes.ts';
import { describeRollout, isPlain, rolloutOf } from '../../../src/plan/rollout.ts';
import { deploy, service, stackDocument } from '../compose/documents.ts';
import { zookeeperPolicy } from '../../../stacks/zookeeper/policy.ts';

const NAMES = ['zk-1', 'zk-2', 'zk-3', 'web', 'job', 'idle'];
const document = stackDocument({
  services: {
    ...Object.fromEntries(NAMES.map((name) => [name, service()])),
    web: service({
      deploy: deploy({
        replicas: 5,
        update: { parallelism: 2, delay: '10s', failureAction: 'rollback', monitor: '5s', order: 'start-first' },
      }),
    }),
    job: service({
      deploy: deploy({
        replicas: 2,
        update: { parallelism: 0, failureAction: 'continue', monitor: '5s', order: 'stop-first' },
      }),
    }),
    idle: service({ deploy: deploy({ replicas: 0 }) }),
  },
});
const ROLLING = [
  { name: 'workers', title: 'workers', services: ['idle'] },
  { name: 'jobs', title: 'jobs', services: ['job'] },
];
const ENSEMBLE = { name: 'zookeeper', title: 'ZooKeeper', services: ['zk-1', 'zk-2', 'zk-3'], policy: zookeeperPolicy };

function change(
  name: string,
  effect: 'restart' | 'move' | 'in place',
  action: ServiceChange['action'] = 'update',
): ServiceChange {
  return {
    name,
    action,
    reason: '',
    image: 'x',
    changes: [{ field: 'image', kind: 'changed', effect }],
    restarts: effect !== 'in place',
    notCompared: [],
  };
}

const WINDOW = 'one after the other, each once the one before keeps running';
const CHECKS = `${WINDOW} and passes its own checks`;
const QUORUM = 'one after the other, each when the ensemble is whole again, the leader last';
const ALL = NAMES.map((name) => change(name, 'restart'));

describe('rolloutOf', () => {
  it('has a member that a run left stopped start with those of its group that restart together', () => {
    const stopped = (name: string): ServiceChange => ({
      ...change(name, 'restart'),
      changes: [{ field: 'replicas', kind: 'changed', effect: 'restart', from: '0', to: '1' }],
    });
    const names = (joint: string[], ...changes: ServiceChange[]) =>
      rolloutOf(changes, document, {
        ensembles: [ENSEMBLE],
        joint: new Map(joint.map((name) => [name, ['peers-ca.crt']])),
      }).map(({ how, services }) => [how, ...services.map(({ name }) => name)]);
    const others = [change('zk-2', 'restart'), change('zk-3', 'restart')];
    expect(names(['zk-2', 'zk-3'], stopped('zk-1'), ...others)).toEqual([['at-once', 'zk-1', 'zk-2', 'zk-3']]);
    // Of a group that changes nothing together it has its turn, as a member that only restarts has in any case.
    expect(names(['web'], stopped('zk-1'), change('web', 'restart'))).toEqual([
      ['one-by-one', 'zk-1'],
      ['at-once', 'web'],
    ]);
    expect(names(['zk-2', 'zk-3'], change('zk-1', 'restart'), ...others)).toEqual([
      ['one-by-one', 'zk-1'],
      ['at-once', 'zk-2', 'zk-3'],
    ]);
  });

  it('updates the members of an ensemble one after the other, then all others at once', () => {
    const stages = rolloutOf(
      NAMES.map((name) => change(name, 'restart')),
      document,
      { ensembles: [ENSEMBLE] },
    );
    expect(
      stages.map(({ how, ensemble, services }) => ({ how, ensemble, names: services.map(({ name }) => name) })),
    ).toEqual([
      { how: 'one-by-one', ensemble: 'zookeeper', names: ['zk-1', 'zk-2', 'zk-3'] },
      { how: 'at-once', ensemble: undefined, names: ['web', 'job', 'idle'] },
    ]);
    expect(describeRollout(stages)).toEqual([
      `  1. zk-1, zk-2, zk-3  ${QUORUM}`,
      '  2. at once: web (5 tasks, 2 at a time, 10s apart, the new one starts before the old one stops, rolls back ' +
        'after a failure), job (2 tasks, all at a time, goes on after a failure), idle (no task)',
    ]);
  });

  it('knows an ensemble of which one member restarts, and one that has one member only', () => {
    expect(describeRollout(rolloutOf([change('zk-2', 'restart')], document, { ensembles: [ENSEMBLE] }))).toEqual([
      '  zk-2  the other members stay up',
    ]);
    expect(
      describeRollout(
        rolloutOf([change('zk-1', 'restart')], document, { ensembles: [{ ...ENSEMBLE, services: ['zk-1'] }] }),
      ),
    ).toEqual(['  at once: zk-1']);
  });

  it('says where only misplaced tasks are replaced', () => {
    expect(describeRollout(rolloutOf([change('zk-1', 'move')], document))).toEqual([
      '  at once: zk-1 (only if the node no longer fits)',
    ]);
  });

  it('rolls the groups in their order at the end, and says once what stands between two services', () => {
    const stages = rolloutOf(ALL, document, { ensembles: [ENSEMBLE], rolling: ROLLING });
    expect(
      stages.map(({ how, group, gate, services }) => [how, group, gate, services.map(({ name }) => name)]),
    ).toEqual([
      ['one-by-one', undefined, 'quorum', ['zk-1', 'zk-2', 'zk-3']],
      ['at-once', undefined, undefined, ['web']],
      ['one-by-one', 'workers', 'checks', ['idle']],
      ['one-by-one', 'jobs', 'checks', ['job']],
    ]);
    expect(describeRollout(stages, (name) => `${name}!`).slice(2)).toEqual([`  3. idle! → job!  ${CHECKS}`]);
    const [alone] = [rolloutOf([change('job', 'restart')], document, { rolling: ROLLING })];
    expect(describeRollout(alone)).toEqual(['  job']);
    const two = rolloutOf([change('job', 'restart'), change('web', 'restart')], document, {
      rolling: [{ name: 'both', title: 'both', services: ['web', 'job'] }],
    });
    expect(describeRollout(two)).toEqual([`  web → job  ${CHECKS}`]);
    const unverified = rolloutOf([change('job', 'restart'), change('idle', 'restart')], document, {
      rolling: ROLLING,
      verify: false,
    });
    expect(unverified.map(({ gate }) => gate)).toEqual(['running', 'running']);
    expect(describeRollout(unverified)).toEqual([`  idle → job  ${WINDOW}`]);
  });

  it('takes those that must restart together out of ensembles and groups, and says for which secrets', () => {
    const joint = new Map([
      ['zk-2', ['ca.crt']],
      ['job', ['ca.crt', 'token']],
    ]);
    const stages = rolloutOf(ALL, document, { ensembles: [ENSEMBLE], rolling: ROLLING, joint });
    expect(stages.map(({ how, shared, services }) => [how, shared, services.map(({ name }) => name)])).toEqual([
      ['one-by-one', undefined, ['zk-1', 'zk-3']],
      ['at-once', ['ca.crt', 'token'], ['zk-2', 'web', 'job']],
      ['one-by-one', undefined, ['idle']],
    ]);
    expect(describeRollout(stages)[2]).toBe('     ca.crt, token change: all who mount them restart together');
  });

  it('takes those that must agree on a property out of groups, and says on which', () => {
    const agreed = new Map([['job', ['environment HOST']]]);
    const stages = rolloutOf(ALL, document, { ensembles: [ENSEMBLE], rolling: ROLLING, agreed });
    expect(stages.map((stage) => [stage.how, stage.agreed, stage.services.map(({ name }) => name)])).toEqual([
      ['one-by-one', undefined, ['zk-1', 'zk-2', 'zk-3']],
      ['at-once', ['environment HOST'], ['web', 'job']],
      ['one-by-one', undefined, ['idle']],
    ]);
    expect(describeRollout(stages)[2]).toBe(
      '     environment HOST changes: services that must agree on it restart together',
    );
    const alone = rolloutOf([change('job', 'restart')], document, { rolling: ROLLING, agreed });
    expect(isPlain(alone)).toBe(false);
  });

  it('takes those whose certificates have expired out of ensembles and groups, and says so', () => {
    const expired = new Map([
      ['zk-1', ['zk-1.pem']],
      ['zk-2', ['zk-2.pem']],
      ['zk-3', []],
    ]);
    const stages = rolloutOf(ALL, document, { ensembles: [ENSEMBLE], rolling: ROLLING, expired });
    expect(stages.map((stage) => [stage.how, stage.expired, stage.services.map(({ name }) => name)])).toEqual([
      ['at-once', ['zk-1.pem', 'zk-2.pem'], ['zk-1', 'zk-2', 'zk-3', 'web']],
      ['one-by-one', undefined, ['idle']],
      ['one-by-one', undefined, ['job']],
    ]);
    expect(describeRollout(stages)[1]).toBe(
      '     zk-1.pem, zk-2.pem expired: those that mount them restart together, since none of them is let in by another ' +
        'any more',
    );
    const alone = rolloutOf([change('zk-1', 'restart')], document, { ensembles: [ENSEMBLE], expired });
    expect(isPlain(alone)).toBe(false);
  });

  it('rolls no group at once, but every ensemble all the same', () => {
    const stages = rolloutOf(ALL, document, { ensembles: [ENSEMBLE], rolling: ROLLING, atOnce: true });
    expect(stages.map(({ how, services }) => [how, services.map(({ name }) => name)])).toEqual([
      ['one-by-one', ['zk-1', 'zk-2', 'zk-3']],
      ['at-once', ['web', 'job', 'idle']],
    ]);
  });

  it('has no stage for what is created, removed or changed in place', () => {
    expect(
      rolloutOf(
        [change('web', 'restart', 'create'), change('old', 'restart', 'remove'), change('zk-1', 'in place')],
        document,
        { ensembles: [ENSEMBLE] },
      ),
    ).toEqual([]);
  });
});
