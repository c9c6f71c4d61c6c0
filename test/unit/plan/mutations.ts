import type {
  ComposeService,
  ConfigMount,
  HealthCheck,
  StackDocument,
  UpdatePolicy,
} from '../../../src/compose/types.ts';
import type { Effect } from '../../../src/plan/diff.ts';
import { service } from '../compose/documents.ts';

/** One change of one key, what the plan must call it, and what swarm must do about it. */
export interface Mutation {
  /** Also the name of the service that has it: see `baseDocument`. */
  name: string;
  /** What the service has before, beyond `baseService`. */
  before?: (service: ComposeService) => void;
  change: (service: ComposeService, document: StackDocument) => void;
  fields: string[];
  effect: Effect;
}

const CHECK: HealthCheck = { test: ['CMD', 'true'], interval: '2s', timeout: '5s', retries: 3, startPeriod: '10s' };
const checked = (one: ComposeService): void => void (one.healthcheck = { ...CHECK });
const check = (change: Partial<HealthCheck>) => (one: ComposeService) =>
  void (one.healthcheck = { ...CHECK, ...change });
const deploy = (change: Partial<ComposeService['deploy']>) => (one: ComposeService) =>
  void Object.assign(one.deploy, change);
const restart = (change: Partial<ComposeService['deploy']['restart']>) => (one: ComposeService) =>
  void Object.assign(one.deploy.restart, change);
const update = (change: Partial<UpdatePolicy>) => (one: ComposeService) =>
  void Object.assign(one.deploy.update ?? {}, change);
const environment = (change: Record<string, string>) => (one: ComposeService) =>
  void Object.assign(one.environment ?? {}, change);
const port = (one: ComposeService): number => one.ports?.[0]?.published ?? 0;
const first = <Item>(items: Item[] | undefined): Item => {
  const [item] = items ?? [];
  if (item === undefined) throw new Error('the base service lacks what is to be changed');
  return item;
};

