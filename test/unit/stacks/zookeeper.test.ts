import { describe, expect, it } from 'vitest';
import { type Bundle } from '../../../src/bundle/parse.ts';
import { validateAnswers } from '../../support/answers.ts';
import { checkDocument } from '../../../src/compose/rules.ts';
import { askedEnsembles } from '../../../src/verify/bundle/expected.ts';
import { readAnswers } from '../../../stacks/zookeeper/ensemble.ts';
import { cluster, rendered } from './imply.ts';

const NODES = ['a', 'b', 'c', 'd', 'e'];
const NAMES = ['zookeeper-1', 'zookeeper-2', 'zookeeper-3'];

const ensemble = (over: Record<string, unknown> = {}): Bundle =>
  validateAnswers({ version: 1, stack: 'zookeeper', name: 'zk', nodes: NODES.slice(0, 3), ...over }, 'bundle.yaml');
const planOf = (bundle: Bundle) => bundle.definition.plan(bundle.name, bundle.answers);
const noticesOf = (bundle: Bundle) =>
  planOf(bundle)
    .notices.filter(({ level }) => level === 'warning')
    .map(({ name }) => name);

describe('a stack of ZooKeeper servers', () => {
  it.each([1, 3, 5])(
    'of %i: each has an id, a name, volumes and a node of its own, and knows all the others',
    (servers) => {
      const bundle = ensemble({ servers, nodes: NODES.slice(0, servers) });
      const { document } = rendered(bundle);
      const names = NODES.slice(0, servers).map((_node, index) => `zookeeper-${index + 1}`);
      expect(Object.keys(document.services)).toEqual(names);
      const all = names.map((name, index) => `server.${index + 1}=${name}:2888:3888;2181`).join(' ');
      for (const [index, name] of names.entries()) {
        const service = document.services[name];
        expect(service).toMatchObject({
          hostname: name,
          networks: { zookeeper: { aliases: [name] } },
          environment: {
            ZOO_MY_ID: String(index + 1),
            ZOO_SERVERS: all,
            ZOO_STANDALONE_ENABLED: String(servers === 1),
            ZOO_AUTOPURGE_PURGEINTERVAL: '24',
            ZK_SERVER_HEAP: '512',
          },
          deploy: {
            endpointMode: 'dnsrr',
            replicas: 1,
            constraints: [`node.labels.bundle.zk.${name} == true`],
            update: { order: 'stop-first' },
          },
        });
        expect(service?.volumes?.map(({ source }) => source)).toEqual([`${name}-data`, `${name}-datalog`]);
        // Of itself only: one that asks for a quorum would keep the server out of DNS.
        expect(service?.healthcheck?.test.join(' ')).toMatch(/ruok.*127\.0\.0\.1/);
        expect(service?.ports).toBeUndefined();
      }
      expect(planOf(bundle).placements).toEqual(
        names.map((name, index) => ({ role: name, nodes: [NODES[index]], services: [name] })),
      );
      expect(checkDocument('zk', document)).toEqual([]);
    },
  );

  it.each([
    [1, false, 'running'],
    [1, true, 'client-port'],
    [3, false, 'quorum'],
    [5, true, 'quorum'],
  ])('of %i (published: %s) has its lines of the start proven by %s, which is asked', (servers, publish, proof) => {
    const bundle = ensemble({ servers, nodes: NODES.slice(0, servers), client: { publish, port: 2181 } });
    const plan = planOf(bundle);
    const asked = askedEnsembles(plan).flatMap(({ services }) => services);
    for (const { service, logs, endpoints } of plan.expectations) {
      expect(logs.map(({ name }) => name)).toEqual(servers === 1 ? ['Listening'] : ['Listening', 'Election']);
      for (const { provenBy } of logs) expect(provenBy?.check).toBe(proof);
      const checks = ['running', ...endpoints.map(({ name }) => name), ...(asked.includes(service) ? ['quorum'] : [])];
      expect(checks).toContain(proof);
    }
  });

  it.each([1, 3, 5])(
    'of %i has the way down in its runbook, where the refusal to shrink sends its reader',
    (servers) => {
      const plan = planOf(ensemble({ servers, nodes: NODES.slice(0, servers) }));
      const [group] = plan.ensembles ?? [];
      expect(group?.policy.shrink(['zookeeper-7'], [])?.hint).toContain('README.md says how');
      const runbook = plan
        .runbook()
        .map(({ markdown }) => markdown)
        .join('\n');
      expect(runbook).toMatch(/`bundle deploy` refuses to[^\n]*`docker service rm`/);
    },
  );

  it('has names that no other stack has, for a client of two', () => {
    const sections = planOf(ensemble({ servers: 3, nodes: NODES.slice(0, 3) })).runbook();
    const { markdown = '' } = sections.find(({ title }) => title === 'How clients connect') ?? {};
    expect(markdown).toMatch(
      /networks of two stacks .* finds only one .*`zk_zookeeper-1:2181,zk_zookeeper-2:2181,zk_zookeeper-3:2181`/,
    );
  });

  it.each([0, 2, 4, 6, 7])('of %i is refused, with the reason', (servers) => {
    expect(() => ensemble({ servers, nodes: NODES })).toThrow(/servers: must be 1, 3 or 5: a majority must be up/);
  });

  it('needs nodes, and one for each server where a port is opened', () => {
    expect(() => ensemble({ nodes: [] })).toThrow(/nodes: names no node/);
    expect(() => ensemble({ nodes: ['a', 'b'], client: { publish: true } })).toThrow(
      /nodes: 3 servers publish the same port/,
    );
    expect(
      rendered(ensemble({ client: { publish: true, port: 2200 } })).document.services['zookeeper-2']?.ports,
    ).toEqual([{ target: 2181, published: 2200, mode: 'host' }]);
  });

  it('warns where the loss of one node is the loss of the quorum, and only there', () => {
    expect(noticesOf(ensemble())).toEqual([]);
    expect(noticesOf(ensemble({ nodes: ['a', 'b'] }))).toEqual(['zookeeper-nodes']);
    expect(
      planOf(ensemble({ nodes: ['a', 'b'] })).notices.find(({ name }) => name === 'zookeeper-nodes')?.text,
    ).toContain('2 of 3 ZooKeeper servers are on a');
    expect(noticesOf(ensemble({ servers: 5, nodes: ['a', 'b', 'c'] }))).toEqual([]);
    expect(noticesOf(ensemble({ servers: 5, nodes: ['a', 'b'] }))).toEqual(['zookeeper-nodes']);
    expect(noticesOf(ensemble({ servers: 1, nodes: ['a'] }))).toEqual([]);
    expect(noticesOf(ensemble({ client: { publish: true } }))).toEqual(['no-authentication']);
  });

  it('moves and renames nobody when it grows', () => {
    const three = planOf(ensemble()).placements;
    expect(planOf(ensemble({ servers: 5, nodes: NODES })).placements.slice(0, 3)).toEqual(three);
  });

  it('is one ensemble, also of one server, and knows members that left', () => {
    for (const bundle of [ensemble(), ensemble({ servers: 1 })]) {
      const { services } = rendered(bundle).document;
      const [only, ...others] = planOf(bundle).ensembles;
      expect(others).toEqual([]);
      expect(only?.services).toEqual(Object.keys(services));
      expect(['zookeeper-9', 'zookeeper', 'imply-data-1'].map((name) => only?.isMember(name))).toEqual([
        true,
        false,
        false,
      ]);
    }
  });
});

