import { describe, expect, it } from 'vitest';
import { checkDocument } from '../../../src/compose/rules.ts';
import type { ComposeService, StackDocument } from '../../../src/compose/types.ts';
import { deploy, documentOf, richDocument, service, stackDocument } from './documents.ts';

const ids = (document: StackDocument, stack = 'prod'): string[] =>
  checkDocument(stack, document).map((problem) => `${problem.id} ${problem.path}`);
const secrets = (...names: string[]): StackDocument =>
  stackDocument({ secrets: Object.fromEntries(names.map((name, index) => [`s${index}`, { name }])) });
const update = (order: 'start-first' | 'stop-first'): ComposeService['deploy'] =>
  deploy({ update: { parallelism: 1, failureAction: 'pause', monitor: '5s', order } });
const two = (one: Partial<ComposeService>, other: Partial<ComposeService>): StackDocument =>
  stackDocument({ services: { one: service(one), two: service(other) } });
const http = (published: number, mode: 'host' | 'ingress' = 'host', protocol: 'tcp' | 'udp' = 'tcp') => [
  { target: 80, published, mode, protocol },
];
const pinned = (...constraints: string[]): ComposeService['deploy'] => deploy({ constraints });
const volume = { type: 'volume', source: 'data', target: '/data' } as const;

/** A service on its own networks and on one of another stack, and one beside it. */
const joining = (joined: string, own: string[] = ['internal']): StackDocument =>
  stackDocument({
    services: {
      db: service({ networks: Object.fromEntries([...own, 'theirs'].map((key) => [key, { aliases: [] }])) }),
      web: service(),
    },
    networks: { internal: { driver: 'overlay' }, theirs: { joined } },
  });

