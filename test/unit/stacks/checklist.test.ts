import { describe, expect, it } from 'vitest';
import type { ComposeService, StackDocument } from '../../../src/compose/types.ts';
import { cluster, rendered } from './imply.ts';

/*
 * The items of "What a correct swarm stack must contain" that can be read off a document, by their number there. Each
 * is shown for several clusters, so that no answer loses it.
 */
const CLUSTERS: Record<string, ReturnType<typeof cluster>> = {
  'everything on, three nodes': cluster(),
  'one node': cluster({
    agents: { master: { nodes: ['a'] }, query: { nodes: ['a'] }, data: { nodes: ['a'] } },
    deepStorage: {},
  }),
  'external store and ZooKeeper, a licence': cluster({
    license: 'file',
    store: { host: 'db', user: 'u' },
    zookeeper: { hosts: ['zk:2181'] },
  }),
  'TLS off': cluster({ tls: { enabled: false }, authentication: { allowClearText: true } }),
  'authentication off, another manager host name': cluster({
    authentication: { enabled: false },
    manager: { nodes: ['a'], hostname: 'boss' },
  }),
  'secrets by environment': cluster({
    secretDelivery: 'env',
    license: 'file',
    deepStorage: { type: 's3', path: 's3://b/', user: 'AK' },
  }),
  'secrets through a wrapper': cluster({
    secretDelivery: 'wrapper',
    license: 'file',
    deepStorage: { type: 's3', path: 's3://b/', user: 'AK' },
  }),
  'tiers, three masters, keys of deep storage': cluster({
    deepStorage: { type: 's3', path: 's3://b/', user: 'AK', s3: { endpoint: 'http://minio:9000' } },
    agents: {
      master: { replicas: 3, nodes: ['a', 'b', 'c'] },
      query: { replicas: 2, nodes: ['a', 'b'] },
      data: { replicas: 2, nodes: ['a', 'b'] },
      dataTier2: { replicas: 2, nodes: ['b', 'c'] },
      dataTier3: { replicas: 1, nodes: ['c'] },
    },
  }),
};
const MANAGER = 'imply-manager';
const TARGETS = {
  'imply-ca.crt': 'imply-ca.crt',
  'imply-ca.key': 'imply-ca.key',
  'imply-auth-token': 'imply-auth-token',
};

const agents = (document: StackDocument): [string, ComposeService][] =>
  Object.entries(document.services).filter(([name]) => /^imply-(master|query|data(-tier[23])?)-\d+$/.test(name));
const imply = (document: StackDocument): [string, ComposeService][] => [
  [MANAGER, document.services[MANAGER] as ComposeService],
  ...agents(document),
];
const mounted = (service: ComposeService): Record<string, string> =>
  Object.fromEntries((service.secrets ?? []).map(({ source, target }) => [target, source]));
