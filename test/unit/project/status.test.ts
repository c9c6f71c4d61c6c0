import { describe, expect, it } from 'vitest';
import { emptyLock } from '../../../src/bundle/lock.ts';
import type { StackDocument } from '../../../src/compose/types.ts';
import {
  STACK_NAMESPACE,
  type SwarmConfig,
  type SwarmNode,
  type SwarmService,
  type SwarmTask,
} from '../../../src/engine/port.ts';
import { thisOperator } from '../../../src/io/operator.ts';
import { lockLabels, lockName } from '../../../src/lease/record.ts';
import { BundleError } from '../../../src/errors.ts';
import { load, type Loaded } from '../../../src/project/bundle-dir.ts';
import { readLastVerification } from '../../../src/project/last-verification.ts';
import { Parts, readStatus, type Status } from '../../../src/project/status.ts';
import { encodeRelease, releaseLabels } from '../../../src/release/record.ts';
import type { ReleaseState } from '../../../src/release/states.ts';
import { statusText } from '../../../src/text/status-text.ts';
import { styleFor } from '../../../src/ui/style.ts';
import { verifyBundle } from '../../../src/verify/bundle/verify-bundle.ts';
import { service, task } from '../../support/check-context.ts';
import { problemsOf } from '../../support/json-documents.ts';
import { init, manager, node, recordedIo, workplace } from '../init/support.ts';

const NODES = ['n1', 'n2', 'n3'].map((name) => node(name));

async function loaded(): Promise<Loaded> {
  const cwd = workplace();
  const made = await init(cwd, { stack: 'zookeeper', set: ['nodes=n1,n2,n3'], yes: true });
  expect(made.exit, made.err).toBe(0);
  return load({ dir: 'prod' }, recordedIo(cwd).io);
}

/** A service of the stack with so many replicas. */
const live = (name: string, replicas = 1): SwarmService =>
  service(`prod_${name}`, { labels: { [STACK_NAMESPACE]: 'prod' }, mode: { kind: 'replicated', replicas } });

/** One task of each replica, on n1. */
const tasksOf = ({ id, mode }: SwarmService): SwarmTask[] =>
  Array.from({ length: mode.kind === 'replicated' ? mode.replicas : 1 }, (_none, at) =>
    task(id, 'n1-id', { id: `${id}-${at}`, slot: at + 1, createdAt: '2026-01-01T00:00:00Z' }),
  );

function record(number: number, state: ReleaseState, document: StackDocument): SwarmConfig {
  const data = encodeRelease({
    ...{ number, at: `2026-01-0${number}T00:00:00Z`, by: 'ann@ops', tool: '0.1.0', answers: {} },
    ...{ lock: emptyLock(), document, nodeLabels: [] },
  });
  const images = state === 'started' ? {} : { 'zookeeper-1': 'zookeeper:1@sha256:1' };
  return {
    ...{ id: `r${number}`, name: `prod.release.${number}`, version: 1, createdAt: '', updatedAt: '' },
    ...{ labels: releaseLabels('prod', { state, images }), data },
  };
}

/** The document with other replicas of these services; without those of which it is undefined. */
function changed(document: StackDocument, replicas: Record<string, number | undefined>): StackDocument {
  const services = Object.entries(document.services).flatMap(([name, one]) => {
    if (!(name in replicas)) return [[name, one] as const];
    const wanted = replicas[name];
    return wanted === undefined ? [] : [[name, { ...one, deploy: { ...one.deploy, replicas: wanted } }] as const];
  });
  return { ...document, services: Object.fromEntries(services) };
}

/** No process has it. */
const ENDED = 2 ** 22 + 1;

/** The lease of a process of this machine. */
function lockOf(pid: number, updatedAt: string): SwarmConfig {
  const { name, ...me } = thisOperator();
  return {
    ...{ id: 'l', name: lockName('prod'), version: 1, createdAt: '', updatedAt, data: Buffer.alloc(0) },
    labels: lockLabels('prod', { ...me, owner: name, pid, command: 'deploy', token: 't' }, updatedAt),
  };
}

