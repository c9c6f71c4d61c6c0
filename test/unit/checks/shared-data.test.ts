import { describe, expect, it } from 'vitest';
import { sharedData } from '../../../src/checks/shared-data.ts';
import type { ContainerSpec, ServiceSpec } from '../../../src/compose/spec.ts';
import type { SwarmService, SwarmTask } from '../../../src/engine/port.ts';
import { context, node, service, task } from '../../support/check-context.ts';
import { holding } from '../plan/engine.ts';

const OUTSIDE = {
  store: { host: 'db.example.org', user: 'imply' },
  zookeeper: { hosts: ['zk1:2181', 'zk2:2181'], basePath: 'imply' },
};
const STORE = { HOST: 'db.example.org', PORT: '3306', DATABASE: 'imply_manager' };

function manager(name: string, env: Record<string, string>): SwarmService {
  const Env = Object.entries(env).map(([key, value]) => `${key}=${value}`);
  return service(name, { spec: { TaskTemplate: { ContainerSpec: { Env } } } });
}
const storeOf = (more: Partial<typeof STORE> = {}) =>
  Object.fromEntries(
    Object.entries({ ...STORE, ...more }).map(([key, value]) => [`IMPLY_MANAGER_STORE_${key}`, value]),
  );
const zookeeperOf = (zkHosts: string, zkBasePath: string) => ({
  imply_defaults_zkHosts: zkHosts,
  imply_defaults_zkBasePath: zkBasePath,
});
const found = async (
  answers: Record<string, unknown>,
  services: SwarmService[],
  tasks: ReturnType<typeof task>[] = [],
) => (await sharedData.run(context(answers, { services, tasks }))).map(({ level, text }) => `${level}: ${text}`);
const NONE = [expect.stringMatching(/^ok: no other stack/)];

describe('a place on outside servers', () => {
  it.each([
    ['the same database', storeOf(), /^warning: the manager’s database \(db\.example\.org, 3306, imply_manager\)/],
    [
      'the same path of the same ensemble',
      zookeeperOf('zk2:2181,zk1:2181', 'imply'),
      /^warning: the path in ZooKeeper/,
    ],
    ['that path by one of its servers', zookeeperOf('ZK2:2181', '/imply/'), /^warning: the path in ZooKeeper/],
  ])('%s in another stack is told, with that service', async (_what, env, words) => {
    const [line, ...more] = await found(OUTSIDE, [manager('test_imply-manager', env)]);
    expect(line).toMatch(words);
    expect(line).toContain('service test_imply-manager');
    expect(more).toEqual([]);
  });

  it.each([
    ['another database', storeOf({ DATABASE: 'other' })],
    ['another path', zookeeperOf('zk1:2181', 'test')],
    ['another ensemble', zookeeperOf('zk3:2181', 'imply')],
    ['nothing of it', {}],
  ])('%s is no concern', async (_what, env) => {
    expect(await found(OUTSIDE, [manager('test_imply-manager', env)])).toEqual(NONE);
  });

  it('is no concern in the stack itself, nor of what each stack has of its own', async () => {
    expect(await found(OUTSIDE, [manager('prod_imply-manager', storeOf())])).toEqual(NONE);
    const own = { ...storeOf({ HOST: 'mysql' }), ...zookeeperOf('zookeeper-1:2181', 'imply') };
    expect(await found({}, [manager('test_imply-manager', own)])).toEqual(NONE);
  });
});

describe('a directory of a host', () => {
  const answers = { manager: { nodes: ['n1'], hostPaths: { var: '/srv/imply' } } };
  const other = (mount: object) =>
    service('test_app', {
      spec: { TaskTemplate: { ContainerSpec: { Mounts: [{ Type: 'bind', Target: '/x', ...mount }] } } },
    });
  const at = (node: string) => [task('id-test_app', `id-${node}`)];

  it('that a service of another stack writes to on that node is told', async () => {
    expect(await found(answers, [other({ Source: '/srv/imply/' })], at('n1'))).toEqual([
      'warning: service test_app writes to /srv/imply too, on a node of imply-manager (n1)',
    ]);
  });

  it.each([
    ['on another node', { Source: '/srv/imply' }, 'n2'],
    ['another one', { Source: '/srv/other' }, 'n1'],
    ['one that is only read', { Source: '/srv/imply', ReadOnly: true }, 'n1'],
    ['a volume of that name', { Source: '/srv/imply', Type: 'volume' }, 'n1'],
  ])('%s is no concern', async (_what, mount, node) => {
    expect(await found(answers, [other(mount)], at(node))).toEqual(NONE);
  });
});

