import { formatDuration, requireDuration } from './duration.ts';
import { FileMode, Quoted, Required, type FileValue } from './values.ts';
import type { ComposeService, HealthCheck, StackDocument, UpdatePolicy } from './types.ts';

type FileMap = { [key: string]: FileValue };

/**
 * The document under the keys of the compose file format 3.8, in the order in which they are printed. Takes a canonical
 * document; gives maps, lists and scalars only. Sections and keys without content are undefined, and left out of the
 * file.
 */
export function layout(document: StackDocument): FileMap {
  return {
    version: '3.8',
    services: mapOf(document.services, (value, name) => service(value, `services.${name}`)),
    networks: mapOf(document.networks, (network) => ({
      driver: network.driver,
      attachable: network.attachable,
      driver_opts: network.driverOpts && quoted(network.driverOpts),
      ipam: network.subnet === undefined ? undefined : { config: [{ subnet: new Quoted(network.subnet) }] },
      labels: network.labels && quoted(network.labels),
    })),
    volumes: mapOf(document.volumes, (volume) => ({ labels: volume.labels && quoted(volume.labels) })),
    secrets: mapOf(document.secrets, (secret) => ({ external: true, name: secret.name })),
  };
}

function service(value: ComposeService, path: string): FileMap {
  const duration = (text: string | undefined, key: string): string | undefined =>
    text === undefined ? undefined : formatDuration(requireDuration(text, `${path}.${key}`));
  return {
    image: value.image,
    hostname: value.hostname,
    init: value.init,
    entrypoint: value.entrypoint?.map((word) => new Quoted(word)),
    command: value.command?.map((word) => new Quoted(word)),
    environment:
      value.environment &&
      mapOf(value.environment, (item) => (typeof item === 'string' ? new Quoted(item) : new Required(item))),
    networks: mapOf(value.networks, ({ aliases }) => (aliases.length === 0 ? {} : { aliases })),
    secrets: listOf(value.secrets, ({ source, target, uid, gid, mode }) => ({
      source,
      target,
      uid: uid === undefined ? undefined : new Quoted(uid),
      gid: gid === undefined ? undefined : new Quoted(gid),
      mode: mode === undefined ? undefined : new FileMode(mode),
    })),
    volumes: listOf(value.volumes, ({ type, source, target, readOnly }) => ({
      type,
      source,
      target,
      read_only: readOnly,
    })),
    ports: listOf(value.ports, ({ target, published, protocol, mode }) => ({
      target,
      published,
      protocol: protocol ?? 'tcp',
      mode,
    })),
    healthcheck: value.healthcheck && healthcheck(value.healthcheck, duration),
    stop_grace_period: duration(value.stopGracePeriod, 'stop_grace_period'),
    logging: { driver: value.logging.driver, options: quoted(value.logging.options) },
    deploy: deploy(value.deploy, duration),
  };
}

type Durations = (text: string | undefined, key: string) => string | undefined;

function healthcheck(check: HealthCheck, duration: Durations): FileMap {
  return {
    test: check.test.map((word) => new Quoted(word)),
    interval: duration(check.interval, 'healthcheck.interval'),
    timeout: duration(check.timeout, 'healthcheck.timeout'),
    retries: check.retries,
    start_period: duration(check.startPeriod, 'healthcheck.start_period'),
  };
}

function deploy(value: ComposeService['deploy'], duration: Durations): FileMap {
  const { restart, resources } = value;
  const amount = (wanted: { cpus?: string; memory?: string } | undefined): FileMap | undefined =>
    wanted && { cpus: wanted.cpus === undefined ? undefined : new Quoted(wanted.cpus), memory: wanted.memory };
  return {
    endpoint_mode: value.endpointMode,
    replicas: value.replicas,
    placement: value.constraints.length === 0 ? undefined : { constraints: value.constraints },
    update_config: update(value.update, duration),
    restart_policy: {
      condition: restart.condition,
      delay: duration(restart.delay, 'deploy.restart_policy.delay'),
      max_attempts: restart.maxAttempts,
      window: duration(restart.window, 'deploy.restart_policy.window'),
    },
    resources: resources && { limits: amount(resources.limits), reservations: amount(resources.reservations) },
  };
}

function update(policy: UpdatePolicy, duration: Durations): FileMap {
  return {
    parallelism: policy.parallelism,
    delay: duration(policy.delay, 'deploy.update_config.delay'),
    failure_action: policy.failureAction,
    monitor: duration(policy.monitor, 'deploy.update_config.monitor'),
    order: policy.order,
  };
}

/** An empty section is left out, an entry without content stays (`data: {}`). */
function mapOf<Value>(
  record: Record<string, Value>,
  convert: (value: Value, key: string) => FileValue,
): FileMap | undefined {
  const entries = Object.entries(record);
  return entries.length === 0
    ? undefined
    : Object.fromEntries(entries.map(([key, value]) => [key, convert(value, key)]));
}

function listOf<Value>(values: Value[] | undefined, convert: (value: Value) => FileMap): FileMap[] | undefined {
  return values === undefined || values.length === 0 ? undefined : values.map(convert);
}

/** Free text that must stay text: `"3"`, `"on"`, `"1e3"`. */
function quoted(record: Record<string, string>): FileMap | undefined {
  return mapOf(record, (value) => new Quoted(value));
}
