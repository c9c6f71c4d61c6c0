import type { ComposeService, StackDocument } from '../../../src/compose/types.ts';

type Deep<Value> = Value extends (infer Item)[]
  ? Deep<Item>[]
  : Value extends object
    ? { [Key in keyof Value]-?: Deep<Value[Key]> }
    : Value;

/** Every field of a service is here: one that is added to the type must be added, or this does not compile. */
type Everything = {
  [Key in keyof ComposeService]-?: Key extends 'deploy' ? Deep<ComposeService[Key]> : ComposeService[Key];
};

/** The swarm's name of the network of another stack that the services join. */
export const ASIDE = 'store_backend';

const NET = 'net.ipv4.ip_local_port_range';

/** A service that uses every key; those that rule each other out are in the others of `everyKey`. */
export function fullService(image = 'example/server:1'): Everything {
  return {
    image,
    hostname: 'full',
    user: '1000:1000',
    workingDir: '/tmp',
    init: true,
    tty: true,
    stdinOpen: true,
    readOnly: true,
    isolation: 'default',
    credentialSpec: { config: 'prod_spec.v1' },
    entrypoint: ['/bin/sh', '-c', 'sleep 86400'],
    command: ['one', 'two'],
    environment: { ONE: '1' },
    networks: { aside: { aliases: ['d'] }, internal: { aliases: ['a', 'b'] }, second: { aliases: ['c'] } },
    dns: ['9.9.9.9', '149.112.112.112'],
    dnsSearch: ['example.org', 'example.net'],
    extraHosts: { elsewhere: '192.0.2.1', 'v6.elsewhere': '2001:db8::1' },
    secrets: [{ source: 'token', target: 'token', uid: '1000', gid: '1000', mode: 0o400 }],
    configs: [{ source: 'settings', target: '/etc/settings', uid: '1000', gid: '1000', mode: 0o440 }],
    volumes: [
      { type: 'volume', source: 'full-data', target: '/data', readOnly: true, noCopy: true },
      { type: 'bind', source: '/srv', target: '/mnt', readOnly: true, propagation: 'rslave' },
    ],
    tmpfs: [{ target: '/scratch', sizeBytes: 1_048_576 }],
    ports: [{ target: 80, published: 19_999, protocol: 'tcp', mode: 'host' }],
    healthcheck: { test: ['CMD', 'true'], interval: '2s', timeout: '3s', retries: 2, startPeriod: '1s' },
    stopSignal: 'SIGINT',
    stopGracePeriod: '7s',
    logging: { driver: 'json-file', options: { 'max-size': '1m' } },
    labels: { note: 'of the container' },
    capAdd: ['NET_ADMIN', 'CAP_SYS_TIME'],
    capDrop: ['ALL'],
    sysctls: { [NET]: '1024 65535', 'net.core.somaxconn': '512' },
    ulimits: { nofile: { soft: 4096, hard: 8192 }, nproc: 512 },
    deploy: {
      mode: 'replicated',
      endpointMode: 'dnsrr',
      replicas: 1,
      labels: { note: 'of the service' },
      constraints: ['node.role == manager'],
      spread: ['node.labels.zone', 'node.labels.rack'],
      maxReplicasPerNode: 3,
      restart: { condition: 'any', delay: '5s', maxAttempts: 4, window: '1m' },
      update: {
        parallelism: 1,
        delay: '1s',
        failureAction: 'rollback',
        monitor: '5s',
        maxFailureRatio: 0.25,
        order: 'stop-first',
      },
      rollback: {
        parallelism: 2,
        delay: '2s',
        failureAction: 'continue',
        monitor: '6s',
        maxFailureRatio: 0.1,
        order: 'stop-first',
      },
      resources: {
        limits: { cpus: '0.5', memory: '64m' },
        reservations: { cpus: '0.001', memory: '4m', generic: { gpu: 1 } },
      },
    },
  };
}

/** A job that ends well at once. */
export function jobService(image: string, mode: 'replicated-job' | 'global-job'): ComposeService {
  return {
    image,
    entrypoint: ['/bin/sh', '-c', 'echo done'],
    networks: { internal: { aliases: [] } },
    stopGracePeriod: '1s',
    logging: { driver: 'json-file', options: {} },
    deploy: {
      mode,
      endpointMode: 'dnsrr',
      ...(mode === 'replicated-job' && { replicas: 2 }),
      constraints: [],
      restart: { condition: 'on-failure', delay: '1s', maxAttempts: 2 },
    },
  };
}

/** Services that use every key of the format between them, and what they name. */
export function everyKey(image?: string): StackDocument {
  const full = fullService(image);
  const { replicas: _replicas, ...everywhere } = full.deploy;
  const variant = (name: string, over: Partial<ComposeService>): ComposeService => {
    const { credentialSpec: _spec, ports: _ports, ...rest } = full;
    return { ...rest, hostname: name, ...over };
  };
  return {
    services: {
      full,
      'spec-file': variant('spec-file', { credentialSpec: { file: 'spec.json' } }),
      'spec-registry': variant('spec-registry', { credentialSpec: { registry: 'spec' } }),
      unchecked: variant('unchecked', {
        healthcheck: { test: ['NONE'], interval: '1s', timeout: '1s', retries: 1 },
      }),
      everywhere: variant('everywhere', { deploy: { ...everywhere, mode: 'global' } }),
      job: jobService(full.image, 'replicated-job'),
      'job-everywhere': jobService(full.image, 'global-job'),
    },
    networks: {
      aside: { joined: ASIDE },
      internal: { driver: 'overlay' },
      second: {
        driver: 'overlay',
        attachable: true,
        internal: true,
        driverOpts: { encrypted: '' },
        subnet: '10.77.0.0/24',
        labels: { note: 'x' },
      },
    },
    volumes: {
      'full-data': {
        driver: 'local',
        driverOpts: { type: 'tmpfs', device: 'tmpfs', o: 'size=8m' },
        labels: { note: 'x' },
      },
    },
    secrets: { token: { name: 'prod_token.v1' } },
    configs: { settings: { name: 'prod_settings.v1' }, 'prod_spec.v1': { name: 'prod_spec.v1' } },
  };
}
