import { describe, expect, it } from 'vitest';
import type { SwarmService } from '../../../src/engine/port.ts';
import type { ServiceChange } from '../../../src/plan/changes.ts';
import { expiredRestarts } from '../../../src/plan/expired.ts';
import { kafkaGroups } from '../../../stacks/kafka/quorum/group.ts';
import { changes } from '../quorum/fake-ensemble.ts';

const BROKERS = ['kafka-1', 'kafka-2', 'kafka-3'];
const CONTROLLERS = ['kafka-controller-1', 'kafka-controller-2', 'kafka-controller-3'];
const combined = kafkaGroups(
  BROKERS.map((name, index) => ({ id: index + 1, name, broker: true, controller: true })),
  'scram',
);
const apart = kafkaGroups(
  [
    ...CONTROLLERS.map((name, index) => ({ id: 101 + index, name, broker: false, controller: true })),
    ...[...BROKERS, 'kafka-4'].map((name, index) => ({ id: index + 1, name, broker: true, controller: false })),
  ],
  'scram',
);

const secret = (name: string, version = 1): string => `prod_${name}-peer.pem.v${version}`;
const running = (name: string, version = 1): SwarmService =>
  ({
    name: `prod_${name}`,
    spec: { TaskTemplate: { ContainerSpec: { Secrets: [{ SecretName: secret(name, version) }] } } },
  }) as unknown as SwarmService;
const renewed = (name: string): ServiceChange[] =>
  changes(`${name} restart`).map((change) => ({
    ...change,
    changes: [
      { field: 'secret peer.pem', kind: 'changed', effect: 'restart', from: secret(name), to: secret(name, 2) },
    ],
  }));
const together = (
  wanted: readonly ServiceChange[],
  groups: typeof combined,
  services: readonly SwarmService[],
  expired: readonly string[],
) => [...expiredRestarts('prod', wanted, groups, services, new Set(expired.map((name) => secret(name)))).entries()];

describe('members whose certificates have expired', () => {
  const all = BROKERS.flatMap(renewed);
  const services = BROKERS.map((name) => running(name));

  it('restart together if this update takes them all away, and name them', () => {
    expect(together(all, combined, services, BROKERS)).toEqual(BROKERS.map((name) => [name, [`${name}-peer.pem`]]));
  });

  it.each<[string, readonly ServiceChange[], readonly string[]]>([
    ['if none has expired, whatever they answer', all, []],
    ['if those in date do the work without the expired one', all, ['kafka-1']],
    ['if one that has expired stays', [...renewed('kafka-1'), ...changes('kafka-2 unchanged', 'kafka-3 unchanged')], BROKERS], // prettier-ignore
    ['if nothing takes them away', changes(...BROKERS.map((name) => `${name} restart`)), BROKERS],
  ])('are asked as ever %s', (_what, wanted, expired) => {
    expect(together(wanted, combined, services, expired)).toEqual([]);
  });

  it('are the rest of them if a run before was stopped in the middle', () => {
    const half = [running('kafka-1', 2), running('kafka-2'), running('kafka-3')];
    const wanted = [...changes('kafka-1 unchanged'), ...renewed('kafka-2'), ...renewed('kafka-3')];
    expect(together(wanted, combined, half, BROKERS).map(([name]) => name)).toEqual(['kafka-2', 'kafka-3']);
  });

  it('take along who restarts beside them and has one in date: nobody could tell how it is', () => {
    const names = [...CONTROLLERS, ...BROKERS];
    const wanted = [...names.flatMap(renewed), ...changes('kafka-4 restart', 'app restart', 'kafka-5 create')];
    const live = [...names, 'kafka-4', 'app'].map((name) => running(name));
    expect(together(wanted, apart, live, names)).toEqual([
      ...names.map((name) => [name, [`${name}-peer.pem`]]),
      ['kafka-4', []],
    ]);
  });
});