/** @param lock the stack's lease, if somebody took it; @param ended tasks beside those that run */
async function statusOf(
  bundle: Loaded,
  services: SwarmService[],
  records: SwarmConfig[] = [],
  lock?: SwarmConfig,
  ended: SwarmTask[] = [],
  nodes = NODES,
): Promise<Status> {
  const engine = manager(nodes, {
    info: async () => ({ ...(await manager(NODES).info()), systemTime: '2026-01-01T00:00:30Z' }),
    services: async () => services,
    secrets: async () => [],
    tasks: async () => [...services.flatMap(tasksOf), ...ended],
    configs: async (filter) => {
      if ('kind' in filter && filter.kind === 'release') return records;
      return lock === undefined ? [] : [lock];
    },
    swarmTrust: async () => ({ roots: [] }),
  });
  return readStatus(bundle, engine, new Parts());
}

const rows = ({ services }: Status) =>
  services.map(({ name, running, wanted, scaledTo, missing }) => ({ name, running, wanted, scaledTo, missing }));
const head = (status: Status): string =>
  statusText(status, { style: styleFor(false), width: 200 }, new Date('2026-01-03T00:00:00Z')).split('\n')[0] ?? '';

const [zk1, zk3] = [live('zookeeper-1'), live('zookeeper-3')];

