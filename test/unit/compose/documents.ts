import type { ComposeService, StackDocument } from '../../../src/compose/types.ts';

/** A small sound service; `overrides` replace whole keys. */
export function service(overrides: Partial<ComposeService> = {}): ComposeService {
  return {
    image: 'example/server:1',
    networks: { internal: { aliases: [] } },
    stopGracePeriod: '10s',
    logging: { driver: 'json-file', options: { 'max-size': '10m' } },
    deploy: {
      endpointMode: 'dnsrr',
      replicas: 1,
      constraints: [],
      restart: { condition: 'any', delay: '5s' },
      update: { parallelism: 1, failureAction: 'pause', monitor: '5s', order: 'stop-first' },
    },
    ...overrides,
  };
}

/** The deploy section of `service()` with some keys replaced. */
export function deploy(overrides: Partial<ComposeService['deploy']>): ComposeService['deploy'] {
  return { ...service().deploy, ...overrides };
}

/** A sound document of one service `db`, unless given otherwise. */
export function stackDocument(overrides: Partial<StackDocument> = {}): StackDocument {
  return {
    services: { db: service() },
    networks: { internal: { driver: 'overlay' } },
    volumes: {},
    secrets: {},
    ...overrides,
  };
}

/** A document of `db` with these keys, and the volumes and secrets it names defined. */
export function documentOf(overrides: Partial<ComposeService>): StackDocument {
  const one = service(overrides);
  const volumes = (one.volumes ?? [])
    .filter((mount) => mount.type === 'volume')
    .map((mount) => [mount.source, {}] as const);
  const secrets = (one.secrets ?? []).map((mount) => [mount.source, { name: `prod_${mount.source}.v1` }] as const);
  return stackDocument({
    services: { db: one },
    volumes: Object.fromEntries(volumes),
    secrets: Object.fromEntries(secrets),
  });
}

/** Everything our documents can say, in one service and its surroundings. */
export function richDocument(): StackDocument {
  return {
    services: {
      'db-1': {
        image: 'example/server:1.2',
        hostname: 'db-1',
        init: true,
        command: ['serve', '--home=$HOME', '$$', '{{not a template}}', ''],
        environment: {
          PLAIN: 'value',
          DOLLAR: 'a$b${c}$$d',
          NUMBER: '012',
          LINES: 'one\n  two\n',
          PASSWORD: { fromEnvironment: 'DB_PASSWORD', hint: 'see secrets/db-password} in the bundle' },
        },
        networks: { internal: { aliases: ['db-1', 'db.example.internal'] }, second: { aliases: [] } },
        secrets: [
          { source: 'token', target: 'tokens/token', uid: '1000', gid: '1000', mode: 0o400 },
          { source: 'ca', target: '/etc/ssl/ca.pem', mode: 0o444 },
        ],
        volumes: [
          { type: 'volume', source: 'db-data', target: '/var/lib/db' },
          { type: 'bind', source: '/srv/shared', target: '/mnt/shared', readOnly: true },
        ],
        ports: [
          { target: 5432, published: 15432, mode: 'host' },
          { target: 53, published: 10053, protocol: 'udp', mode: 'host' },
        ],
        healthcheck: {
          test: ['CMD-SHELL', 'test -n "$HOME"'],
          interval: '90s',
          timeout: '5s',
          retries: 3,
          startPeriod: '1m',
        },
        stopGracePeriod: '24h',
        logging: { driver: 'json-file', options: { 'max-size': '50m', 'max-file': '5', tag: '{{.Name}}' } },
        deploy: {
          endpointMode: 'dnsrr',
          replicas: 1,
          constraints: ['node.labels.bundle.prod.db == true', 'node.role != manager'],
          restart: { condition: 'on-failure', delay: '5s', maxAttempts: 3, window: '2m' },
          update: { parallelism: 1, delay: '1s', failureAction: 'pause', monitor: '5s', order: 'stop-first' },
          resources: { limits: { cpus: '1.5', memory: '4g' }, reservations: { cpus: '0.25', memory: '512m' } },
        },
      },
      web: service({
        image: 'example/web',
        ports: [{ target: 80, published: 8080, mode: 'ingress' }],
        deploy: deploy({
          endpointMode: 'vip',
          replicas: 2,
          update: { parallelism: 2, failureAction: 'rollback', monitor: '10s', order: 'start-first' },
        }),
      }),
    },
    networks: {
      internal: { driver: 'overlay', attachable: true, driverOpts: { encrypted: '' }, labels: { note: 'a$b' } },
      second: { driver: 'overlay', subnet: '10.20.0.0/22' },
    },
    volumes: { 'db-data': { labels: { keep: 'yes' } } },
    secrets: { token: { name: 'prod_token.v3' }, ca: { name: 'prod_ca.crt.v1' } },
  };
}