describe('ZooKeeper within an Imply cluster', () => {
  it('has the servers that are asked for, and all that use it know all of them', () => {
    const bundle = cluster({ zookeeper: { servers: 3, nodes: ['node1', 'node2', 'node3'] } });
    const { document } = rendered(bundle);
    expect(Object.keys(document.services).filter((name) => name.startsWith('zookeeper'))).toEqual(NAMES);
    expect(document.services['imply-manager']?.environment?.['imply_defaults_zkHosts']).toBe(
      'zookeeper-1:2181,zookeeper-2:2181,zookeeper-3:2181',
    );
    expect(document.services['zookeeper-2']?.networks).toEqual({ imply: { aliases: ['zookeeper-2'] } });
    expect(planOf(bundle).ensembles.map(({ services, probe }) => [services, probe.network])).toEqual([
      [NAMES, 'imply'],
    ]);
    expect(
      planOf(bundle)
        .placements.filter(({ role }) => role.startsWith('zookeeper'))
        .map(({ nodes }) => nodes),
    ).toEqual([['node1'], ['node2'], ['node3']]);
    expect(noticesOf(bundle)).toEqual([]);
    expect(noticesOf(cluster({ zookeeper: { servers: 3, nodes: ['node1'] } }))).toEqual(['zookeeper-nodes']);
  });

  it('is one server on the manager’s node by default, and none where an external ensemble is named', () => {
    expect(planOf(cluster()).placements).toContainEqual({
      role: 'zookeeper-1',
      nodes: ['node1'],
      services: ['zookeeper-1'],
    });
    expect(planOf(cluster({ zookeeper: { hosts: ['zk:2181'] } })).ensembles).toEqual([]);
  });

  it.each([
    [{ servers: 2, nodes: ['a', 'b'] }, /zookeeper\.servers: must be 1, 3 or 5/],
    [{ servers: 3 }, /zookeeper\.nodes: names no node for the 3 servers/],
    [{ nodes: ['a', 'b'] }, /zookeeper\.nodes: name one node, or raise zookeeper\.servers/],
    [{ servers: 3, nodes: ['a', 'b', 'c', 'd'] }, /zookeeper\.nodes: name at most 3/],
    [{ servers: 3, hosts: ['zk:2181'] }, /zookeeper\.servers: is for embedded servers/],
  ])('refuses %j', (zookeeper, message) => expect(() => cluster({ zookeeper })).toThrow(message));
});