describe('a directory of a host that a service of this stack has', () => {
  const NODES = ['n1', 'n2', 'n3', 'n4'].map((name) => node(name));
  type Agents = Record<string, object>;
  const AGENTS: Agents = { master: { nodes: ['n1'] }, query: { nodes: ['n1'] } };
  const PATHS = { var: '/data/var', tmp: '/data/tmp' };
  const data = (nodes: string[], hostPaths: object = PATHS): Agents => ({
    ...AGENTS,
    data: { replicas: nodes.length, nodes, hostPaths, gracePeriod: '24h' },
  });
  const oneNode = (manager: string, query: string, more: object = {}) => ({
    manager: { nodes: ['n1'], hostPaths: { var: manager } },
    agents: { ...AGENTS, query: { nodes: ['n1'], hostPaths: { var: query } }, data: { nodes: ['n1'] } },
    ...more,
  });
  const agents = (some: Agents) => ({ agents: some });

  /** What the swarm has of the answers of before, each service with one task on the node of its role. */
  function held(answers: Record<string, unknown>, more: Partial<SwarmTask> = {}) {
    const { plan, document } = context(answers);
    const { services } = holding(document, []);
    const tasks = plan.placements.flatMap(({ nodes: [at = ''], services: names }) =>
      names.flatMap((name) => {
        const { id, spec } = services.find((each) => each.name === `prod_${name}`)!;
        return task(id, `id-${at}`, { spec: (spec as ServiceSpec).TaskTemplate as SwarmTask['spec'], ...more });
      }),
    );
    return { nodes: NODES, services, tasks };
  }
  const after = async (before: object, now: object, more: Partial<SwarmTask> = {}) =>
    (await sharedData.run(context({ ...now }, held({ ...before }, more)))).map(
      ({ level, text }) => `${level}: ${text}`,
    );
  const writes = (one: string, on: string, other: string, directories = '/data/var, /data/tmp') =>
    expect.stringContaining(
      `error: ${one} is to write to ${directories} on ${on}, and a task of ${other} still writes to it: `,
    );

  it.each([
    ['two that change places', agents(data(['n2', 'n3'])), agents(data(['n3', 'n2'])), [
      writes('imply-data-1', 'n3', 'imply-data-2'), writes('imply-data-2', 'n2', 'imply-data-1')]],
    ['a node put before the others', agents(data(['n2', 'n3'])), agents(data(['n4', 'n2', 'n3'])), [
      writes('imply-data-2', 'n2', 'imply-data-1'), writes('imply-data-3', 'n3', 'imply-data-2')]],
    ['two that change directories on one node', oneNode('/data/a', '/data/b'), oneNode('/data/b', '/data/a'), [
      writes('imply-manager', 'n1', 'imply-query-1', '/data/b'), writes('imply-query-1', 'n1', 'imply-manager', '/data/a')]],
    ['one that comes where another one goes for good', agents(data(['n2', 'n3'])), agents(data(['n3'])), [
      writes('imply-data-1', 'n3', 'imply-data-2')]],
  ])('is not given to another one before it has left it: %s', async (_what, before, now, expected) => {
    expect(await after(before, now)).toEqual(expected);
    expect(await after(before, now, { desiredState: 'shutdown' }), 'which stops, and still runs').toEqual(expected);
    expect(await after(before, now, { desiredState: 'shutdown', state: 'shutdown' }), 'which has ended').toEqual(NONE);
  }); // prettier-ignore

  it('counts with those below and above it, and says how long it may take', async () => {
    const [line, ...more] = await after(
      agents(data(['n2', 'n3'], { var: '/data' })),
      agents(data(['n3', 'n4'], { var: '/data/var' })),
    );
    expect(line).toBe(
      'error: imply-data-1 is to write to /data/var on n3, and a task of imply-data-2 still writes to /data: they ' +
        'would do so side by side until that one has stopped, which may take up to 24 h',
    );
    expect(more).toEqual([]);
  });

  const spread = (on: string[], query: string) => ({
    agents: { master: { nodes: ['n1'] }, query: { nodes: [query] }, ...data(on, {}) },
  });
  const SHARED = { deepStorage: { type: 'local', sharedMount: '/mnt/deep' } };
  it.each([
    ['nothing changes', agents(data(['n2', 'n3'])), agents(data(['n2', 'n3']))],
    ['one comes to a node of its own', agents(data(['n2', 'n3'])), agents(data(['n2', 'n3', 'n4']))],
    ['one goes', agents(data(['n2', 'n3'])), agents(data(['n2']))],
    ['another directory is nobody’s', agents(data(['n2', 'n3'])), agents(data(['n2', 'n3'], { var: '/data/variable' }))],
    ['what all share gets another member', { ...SHARED, ...agents(data(['n2'], {})) }, { ...SHARED, ...agents(data(['n2', 'n1'], {})) }],
    ['one of one agent a node comes where another one goes', { ...SHARED, ...spread(['n3', 'n4'], 'n2') }, { ...SHARED, ...spread(['n3'], 'n4') }],
    ['and its members come and go', { ...SHARED, ...agents(data(['n2', 'n3'], {})) }, { ...SHARED, ...agents(data(['n3'], {})) }],
  ])('is no concern if %s', async (_what, before, now) => expect(await after(before, now)).toEqual(NONE)); // prettier-ignore

  it('is not given to another one before that has stopped which was removed, and to its successor it is', async () => {
    const before = held(agents(data(['n2', 'n3'])), { desiredState: 'remove' });
    const services = before.services.filter(({ name }) => name !== 'prod_imply-data-2');
    const found = async (nodes: string[]) =>
      (await sharedData.run(context(agents(data(nodes)), { ...before, services }))).map(({ text }) => text);
    expect(await found(['n3'])).toEqual([expect.stringContaining('a task of a removed service still writes to it')]);
    expect((await found(['n2', 'n3'])).join()).toMatch(/^no other stack/);
  });

  it('is no concern if it is only read', async () => {
    const before = held(agents(data(['n2', 'n3'])));
    for (const { spec } of before.tasks)
      for (const mount of (spec['ContainerSpec'] as ContainerSpec).Mounts ?? []) mount.ReadOnly = true;
    const found = await sharedData.run(context(agents(data(['n3', 'n2'])), before));
    expect(found.map(({ level }) => level)).toEqual(['ok']);
  });
});
