import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseYaml } from '../../../src/bundle/parse.ts';
import { validateAnswers } from '../../support/answers.ts';
import { PORTS, portOf } from '../../../stacks/imply/ports.ts';
import { refusal } from '../secrets/material.ts';
import { cluster, rendered } from './imply.ts';

const GOLDEN = join(import.meta.dirname, '../../golden');
const shapes = readdirSync(GOLDEN, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => {
    const file = join(GOLDEN, name, 'answers.yaml');
    return { name, bundle: validateAnswers(parseYaml(readFileSync(file, 'utf8'), name), name) };
  });

describe.each(shapes.filter(({ bundle }) => bundle.definition.name === 'imply'))('of the shape $name', ({ bundle }) => {
  const { document } = rendered(bundle);
  const { tls } = bundle.answers as { tls: { enabled: boolean } };
  const published = Object.entries(document.services).flatMap(([service, { ports }]) =>
    (ports ?? []).map(({ target, mode }) => ({ service, target, mode })),
  );

  it('nothing internal is published: the manager’s UI, and of query agents router and Pivot', () => {
    const allowed = new Set([9097, 9095, tls.enabled ? 9088 : 8888]);
    for (const { service, target } of published) {
      expect([...allowed]).toContain(target);
      expect(service).toMatch(target === 9097 ? /^imply-manager$/ : /^imply-query-\d+$/);
    }
    expect(published.filter(({ target }) => target === 9097)).toHaveLength(1);
  });

  it('only the manager may be behind an ingress port, and only then has a virtual IP', () => {
    for (const [service, { deploy }] of Object.entries(document.services)) {
      const ingress = published.some((port) => port.service === service && port.mode === 'ingress');
      expect(deploy.endpointMode).toBe(ingress ? 'vip' : 'dnsrr');
      if (ingress) expect(service).toBe('imply-manager');
    }
  });
});

describe('the port table', () => {
  it('has the documented numbers: + 200 under TLS for Druid, the same for manager, agent and Pivot', () => {
    const numbers = Object.fromEntries(Object.entries(PORTS).map(([name, { plain, tls }]) => [name, [plain, tls]]));
    expect(numbers).toEqual({
      ui: [9097, 9097],
      backEnd: [9989, 9989],
      groveInternal: [9998, 9998],
      groveHttp: [9999, 9999],
      agentApi: [9997, 9997],
      logViewer: [9994, 9994],
      coordinator: [8081, 8281],
      overlord: [8090, 8290],
      broker: [8082, 8282],
      router: [8888, 9088],
      pivot: [9095, 9095],
      historical: [8083, 8283],
      middleManager: [8091, 8291],
      tasks: [8100, 8100],
    });
    expect([portOf('router', true), portOf('router', false)]).toEqual([9088, 8888]);
  });

  it('gives no two servers of one agent the same number', () => {
    for (const tls of [true, false]) {
      const used = Object.keys(PORTS).map((name) => portOf(name as keyof typeof PORTS, tls));
      expect(new Set(used).size).toBe(used.length);
    }
  });
});

describe('the manager behind an ingress port', () => {
  const bundle = cluster({ manager: { nodes: ['node1'], portMode: 'ingress', port: 443 } });
  const { document } = rendered(bundle);
  const plan = bundle.definition.plan(bundle.name, bundle.answers);

  it('is dialled at its task, past the virtual IP, by the name in its certificate', () => {
    expect(document.services['imply-manager']).toMatchObject({
      ports: [{ target: 9097, published: 443, mode: 'ingress' }],
      environment: { IMPLY_MANAGER_HOSTNAMES: 'tasks.imply-manager' },
    });
    expect(document.services['imply-data-1']?.environment?.['IMPLY_MANAGER_HOST']).toBe('tasks.imply-manager');
    const tls = plan.expectations.flatMap(({ endpoints }) => endpoints).filter(({ kind }) => kind === 'tls');
    expect(tls.map((endpoint) => 'names' in endpoint && endpoint.names)).toEqual([
      ['tasks.imply-manager'],
      ['tasks.imply-manager'],
    ]);
  });

  it('is said to be open on every node', () => {
    expect(plan.notices.map(({ name }) => name)).toContain('manager-ingress');
    expect(plan.notices.find(({ name }) => name === 'first-visitor')?.text).toContain(
      'port 443 on any node of the swarm',
    );
  });
});

describe.each([
  ['imply', (network: object) => cluster({ network })],
  [
    'zookeeper',
    (network: object) =>
      validateAnswers({ version: 1, stack: 'zookeeper', name: 'zoo', nodes: ['a', 'b', 'c'], network }, 'f'),
  ],
])('network answers of %s', (stack, made) => {
  const faults = (network: object) => (refusal(() => made(network)).details as { problems: string[] }).problems;

  it('become subnet and driver options', () => {
    expect(rendered(made({})).document.networks[stack]).toEqual({ driver: 'overlay' });
    expect(rendered(made({ subnet: '10.20.0.0/24', mtu: 1400, encrypted: true })).document.networks[stack]).toEqual({
      driver: 'overlay',
      subnet: '10.20.0.0/24',
      driverOpts: { encrypted: '', 'com.docker.network.driver.mtu': '1400' },
    });
  });

  it('refuse what is no subnet, and an MTU that no network has', () => {
    expect(faults({ subnet: '10.20.0.7/24' })).toEqual([
      'network.subnet: not an IPv4 subnet such as 10.20.0.0/24, with the network’s own address',
    ]);
    expect(faults({ mtu: 100 })).toEqual([expect.stringContaining('network.mtu')]);
  });

  it('refuse a subnet without room for all tasks, with the numbers', () => {
    const [tasks, needed] = stack === 'imply' ? [7, 18] : [3, 10];
    expect(faults({ subnet: '10.20.0.0/29' })).toEqual([
      `network.subnet: 10.20.0.0/29 has 6 usable addresses and needs ${needed} addresses: 2 for each of ` +
        `${tasks} tasks (an update needs both), 1 for each of 3 nodes, the gateway; name a larger one`,
    ]);
    expect(
      rendered(made({ subnet: `10.20.0.0/${stack === 'imply' ? 27 : 28}` })).document.networks[stack],
    ).toHaveProperty('subnet');
  });
});