const env = (service: ComposeService, name: string): unknown => service.environment?.[name];
const seconds = (duration: string): number =>
  [...duration.matchAll(/(\d+)([hms])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * { h: 3600, m: 60, s: 1 }[unit as 'h' | 'm' | 's'],
    0,
  );

describe.each(Object.entries(CLUSTERS))('%s', (_name, bundle) => {
  const { document, text } = rendered(bundle);
  const answers = bundle.answers as {
    tls: { enabled: boolean };
    authentication: { enabled: boolean };
    license: string;
    secretDelivery: string;
    manager: { hostname: string };
    store: { host?: string };
    zookeeper: { hosts?: string[] };
    deepStorage: { user?: string };
  };
  const manager = document.services[MANAGER] as ComposeService;

  it('1: all services share one overlay network', () => {
    const [name, ...others] = Object.keys(document.networks);
    expect(others).toEqual([]);
    expect(document.networks[name as string]).toMatchObject({ driver: 'overlay' });
    for (const service of Object.values(document.services)) expect(Object.keys(service.networks)).toEqual([name]);
  });

  it('2: no name that Java dials holds an underscore', () => {
    for (const [name, service] of Object.entries(document.services)) {
      const names = [
        name,
        service.hostname ?? '',
        ...Object.values(service.networks).flatMap(({ aliases }) => aliases),
      ];
      for (const each of names) expect(each).toMatch(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/);
    }
    for (const [, service] of imply(document)) {
      for (const variable of [
        'IMPLY_MANAGER_HOST',
        'IMPLY_MANAGER_STORE_HOST',
        'imply_defaults_zkHosts',
        'druid_common_runtime_druid_host',
      ])
        expect(JSON.stringify(env(service, variable) ?? '')).not.toContain('_');
    }
  });

  it('3: exactly one manager, never two at a time, restarted with a delay', () => {
    expect(manager.deploy).toMatchObject({
      replicas: 1,
      update: { order: 'stop-first', parallelism: 1 },
      restart: { condition: 'any', delay: '5s' },
    });
    expect(manager.volumes).toContainEqual({ type: 'volume', source: 'imply-manager-var', target: '/mnt/var' });
    for (const name of ['TYPE', 'HOST', 'PORT', 'USER', 'DATABASE'])
      expect(env(manager, `IMPLY_MANAGER_STORE_${name}`)).toMatch(/./);
  });

  it('4: manager and agents mount certificate and token under the fixed names, the key only the manager', () => {
    const shared = {
      ...(answers.tls.enabled ? { 'imply-ca.crt': 'imply-ca.crt' } : {}),
      ...(answers.authentication.enabled ? { 'imply-auth-token': 'imply-auth-token' } : {}),
    };
    for (const [, agent] of agents(document)) expect(mounted(agent)).toEqual(shared);
    expect(mounted(manager)).toMatchObject({
      ...shared,
      ...(answers.tls.enabled ? { 'imply-ca.key': 'imply-ca.key' } : {}),
    });
    for (const [name, service] of Object.entries(document.services))
      if (name !== MANAGER) expect(JSON.stringify(service)).not.toContain('imply-ca.key');
  });

  it('5: secrets are external, by versioned name, with fixed targets', () => {
    for (const [key, { name }] of Object.entries(document.secrets)) expect(name).toBe(`prod_${key}.v1`);
    expect(text).toMatch(/external: true/);
    for (const service of Object.values(document.services)) {
      for (const { source, target } of service.secrets ?? [])
        if (source in TARGETS) expect(target).toBe(TARGETS[source as keyof typeof TARGETS]);
    }
  });

  it('6: the manager’s certificate names what agents dial, and that name resolves', () => {
    for (const [, agent] of agents(document)) expect(env(agent, 'IMPLY_MANAGER_HOST')).toBe(answers.manager.hostname);
    expect(env(manager, 'IMPLY_MANAGER_HOSTNAMES')).toBe(answers.tls.enabled ? answers.manager.hostname : undefined);
    expect(Object.values(manager.networks)[0]?.aliases).toContain(answers.manager.hostname);
    expect(manager.hostname).toBe(answers.manager.hostname);
  });

  it('7: licence and passwords are files named as variables, unless the environment is asked for', () => {
    const variables = [
      'IMPLY_MANAGER_STORE_PASSWORD',
      'imply_defaults_metadataStoragePassword',
      ...(answers.license === 'file' ? ['IMPLY_MANAGER_LICENSE_KEY'] : []),
      ...(answers.deepStorage.user === undefined ? [] : ['imply_defaults_deepStoragePassword']),
    ];
    for (const variable of variables) {
      if (answers.secretDelivery !== 'env') {
        expect(mounted(manager)[`imply.io/${variable}`]).toBeDefined();
        expect(env(manager, variable)).toBeUndefined();
      } else expect(env(manager, variable)).toMatchObject({ fromEnvironment: variable });
    }
    expect(env(manager, 'IMPLY_MANAGER_VAR_FILES_PATH')).toBe(
      answers.secretDelivery === 'file' ? '/run/secrets/imply.io' : undefined,
    );
    expect(
      manager.entrypoint
        ?.join(' ')
        .match(/for bundle_name in (.*);/)?.[1]
        ?.split(' ')
        .sort(),
    ).toEqual(answers.secretDelivery === 'wrapper' ? [...variables].sort() : undefined);
    expect(manager.command).toEqual(
      answers.secretDelivery === 'wrapper' ? ['/entry', '--flag=$HOME', 'serve now'] : undefined,
    );
    for (const [, agent] of agents(document)) expect(agent.entrypoint).toBeUndefined();
  });

  it('8: agents say role and cluster; one service for each, with its own name, volume and node', () => {
    const types = {
      master: 'master',
      query: 'query',
      data: 'dataTier1',
      'data-tier2': 'dataTier2',
      'data-tier3': 'dataTier3',
    };
    const roles = agents(document).map(([name, agent]) => {
      const role = name.replace(/^imply-|-\d+$/g, '') as keyof typeof types;
      expect(env(agent, 'IMPLY_MANAGER_AGENT_NODE_TYPE')).toBe(types[role]);
      expect(env(agent, 'IMPLY_MANAGER_AGENT_CLUSTER')).toBe('default');
      expect(agent.hostname).toBe(name);
      expect(Object.values(agent.networks)[0]?.aliases).toEqual([name]);
      expect(agent.deploy.replicas).toBe(1);
      expect(agent.deploy.constraints).toEqual([`node.labels.bundle.prod.${name.replace('imply-', '')} == true`]);
      return role;
    });
    expect(roles).toEqual(expect.arrayContaining(['master', 'query', 'data']));
  });

  // The manager behind an ingress port, which these shapes leave out: network.test.ts.
  it('9 and 10: names give addresses of tasks; only the documented ports are open, on the host, none by ingress', () => {
    const router = answers.tls.enabled ? 9088 : 8888;
    for (const [name, service] of Object.entries(document.services)) {
      expect(service.deploy.endpointMode).toBe('dnsrr');
      expect((service.ports ?? []).every(({ mode }) => mode === 'host')).toBe(true);
      const targets = (service.ports ?? []).map(({ target }) => target);
      expect(targets).toEqual(name === MANAGER ? [9097] : name.startsWith('imply-query') ? [router, 9095] : []);
    }
  });

  it('11: an agent announces its own name, not an address that it guesses', () => {
    for (const [name, agent] of agents(document)) expect(env(agent, 'druid_common_runtime_druid_host')).toBe(name);
  });

  it('12: every volume belongs to one service that runs once and is pinned', () => {
    const users = new Map<string, string[]>();
    for (const [name, service] of Object.entries(document.services)) {
      for (const { type, source } of service.volumes ?? [])
        if (type === 'volume') users.set(source, [...(users.get(source) ?? []), name]);
      expect([service.deploy.replicas, service.deploy.constraints.length]).toEqual([1, 1]);
    }
    for (const [volume, names] of users) if (volume !== 'deep-storage') expect(names).toHaveLength(1);
    expect(Object.keys(document.volumes).sort()).toEqual([...users.keys()].sort());
    for (const [name, agent] of agents(document)) {
      const targets = (agent.volumes ?? []).map(({ target }) => target);
      expect(targets).toContain('/mnt/var');
      expect(targets.includes('/mnt/tmp')).toBe(name.startsWith('imply-data'));
    }
  });

  it('13: data agents have hours to drain, all others minutes', () => {
    for (const [name, service] of Object.entries(document.services))
      expect(seconds(service.stopGracePeriod)).toBeGreaterThanOrEqual(name.startsWith('imply-data') ? 3600 : 60);
  });

  it('14: no health check where no client is known to be in the image', () => {
    for (const [, service] of imply(document)) expect(service.healthcheck).toBeUndefined();
  });

  it('15: one at a time, the old one first, and a failure pauses', () => {
    for (const service of Object.values(document.services))
      expect(service.deploy.update).toMatchObject({ parallelism: 1, order: 'stop-first', failureAction: 'pause' });
  });

  it('17: hosts of data agents are to have the chart’s sysctls, and room for its volumes', () => {
    const hosts = (over: Record<string, unknown>) => {
      const bundle = cluster(over);
      return bundle.definition.plan(bundle.name, bundle.answers).hosts;
    };
    expect(hosts({})[0]).toEqual({
      services: ['imply-data-1', 'imply-data-2'],
      sysctls: { 'vm.max_map_count': 500_000, 'kernel.threads-max': 999_999 },
      volumeBytes: 30 * 2 ** 30,
    });
    expect(
      hosts({})
        .slice(1)
        .flatMap(({ services }) => services),
    ).toEqual(['mysql', 'zookeeper-1']);
    expect(hosts({ store: { host: 'db.example.org', user: 'imply' }, zookeeper: { hosts: ['zk:2181'] } })).toHaveLength(
      1,
    );
  });

  it('16: what the chart requests is reserved', () => {
    for (const [, service] of imply(document))
      expect(service.deploy.resources?.reservations).toMatchObject({
        cpus: expect.stringMatching(/^0\.\d$/),
        memory: expect.stringMatching(/^\d+M$/),
      });
  });

  it('18: an embedded MySQL is utf8mb4, with its database, password file and volume', () => {
    const mysql = document.services['mysql'];
    if (answers.store.host !== undefined) return expect(mysql).toBeUndefined();
    expect(mysql).toMatchObject({
      command: ['--character-set-server=utf8mb4'],
      environment: { MYSQL_DATABASE: 'imply_manager', MYSQL_ROOT_PASSWORD_FILE: '/run/secrets/store-password' },
      volumes: [{ target: '/var/lib/mysql' }],
    });
    expect(env(manager, 'IMPLY_MANAGER_STORE_HOST')).toBe('mysql');
  });

  it('18: its password is none that the image’s own start would put into SQL wrongly; an external one may be any', () => {
    const { kind } =
      bundle.definition.plan(bundle.name, bundle.answers).secrets.find(({ secret }) => secret === 'store-password') ??
      {};
    const accept = () => kind?.accept({ password: Buffer.from("it's") }, new Date());
    if (answers.store.host === undefined) expect(accept).toThrow(/SQL/);
    else expect(accept).not.toThrow();
  });

  it('19: an embedded ZooKeeper keeps its data and purges', () => {
    const zookeeper = document.services['zookeeper-1'];
    if (answers.zookeeper.hosts) return expect(zookeeper).toBeUndefined();
    expect(zookeeper?.volumes?.map(({ target }) => target)).toEqual(['/data', '/datalog']);
    expect(env(zookeeper as ComposeService, 'ZOO_AUTOPURGE_PURGEINTERVAL')).toBe('24');
    expect(env(manager, 'imply_defaults_zkHosts')).toBe('zookeeper-1:2181');
  });

  it('21: logs stay readable for `docker service logs`, with room for the start-up lines', () => {
    for (const service of Object.values(document.services))
      expect(service.logging).toEqual({ driver: 'json-file', options: { 'max-size': '50m', 'max-file': '5' } });
  });

  it('22: images carry a tag that is not latest', () => {
    for (const { image } of Object.values(document.services)) expect(image).toMatch(/:[^/:]+$|@sha256:/);
    for (const { image } of Object.values(document.services)) expect(image).not.toMatch(/:latest$/);
  });

  it('every environment value is a string, and no secret is among them', () => {
    for (const service of Object.values(document.services))
      for (const value of Object.values(service.environment ?? {}))
        expect(['string', 'object']).toContain(typeof value);
    expect(text).not.toMatch(/PASSWORD: (?!"\$\{)/i);
  });
});

describe('20: deep storage that all agents share', () => {
  const nodes = (...names: string[]) => ({
    master: { nodes: [names[0]] },
    query: { nodes: [names[0]] },
    data: { replicas: names.length, nodes: names },
  });
  it('is a volume on one node', () => {
    const { document } = rendered(cluster({ agents: nodes('a'), deepStorage: {} }));
    for (const [, agent] of agents(document))
      expect(agent.volumes).toContainEqual({ type: 'volume', source: 'deep-storage', target: '/mnt/deep-storage' });
  });
  it('is a host directory on several', () => {
    const { document } = rendered(cluster({ agents: nodes('a', 'b'), deepStorage: { sharedMount: '/srv/nfs' } }));
    for (const [, agent] of agents(document))
      expect(agent.volumes).toContainEqual({ type: 'bind', source: '/srv/nfs', target: '/mnt/deep-storage' });
  });
  it('is refused where it would be another one on each node', () =>
    expect(() => cluster({ agents: nodes('a', 'b'), deepStorage: {} })).toThrow(/deepStorage\.sharedMount: is needed/));
  it('is an address elsewhere', () =>
    expect(
      env(rendered(cluster()).document.services[MANAGER] as ComposeService, 'imply_defaults_deepStoragePath'),
    ).toBe('s3://bucket/prefix'));
});

describe('raising a count', () => {
  it('renames and moves no member', () => {
    const of = (replicas: number, nodes: string[]) => {
      const bundle = cluster({
        agents: { master: { nodes: ['a'] }, query: { nodes: ['a'] }, data: { replicas, nodes } },
      });
      return bundle.definition
        .plan(bundle.name, bundle.answers)
        .placements.filter(({ role }) => role.startsWith('data'));
    };
    expect(of(4, ['a', 'b', 'c', 'd']).slice(0, 2)).toEqual(of(2, ['a', 'b']));
    expect(of(3, ['a', 'b']).slice(0, 2)).toEqual(of(2, ['a', 'b']));
  });
});

describe('what must be seen of a running task', () => {
  const expectations = (over: object) => {
    const bundle = cluster(over as Record<string, unknown>);
    return bundle.definition.plan(bundle.name, bundle.answers).expectations;
  };

  it('is TLS and authentication where they are on, of the manager and every agent; agents never hold the CA’s key', () => {
    const all = expectations({});
    const behind = ['mysql', 'zookeeper-1'];
    expect(all.map(({ service }) => service)).toEqual([
      ...behind,
      MANAGER,
      'imply-master-1',
      'imply-query-1',
      'imply-data-1',
      'imply-data-2',
    ]);
    for (const each of all.filter(({ service }) => behind.includes(service))) {
      expect(each.logs).toEqual([]);
      expect(each.endpoints).toHaveLength(1);
      expect(each.forbiddenSecrets).toEqual([
        { secret: 'ca', part: 'key' },
        { secret: 'auth-token', part: 'token' },
      ]);
    }
    for (const each of all.filter(({ service }) => !behind.includes(service))) {
      expect(each.logs.map(({ contains }) => contains)).toEqual(['TLS: Enabled', 'Authentication: Enabled']);
      expect(each.withinSeconds).toBeGreaterThanOrEqual(180);
      // The chart lets an agent take 90 probes of 10 s to start.
      expect(each.servesWithinSeconds).toBe(each.service === MANAGER ? undefined : 900);
      expect(each.forbiddenSecrets).toEqual(each.service === MANAGER ? [] : [{ secret: 'ca', part: 'key' }]);
    }
    expect(
      expectations({ tls: { enabled: false }, authentication: { enabled: false } }).flatMap(({ logs }) => logs),
    ).toEqual([]);
  });

  it('what is open to users once the cluster was started is not in clear, if TLS is on and it is published', () => {
    const secured = (over: Record<string, unknown>): string[] =>
      expectations(over).flatMap(({ service, endpoints }) =>
        endpoints.flatMap((one) => (one.kind === 'secured' ? [`${service} ${one.name} ${one.port}`] : [])),
      );
    expect(secured({})).toEqual(['imply-query-1 router-not-plain 9088', 'imply-query-1 pivot-not-plain 9095']);
    expect(secured({ tls: { enabled: false }, authentication: { enabled: false } })).toEqual([]);
    const agents = { master: { nodes: ['node1'] }, data: { nodes: ['node1'] } };
    expect(secured({ agents: { ...agents, query: { nodes: ['node1'], publish: { enabled: false } } } })).toEqual([]);
  });
});
