import { describe, expect, it } from 'vitest';
import { sharedData } from '../../../src/checks/shared-data.ts';
import type { SwarmService } from '../../../src/engine/port.ts';
import { context, service, task } from '../../support/check-context.ts';

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