describe('what the servers answer', () => {
  const MODES: Record<string, string> = {
    L: 'Mode: leader',
    F: 'Mode: follower',
    S: 'Mode: standalone',
    W: 'This ZooKeeper instance is not currently serving requests',
  };
  /** `LFW-`: leader, follower, not serving, silent. */
  const read = (said: string, synced = said.split('F').length - 1) => {
    const lines = [...said].flatMap((letter, index) => {
      const name = `zookeeper-${index + 1}`;
      const mode = MODES[letter];
      return mode === undefined
        ? []
        : [`${name} srvr ${mode}`, ...(letter === 'L' ? [`${name} mntr zk_synced_followers\t${synced}`] : [])];
    });
    return readAnswers(
      [...said].map((_letter, index) => `zookeeper-${index + 1}`),
      [...lines, 'asked'],
    );
  };
  const well = (said: string, synced?: number): string =>
    Object.values(read(said, synced).members)
      .map(({ ok, last }) => (last ? 'L' : ok ? '+' : '-'))
      .join('');

  it.each([
    ['FLF', '+L+', true],
    ['LFW', 'L+-', true],
    ['FL-', '+L-', true],
    ['L--', 'L--', false],
    ['WWW', '---', false],
    ['---', '---', false],
    ['FF-', '---', false],
    ['SSS', '---', false],
    ['LLF', '---', false],
    ['FLFFF', '+L+++', true],
    ['FLF--', '+L+--', true],
    ['FL---', '+L---', false],
    ['S', '+', true],
    ['L', '+', true],
    ['W', '-', false],
    ['-', '-', false],
  ])('%s: %s, quorum %s', (said, members, quorum) => {
    expect([well(said), read(said).quorum]).toEqual([members, quorum]);
  });

  it('is no quorum where the leader counts fewer followers than say they follow', () => {
    expect(read('FLF', 1).quorum).toBe(false);
    expect(read('FLF', 1).text).toBe('leader zookeeper-2, 1 of 2 followers in sync: no quorum');
  });

  it('is said in a few words', () => {
    expect(read('FLW')).toMatchObject({
      text: 'leader zookeeper-2, 1 of 2 followers in sync',
      members: { 'zookeeper-3': { text: expect.stringContaining('not serving') } },
    });
    expect(read('S--').members['zookeeper-1']?.text).toBe('serves alone, without the others');
    expect(read('LLF').text).toBe('2 leaders: no quorum');
    expect(read('FF-').text).toBe('no leader: no quorum');
  });

  it('is nothing where the probe printed nothing, or what it does not know', () => {
    for (const lines of [[], ['asked'], ['zookeeper-1 srvr Zookeeper version: 3.8', 'nonsense']])
      expect(readAnswers(NAMES, lines)).toMatchObject({
        quorum: false,
        members: { 'zookeeper-1': { ok: false, text: 'does not answer' } },
      });
  });
});
