import { describe, expect, it } from 'vitest';
import type { ComposeService } from '../../../src/compose/types.ts';
import { cluster, noticesOf, refusals, rendered, runbookOf } from './imply.ts';

const BASE = { master: { nodes: ['a'] }, query: { nodes: ['b'] }, data: { replicas: 2, nodes: ['b', 'c'] } };
const services = (agents: object, over: object = {}) =>
  rendered(cluster({ agents: { ...BASE, ...agents }, ...over })).document.services;
const of = (name: string, agents: object) => services(agents)[name] as ComposeService;
const agentNames = (agents: object) => Object.keys(services(agents)).filter((name) => /^imply-(?!manager)/.test(name));

describe('data tiers', () => {
  const tiers = { dataTier2: { replicas: 2, nodes: ['c', 'd'] }, dataTier3: { replicas: 1, nodes: ['d'] } };

  it('have a service for each agent; the first tier keeps its names', () => {
    expect(agentNames(tiers)).toEqual([
      'imply-master-1',
      'imply-query-1',
      'imply-data-1',
      'imply-data-2',
      'imply-data-tier2-1',
      'imply-data-tier2-2',
      'imply-data-tier3-1',
    ]);
    for (const name of ['imply-data-1', 'imply-data-2']) expect(of(name, tiers)).toEqual(of(name, {}));
  });

  it('say their tier, and have an own node, drain time and volumes', () => {
    expect(of('imply-data-tier2-2', tiers)).toMatchObject({
      hostname: 'imply-data-tier2-2',
      environment: {
        IMPLY_MANAGER_AGENT_NODE_TYPE: 'dataTier2',
        druid_common_runtime_druid_host: 'imply-data-tier2-2',
      },
      volumes: [
        { source: 'imply-data-tier2-2-var', target: '/mnt/var' },
        { source: 'imply-data-tier2-2-tmp', target: '/mnt/tmp' },
      ],
      stopGracePeriod: '24h',
      deploy: { constraints: ['node.labels.bundle.prod.data-tier2-2 == true'] },
    });
    expect(of('imply-data-tier3-1', tiers).environment).toMatchObject({ IMPLY_MANAGER_AGENT_NODE_TYPE: 'dataTier3' });
  });

  it('are verified like the others, and labelled on their nodes', () => {
    const { definition, name, answers } = cluster({ agents: { ...BASE, ...tiers } });
    const plan = definition.plan(name, answers);
    expect(plan.expectations.find(({ service }) => service === 'imply-data-tier2-1')?.forbiddenSecrets).toEqual([
      { secret: 'ca', part: 'key' },
    ]);
    expect(plan.placements).toContainEqual({ role: 'data-tier2-2', nodes: ['d'], services: ['imply-data-tier2-2'] });
  });

  it('need nodes when they have agents, and only then', () => {
    expect(refusals({ agents: { ...BASE, dataTier2: { replicas: 1 } } }).join()).toContain(
      'agents.dataTier2.nodes: names no node',
    );
    expect(refusals({ agents: { ...BASE, dataTier3: { nodes: ['a'] } } }).join()).toContain(
      'agents.dataTier3.nodes: names nodes for no agent',
    );
    expect(refusals({ manager: { nodes: ['a'], hostname: 'imply-data-tier2-1' } }).join()).toContain(
      'manager.hostname',
    );
  });
});

describe('sizes', () => {
  const resources = (name: string, agents: object) => of(name, agents).deploy.resources;

  it('trial reserves what the chart requests, and limits nothing', () => {
    expect(resources('imply-master-1', {})).toEqual({ reservations: { cpus: '0.2', memory: '500M' } });
    expect(resources('imply-data-tier2-1', { dataTier2: { replicas: 1, nodes: ['a'] } })).toEqual({
      reservations: { cpus: '0.4', memory: '1300M' },
    });
  });

  it('production is the vendor’s hardware advice, as reservation and limit', () => {
    const agents = { size: 'production', dataTier2: { replicas: 1, nodes: ['a'] } };
    const large = { cpus: '8', memory: '61G' };
    const small = { cpus: '4', memory: '16G' };
    expect(resources('imply-master-1', agents)).toEqual({ limits: small, reservations: small });
    for (const name of ['imply-query-1', 'imply-data-2', 'imply-data-tier2-1'])
      expect(resources(name, agents)).toEqual({ limits: large, reservations: large });
    expect(noticesOf({ agents: { ...BASE, ...agents } })).toHaveProperty('size-production');
  });

  it('own numbers replace the size’s, each for itself', () => {
    const agents = { size: 'production', data: { ...BASE.data, reserve: { memory: '56G' }, limit: { cpus: '12' } } };
    expect(resources('imply-data-1', agents)).toEqual({
      limits: { cpus: '12', memory: '61G' },
      reservations: { cpus: '8', memory: '56G' },
    });
    expect(resources('imply-master-1', { master: { nodes: ['a'], limit: { memory: '1G' } } })).toEqual({
      limits: { memory: '1G' },
      reservations: { cpus: '0.2', memory: '500M' },
    });
  });

  it('a reservation of one’s own above the size’s limit raises that limit', () => {
    const agents = { size: 'production', data: { ...BASE.data, reserve: { memory: '120G' } } };
    expect(resources('imply-data-1', agents)).toEqual({
      limits: { cpus: '8', memory: '120G' },
      reservations: { cpus: '8', memory: '120G' },
    });
  });

  it('a limit below what is reserved is refused', () => {
    expect(refusals({ agents: { ...BASE, data: { ...BASE.data, limit: { memory: '1G' } } } }).join()).toContain(
      'agents.data.limit.memory: is below the 1300M that are reserved',
    );
    expect(refusals({ agents: { ...BASE, query: { nodes: ['b'], limit: { cpus: '0.3' } } } }).join()).toContain(
      'agents.query.limit.cpus: is below the 0.4',
    );
    expect(refusals({ manager: { nodes: ['a'], limit: { memory: '400M' } } }).join()).toContain(
      'manager.limit.memory: is below the 500M',
    );
    expect(refusals({ manager: { nodes: ['a'], limit: { memory: '500M' } } })).toEqual([]);
    expect(refusals({ agents: { ...BASE, data: { ...BASE.data, limit: { memory: 'lots' } } } })).toEqual([
      expect.stringContaining('agents.data.limit.memory'),
    ]);
  });
});

