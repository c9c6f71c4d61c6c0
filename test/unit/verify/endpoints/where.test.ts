import { describe, expect, test } from 'vitest';
import { placedEndpoints } from '../../../../src/verify/endpoints/placed.ts';
import { placeName } from '../../../../src/verify/endpoints/where.ts';
import type { TlsEndpoint } from '../../../../src/sdk/definition.ts';
import { FakeSwarm } from '../../converge/fake-swarm.ts';
import { VirtualClock } from '../../converge/virtual-clock.ts';

const tls: TlsEndpoint = {
  kind: 'tls',
  name: 'https',
  port: 9097,
  names: ['imply-manager'],
  dialledBy: { services: ['agent'], variable: 'MANAGER' },
  authority: { secret: 'ca', part: 'certificate' },
};
const published = (mode: 'host' | 'ingress', port = 443) => [
  { protocol: 'tcp' as const, target: 9097, published: port, mode },
];

function setUp(ports: ReturnType<typeof published>, change = {}) {
  const swarm = new FakeSwarm(new VirtualClock(), ['node1', 'node2', 'node3']);
  const service = swarm.service('app', { ports });
  const task = swarm.task(service, { nodeId: 'id-node2', ...change });
  const endpoints = [tls, { kind: 'http' as const, name: 'health', port: 9097, tls: true, path: '/', status: [200] }];
  const placed = () =>
    placedEndpoints(
      { endpoints, certificates: [tls] },
      service,
      task,
      { ...swarm, nodesAreFresh: true, askedAt: swarm.clock.now(), managersNow: swarm.clock.now() },
      'prod',
    );
  return { swarm, placed };
}

describe('where a port is asked', () => {
  test('in host mode at the task\u2019s node', () => {
    expect(
      setUp(published('host'))
        .placed()
        .map(({ places }) => places),
    ).toEqual(Array(2).fill([{ host: '10.0.0.2', port: 443 }]));
  });
  test('at the port that the engine chose', () => {
    expect(setUp(published('host', 0), { hostPorts: published('host', 32_768) }).placed()[0]?.places).toEqual([
      { host: '10.0.0.2', port: 32_768 },
    ]);
  });
  test('in ingress mode at each node that is ready', () => {
    const { swarm, placed } = setUp(published('ingress'));
    Object.assign(swarm.nodes[0] ?? {}, { state: 'down' });
    expect(placed()[0]?.places).toEqual([
      { host: '10.0.0.2', port: 443 },
      { host: '10.0.0.3', port: 443 },
    ]);
  });
  test('nowhere, where it is not published, or only by UDP', () => {
    expect(setUp([]).placed()[0]?.places).toEqual([]);
    expect(
      setUp([
        { ...published('host')[0], protocol: 'udp' as never, target: 9097, published: 443, mode: 'host' },
      ]).placed()[0]?.places,
    ).toEqual([]);
  });
  test('names an address and a port', () => {
    expect([placeName({ host: '10.0.0.1', port: 1 }), placeName({ host: 'fd00::1', port: 1 })]).toEqual([
      '10.0.0.1:1',
      '[fd00::1]:1',
    ]);
  });
});

describe('names that are dialled', () => {
  const dials = (value: string) => ({ spec: { ContainerSpec: { Env: ['OTHER=x', `MANAGER=${value}`] } } });
  test('are the definition\u2019s and those of the clients\u2019 current tasks', () => {
    const { swarm, placed } = setUp(published('host'));
    const agent = swarm.service('agent', { replicas: 2 });
    swarm.task(agent, { slot: 1, ...dials('imply-manager') });
    swarm.task(agent, { slot: 2, ...dials('manager.example') });
    swarm.task(agent, { slot: 3, state: 'failed', desiredState: 'shutdown', ...dials('of-a-former-task') });
    const [first, health] = placed();
    expect(first?.endpoint).toMatchObject({ names: ['imply-manager', 'manager.example'] });
    expect(health?.tls, 'also where another check of the port needs its certificate').toMatchObject({
      names: ['imply-manager', 'manager.example'],
    });
  });
  test('are the definition\u2019s alone where no client runs', () => {
    expect(setUp(published('host')).placed()[0]?.endpoint).toMatchObject({ names: ['imply-manager'] });
  });
});
