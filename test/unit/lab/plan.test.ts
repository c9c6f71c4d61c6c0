import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  checkId,
  labDirectory,
  MAX_HOSTS,
  netnsPrefix,
  networkOf,
  oldestEngine,
  planLab,
} from '../../../scripts/lab/plan.ts';

beforeEach(() => {
  vi.stubEnv('LAB_DIR', '/tmp');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('planLab', () => {
  it('gives each host an address, a namespace and a socket of its own', () => {
    const { hosts } = planLab({ hosts: MAX_HOSTS, id: 'x' });
    expect(hosts.map((host) => host.name)).toEqual(['node1', 'node2', 'node3', 'node4', 'node5', 'node6', 'node7']);
    for (const key of ['address', 'netns', 'socket'] as const) {
      expect(new Set(hosts.map((host) => host[key])).size).toBe(MAX_HOSTS);
    }
    expect(hosts[0]?.socket).toBe('unix:///tmp/swarm-lab-x/node1/docker.sock');
  });

  it('makes the first three managers, or only one where two would have no majority', () => {
    expect(planLab({ hosts: 5 }).hosts.map((host) => host.role)).toEqual([
      'manager',
      'manager',
      'manager',
      'worker',
      'worker',
    ]);
    expect(planLab({ hosts: 1 }).hosts.map((host) => host.role)).toEqual(['manager']);
    expect(planLab({ hosts: 2 }).hosts.map((host) => host.role)).toEqual(['manager', 'worker']);
  });

  it('gives hosts differing sizes and labels, which options change per host', () => {
    const plan = planLab({ hosts: 4, labels: { node2: { zone: 'eu' } }, sizes: { node2: { memoryBytes: 1e9 } } });
    expect(new Set(plan.hosts.map((host) => host.labels['lab.size'])).size).toBeGreaterThan(1);
    expect(new Set(plan.hosts.map((host) => host.labels['lab.rack'])).size).toBe(3);
    expect(plan.hosts[1]).toMatchObject({ memoryBytes: 1e9, labels: { zone: 'eu', 'lab.rack': 'b' } });
    expect(plan.hosts[3]).toMatchObject({ cpus: 1, memoryBytes: 2 * 1024 ** 3 });
  });

  it('gives every host an engine and an image store, which options change for all or per host', () => {
    expect(planLab({ hosts: 2 }).hosts.map(({ engine, imageStore }) => [engine, imageStore])).toEqual([
      ['28', 'default'],
      ['28', 'default'],
    ]);
    const { hosts } = planLab({
      hosts: 3,
      engine: '20.10',
      engines: { node3: '26' },
      imageStores: { node3: 'containerd' },
    });
    expect(hosts.map(({ engine }) => engine)).toEqual(['20.10', '20.10', '26']);
    expect(hosts.map(({ imageStore }) => imageStore)).toEqual(['default', 'default', 'containerd']);
  });

  it.each([
    [{ engine: '19' }, "engine '19': there are 20.10, 26, 28, newest, system"],
    [{ engines: { node1: '' } }, "engine ''"],
    [{ engines: { node9: '28' } }, "engines for 'node9'"],
    [{ imageStore: 'zfs' }, "image store 'zfs': there are default, containerd"],
    [{ imageStores: { node9: 'containerd' } }, "imageStores for 'node9'"],
  ])('refuses %j', (options, message) => {
    expect(() => planLab(options)).toThrow(message);
  });

  it('knows the oldest of the engines that were obtained, and says which host has none', () => {
    const plan = planLab({ hosts: 2, engines: { node2: '20.10' } });
    plan.engines = { '28': { name: '28', version: '28.5.2', dir: '/x' } };
    expect(() => oldestEngine(plan)).toThrow("node2: engine '20.10' is not known");
    plan.engines['20.10'] = { name: '20.10', version: '20.10.24', dir: '/y' };
    expect(oldestEngine(plan)).toBe(20);
  });

  it.each([0, 8, 1.5, Number.NaN])('refuses %s hosts', (hosts) => {
    expect(() => planLab({ hosts })).toThrow('1 to 7 hosts');
  });

  it('refuses settings for a host that is not there', () => {
    expect(() => planLab({ hosts: 2, labels: { node3: {} } })).toThrow("'node3'");
  });

  it('puts switch, registry and hosts on one network', () => {
    const plan = planLab({ id: 'x', hosts: 2 });
    const network = networkOf('x');
    expect(plan.subnet).toBe(`${network}.0/24`);
    expect(plan.registry).toBe(`${network}.1:5000`);
    for (const host of plan.hosts) expect(host.address.startsWith(`${network}.`)).toBe(true);
  });
});

describe('names', () => {
  it.each(['', 'A', 'a.b', 'a/b', '-a', 'a'.repeat(21), 'a b', '../x'])("refuses the id '%s'", (id) => {
    expect(() => checkId(id)).toThrow('lab id');
  });

  it('cannot take one lab for another whose id begins the same', () => {
    expect(`${netnsPrefix('a-node1')}switch`.startsWith(netnsPrefix('a'))).toBe(false);
  });

  it('stays clear of the networks that swarm gives to overlays', () => {
    for (const id of ['a', 'b', 'lab', 'selftest', 'x1']) {
      const [first, second] = networkOf(id).split('.').map(Number);
      expect(first).toBe(10);
      expect(second).toBeGreaterThanOrEqual(200);
      expect(second).toBeLessThan(250);
    }
  });

  it.each(['/run', '/var/run/x', '/run/user/0'])('refuses LAB_DIR=%s, which hosts cover', (dir) => {
    vi.stubEnv('LAB_DIR', dir);
    expect(() => labDirectory('x')).toThrow('under /run');
  });

  it('refuses a directory that no unix socket fits in, or that cannot be mounted', () => {
    vi.stubEnv('LAB_DIR', `/tmp/${'d'.repeat(90)}`);
    expect(() => labDirectory('x')).toThrow('107');
    vi.stubEnv('LAB_DIR', '/tmp/a:b');
    expect(() => labDirectory('x')).toThrow('colons');
  });
});