describe('host directories', () => {
  const hostPaths = { var: '/data/var', tmp: '/data/tmp' };

  it('are bound in place of the volumes, by role', () => {
    const all = services(
      { data: { ...BASE.data, hostPaths } },
      { manager: { nodes: ['a'], hostPaths: { var: '/data/manager' } } },
    );
    expect(all['imply-data-2']?.volumes).toEqual([
      { type: 'bind', source: '/data/var', target: '/mnt/var' },
      { type: 'bind', source: '/data/tmp', target: '/mnt/tmp' },
    ]);
    expect(all['imply-manager']?.volumes).toEqual([{ type: 'bind', source: '/data/manager', target: '/mnt/var' }]);
    expect(all['imply-query-1']?.volumes).toEqual([
      { type: 'volume', source: 'imply-query-1-var', target: '/mnt/var' },
    ]);
  });

  it.each([['data/var'], ['/'], ['/data/'], ['/data/../etc'], ['/a b'], ['/a:b'], ['/a/{{.Node.ID}}']])(
    '%s is refused',
    (path) =>
      expect(refusals({ agents: { ...BASE, data: { ...BASE.data, hostPaths: { var: path } } } }).join()).toContain(
        'agents.data.hostPaths.var',
      ),
  );

  it('two agents never share one, of one role or of two', () => {
    expect(refusals({ agents: { ...BASE, data: { replicas: 2, nodes: ['b'], hostPaths } } }).join('\n')).toMatch(
      /agents\.data\.hostPaths\.var: \/data\/var on b is already used by another agent of this role/,
    );
    expect(
      refusals({
        agents: { ...BASE, data: { ...BASE.data, hostPaths }, query: { nodes: ['b'], hostPaths: { var: '/data' } } },
      }).join('\n'),
    ).toMatch(/is already used by agents\.query\.hostPaths\.var/);
    expect(refusals({ agents: { ...BASE, data: { ...BASE.data, hostPaths } } })).toEqual([]);
    expect(
      refusals({
        manager: { nodes: ['b'], hostPaths: { var: '/data/var' } },
        agents: { ...BASE, data: { ...BASE.data, hostPaths } },
      }).join(),
    ).toContain('already used by manager.hostPaths.var');
  });

  it('the runbook says which must be there, node by node, and lists no volume in their place', () => {
    const runbook = runbookOf({ agents: { ...BASE, data: { ...BASE.data, hostPaths } } });
    expect(runbook['Host directories']).toContain('# on c\nmkdir -p /data/var /data/tmp');
    expect(runbook['Volumes']).not.toContain('imply-data');
    expect(runbookOf({})).not.toHaveProperty('Host directories');
  });
});

describe('several masters and query agents', () => {
  const masters = (replicas: number, nodes: string[]) =>
    noticesOf({ agents: { ...BASE, master: { replicas, nodes } } });

  it('three masters on three nodes are fine; two, or most of them on one node, are not', () => {
    expect(masters(3, ['a', 'b', 'c'])).not.toHaveProperty('masters-together');
    expect(masters(1, ['a'])).not.toHaveProperty('two-masters');
    expect(masters(2, ['a', 'b'])['two-masters']).toMatch(/^warning: .*from three masters on/);
    expect(masters(3, ['a', 'b'])['masters-together']).toContain('2 of 3');
    expect(masters(3, ['a', 'b', 'c'])).not.toHaveProperty('two-masters');
  });

  it('the runbook lists the back ends of several query agents, and what Pivot needs', () => {
    const text = runbookOf({
      agents: { ...BASE, query: { replicas: 2, nodes: ['a', 'b'], publish: { router: 8443 } } },
    })['Several query agents'];
    expect(text).toContain('`a:8443`, `b:8443` | 9088 |');
    expect(text).toContain('`a:9095`, `b:9095` | 9095 |');
    expect(text).toContain("type: mysql\n  connection: 'mysql://USER:PASSWORD@mysql:3306/pivot'");
    expect(runbookOf({})).not.toHaveProperty('Several query agents');
    expect(noticesOf({ agents: { ...BASE, query: { replicas: 2, nodes: ['a', 'b'] } } })['pivot-state']).toMatch(
      /^warning/,
    );
    expect(noticesOf({})).not.toHaveProperty('pivot-state');
  });

  it('without TLS the ports are the plain ones; unpublished ones are not listed', () => {
    const plain = { tls: { enabled: false }, authentication: { enabled: false } };
    expect(
      runbookOf({ ...plain, agents: { ...BASE, query: { replicas: 2, nodes: ['a', 'b'] } } })['Several query agents'],
    ).toContain('`a:8888`, `b:8888` | 8888 |');
    expect(
      runbookOf({ agents: { ...BASE, query: { replicas: 2, nodes: ['a'], publish: { enabled: false } } } })[
        'Several query agents'
      ],
    ).not.toContain('a:');
  });
});