describe('what a stack should have', () => {
  it('is what its release says: a service that is gone, and one that was scaled', async () => {
    const bundle = await loaded();
    for (const records of [[], [record(1, 'verified', bundle.document)]]) {
      const status = await statusOf(bundle, [live('zookeeper-1', 0), zk3], records);
      expect(rows(status)).toEqual([
        { name: 'zookeeper-1', running: 0, wanted: 1, scaledTo: 0 },
        { name: 'zookeeper-2', running: 0, wanted: 1, missing: true },
        { name: 'zookeeper-3', running: 1, wanted: 1 },
      ]);
      expect(head(status)).toContain(
        '✘ 1 of 3 services run; zookeeper-2 is missing; zookeeper-1 was scaled to 0, never verified',
      );
    }
    const more = await statusOf(bundle, [live('zookeeper-1', 2), live('zookeeper-2'), zk3]);
    expect(head(more)).toContain('✘ 2 of 3 services run; zookeeper-1 was scaled from 1 to 2');
    const [first, ...others] = more.services;
    const soon = { ...more, services: [...(first ? [{ ...first, running: 1 }] : []), ...others] };
    expect(head(soon)).toContain('✘ 2 of 3 services run; zookeeper-1 was scaled from 1 to 2');
  });

  it('is not what bundle.yaml says by now, and may be none', async () => {
    const bundle = await loaded();
    const released = changed(bundle.document, { 'zookeeper-1': 0, 'zookeeper-2': undefined });
    const status = await statusOf(bundle, [live('zookeeper-1', 0), zk3], [record(1, 'verified', released)]);
    expect(head(status)).toContain('✔ runs');
    expect(rows(status)).toHaveLength(2);
  });

  it('is not what a release says that another version replaced, whose record cannot be read', async () => {
    const bundle = await loaded();
    const released = changed(bundle.document, { 'zookeeper-1': 0 });
    const newer = { ...record(7, 'verified', released), data: Buffer.from('of a later format') };
    const status = await statusOf(bundle, [zk1, live('zookeeper-2'), zk3], [record(6, 'failed', released), newer]);
    expect(head(status)).toContain('✔ runs');
    expect(status.release).toBeUndefined();
    expect(status.unread).toEqual([
      { part: 'newest release', text: 'this version of bundle cannot read the record of release 7 of prod' },
    ]);
  });

  it('is nobody’s work any more if who was at work died', async () => {
    const bundle = await loaded();
    const records = [record(1, 'started', bundle.document)];
    const all = [zk1, live('zookeeper-2'), zk3];
    const { name } = thisOperator();
    const [recent, old] = ['2026-01-01T00:00:20Z', '2025-12-31T23:59:00Z'];
    expect((await statusOf(bundle, all, records, lockOf(process.pid, recent))).heldBy).toMatchObject({ owner: name });
    for (const lock of [lockOf(ENDED, recent), lockOf(process.pid, old)]) {
      const status = await statusOf(bundle, all, records, lock);
      expect(status.heldBy).toBeUndefined();
      expect(head(status)).toContain('! runs, but release 1 did not end');
    }
  });

  it('may be somebody’s work if only the date of his lock says that he died', async () => {
    const bundle = await loaded();
    const lines = async (updatedAt: string, pid = process.pid) => {
      const status = await statusOf(bundle, [zk1], [record(1, 'started', bundle.document)], lockOf(pid, updatedAt));
      const { silentHolder } = status;
      return [silentHolder?.ageSeconds, statusText(status, { style: styleFor(false), width: 200 }, new Date(0))];
    };
    const { name } = thisOperator();
    expect(await lines('2025-12-31T23:59:00Z')).toEqual([
      90,
      expect.stringContaining(
        `${name} (bundle deploy) has its lock, without a sign of life for 1 min: it died, or managers’ clocks differ`,
      ),
    ]);
    expect(await lines('2026-01-01T00:30:30Z')).toEqual([
      -1800,
      expect.stringContaining(
        `${name} (bundle deploy) has its lock, and its sign of life is dated 30 min ahead: managers’ clocks differ`,
      ),
    ]);
    for (const [updatedAt, pid] of [['2026-01-01T00:00:20Z'], ['2025-12-31T23:59:00Z', ENDED]] as const)
      expect(await lines(updatedAt, pid)).toEqual([undefined, expect.not.stringContaining('has its lock')]);
  });

  it('may be what the release before says while the newest did not end', async () => {
    const bundle = await loaded();
    const records = [
      record(2, 'started', changed(bundle.document, { 'zookeeper-1': 0 })),
      record(1, 'verified', bundle.document),
    ];
    const status = await statusOf(bundle, [zk1, live('zookeeper-2'), zk3], records);
    expect(rows(status).filter(({ scaledTo, missing }) => scaledTo !== undefined || missing)).toEqual([]);
    expect(head(status)).toContain('! runs, but release 2 did not end');
    const verified = { at: '2026-01-01T12:00:00Z', exit: 0, passed: 9, failed: 0, unsure: 0 };
    expect(head({ ...status, lastVerification: verified })).toContain('last verified 36 h ago, before release 2');
    const failed = { ...verified, exit: 5, failed: 1 };
    expect(head({ ...status, lastVerification: failed })).toContain('verification failed 36 h ago, before release 2');
    expect(head({ ...status, heldBy: { owner: 'ann@ops', command: 'deploy' } })).toContain('✔ runs');
  });

  it('is not verified if a later release was, of which the swarm knows nothing: it was restored from a backup', async () => {
    const bundle = await loaded();
    const release = { number: 4, state: 'verified' as const, at: '2026-01-01T00:00:00Z', by: 'ann@ops' };
    const status = { ...(await statusOf(bundle, [zk1, live('zookeeper-2'), zk3])), release };
    const saying = (of: object, more: object = {}) =>
      head({
        ...status,
        lastVerification: { at: '2026-01-02T12:00:00Z', exit: 0, passed: 9, failed: 0, unsure: 0, ...more, ...of },
      });
    expect(saying({ release: { number: 6, at: '2026-01-02T11:50:00Z' } })).toContain(
      '✔ runs, last verified 12 h ago, of release 6',
    );
    expect(saying({ release: { number: 6, at: '2026-01-02T11:50:00Z' } }, { exit: 5 })).toContain(
      'verification failed 12 h ago, of release 6',
    );
    // Two of one number: it was restored, deployed, and restored again.
    expect(saying({ release: { number: 4, at: '2026-01-02T11:50:00Z' } })).toContain(
      'last verified 12 h ago, of another release 4',
    );
    expect(saying({ release: { number: 3, at: '' } }, { at: '2025-12-01T00:00:00Z' })).toContain('before release 4');
    for (const same of [{ release: { number: 4, at: release.at } }, {}])
      expect(saying(same)).toContain('✔ runs, verified 12 h ago');
  });

  it.each([
    [0, 'verified 12 h ago'],
    [5, 'verification failed 12 h ago'],
    [7, 'verification could not tell 12 h ago'],
  ])('says what came of a verification that ended with %i', async (exit, words) => {
    const bundle = await loaded();
    const status = await statusOf(bundle, [zk1, live('zookeeper-2'), zk3], [record(1, 'verified', bundle.document)]);
    const last = { at: '2026-01-02T12:00:00Z', exit, passed: 9, failed: 1, unsure: 1 };
    expect(head({ ...status, lastVerification: last })).toContain(`✔ runs, ${words}`);
  });

  it('has no address and misses nothing if nothing is deployed', async () => {
    const bundle = await loaded();
    const status = await statusOf(bundle, [], [record(1, 'verified', bundle.document)]);
    expect(status).toMatchObject({ services: [], access: [], risks: [] });
    expect((await statusOf(bundle, [zk1])).access).not.toEqual([]);
  });
});

