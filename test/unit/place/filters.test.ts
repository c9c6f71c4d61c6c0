import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SwarmNode, TaskState } from '../../../src/engine/port.ts';
import { lossOn, roomOn, suits } from '../../../src/place/filters.ts';
import { emptyNode, giveBack, holdingsOf, nodesInUse, take } from '../../../src/place/node-use.ts';
import { requirementsOf, schedulerPlatforms } from '../../../src/place/requirements.ts';
import { node, service, task } from '../../support/check-context.ts';
import { anyNodes, anyRequirements, requirements } from './requirements.ts';

const GIB = 2 ** 30;
const on = (more: Partial<SwarmNode> = {}) => emptyNode(node('n1', { cpus: 2, memoryBytes: 4 * GIB, ...more }));

describe('the filters', () => {
  it.each([
    [{ availability: 'pause' as const }, 'is set to pause'],
    [{ availability: 'drain' as const }, 'is set to drain'],
    [{ state: 'down' as const }, 'is down'],
    [{ state: 'unknown' as const, availability: 'drain' as const }, 'is unknown'],
  ])('ready: %j', (more, detail) => {
    expect(lossOn(on(more), 's', requirements())).toEqual({ filter: 'ready', detail });
  });

  it('resources: to the billionth of a CPU and to the byte', () => {
    const use = on();
    take(use, 'other', requirements({ nanoCpus: 500_000_001, memoryBytes: GIB }));
    expect(lossOn(use, 's', requirements({ nanoCpus: 1_499_999_999, memoryBytes: 3 * GIB }))).toBeUndefined();
    expect(lossOn(use, 's', requirements({ nanoCpus: 1_500_000_000 }))).toEqual({
      filter: 'resources',
      detail: 'has 1.499999999 of 2 CPUs left, and it reserves 1.5',
    });
    expect(lossOn(use, 's', requirements({ memoryBytes: 3 * GIB + 1 }))?.detail).toBe(
      'has 3 GiB of 4 GiB memory left, and it reserves 3 GiB',
    );
    expect(lossOn(use, 's', requirements({ nanoCpus: 2e9, memoryBytes: 4 * GIB }))?.detail).toContain(
      '; it has 3 GiB of 4 GiB memory left',
    );
  });

  it('resources: a node that shrank refuses who reserves anything, and nobody else', () => {
    const use = on();
    take(use, 'other', requirements({ memoryBytes: 5 * GIB }));
    expect(lossOn(use, 's', requirements({ nanoCpus: 1 }))?.filter).toBe('resources');
    expect(lossOn(use, 's', requirements())).toBeUndefined();
  });

  // moby/swarmkit: manager/scheduler/filter.go, platformEqual. The lab has one architecture only.
  it.each([
    ['linux', 'amd64', 'linux', 'x86_64', true],
    ['linux', 'x86_64', 'linux', 'amd64', true],
    ['linux', 'arm64', 'linux', 'aarch64', true],
    ['linux', 'aarch64', 'linux', 'arm64', true],
    ['linux', '', 'linux', 'armv7l', true],
    ['', 'amd64', 'windows', 'x86_64', true],
    ['linux', 'arm', 'linux', 'armv7l', false],
    ['linux', 'amd64', 'linux', 'aarch64', false],
    ['windows', 'amd64', 'linux', 'x86_64', false],
    ['linux', 'amd64', 'linux', '', false],
    ['Linux', 'amd64', 'linux', 'x86_64', false],
  ])('platform: an image for %s/%s on a node of %s/%s: %s', (os, architecture, nodeOs, arch, fits) => {
    expect(lossOn(on({ os: nodeOs, arch }), 's', requirements({ platforms: [{ os, architecture }] }))?.filter).toBe(
      fits ? undefined : 'platform',
    );
  });

  it('platform: one of several is enough; arm is any architecture, as the docker client writes it', () => {
    const platforms = schedulerPlatforms([
      { os: 'windows', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm' },
    ]);
    expect(platforms[1]).toEqual({ os: 'linux', architecture: '' });
    expect(lossOn(on({ arch: 'armv7l' }), 's', requirements({ platforms }))).toBeUndefined();
    expect(lossOn(on(), 's', requirements({ platforms: [{ os: 'windows', architecture: '' }] }))?.detail).toBe(
      'is linux/x86_64, and its image is for windows/any',
    );
  });

  it('host port: by number and protocol, and who has it', () => {
    const use = on();
    take(use, 'shop_web', requirements({ hostPorts: ['80/tcp'] }));
    expect(lossOn(use, 's', requirements({ hostPorts: ['80/udp', '81/tcp'] }))).toBeUndefined();
    expect(lossOn(use, 's', requirements({ hostPorts: ['81/tcp', '80/tcp'] }))).toEqual({
      filter: 'host-port',
      detail: 'has its port 80/tcp taken by service shop_web',
    });
  });

  it('max replicas: of this service, on this node', () => {
    const use = on();
    const wanted = requirements({ maxReplicasPerNode: 1 });
    take(use, 'other', wanted);
    expect(lossOn(use, 's', wanted)).toBeUndefined();
    take(use, 's', wanted);
    expect(lossOn(use, 's', wanted)).toEqual({
      filter: 'max-replicas',
      detail: 'holds 1 of its tasks, and 1 a node is the most it may have',
    });
  });

  it('the first in swarm’s order is named; for a global service, constraints come before resources', () => {
    const wanted = requirements({
      nanoCpus: 3e9,
      constraints: ['node.role == king'],
      platforms: [{ os: 'windows', architecture: '' }],
    });
    expect(lossOn(on(), 's', wanted)?.filter).toBe('resources');
    expect(lossOn(on(), 's', { ...wanted, mode: 'global' })?.filter).toBe('constraint');
    expect(lossOn(on(), 's', { ...wanted, nanoCpus: 1, constraints: [] })?.filter).toBe('platform');
  });

  it('arithmetic and filters agree on whether there is room, and how much', () => {
    fc.assert(
      fc.property(anyNodes, anyRequirements, fc.integer({ min: 0, max: 9 }), ([use], wanted, limit) => {
        if (use === undefined) return;
        const room = suits(use, wanted) ? roomOn(use, 's', wanted, limit) : 0;
        let taken = 0;
        while (taken < limit && lossOn(use, 's', wanted) === undefined) {
          take(use, 's', wanted);
          taken += 1;
        }
        expect(room).toBe(taken);
      }),
      { numRuns: 1000 },
    );
  });

  it('what is given back is as before', () => {
    fc.assert(
      fc.property(anyNodes, anyRequirements, ([use], wanted) => {
        if (use === undefined || lossOn(use, 's', wanted) !== undefined) return;
        const before = lossOn(use, 's', wanted);
        const numbers = [use.nanoCpus, use.memoryBytes, use.ports.size, use.activeTasks];
        take(use, 's', wanted);
        giveBack(use, 's', wanted);
        expect([use.nanoCpus, use.memoryBytes, use.ports.size, use.activeTasks]).toEqual(numbers);
        expect(lossOn(use, 's', wanted)).toEqual(before);
      }),
    );
  });
});

describe('what tasks hold', () => {
  const web = service('web', {
    spec: {
      EndpointSpec: {
        Ports: [
          { Protocol: 'tcp', TargetPort: 80, PublishedPort: 80, PublishMode: 'host' },
          { PublishedPort: 81, PublishMode: 'ingress' },
          { PublishMode: 'host' },
        ],
      },
    },
  });
  const spec = { Resources: { Reservations: { NanoCPUs: 5e8, MemoryBytes: GIB } } };
  const used = (state: TaskState, more = {}) =>
    nodesInUse(
      [node('n1', { cpus: 2, memoryBytes: 4 * GIB })],
      holdingsOf([web], [task('id-web', 'id-n1', { state, spec, ...more })]),
    )[0];

  // moby/swarmkit: manager/scheduler/scheduler.go, setupTasksList.
  it.each(['assigned', 'accepted', 'preparing', 'ready', 'starting', 'running'] as const)(
    'a task that is %s',
    (state) => {
      expect(used(state)).toMatchObject({
        nanoCpus: 1.5e9,
        memoryBytes: 3 * GIB,
        activeTasks: 1,
        ports: new Map([['80/tcp', 'service web']]),
      });
    },
  );

  it.each(['new', 'pending', 'complete', 'failed', 'rejected', 'shutdown', 'remove', 'orphaned'] as const)(
    'nothing, when it is %s',
    (state) => {
      expect(used(state)).toMatchObject({ nanoCpus: 2e9, memoryBytes: 4 * GIB, activeTasks: 0, ports: new Map() });
    },
  );

  it('all of it while it is being stopped, but it is no replica any more', () => {
    expect(used('running', { desiredState: 'shutdown' })).toMatchObject({
      nanoCpus: 1.5e9,
      activeTasks: 0,
      ports: new Map([['80/tcp', 'service web, which is being stopped']]),
    });
  });

  it('the ports that its node reports, rather than those its service has by now', () => {
    const hostPorts = [{ protocol: 'udp', target: 53, published: 53, mode: 'host' }];
    expect(used('running', { hostPorts })?.ports).toEqual(new Map([['53/udp', 'service web']]));
    expect(used('running', { hostPorts, serviceId: 'gone' })?.ports).toEqual(
      new Map([['53/udp', 'a service that was removed']]),
    );
  });
});

describe('what a specification asks for', () => {
  it('the engine leaves out zeroes, and writes null', () => {
    expect(
      requirementsOf({
        Mode: { Replicated: {} },
        TaskTemplate: { Resources: null, Placement: { Constraints: null, Platforms: null } },
        EndpointSpec: { Ports: null },
        UpdateConfig: null,
      }),
    ).toEqual(requirements({ replicas: 0 }));
    expect(requirementsOf({})).toEqual(requirements());
  });

  it('its own platforms, before those of the image', () => {
    const image = [{ os: 'linux', architecture: 'arm64' }];
    expect(requirementsOf({}, image).platforms).toEqual(image);
    expect(requirementsOf({ TaskTemplate: { Placement: { Platforms: [{ OS: 'linux' }] } } }, image).platforms).toEqual([
      { os: 'linux', architecture: '' },
    ]);
  });

  it('how many tasks an update starts beside the old ones', () => {
    expect(requirementsOf({ UpdateConfig: { Parallelism: 2, Order: 'start-first' } }).startsFirst).toBe(2);
    expect(requirementsOf({ UpdateConfig: { Order: 'start-first' } }).startsFirst).toBe(Number.POSITIVE_INFINITY);
    expect(requirementsOf({ UpdateConfig: { Parallelism: 2, Order: 'stop-first' } }).startsFirst).toBe(0);
  });
});