/** PORT stands for the service's own published port. */
const FEW: readonly Mutation[] = [
  {
    name: 'image',
    change: (one) => void (one.image = one.image.replace(/:1$/, ':2')),
    fields: ['image'],
    effect: 'restart',
  },
  { name: 'command', change: (one) => void (one.command = ['one', 'three']), fields: ['command'], effect: 'restart' },
  {
    name: 'command-order',
    change: (one) => void (one.command = ['two', 'one']),
    fields: ['command'],
    effect: 'restart',
  },
  { name: 'command-gone', change: (one) => void delete one.command, fields: ['command'], effect: 'restart' },
  {
    name: 'entrypoint',
    before: (one) => void (one.entrypoint = ['/a', 'b']),
    change: (one) => void (one.entrypoint = ['/a', 'c']),
    fields: ['entrypoint'],
    effect: 'restart',
  },
  {
    name: 'entrypoint-gone',
    before: (one) => void (one.entrypoint = ['/a', 'b']),
    change: (one) => void delete one.entrypoint,
    fields: ['entrypoint'],
    effect: 'restart',
  },
  {
    name: 'entrypoint-added',
    change: (one) => void (one.entrypoint = ['/a']),
    fields: ['entrypoint'],
    effect: 'restart',
  },
  { name: 'hostname', change: (one) => void (one.hostname = 'other-host'), fields: ['host name'], effect: 'restart' },
  { name: 'hostname-gone', change: (one) => void delete one.hostname, fields: ['host name'], effect: 'restart' },
  { name: 'init', change: (one) => void (one.init = false), fields: ['init'], effect: 'restart' },
  { name: 'init-gone', change: (one) => void delete one.init, fields: ['init'], effect: 'restart' },
  {
    name: 'env-changed',
    change: environment({ ONE: 'another=value' }),
    fields: ['environment ONE'],
    effect: 'restart',
  },
  { name: 'env-added', change: environment({ THREE: 'x' }), fields: ['environment THREE'], effect: 'restart' },
  {
    name: 'env-removed',
    change: (one) => void delete one.environment?.['TWO'],
    fields: ['environment TWO'],
    effect: 'restart',
  },
  {
    name: 'env-from',
    change: (one) => void Object.assign(one.environment ?? {}, { SUPPLIED: { fromEnvironment: 'OTHER', hint: 'x' } }),
    fields: ['environment SUPPLIED'],
    effect: 'restart',
  },
  {
    name: 'alias',
    change: (one) => void first(Object.values(one.networks)).aliases.push('another-alias'),
    fields: ['network prod_internal aliases'],
    effect: 'restart',
  },
  {
    name: 'network',
    change: (one) => void (one.networks['second'] = { aliases: ['x'] }),
    fields: ['network prod_second'],
    effect: 'restart',
  },
  {
    name: 'secret-version',
    change: (one) => void (first(one.secrets).source = 'token-next'),
    fields: ['secret token'],
    effect: 'restart',
  },
  {
    name: 'secret-target',
    change: (one) => void (first(one.secrets).target = 'tokens/other'),
    fields: ['secret tokens/other', 'secret token'],
    effect: 'restart',
  },
  {
    name: 'secret-mode',
    change: (one) => void (first(one.secrets).mode = 0o400),
    fields: ['secret token mode'],
    effect: 'restart',
  },
  {
    name: 'secret-owner',
    change: (one) => void (first(one.secrets).uid = '1000'),
    fields: ['secret token owner'],
    effect: 'restart',
  },
  {
    name: 'secret-added',
    change: (one) => void one.secrets?.push({ source: 'token-next', target: 'next' }),
    fields: ['secret next'],
    effect: 'restart',
  },
  { name: 'secret-gone', change: (one) => void delete one.secrets, fields: ['secret token'], effect: 'restart' },
  {
    name: 'volume-source',
    change: (one) => void (first(one.volumes).source = 'spare'),
    fields: ['mount /data'],
    effect: 'restart',
  },
  {
    name: 'volume-target',
    change: (one) => void (first(one.volumes).target = '/other'),
    fields: ['mount /other', 'mount /data'],
    effect: 'restart',
  },
  {
    name: 'volume-read-only',
    change: (one) => void (first(one.volumes).readOnly = true),
    fields: ['mount /data'],
    effect: 'restart',
  },
  {
    name: 'volume-bind',
    change: (one) => void Object.assign(first(one.volumes), { type: 'bind', source: '/tmp' }),
    fields: ['mount /data', 'mount /data label keep', 'mount /data label com.docker.stack.namespace'],
    effect: 'restart',
  },
  {
    name: 'volume-label',
    change: (_one, document) => void (document.volumes['volume-label-data'] = { labels: { keep: 'no' } }),
    fields: ['mount /data label keep'],
    effect: 'restart',
  },
  { name: 'volume-gone', change: (one) => void delete one.volumes, fields: ['mount /data'], effect: 'restart' },
  {
    name: 'port-published',
    change: (one) => void (first(one.ports).published += 1000),
    fields: ['port PORT+1000/tcp', 'port PORT/tcp'],
    effect: 'restart',
  },
  {
    name: 'port-target',
    change: (one) => void (first(one.ports).target = 81),
    fields: ['port PORT/tcp'],
    effect: 'restart',
  },
  {
    name: 'port-protocol',
    change: (one) => void (first(one.ports).protocol = 'udp'),
    fields: ['port PORT/udp', 'port PORT/tcp'],
    effect: 'restart',
  },
  { name: 'port-gone', change: (one) => void delete one.ports, fields: ['port PORT/tcp'], effect: 'restart' },
  {
    name: 'check-test',
    before: checked,
    change: check({ test: ['CMD', 'true', 'x'] }),
    fields: ['health check'],
    effect: 'restart',
  },
  {
    name: 'check-interval',
    before: checked,
    change: check({ interval: '3s' }),
    fields: ['health check interval'],
    effect: 'restart',
  },
  {
    name: 'check-timeout',
    before: checked,
    change: check({ timeout: '6s' }),
    fields: ['health check timeout'],
    effect: 'restart',
  },
  {
    name: 'check-retries',
    before: checked,
    change: check({ retries: 4 }),
    fields: ['health check retries'],
    effect: 'restart',
  },
  {
    name: 'check-start',
    before: checked,
    change: check({ startPeriod: '11s' }),
    fields: ['health check start period'],
    effect: 'restart',
  },
  {
    name: 'check-gone',
    before: checked,
    change: (one) => void delete one.healthcheck,
    fields: ['health check'],
    effect: 'restart',
  },
  { name: 'check-added', change: checked, fields: ['health check'], effect: 'restart' },
  {
    name: 'grace',
    change: (one) => void (one.stopGracePeriod = '1m'),
    fields: ['stop grace period'],
    effect: 'restart',
  },
  {
    name: 'log-driver',
    change: (one) => void (one.logging.driver = 'local'),
    fields: ['logging driver'],
    effect: 'restart',
  },
  {
    name: 'log-option',
    change: (one) => void (one.logging.options['max-size'] = '2m'),
    fields: ['logging option max-size'],
    effect: 'restart',
  },
  {
    name: 'log-option-added',
    change: (one) => void (one.logging.options['max-file'] = '2'),
    fields: ['logging option max-file'],
    effect: 'restart',
  },
  { name: 'replicas', change: deploy({ replicas: 2 }), fields: ['replicas'], effect: 'in place' },
  { name: 'endpoint', change: deploy({ endpointMode: 'vip' }), fields: ['endpoint mode'], effect: 'restart' },
  {
    name: 'constraint-added',
    change: deploy({ constraints: ['node.role == manager', 'node.platform.os == linux'] }),
    fields: ['placement constraint'],
    effect: 'move',
  },
  {
    name: 'constraint-changed',
    change: deploy({ constraints: ['node.role != worker'] }),
    fields: ['placement constraint', 'placement constraint'],
    effect: 'move',
  },
  { name: 'constraint-gone', change: deploy({ constraints: [] }), fields: ['placement constraint'], effect: 'move' },
  {
    name: 'restart-condition',
    change: restart({ condition: 'on-failure' }),
    fields: ['restart condition'],
    effect: 'restart',
  },
  { name: 'restart-delay', change: restart({ delay: '6s' }), fields: ['restart delay'], effect: 'restart' },
  { name: 'restart-attempts', change: restart({ maxAttempts: 3 }), fields: ['restart attempts'], effect: 'restart' },
  { name: 'restart-window', change: restart({ window: '1m' }), fields: ['restart window'], effect: 'restart' },
  {
    name: 'update-parallelism',
    change: update({ parallelism: 2 }),
    fields: ['update parallelism'],
    effect: 'in place',
  },
  { name: 'update-all', change: update({ parallelism: 0 }), fields: ['update parallelism'], effect: 'in place' },
  { name: 'update-delay', change: update({ delay: '1s' }), fields: ['update delay'], effect: 'in place' },
  {
    name: 'update-failure',
    change: update({ failureAction: 'rollback' }),
    fields: ['update failure action'],
    effect: 'in place',
  },
  { name: 'update-monitor', change: update({ monitor: '6s' }), fields: ['update monitor'], effect: 'in place' },
  { name: 'update-order', change: update({ order: 'start-first' }), fields: ['update order'], effect: 'in place' },
  {
    name: 'limit-cpu',
    change: deploy({ resources: { limits: { cpus: '0.6', memory: '64m' } } }),
    fields: ['cpu limit'],
    effect: 'restart',
  },
  {
    name: 'limit-memory',
    change: deploy({ resources: { limits: { cpus: '0.5', memory: '65m' } } }),
    fields: ['memory limit'],
    effect: 'restart',
  },
  {
    name: 'reservation',
    change: deploy({
      resources: { limits: { cpus: '0.5', memory: '64m' }, reservations: { memory: '4m', cpus: '0.001' } },
    }),
    fields: ['cpu reservation', 'memory reservation'],
    effect: 'restart',
  },
];