describe('checkDocument', () => {
  it('finds nothing in a sound document', () => {
    expect(checkDocument('prod', stackDocument())).toEqual([]);
    expect(
      checkDocument(
        'prod',
        documentOf({ volumes: [volume], secrets: [{ source: 'token', target: 'token' }], environment: { A: 'x' } }),
      ),
    ).toEqual([]);
  });

  it('finds nothing in a service that joins a network of another stack beside its own', () => {
    for (const name of ['store_backend', `store_${'n'.repeat(57)}`, 'by-hand'])
      expect(checkDocument('prod', joining(name))).toEqual([]);
  });

  const table: [string, StackDocument, string][] = [
    ['a dot in a service name', stackDocument({ services: { 'a.b': service() } }), 'service-name services.a.b'],
    ['an underscore in a service name', stackDocument({ services: { a_b: service() } }), 'service-name services.a_b'],
    [
      'a service name that is too long with its stack',
      stackDocument({ services: { ['s'.repeat(59)]: service() } }),
      `service-name-length services.${'s'.repeat(59)}`,
    ],
    [
      'a network name that is too long with its stack',
      {
        ...stackDocument({
          networks: { ['n'.repeat(59)]: { driver: 'overlay' } },
          services: { db: service({ networks: { ['n'.repeat(59)]: { aliases: [] } } }) },
        }),
      },
      `network-name-length networks.${'n'.repeat(59)}`,
    ],
    [
      'a network name with a dot',
      stackDocument({
        networks: { 'a.b': { driver: 'overlay' } },
        services: { db: service({ networks: { 'a.b': { aliases: [] } } }) },
      }),
      'network-name networks.a.b',
    ],
    ['a one-letter volume', documentOf({ volumes: [{ ...volume, source: 'd' }] }), 'volume-name-short volumes.d'],
    [
      'a volume name with a space',
      documentOf({ volumes: [{ ...volume, source: 'my data' }] }),
      'volume-name volumes.my data',
    ],
    ['a secret name of 65 characters', secrets('s'.repeat(65)), 'secret-name-length secrets.s0'],
    ['a secret name that ends in a dot', secrets('prod_ca.'), 'secret-name secrets.s0'],
    ['two secret names that differ in case', secrets('prod_CA.v1', 'prod_ca.v1'), 'secret-name-taken secrets.s1'],
    ['an underscore in a host name', documentOf({ hostname: 'db_1' }), 'hostname services.db.hostname'],
    [
      'an underscore in an alias',
      documentOf({ networks: { internal: { aliases: ['db_1'] } } }),
      'alias services.db.networks.internal.aliases',
    ],
    [
      'a template in an alias',
      documentOf({ networks: { internal: { aliases: ['db-{{.Task.Slot}}'] } } }),
      'alias services.db.networks.internal.aliases',
    ],
    [
      'a secret that is not defined',
      { ...documentOf({ secrets: [{ source: 'token', target: 'token' }] }), secrets: {} },
      'secret-undefined services.db.secrets',
    ],
    [
      'a volume that is not defined',
      { ...documentOf({ volumes: [volume] }), volumes: {} },
      'volume-undefined services.db.volumes',
    ],
    [
      'a network that is not defined',
      documentOf({ networks: { internal: { aliases: [] }, other: { aliases: [] } } }),
      'network-undefined services.db.networks',
    ],
    ['a volume that is not used', stackDocument({ volumes: { data: {} } }), 'volume-unused volumes.data'],
    [
      'a network that is not used',
      stackDocument({ networks: { internal: { driver: 'overlay' }, other: { driver: 'overlay' } } }),
      'network-unused networks.other',
    ],
    [
      'no network',
      stackDocument({ services: { db: service({ networks: {} }), web: service() } }),
      'network-implicit services.db',
    ],
    ['a network of another stack alone', joining('store_backend', []), 'network-joined-alone services.db.networks'],
    ['a network of another stack that has no name', joining(''), 'network-joined-name networks.theirs.name'],
    ['a name that no network has', joining('store backend'), 'network-joined-name networks.theirs.name'],
    [
      'a network of another stack with a name that is too long',
      joining(`store_${'n'.repeat(58)}`),
      'network-name-length networks.theirs',
    ],
    ['no image', documentOf({ image: '' }), 'image services.db.image'],
    ['an upper-case image', documentOf({ image: 'Example/Server' }), 'image services.db.image'],
    [
      'a constraint without operator',
      documentOf({ deploy: pinned('foo') }),
      'constraint-syntax services.db.deploy.placement.constraints',
    ],
    [
      'a constraint with one equals sign',
      documentOf({ deploy: pinned('node.role=manager') }),
      'constraint-syntax services.db.deploy.placement.constraints',
    ],
    [
      'a constraint value with a quote',
      documentOf({ deploy: pinned('node.hostname == "a"') }),
      'constraint-syntax services.db.deploy.placement.constraints',
    ],
    [
      'a constraint on an unknown key',
      documentOf({ deploy: pinned('node.label.db == true') }),
      'constraint-key services.db.deploy.placement.constraints',
    ],
    [
      'a role that no node has',
      documentOf({ deploy: pinned('node.role == master') }),
      'constraint-role services.db.deploy.placement.constraints',
    ],
    ['dnsrr with an ingress port', documentOf({ ports: http(80, 'ingress') }), 'port-ingress-dnsrr services.db.ports'],
    ['port 0', documentOf({ ports: http(0) }), 'port-number services.db.ports'],
    [
      'one port twice in a service',
      documentOf({ ports: [...http(80), { target: 81, published: 80, mode: 'host' }] }),
      'port-twice services.db.ports',
    ],
    [
      'one host port in two services without constraints',
      two({ ports: http(80) }, { ports: http(80) }),
      'port-taken services.two.ports',
    ],
    [
      'one host port in two services on the same nodes',
      two(
        { ports: http(80), deploy: pinned('node.labels.a == true') },
        { ports: http(80), deploy: pinned('node.labels.a==true') },
      ),
      'port-taken services.two.ports',
    ],
    [
      'one host port, one service free to go where the other is',
      two({ ports: http(80), deploy: pinned('node.labels.a == true') }, { ports: http(80) }),
      'port-taken services.two.ports',
    ],
    [
      'an ingress port and the same host port',
      two(
        { ports: http(80, 'ingress'), deploy: { ...pinned('node.labels.a == true'), endpointMode: 'vip' } },
        { ports: http(80), deploy: pinned('node.labels.b == true') },
      ),
      'port-taken services.two.ports',
    ],
    [
      'start-first with a host port',
      documentOf({ ports: http(80), deploy: update('start-first') }),
      'start-first-port services.db.ports',
    ],
    [
      'start-first with a volume',
      documentOf({ volumes: [volume], deploy: update('start-first') }),
      'start-first-volume services.db.deploy.update_config.order',
    ],
    [
      'replicas with a local volume',
      documentOf({ volumes: [volume], deploy: deploy({ replicas: 2 }) }),
      'replicas-volume services.db.deploy.replicas',
    ],
    [
      'a relative bind source',
      documentOf({ volumes: [{ type: 'bind', source: '~/data', target: '/data' }] }),
      'bind-relative services.db.volumes',
    ],
    [
      'a relative mount target',
      documentOf({ volumes: [{ ...volume, target: 'data' }] }),
      'mount-target services.db.volumes',
    ],
    [
      'two mounts in one place',
      documentOf({ volumes: [volume, { ...volume, target: '/data/' }] }),
      'mount-twice services.db.volumes',
    ],
    [
      'two secrets under one target',
      documentOf({
        secrets: [
          { source: 'a1', target: 'key' },
          { source: 'b1', target: '/run/secrets/key' },
        ],
      }),
      'secret-target-twice services.db.secrets',
    ],
    [
      'one secret with two modes',
      documentOf({
        secrets: [
          { source: 'a1', target: 'one', mode: 0o400 },
          { source: 'a1', target: 'two' },
        ],
      }),
      'secret-modes services.db.secrets',
    ],
    [
      'a secret target that climbs out',
      documentOf({ secrets: [{ source: 'a1', target: '../etc/x' }] }),
      'secret-target services.db.secrets',
    ],
    [
      'a mode written in decimal',
      documentOf({ secrets: [{ source: 'a1', target: 'x', mode: 4444 }] }),
      'secret-mode services.db.secrets',
    ],
    [
      'an owner by name',
      documentOf({ secrets: [{ source: 'a1', target: 'x', uid: 'root' }] }),
      'secret-owner services.db.secrets',
    ],
    [
      'an environment name with a hyphen',
      documentOf({ environment: { 'A-B': 'x' } }),
      'environment-name services.db.environment.A-B',
    ],
    [
      'an empty environment value',
      documentOf({ environment: { A: '' } }),
      'environment-empty services.db.environment.A',
    ],
    [
      'a source variable that is no name',
      documentOf({ environment: { A: { fromEnvironment: 'A B', hint: 'x' } } }),
      'environment-source services.db.environment.A',
    ],
    ['a template in a command', documentOf({ command: ['--id={{.Task.Slot}}'] }), 'template-place services.db.command'],
    [
      'a template in an entrypoint',
      documentOf({ entrypoint: ['/run', '{{.Node.Hostname}}'] }),
      'template-place services.db.entrypoint',
    ],
    [
      'a template in a health check',
      documentOf({ healthcheck: { test: ['CMD', '{{ .Node.Hostname }}'], interval: '1s', timeout: '1s', retries: 1 } }),
      'template-place services.db.healthcheck.test',
    ],
    [
      'double braces in a value',
      documentOf({ environment: { PASSWORD: 'a{{b' } }),
      'template-foreign services.db.environment.PASSWORD',
    ],
  ];
  const { update: _update, ...noUpdate } = deploy({});
  const job = (over: Partial<ComposeService['deploy']> = {}, one: Partial<ComposeService> = {}): StackDocument =>
    documentOf({
      ...one,
      deploy: { ...noUpdate, mode: 'replicated-job', restart: { condition: 'on-failure', delay: '5s' }, ...over },
    });
  const spec = (config: string): StackDocument => ({
    ...documentOf({ credentialSpec: { config } }),
    configs: { settings: { name: 'prod_settings.v1' } },
  });
  table.push(
    [
      'replicas of a service on each node',
      documentOf({ deploy: { ...noUpdate, mode: 'global', replicas: 2 } }),
      'replicas-per-node services.db.deploy.replicas',
    ],
    [
      'an update policy of a job',
      job({ update: { parallelism: 1, failureAction: 'pause', monitor: '5s', order: 'stop-first' } }),
      'job-update services.db.deploy.update_config',
    ],
    [
      'a job that would be started again though it ended well',
      job({ restart: { condition: 'any', delay: '5s' } }),
      'job-restart services.db.deploy.restart_policy.condition',
    ],
    ['the slot in a job', job({}, { environment: { ID: 'x-{{.Task.Slot}}' } }), 'job-slot services.db.environment.ID'],
    ['a name server by name', documentOf({ dns: ['9.9.9.9', 'dns.example'] }), 'dns-address services.db.dns'],
    [
      'a soft limit above the hard one',
      documentOf({ ulimits: { nofile: { soft: 2, hard: 1 } } }),
      'ulimit-order services.db.ulimits.nofile',
    ],
    [
      'a config that is not defined',
      documentOf({ configs: [{ source: 'settings', target: '/x' }] }),
      'config-undefined services.db.configs',
    ],
    [
      'a credential spec whose config docker would not find',
      spec('settings'),
      'credential-config services.db.credential_spec.config',
    ],
    [
      'two mounts at one place, one of them in memory',
      documentOf({ volumes: [volume], tmpfs: [{ target: '/data/' }] }),
      'mount-twice services.db.volumes',
    ],
  );

  it('finds nothing in a job, nor in name servers of IPv6', () => {
    expect(ids(job())).toEqual([]);
    expect(ids(documentOf({ dns: ['2001:db8::53', '::1', '192.0.2.1'] }))).toEqual([]);
  });

  it.each(table)('finds %s', (_what, document, expected) => {
    expect(ids(document)).toContain(expected);
    for (const problem of checkDocument('prod', document)) {
      expect(problem.fix, problem.id).not.toBe('');
      expect(problem.message, problem.id).not.toBe('');
    }
  });

  it.each<[string, StackDocument]>([
    [
      'one host port on nodes with different labels',
      two(
        { ports: http(80), deploy: pinned('node.labels.a == true') },
        { ports: http(80), deploy: pinned('node.labels.b == true') },
      ),
    ],
    ['one number in tcp and udp', two({ ports: http(53) }, { ports: http(53, 'host', 'udp') })],
    [
      'an ingress port with a virtual IP',
      documentOf({ ports: http(80, 'ingress'), deploy: deploy({ endpointMode: 'vip' }) }),
    ],
    [
      'one secret under two targets with one mode',
      documentOf({
        secrets: [
          { source: 'a1', target: 'one' },
          { source: 'a1', target: 'two', mode: 0o444, uid: '0' },
        ],
      }),
    ],
    [
      'templates where swarm expands them',
      documentOf({
        hostname: 'db-{{.Task.Slot}}',
        environment: { A: '{{if .Node.Hostname}}x{{else}}y{{end}}' },
        volumes: [{ ...volume, type: 'bind', source: '/srv/{{.Task.Slot}}' }],
      }),
    ],
    [
      'templates of others',
      documentOf({
        command: ['docker', 'ps', '--format={{.Names}}'],
        logging: { driver: 'json-file', options: { tag: '{{.Name}}' } },
      }),
    ],
    [
      'replicas with a host directory',
      documentOf({ deploy: deploy({ replicas: 3 }), volumes: [{ type: 'bind', source: '/mnt/nfs', target: '/data' }] }),
    ],
    ['dots in aliases', documentOf({ networks: { internal: { aliases: ['zk1.example.internal'] } } })],
    [
      'every way to write an image',
      stackDocument({
        services: Object.fromEntries(
          [
            'a',
            'a:1',
            'a/b-c_d:v1.2',
            'registry.example.org:5000/a/b',
            `a@sha256:${'0'.repeat(64)}`,
            'localhost/a__b',
          ].map((image, index) => [`s${index}`, service({ image })]),
        ),
      }),
    ],
    [
      'constraints of every kind',
      documentOf({
        deploy: pinned(
          'node.labels.bundle.prod.db == true',
          'node.role!=manager',
          'node.hostname == n1',
          'engine.labels.os == x',
          'node.platform.arch == x86_64',
          'node.ip == 10.0.0.0/8',
        ),
      }),
    ],
    [
      'the longest names',
      stackDocument({ services: { ['s'.repeat(58)]: service() }, secrets: { a: { name: 's'.repeat(64) } } }),
    ],
  ])('accepts %s', (_what, document) => {
    expect(checkDocument('prod', document)).toEqual([]);
  });

  it.each(['', 'Prod', 'a'.repeat(21), 'my_stack', '-a', 'a-', 'a.b', 'a b'])(
    'refuses the stack name "%s"',
    (stack) => {
      expect(ids(stackDocument(), stack)).toContain('stack-name name');
    },
  );

  it('quotes no environment value', () => {
    const document = documentOf({ environment: { A: 'hunter2{{', B: '', 'C-D': 'hunter2' } });
    expect(checkDocument('prod', document)).toHaveLength(3);
    expect(JSON.stringify(checkDocument('prod', document))).not.toContain('hunter2');
  });

  it('reports everything at once, in a fixed order', () => {
    const problems = ids(richDocument());
    expect(problems).toEqual(ids(richDocument()));
    expect(problems).toEqual([]);
  });
});