describe('tasks that still stop', () => {
  const GIB = 2 ** 30;
  const spec = {
    ContainerSpec: { StopGracePeriod: 86_400e9, Mounts: [{ Type: 'volume', Source: 'prod_data-1' }] },
    Resources: { Reservations: { MemoryBytes: GIB } },
  };
  const first = { ...live('zookeeper-1'), spec: { TaskTemplate: spec } };
  const all = [first, live('zookeeper-2'), zk3];
  const former = (more: Partial<SwarmTask> = {}) =>
    task(first.id, 'n3-id', {
      id: 'former',
      desiredState: 'shutdown',
      createdAt: '2025-01-01T00:00:00Z',
      spec,
      ...more,
    });
  const screen = (status: Status): string =>
    statusText(status, { style: styleFor(false), width: 200 }, new Date('2026-01-03T00:00:00Z'));

  it('are told of a node that is drained, with what they reserve, and with whose place they share', async () => {
    const bundle = await loaded();
    const status = await statusOf(bundle, all, [record(1, 'verified', bundle.document)], undefined, [former()]);
    expect(problemsOf('status', status)).toEqual([]);
    expect(status.stopping).toEqual([
      {
        ...{ id: 'former', service: 'zookeeper-1', successor: 'zookeeper-1', node: 'n3', nodeId: 'n3-id' },
        ...{ state: 'running', graceSeconds: 86_400 },
      },
    ]);
    expect(status.nodes.map(({ hostname, reservedBytes }) => [hostname, reservedBytes])).toEqual([
      ['n1', GIB],
      ['n2', 0],
      ['n3', GIB],
    ]);
    expect(head(status)).toContain('! runs, and a former task of zookeeper-1 still stops beside it');
    expect(screen(status)).toMatch(/n3 worker +└ zookeeper-1 stops \(up to 24 h\) +1 GiB of/);
  });

  it('are told of a service that was removed', async () => {
    const bundle = await loaded();
    const elsewhere = { ...spec, ContainerSpec: { StopGracePeriod: 600e9 } };
    const removed = former({ serviceId: 'gone', desiredState: 'remove', spec: elsewhere });
    const status = await statusOf(bundle, all, [record(1, 'verified', bundle.document)], undefined, [removed]);
    expect(problemsOf('status', status)).toEqual([]);
    expect(status.stopping.map(({ service, successor }) => [service, successor])).toEqual([[undefined, undefined]]);
    expect(head(status)).toContain('✔ runs');
    expect(screen(status)).toContain('└ a removed service stops (up to 10 min)');
  });

  it.each<[string, Partial<SwarmTask>, Partial<SwarmNode>]>([
    ['that have ended', { state: 'shutdown' }, {}],
    ['whose node the swarm does not know any more', { nodeId: 'n9-id' }, {}],
    ['of which nobody can tell, as their node is down', {}, { state: 'down' }],
  ])('are none: those %s', async (_what, more, of) => {
    const bundle = await loaded();
    const nodes = NODES.map((each) => (each.hostname === 'n3' ? { ...each, ...of } : each));
    const status = await statusOf(bundle, all, [], undefined, [former(more)], nodes);
    expect(status.stopping).toEqual([]);
    expect(status.nodes.map(({ reservedBytes }) => reservedBytes)).toEqual([GIB, 0, 0]);
    expect(screen(status)).toMatch(/n3 worker[ down]* +└ none of its tasks/);
  });

  it('are beside nobody while their successor does not run yet', async () => {
    const bundle = await loaded();
    const waiting = { ...first, mode: { kind: 'replicated' as const, replicas: 0 } };
    const next = task(first.id, 'n1-id', { id: 'next', desiredState: 'ready', state: 'ready', spec });
    const status = await statusOf(bundle, [waiting], [], undefined, [next, former()]);
    expect(status.stopping).toMatchObject([{ service: 'zookeeper-1' }]);
    expect(status.stopping[0]).not.toHaveProperty('successor');
  });
});