const ROLLBACK = { parallelism: 1, failureAction: 'pause', monitor: '5s', order: 'stop-first' } as const;

/** Keys that the base service does not use. */
const MORE: readonly Mutation[] = [
  ...restarting('user', { user: '0' }, { user: '1000:1000' }, 'user'),
  ...restarting('directory', { workingDir: '/' }, { workingDir: '/tmp' }, 'working directory'),
  ...restarting('tty', { tty: true }, { tty: false }, 'terminal'),
  ...restarting('stdin', { stdinOpen: true }, { stdinOpen: false }, 'open input'),
  ...restarting('read-only', { readOnly: true }, { readOnly: false }, 'read-only root'),
  ...restarting('isolation', { isolation: 'process' }, { isolation: 'hyperv' }, 'isolation'),
  ...restarting('stop-signal', { stopSignal: 'SIGINT' }, { stopSignal: 'SIGQUIT' }, 'stop signal'),
  ...restarting('dns', { dns: ['9.9.9.9'] }, { dns: ['9.9.9.9', '1.1.1.1'] }, 'name servers'),
  ...restarting('dns-order', { dns: ['9.9.9.9', '1.1.1.1'] }, { dns: ['1.1.1.1', '9.9.9.9'] }, 'name servers'),
  ...restarting('dns-search', { dnsSearch: ['a.example'] }, { dnsSearch: ['b.example'] }, 'search domains'),
  ...restarting('host', { extraHosts: { up: '192.0.2.1' } }, { extraHosts: { up: '192.0.2.2' } }, 'host up'),
  ...restarting('host-six', { extraHosts: { up: '2001:db8::1' } }, { extraHosts: { up: '2001:db8::2' } }, 'host up'),
  ...restarting('label', { labels: { note: 'a' } }, { labels: { note: 'b' } }, 'container label note'),
  ...restarting('cap-add', { capAdd: ['NET_ADMIN'] }, { capAdd: ['CAP_NET_ADMIN', 'sys_time'] }, 'added capabilities'),
  ...restarting('cap-drop', { capDrop: ['CHOWN'] }, { capDrop: ['ALL', 'CHOWN'] }, 'dropped capabilities'),
  ...restarting(
    'sysctl',
    { sysctls: { 'net.core.somaxconn': '512' } },
    { sysctls: { 'net.core.somaxconn': '1024' } },
    'sysctl net.core.somaxconn',
  ),
  ...restarting('ulimit', { ulimits: { nofile: 1024 } }, { ulimits: { nofile: 2048 } }, 'ulimit nofile'),
  ...restarting(
    'ulimit-soft',
    { ulimits: { nofile: 1024 } },
    { ulimits: { nofile: { soft: 512, hard: 1024 } } },
    'ulimit nofile',
  ),
  ...restarting('tmpfs', { tmpfs: [{ target: '/t', sizeBytes: 4096 }] }, { tmpfs: [{ target: '/t' }] }, 'mount /t'),
  ...restarting('config', { configs: settings('settings') }, { configs: settings('settings-next') }, 'config /etc/x'),
  ...restarting(
    'config-mode',
    { configs: settings('settings') },
    { configs: settings('settings', 0o400) },
    'config /etc/x mode',
  ),
  ...restarting(
    'credential-config',
    { credentialSpec: { config: 'prod_settings.v1' } },
    { credentialSpec: { config: 'prod_settings.v2' } },
    'credential spec',
  ),
  ...restarting(
    'credential-file',
    { credentialSpec: { file: 'a.json' } },
    { credentialSpec: { file: 'b.json' } },
    'credential spec',
  ),
  ...restarting(
    'check-off',
    { healthcheck: { ...CHECK } },
    { healthcheck: { ...CHECK, test: ['NONE'] } },
    'health check',
    'health check interval',
    'health check timeout',
    'health check retries',
    'health check start period',
  ),
  {
    name: 'no-copy',
    change: (one) => void (first(one.volumes).noCopy = true),
    fields: ['mount /data'],
    effect: 'restart',
  },
  {
    name: 'propagation',
    before: (one) => void (one.volumes = [{ type: 'bind', source: '/srv', target: '/srv', propagation: 'rslave' }]),
    change: (one) => void (one.volumes = [{ type: 'bind', source: '/srv', target: '/srv', propagation: 'rprivate' }]),
    fields: ['mount /srv'],
    effect: 'restart',
  },
  {
    name: 'service-label',
    change: deploy({ labels: { note: 'b' } }),
    fields: ['label note'],
    effect: 'in place',
  },
  {
    name: 'spread',
    before: deploy({ spread: ['node.labels.zone'] }),
    change: deploy({ spread: ['node.labels.rack'] }),
    fields: ['spread over'],
    effect: 'in place',
  },
  {
    name: 'per-node',
    before: deploy({ maxReplicasPerNode: 2 }),
    change: deploy({ maxReplicasPerNode: 3 }),
    fields: ['replicas per node'],
    effect: 'in place',
  },
  {
    name: 'generic',
    before: deploy({ resources: { reservations: { generic: { gpu: 1 } } } }),
    change: deploy({ resources: { reservations: { generic: { gpu: 2 } } } }),
    fields: ['reservation gpu'],
    effect: 'restart',
  },
  {
    name: 'update-ratio',
    change: update({ maxFailureRatio: 0.1 }),
    fields: ['update failure ratio'],
    effect: 'in place',
  },
  ...(
    [
      ['parallelism', { parallelism: 2 }, 'rollback parallelism'],
      ['delay', { delay: '1s' }, 'rollback delay'],
      ['action', { failureAction: 'continue' }, 'rollback failure action'],
      ['monitor', { monitor: '6s' }, 'rollback monitor'],
      ['ratio', { maxFailureRatio: 0.3 }, 'rollback failure ratio'],
      ['order', { order: 'start-first' }, 'rollback order'],
    ] as const
  ).map(([key, change, field]): Mutation => ({
    name: `rollback-${key}`,
    before: deploy({ rollback: ROLLBACK }),
    change: deploy({ rollback: { ...ROLLBACK, ...change } }),
    fields: [field],
    effect: 'in place',
  })),
];

