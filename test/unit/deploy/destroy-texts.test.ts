import { describe, expect, test } from 'vitest';
import { announcement, removeVolumeCommands, waitingText } from '../../../src/deploy/destroy-texts.ts';
import type { StackDocument } from '../../../src/compose/types.ts';
import type { SwarmNode } from '../../../src/engine/port.ts';
import { node } from '../../support/check-context.ts';
import { FakeSwarm } from '../converge/fake-swarm.ts';
import { VirtualClock } from '../converge/virtual-clock.ts';

const HOUR = 3_600;
const spec = (seconds?: number) => ({
  spec: { ContainerSpec: seconds === undefined ? {} : { StopGracePeriod: seconds * 1e9 } },
});

function remains(seconds: number) {
  const swarm = new FakeSwarm(new VirtualClock());
  const service = { ...swarm.service('app', {}), stopGraceSeconds: seconds };
  return {
    services: [service],
    jobs: [],
    tasks: [],
    networks: [],
    configs: [],
    secrets: [],
    nodes: [],
    volumes: [],
    unlabelled: [],
  };
}
const told = (seconds: number, killAfterMs?: number): string =>
  announcement('prod', remains(seconds), { groups: [], volumes: false, killAfterMs }).join('\n');

describe('destroy with tasks that take long to stop', () => {
  test('a grace of 24 h names --kill-after, before anything is removed', () => {
    expect(told(24 * HOUR)).toMatch(/up to 24 h[^]*--kill-after/);
  });
  test.each([10, 60, 120])('a grace of %i s does not', (seconds) => {
    expect(told(seconds)).not.toContain('--kill-after');
  });
  test('nor if it is given', () => {
    expect(told(24 * HOUR, 60_000)).not.toContain('--kill-after');
  });

  test.each([
    ['unknown', true],
    ['down', false],
  ] as const)('a task on a node that is %s is waited for: %s', (state, waits) => {
    const swarm = new FakeSwarm(new VirtualClock());
    swarm.nodes[1]!.state = state;
    const tasks = [swarm.task(swarm.service('app', {}), { nodeId: 'id-node2', desiredState: 'remove' })];
    const lines = announcement(
      'prod',
      { ...remains(10), tasks, nodes: swarm.nodes },
      { groups: [], volumes: false, killAfterMs: undefined },
    );
    expect(lines.includes('wait for 1 task that still stop')).toBe(waits);
  });

  test('the wait says what ends it', () => {
    const swarm = new FakeSwarm(new VirtualClock());
    const app = swarm.service('app', {});
    const left = (seconds?: number) => [{ task: swarm.task(app, spec(seconds)), node: 'node2' }];
    expect(waitingText(left(24 * HOUR), undefined)).toBe(
      '1 still stopping on node2, at most 24 h each; --kill-after 2m would end it sooner',
    );
    expect(waitingText(left(30), undefined)).toBe('1 still stopping on node2, at most 30 s each');
    expect(waitingText(left(), undefined)).toBe('1 still stopping on node2, at most 10 s each');
    expect(waitingText([...left(24 * HOUR), ...left(30)], 120_000)).toBe(
      '2 still stopping on node2, killed after 2 min',
    );
  });

  test('groups go in the reverse of the order of an update, which is said', () => {
    const swarm = new FakeSwarm(new VirtualClock());
    const services = ['first-1', 'web', 'second-1', 'second-2'].map((name) => swarm.service(name, {}));
    const groups = ['first', 'second'].map((name) => ({
      title: `the ${name}`,
      services: [`${name}-1`],
      isMember: (service: string) => service === `${name}-2`,
    }));
    const lines = announcement(
      'prod',
      { ...remains(10), services },
      { groups, volumes: false, killAfterMs: undefined },
    ).map((line) => line.replace(/ \(.*/, ''));
    expect(lines).toEqual([
      'remove service prod_second-1',
      'remove service prod_second-2',
      'remove service prod_web',
      'wait until the second have stopped',
      'remove service prod_first-1',
    ]);
  });
});

describe('volumes that destroy leaves', () => {
  const member = (id: number) => ({
    volumes: [{ type: 'volume', source: `data-${String(id)}`, target: '/data' }],
    deploy: { constraints: [`node.labels.bundle.prod.member-${String(id)}==true`] },
  });
  const document = {
    services: Object.fromEntries([1, 2, 3].map((id) => [`member-${String(id)}`, member(id)])),
  } as unknown as StackDocument;
  const placed = (...nodes: string[]) =>
    nodes.map((name, at) => ({
      role: `member-${String(at + 1)}`,
      nodes: [name],
      services: [`member-${String(at + 1)}`],
    }));
  const labels = (...on: [id: string, hostname: string][]) => ({
    document,
    nodeLabels: on.map(([nodeId, node], at) => ({ nodeId, node, key: `bundle.prod.member-${String(at + 1)}` })),
  });
  const left = (options: {
    nodes: SwarmNode[];
    placements?: ReturnType<typeof placed>;
    releases?: ReturnType<typeof labels>[];
  }) =>
    removeVolumeCommands('prod', {
      ...{ document, placements: [], releases: [], local: { id: 'a-1', hostname: 'a', volumes: ['prod_data-1'] } },
      ...options,
    }).map(({ shown, node, nodeId, command, seen }) => [
      shown,
      node,
      nodeId,
      command.replace('docker volume rm ', ''),
      seen,
    ]);
  const [one, two, b] = [node('a', { id: 'a-1' }), node('a', { id: 'a-2' }), node('b')];
  const apart = [
    ['a (a-1)', 'a', 'a-1', 'prod_data-1', true],
    ['a (a-2)', 'a', 'a-2', 'prod_data-2', false],
    ['b', 'b', 'id-b', 'prod_data-3', false],
  ];

  test('are told for each of two machines of one host name, by bundle.yaml and by the releases', () => {
    const nodes = [one, two, b];
    expect(left({ nodes, placements: placed('a-1', 'a-2', 'b') })).toEqual(apart);
    expect(left({ nodes, releases: [labels(['a-1', 'a'], ['a-2', 'a'], ['id-b', 'b'])] })).toEqual(apart);
  });

  test('follow from the release if bundle.yaml has the name of both', () => {
    const releases = [labels(['a-1', 'a'], ['a-2', 'a'], ['id-b', 'b'])];
    expect(left({ nodes: [one, two, b], placements: placed('a', 'a', 'b'), releases })).toEqual(apart);
    expect(left({ nodes: [one, two, b], placements: placed('b', 'a') })).toEqual([
      ['a', 'a', '', 'prod_data-2', false],
      ['a (a-1)', 'a', 'a-1', 'prod_data-1', true],
      ['b', 'b', 'id-b', 'prod_data-1', false],
    ]);
  });

  test('are told of one that was removed beside its twins, and by its name of one that has none', () => {
    const releases = [labels(['gone', 'a'], ['a-2', 'a'], ['away', 'c'])];
    expect(left({ nodes: [one, two, b], placements: placed('gone', 'a-2', 'c'), releases })).toEqual([
      ['a (a-1)', 'a', 'a-1', 'prod_data-1', true],
      ['a (a-2)', 'a', 'a-2', 'prod_data-2', false],
      ['a (gone)', 'a', 'gone', 'prod_data-1', false],
      ['c', 'c', 'away', 'prod_data-3', false],
    ]);
  });

  test('of a machine that joined again are told once, under the entry that it has now', () => {
    const old = node('b', { id: 'old', state: 'down' });
    const releases = [labels(['a-1', 'a'], ['old', 'b']), labels(['a-1', 'a'], ['older', 'b'], ['id-b', 'b'])];
    expect(left({ nodes: [one, old, b], releases })).toEqual([
      ['a', 'a', 'a-1', 'prod_data-1', true],
      ['b (id-b)', 'b', 'id-b', 'prod_data-2 prod_data-3', false],
    ]);
  });
});
