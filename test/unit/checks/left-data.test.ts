import { describe, expect, it } from 'vitest';
import { LEFT_CHECK, leftData } from '../../../src/checks/left-data.ts';
import { requirePassed, runChecks } from '../../../src/checks/run.ts';
import type { CommandIo } from '../../../src/cli/io.ts';
import { blocksOf } from '../../../src/commands/plan/blocks.ts';
import type { StackDocument } from '../../../src/compose/types.ts';
import type { SwarmService } from '../../../src/engine/port.ts';
import type { Plan } from '../../../src/plan/changes.ts';
import { desiredEntries } from '../../../src/plan/convert.ts';
import type { Loaded } from '../../../src/project/bundle-dir.ts';
import type { Survey } from '../../../src/project/plan-bundle.ts';
import { context, service, task } from '../../support/check-context.ts';

const ONE_NODE = {
  agents: { master: { nodes: ['n1'] }, query: { nodes: ['n1'] }, data: { nodes: ['n1'] } },
  deepStorage: { type: 'local' },
};
const OUTSIDE_STORE = { store: { embedded: false, host: 'db.example.org', user: 'imply' } };
const OUTSIDE_ZOOKEEPER = { zookeeper: { embedded: false, hosts: ['zk1:2181'] } };

/** The services of a document, as they are in the swarm. */
const deployed = (document: StackDocument): SwarmService[] =>
  [...desiredEntries('prod', document)].map(([name, { spec }]) => service(`prod_${name}`, { spec: { ...spec } }));

/** What runs by the first answers, and the bundle by the second. */
function after(before: Record<string, unknown>, now: Record<string, unknown>, on?: string) {
  const services = deployed(context(before).document);
  const tasks = on === undefined ? [] : services.map(({ id }) => task(id, on));
  return context(now, { services, tasks });
}
const found = async (...given: Parameters<typeof after>) => leftData.run(after(...given));
const texts = async (...given: Parameters<typeof after>) =>
  (await found(...given)).map(({ level, text }) => `${level}: ${text}`);
const FINE = ['ok: no service that runs leaves its data behind'];

describe('a volume that holds the only copy', () => {
  const AGENTS = 'imply-master-1, imply-query-1, imply-data-1';
  it('is not replaced by a directory without a word: where it is, that all is in it, and what comes first', async () => {
    const shared = { ...ONE_NODE, deepStorage: { type: 'local', sharedMount: '/srv/nfs' } };
    expect(await found(ONE_NODE, shared, 'id-n1')).toEqual([
      {
        level: 'error',
        text:
          `${AGENTS} would have directory /srv/nfs at /mnt/deep-storage in place of volume prod_deep-storage on n1, ` +
          'whose content stays behind: it holds all segments',
        hint:
          'put it back; or suspend all ingestion and copy its content into the new one, as it is, then go on with ' +
          '--ignore left-data; at once, if nothing of it is needed any more',
      },
    ]);
    expect(await texts(shared, ONE_NODE)).toEqual([
      expect.stringContaining('volume prod_deep-storage at /mnt/deep-storage in place of directory /srv/nfs, whose'),
    ]);
  });

  it.each([
    ['disabled', 'clusters that exist keep it, since'],
    ['rolling', 'clusters that exist use it until'],
  ])('is not taken away by another type, with clusterDefaults.update %s', async (update, words) => {
    const s3 = { agents: ONE_NODE.agents, clusterDefaults: { update } };
    const [finding, ...more] = await found(ONE_NODE, s3);
    expect(more).toEqual([]);
    expect(finding?.text).toContain(
      `${AGENTS} would have nothing at /mnt/deep-storage in place of volume prod_deep-storage, whose content stays behind`,
    );
    expect(finding?.text).toContain(words);
    expect(finding?.hint).toContain('have the store list them at their new place');
  });

  it('nor is a directory that the definition names, with nothing in its place', async () => {
    const shared = { ...ONE_NODE, deepStorage: { type: 'local', sharedMount: '/srv/nfs' } };
    expect(await texts(shared, { agents: ONE_NODE.agents })).toEqual([
      expect.stringContaining('would have nothing at /mnt/deep-storage in place of directory /srv/nfs, whose'),
    ]);
  });

  it('is an error by which deploy stops, unless it is ignored by its name', async () => {
    const wanted = after(ONE_NODE, { agents: ONE_NODE.agents });
    const stopped = await runChecks(wanted, []);
    const byIt = ({ name }: { name: string }) => name === LEFT_CHECK;
    expect(() => {
      requirePassed(stopped.filter(byIt));
    }).toThrow(/a check failed: left-data/);
    requirePassed((await runChecks(wanted, [LEFT_CHECK])).filter(byIt));
  });

  it('is told by plan, too, as what deploy would refuse', async () => {
    const { plan, document, live, planned } = after(ONE_NODE, { agents: ONE_NODE.agents });
    const changes = { ...planned(), stack: 'prod', networks: [], labels: [] } as unknown as Plan;
    const loaded = { directory: { bundle: { name: 'prod' }, plan }, document } as unknown as Loaded;
    const survey = { live, networks: [], volumes: [] } as unknown as Survey;
    expect(await blocksOf(loaded, survey, changes, {} as CommandIo)).toEqual([
      expect.stringContaining('would have nothing at /mnt/deep-storage in place of volume prod_deep-storage'),
    ]);
  });
});