it('tells two entries of one host name apart, in what runs there too', async () => {
  const bundle = await loaded();
  const again = [node('n1'), node('n1', { id: 'earlier-entry-of-n1', state: 'down' }), node('n2')];
  const engine = manager(again, {
    services: async () => [zk1],
    tasks: async () => tasksOf(zk1),
    secrets: async () => [],
    configs: async () => [],
    swarmTrust: async () => ({ roots: [] }),
  });
  const status = await readStatus(bundle, engine, new Parts());
  expect(problemsOf('status', status)).toEqual([]);
  expect(status.nodes.map(({ id }) => id)).toEqual(['n1-id', 'earlier-entry-of-n1', 'n2-id']);
  expect(status.services.flatMap(({ tasks }) => tasks.map(({ nodeId }) => nodeId))).toEqual(['n1-id']);
  const text = statusText(status, { style: styleFor(false), width: 200 }, new Date('2026-01-03T00:00:00Z'));
  const lines = text.split('\n').map((line) => line.replaceAll(/ +/g, ' '));
  expect(lines).toContain('n1 (n1-id) worker ┬ zookeeper-1 ✔');
  expect(lines).toContain('n1 (earlier-entr) worker down ├ none of its tasks');
  expect(lines).toContain('n2 worker └ none of its tasks');
});

it('says of a swarm that does not tell which it is that its last verification is not known', async () => {
  const bundle = await loaded();
  const { swarm: named, ...info } = await manager(NODES).info();
  const { clusterId: _, ...swarm } = named;
  const engine = manager(NODES, {
    info: async () => ({ ...info, swarm }),
    services: async () => [],
    secrets: async () => [],
    configs: async () => [],
    swarmTrust: async () => ({ roots: [] }),
  });
  const status = await readStatus(bundle, engine, new Parts());
  expect(problemsOf('status', status)).toEqual([]);
  expect(status.unread?.map(({ part }) => part)).toEqual(['last verification']);
  expect(head(status)).toContain('last verification not known');
});