function settings(source: string, mode?: number): ConfigMount[] {
  return [{ source, target: '/etc/x', ...(mode !== undefined && { mode }) }];
}

/** A key of a service, changed. */
function restarting(
  name: string,
  before: Partial<ComposeService>,
  after: Partial<ComposeService>,
  ...fields: string[]
): Mutation[] {
  const set = (value: Partial<ComposeService>) => (one: ComposeService) => void Object.assign(one, value);
  return [{ name, before: set(before), change: set(after), fields, effect: 'restart' }];
}

/** Of every key: what changes if it does. */
export const MUTATIONS: readonly Mutation[] = [...FEW, ...MORE];

/** A service that uses the common keys once; its volume, port and address are its own. */
function baseService(name: string, index: number, image: string): ComposeService {
  const base = service();
  return {
    ...base,
    image,
    hostname: name,
    init: true,
    command: ['one', 'two'],
    environment: { ONE: 'a=b', TWO: '$HOME', SUPPLIED: { fromEnvironment: 'SUPPLIED', hint: 'given by the test' } },
    networks: { internal: { aliases: [name] } },
    secrets: [{ source: 'token', target: 'token', mode: 0o444 }],
    volumes: [{ type: 'volume', source: `${name}-data`, target: '/data' }],
    ports: [{ target: 80, published: 20_000 + index, mode: 'host' }],
    stopGracePeriod: '2s',
    logging: { driver: 'json-file', options: { 'max-size': '1m' } },
    deploy: {
      ...base.deploy,
      constraints: ['node.role == manager'],
      resources: { limits: { cpus: '0.5', memory: '64m' } },
    },
  };
}