describe('any volume of a service that exists', () => {
  const withMounts = (volumes: object[], more: object = {}) => {
    const wanted = after({}, {});
    const mysql = { ...wanted.document.services['mysql'], volumes, ...more } as StackDocument['services'][string];
    return { ...wanted, document: { ...wanted.document, services: { ...wanted.document.services, mysql } } };
  };
  const judged = async (...given: Parameters<typeof withMounts>) =>
    (await leftData.run(withMounts(...given))).map(({ level, text }) => `${level}: ${text}`);
  const AT = '/var/lib/mysql';
  const would = (now: string) =>
    `error: mysql would have ${now} at ${AT} in place of volume prod_mysql-data, whose content stays behind`;

  it.each<[string, object[], object, string[]]>([
    ['another one', [{ type: 'volume', source: 'db', target: AT }], {}, [would('volume prod_db')]],
    ['a directory', [{ type: 'bind', source: '/srv/db', target: AT }], {}, [would('directory /srv/db')]],
    ['memory', [], { tmpfs: [{ target: AT }] }, [would('memory')]],
    ['nothing', [], {}, [would('nothing')]],
    ['the same elsewhere', [{ type: 'volume', source: 'mysql-data', target: '/data' }], {}, FINE],
    [
      'the same, and one more',
      [
        { type: 'volume', source: 'mysql-data', target: AT },
        { type: 'volume', source: 'more', target: '/more' },
      ],
      {},
      FINE,
    ],
  ])('in whose place comes %s', async (_what, volumes, more, expected) => {
    expect(await judged(volumes, more)).toEqual(expected);
  });

  it('a directory in place of the manager’s volume too: where it is to be copied is not for the check to say', async () => {
    const [finding] = await found({}, { manager: { nodes: ['n1'], hostPaths: { var: '/srv/imply' } } });
    expect(finding).toMatchObject({
      text:
        'imply-manager would have directory /srv/imply at /mnt/var in place of volume prod_imply-manager-var, whose ' +
        'content stays behind',
      hint: expect.stringMatching(
        /^put it back; or stop who writes to it and copy its content, then go on with/,
      ) as string,
    });
  });

  it('what is only read, a socket that goes, a service of somebody else and one that goes are no matter', async () => {
    const mount = (more: object) => ({ Type: 'bind', Source: '/var/run/x.sock', Target: '/x', ...more });
    const of = (Mounts: object[], labels = service('prod_mysql').labels) =>
      service('prod_mysql', { labels, spec: { TaskTemplate: { ContainerSpec: { Mounts } } } });
    const volume = { Type: 'volume', Source: 'prod_old', Target: '/old' };
    for (const live of [
      of([mount({}), mount({ ...volume, ReadOnly: true })]),
      of([volume], {}),
      service('prod_gone', { spec: { TaskTemplate: { ContainerSpec: { Mounts: [volume] } } } }),
    ])
      expect((await leftData.run(context({}, { services: [live] }))).map(({ level }) => level)).toEqual(['ok']);
  });
});

describe('what clusters that exist go on using', () => {
  /** No dump over what is the same database; and none into one that is not there yet. */
  const SAME = /^put it back; or if it is the same database .*, enter that .*; only if not, bring a dump there/;
  const AFTER = /^put it back; or close the manager’s port .*, and bring a dump .* in after that deployment/;
  const three = { zookeeper: { servers: 3, nodes: ['n1', 'n2', 'n3'] } };

  it('a quorum group that goes as a whole is an error, whatever its size', async () => {
    const [finding, ...more] = await found(three, OUTSIDE_ZOOKEEPER);
    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      level: 'error',
      text: expect.stringMatching(
        /^ZooKeeper \(zookeeper-1, zookeeper-2, zookeeper-3\) would be taken away: clusters that exist keep it/,
      ) as string,
      hint: expect.stringMatching(/^put it back; or enter the new servers in the settings of each cluster/) as string,
    });
    expect(await texts({}, OUTSIDE_ZOOKEEPER)).toEqual([expect.stringContaining('ZooKeeper (zookeeper-1) would be')]);
  });

  it('one that grows, shrinks or is new is judged by its own rules', async () => {
    expect(await texts({}, three)).toEqual(FINE);
    expect(await texts(three, {})).toEqual(FINE);
    expect(await texts(OUTSIDE_ZOOKEEPER, {})).toEqual(FINE);
  });

  it.each([
    [
      'to a store outside',
      {},
      OUTSIDE_STORE,
      'from mysql, 3306, imply_manager to db.example.org, 3306, imply_manager',
      SAME,
    ],
    [
      'at another address',
      OUTSIDE_STORE,
      { store: { ...OUTSIDE_STORE.store, host: 'proxy.example.org' } },
      'from db.example.org, 3306, imply_manager to proxy.example.org, 3306, imply_manager',
      SAME,
    ],
    [
      'back from it',
      OUTSIDE_STORE,
      {},
      'from db.example.org, 3306, imply_manager to mysql, 3306, imply_manager',
      AFTER,
    ],
    [
      'by another name',
      {},
      { store: { database: 'other' } },
      'from mysql, 3306, imply_manager to mysql, 3306, other',
      AFTER,
    ],
  ])('the manager’s database, %s', async (_what, before, now, way, hint) => {
    const [finding, ...more] = await found(before, now);
    expect(more).toEqual([]);
    expect(finding?.level).toBe('error');
    expect(finding?.text).toContain(`the manager’s database would be another, ${way}: nothing moves there`);
    expect(finding?.hint).toMatch(hint);
  });

  it('of the same database, of a manager that is new, and of one that names none, nothing is said', async () => {
    expect(await texts(OUTSIDE_STORE, { store: { ...OUTSIDE_STORE.store, user: 'other' } })).toEqual(FINE);
    expect((await leftData.run(context(OUTSIDE_STORE))).map(({ level }) => level)).toEqual(['ok']);
    const bare = service('prod_imply-manager', { spec: { TaskTemplate: { ContainerSpec: {} } } });
    expect((await leftData.run(context({}, { services: [bare] }))).map(({ level }) => level)).toEqual(['ok']);
  });
});