it.each<[SwarmService['mode']['kind'], SwarmTask['state']]>([
  ['global', 'running'],
  ['global-job', 'complete'],
])('counts the task of a paused node as one of a %s service', async (kind, state) => {
  const bundle = await loaded();
  const everywhere = { ...live('zookeeper-1'), mode: { kind, replicas: 0 } };
  const nodes = ['n1', 'n2', 'n3'].map((name) => node(name, { availability: name === 'n3' ? 'pause' : 'active' }));
  const tasks = nodes.map(({ id }) =>
    task(everywhere.id, id, { state, desiredState: state, createdAt: '2026-01-01T00:00:00Z' }),
  );
  const count = async (some: SwarmTask[]) => {
    const engine = manager(nodes, {
      services: async () => [everywhere],
      tasks: async () => some,
      secrets: async () => [],
      configs: async () => [],
      swarmTrust: async () => ({ roots: [] }),
    });
    const { services } = await readStatus(bundle, engine, new Parts());
    return services.filter(({ name }) => name === 'zookeeper-1').map(({ running, wanted }) => ({ running, wanted }));
  };
  expect(await count(tasks)).toEqual([{ running: 3, wanted: 3 }]);
  expect(await count(tasks.slice(0, 2))).toEqual([{ running: 2, wanted: 2 }]);
  expect(await count(tasks.slice(0, 1))).toEqual([{ running: 1, wanted: 2 }]);
});

it.each<[string, Partial<SwarmTask>, string]>([
  ['its last words', { containerId: 'c', exitCode: 137 }, '(exit 137): `docker service logs old` shows its last words'],
  ['how far it came', { error: 'creating container failed: x' }, ': `docker inspect old` shows how far it came'],
])('names the task that ended, not the one that runs by now: %s', async (_what, end, words) => {
  const bundle = await loaded();
  const old = task(zk1.id, 'n1-id', { id: 'old', desiredState: 'shutdown', state: 'failed', ...end });
  const next = { ...old, id: 'older', createdAt: '2025-01-01T00:00:00Z' };
  const ended = [{ ...old, createdAt: '2025-01-02T00:00:00Z' }, next];
  const status = await statusOf(bundle, [zk1], [], undefined, ended);
  expect(problemsOf('status', status)).toEqual([]);
  const text = statusText(status, { style: styleFor(false), width: 200 }, new Date('2026-01-03T00:00:00Z'));
  expect(text).toContain(`! zookeeper-1 ended by itself 2 times${words[0] === ':' ? '' : ' '}${words}\n`);
});

it('says of a swarm when that one was verified, not another', async () => {
  const bundle = await loaded();
  const swarm = (clusterId: string) =>
    manager(NODES, {
      info: async () => {
        const { swarm, ...info } = await manager(NODES).info();
        return { ...info, systemTime: '2026-01-01T00:00:30Z', swarm: { ...swarm, clusterId } };
      },
      services: async () => [],
      networks: async () => [],
      secrets: async () => [],
      configs: async () => [],
      swarmTrust: async () => ({ roots: [] }),
    });
  const { results, exit } = await verifyBundle(swarm('staging'), bundle, [], 1, recordedIo('/').io);
  const failed = results.filter(({ status }) => status === 'failed').length;
  expect(failed).toBeGreaterThan(0);
  const [staging, production] = await Promise.all(
    ['staging', 'production'].map(async (id) => readStatus(bundle, swarm(id), new Parts())),
  );
  expect(staging?.lastVerification).toMatchObject({ exit, failed });
  expect(production?.lastVerification).toBeUndefined();
  expect(problemsOf('status', staging)).toEqual([]);
});

it('a verification stands though the engine is away right after it, and is remembered of no swarm', async () => {
  const bundle = await loaded();
  const away = new BundleError('engine-unreachable', 'cannot ask the engine: no engine answers at ssh://m1');
  let asked = 0;
  const engine = manager(NODES, {
    info: async () => {
      // What looks at the tasks asks once for the clock.
      if (asked++ > 0) throw away;
      return { ...(await manager(NODES).info()), systemTime: '2026-01-01T00:00:30Z' };
    },
    services: async () => [],
    networks: async () => [],
    secrets: async () => [],
    swarmTrust: () => Promise.reject(away),
  });
  const { results } = await verifyBundle(engine, bundle, [], 1, recordedIo('/').io);
  expect(results.filter(({ detail }) => detail === away.message).map(({ check, status }) => [check, status])).toEqual([
    ['foreign-mounts', 'unsure'],
    ['expiry', 'unsure'],
  ]);
  expect(await readLastVerification(bundle.directory.dir, undefined)).toBeUndefined();
});