/**
 * One service per mutation, all before their change. Needs the secrets prod_token.v1 and .v2, the configs
 * prod_settings.v1 and .v2, and SUPPLIED (and OTHER) in the environment.
 */
export function baseDocument(image: string): StackDocument {
  const services = MUTATIONS.map(({ name, before }, index) => {
    const one = baseService(name, index, image);
    before?.(one);
    return [name, one] as const;
  });
  const volumes = MUTATIONS.map(({ name }) => [`${name}-data`, { labels: { keep: 'yes' } }] as const);
  return {
    services: Object.fromEntries(services),
    networks: { internal: { driver: 'overlay' }, second: { driver: 'overlay' } },
    volumes: { ...Object.fromEntries(volumes), spare: { labels: { keep: 'yes' } } },
    secrets: { token: { name: 'prod_token.v1' }, 'token-next': { name: 'prod_token.v2' } },
    configs: {
      settings: { name: 'prod_settings.v1' },
      'settings-next': { name: 'prod_settings.v2' },
      // Docker finds the config of a credential spec by its name alone.
      'prod_settings.v1': { name: 'prod_settings.v1' },
      'prod_settings.v2': { name: 'prod_settings.v2' },
    },
  };
}

/** The same, with these mutations' changes made. */
export function changedDocument(image: string, mutations: readonly Mutation[] = MUTATIONS): StackDocument {
  const document = baseDocument(image);
  for (const { name, change } of mutations) change(named(document, name), document);
  return document;
}

/** The fields that a mutation must be called, with the port filled in. */
export function expectedFields(mutation: Mutation): string[] {
  const number = port(named(baseDocument('x:1'), mutation.name));
  return mutation.fields.map((field) =>
    field.replace('PORT+1000', String(number + 1000)).replace('PORT', String(number)),
  );
}

function named(document: StackDocument, name: string): ComposeService {
  const found = document.services[name];
  if (found === undefined) throw new Error(`no service ${name}`);
  return found;
}
