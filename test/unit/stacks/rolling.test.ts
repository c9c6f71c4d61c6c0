import { describe, expect, it } from 'vitest';
import { agreedRestarts, jointRestarts } from '../../../src/plan/together.ts';
import { desiredSpecs } from '../../../src/plan/convert.ts';
import { diffService } from '../../../src/plan/diff.ts';
import type { ServiceChange } from '../../../src/plan/changes.ts';
import { cluster, rendered } from './imply.ts';

const planOf = (over: Record<string, unknown> = {}) => {
  const { definition, name, answers } = cluster(over);
  return definition.plan(name, answers);
};
const agents = {
  master: { replicas: 2, nodes: ['node1', 'node2'] },
  query: { nodes: ['node2'] },
  data: { replicas: 2, nodes: ['node2', 'node3'] },
  dataTier2: { replicas: 1, nodes: ['node3'] },
};
const order = (groups: { name: string; services: string[] }[]): string[] =>
  groups.map(({ name, services }) => `${name}: ${services.join(' ')}`);

describe('the order of an Imply cluster', () => {
  it('is what the agents need, then data by tier, query and master; a rollback takes the roles the other way round', () => {
    const { rolling, rollingBack } = planOf({ agents });
    const [data, tier, query, master] = [
      'data: imply-data-1 imply-data-2',
      'dataTier2: imply-data-tier2-1',
      'query: imply-query-1',
      'master: imply-master-1 imply-master-2',
    ];
    expect(order(rolling)).toEqual(['store: mysql', 'manager: imply-manager', data, tier, query, master]);
    expect(order(rollingBack)).toEqual(['store: mysql', 'manager: imply-manager', master, query, tier, data]);
  });

  it.each<[string, Record<string, unknown>]>([
    ['an embedded store', { agents }],
    ['an outside store', { agents, store: { embedded: false, type: 'mysql', host: 'db.example.org', user: 'imply' } }],
    ['servers of ZooKeeper', { agents, zookeeper: { servers: 3, nodes: ['node1', 'node2', 'node3'] } }],
  ])('has every service once, with %s: in a group, or in an ensemble', (_what, over) => {
    const plan = planOf(over);
    const { document } = rendered(cluster(over));
    const named = (groups: { services: string[] }[]): string[] => groups.flatMap(({ services }) => services).sort();
    expect(named([...plan.rolling, ...plan.ensembles])).toEqual(Object.keys(document.services).sort());
    expect(named(plan.rollingBack)).toEqual(named(plan.rolling));
  });
});

describe('services that restart together', () => {
  /** Files for whose sake services restart together, where the second set of answers is deployed over the first. */
  const joint = (
    before: Record<string, unknown>,
    after: Record<string, unknown>,
    edit: (text: string) => string = (text) => text,
  ): Record<string, string[]> =>
    Object.fromEntries(jointRestarts('prod', changed(before, after, edit), planOf(after).together));
  const agreed = (before: Record<string, unknown>, after: Record<string, unknown>) =>
    Object.fromEntries(agreedRestarts(changed(before, after), planOf(after).agreed ?? []));
  const changed = (
    before: Record<string, unknown>,
    after: Record<string, unknown>,
    edit: (text: string) => string = (text) => text,
  ): ServiceChange[] => {
    const specs = (over: Record<string, unknown>, change: (text: string) => string) =>
      desiredSpecs('prod', JSON.parse(change(JSON.stringify(rendered(cluster(over)).document))), {});
    const was = specs(before, (text) => text);
    return Object.entries(specs(after, edit)).map(([name, desired]): ServiceChange => {
      const fields = diffService(desired, was[name]?.spec ?? {}, new Map());
      return { name, action: 'update', reason: '', image: '', changes: fields, restarts: true, notCompared: [] };
    });
  };
  const five = ['imply-manager', 'imply-master-1', 'imply-query-1', 'imply-data-1', 'imply-data-2'];

  it('are manager and agents, for a new token', () => {
    const found = joint({}, {}, (text) => text.replaceAll('prod_imply-auth-token.v1', 'prod_imply-auth-token.v2'));
    expect(found).toEqual(Object.fromEntries(five.map((name) => [name, ['imply-auth-token']])));
  });

  it('are manager and agents, where TLS is turned on or off', () => {
    const off = { tls: { enabled: false }, authentication: { enabled: false } };
    const files = ['imply-ca.crt', 'imply-auth-token', 'imply-ca.key'];
    for (const [before, after] of [
      [off, {}],
      [{}, off],
    ] as const) {
      const found = joint(before, after);
      expect(Object.keys(found)).toEqual(five);
      expect([...(found['imply-manager'] ?? [])].sort()).toEqual([...files].sort());
      expect([...(found['imply-data-1'] ?? [])].sort()).toEqual(['imply-auth-token', 'imply-ca.crt']);
    }
  });

  const OFF = { tls: { enabled: false }, authentication: { enabled: false } };
  it.each<[string, Record<string, unknown>, Record<string, unknown>, string[]]>([
    [
      'another host name of the manager',
      {},
      { manager: { nodes: ['node1'], hostname: 'boss' } },
      ['host name', 'environment IMPLY_MANAGER_HOSTNAMES'],
    ],
    [
      'an ingress port of the manager',
      {},
      { manager: { nodes: ['node1'], portMode: 'ingress' } },
      ['environment IMPLY_MANAGER_HOSTNAMES', 'endpoint mode'],
    ],
    ['another host name without TLS', OFF, { ...OFF, manager: { nodes: ['node1'], hostname: 'boss' } }, ['host name']],
  ])('are manager and agents, for %s', (_what, before, after, ofManager) => {
    const found = agreed(before, after);
    expect(Object.keys(found)).toEqual(five);
    expect([...(found['imply-manager'] ?? [])].sort()).toEqual([...ofManager].sort());
    for (const agent of five.slice(1)) expect(found[agent]).toEqual(['environment IMPLY_MANAGER_HOST']);
  });

  it('are none, for another image, port or memory', () => {
    for (const after of [
      { images: { agent: 'imply/agent:v16' } },
      { manager: { nodes: ['node1'], port: 443, reserve: { memory: '2G' } } },
    ])
      expect(agreed({}, after)).toEqual({});
  });

  it('are none, for another image or another password of the store', () => {
    expect(joint({}, { images: { agent: 'imply/agent:v16' } })).toEqual({});
    expect(joint({}, {}, (text) => text.replaceAll('prod_store-password.v1', 'prod_store-password.v2'))).toEqual({});
  });
});
