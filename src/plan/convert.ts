import { canonicalDocument } from '../compose/canonical.ts';
import { requireDuration } from '../compose/duration.ts';
import { nanoCpus, sizeBytes } from '../compose/quantity.ts';
import type { ComposeService, EnvironmentValue, StackDocument, VolumeMount } from '../compose/types.ts';
import {
  STACK_IMAGE,
  STACK_NAMESPACE,
  type Amounts,
  type ContainerSpec,
  type Mount,
  type ServiceSpec,
  type TaskSpec,
} from './spec.ts';

export interface DesiredService {
  spec: ServiceSpec;
  /**
   * Variables whose value comes from the environment and was not given: they are not in `spec`, and cannot be compared.
   */
  unknownEnvironment: string[];
}

/**
 * What `docker stack deploy` makes of each service of a document (docker/cli, cli/compose/convert), by the service's
 * key in the document. `environment` supplies the `${NAME:?}` values. Networks and secrets are named, not identified:
 * ids are known to the engine only. Throws a usage error for durations and sizes that docker would refuse.
 */
export function desiredSpecs(
  stackName: string,
  document: StackDocument,
  options: { environment?: Record<string, string> } = {},
): Record<string, DesiredService> {
  const canonical = canonicalDocument(document);
  const convert = (name: string, service: ComposeService): DesiredService => {
    const env = environmentList(service.environment ?? {}, options.environment ?? {});
    return {
      spec: serviceSpec({ stackName, name, service, document: canonical, env: env.known }),
      unknownEnvironment: env.unknown,
    };
  };
  return Object.fromEntries(
    Object.entries(canonical.services).map(([name, service]) => [name, convert(name, service)]),
  );
}

interface Source {
  stackName: string;
  name: string;
  service: ComposeService;
  document: StackDocument;
  env: string[];
}

function serviceSpec(source: Source): ServiceSpec {
  const { stackName, name, service } = source;
  const { update, replicas, endpointMode } = service.deploy;
  const at = `services.${name}.deploy.update_config`;
  return {
    Name: `${stackName}_${name}`,
    Labels: { [STACK_NAMESPACE]: stackName, [STACK_IMAGE]: service.image },
    TaskTemplate: taskSpec(source),
    Mode: { Replicated: { Replicas: replicas } },
    UpdateConfig: {
      Parallelism: update.parallelism,
      Delay: update.delay === undefined ? 0 : requireDuration(update.delay, `${at}.delay`),
      FailureAction: update.failureAction,
      Monitor: requireDuration(update.monitor, `${at}.monitor`),
      MaxFailureRatio: 0,
      Order: update.order,
    },
    EndpointSpec: {
      Mode: endpointMode,
      Ports: (service.ports ?? []).map((port) => ({
        Protocol: port.protocol ?? 'tcp',
        TargetPort: port.target,
        PublishedPort: port.published,
        PublishMode: port.mode,
      })),
    },
  };
}

function taskSpec(source: Source): TaskSpec {
  const { stackName, name, service } = source;
  const { restart, resources, constraints } = service.deploy;
  const at = `services.${name}.deploy`;
  // Without networks docker attaches the one called "default".
  const networks = Object.keys(service.networks).length === 0 ? { default: { aliases: [] } } : service.networks;
  return {
    ContainerSpec: containerSpec(source),
    LogDriver: { Name: service.logging.driver, Options: service.logging.options },
    Resources: {
      ...(resources?.limits && { Limits: amounts(resources.limits, `${at}.resources.limits`) }),
      ...(resources?.reservations && { Reservations: amounts(resources.reservations, `${at}.resources.reservations`) }),
    },
    RestartPolicy: {
      Condition: restart.condition,
      Delay: requireDuration(restart.delay, `${at}.restart_policy.delay`),
      ...(restart.maxAttempts !== undefined && { MaxAttempts: restart.maxAttempts }),
      ...(restart.window !== undefined && { Window: requireDuration(restart.window, `${at}.restart_policy.window`) }),
    },
    Placement: { Constraints: constraints },
    // The bare service name is always an alias.
    Networks: Object.entries(networks).map(([network, { aliases }]) => ({
      Target: `${stackName}_${network}`,
      Aliases: [...aliases, name],
    })),
  };
}

function containerSpec({ stackName, name, service, document, env }: Source): ContainerSpec {
  const at = `services.${name}`;
  const check = service.healthcheck;
  return {
    Image: service.image,
    Labels: { [STACK_NAMESPACE]: stackName },
    ...(service.entrypoint && { Command: service.entrypoint }),
    ...(service.command && { Args: service.command }),
    ...(service.hostname !== undefined && { Hostname: service.hostname }),
    Env: env,
    Mounts: (service.volumes ?? []).map((mount) => mountOf(stackName, mount, document)),
    StopGracePeriod: requireDuration(service.stopGracePeriod, `${at}.stop_grace_period`),
    ...(check && {
      Healthcheck: {
        Test: check.test,
        Interval: requireDuration(check.interval, `${at}.healthcheck.interval`),
        Timeout: requireDuration(check.timeout, `${at}.healthcheck.timeout`),
        Retries: check.retries,
        ...(check.startPeriod !== undefined && {
          StartPeriod: requireDuration(check.startPeriod, `${at}.healthcheck.start_period`),
        }),
      },
    }),
    Secrets: (service.secrets ?? []).map((mount) => ({
      File: { Name: mount.target, UID: mount.uid ?? '0', GID: mount.gid ?? '0', Mode: mount.mode ?? 0o444 },
      SecretName: document.secrets[mount.source]?.name ?? `${stackName}_${mount.source}`,
    })),
    ...(service.init !== undefined && { Init: service.init }),
  };
}

function mountOf(stackName: string, { type, source, target, readOnly }: VolumeMount, document: StackDocument): Mount {
  const access = readOnly === true ? { ReadOnly: true } : {};
  if (type === 'bind') return { Type: type, Source: source, Target: target, ...access };
  const labels = { ...document.volumes[source]?.labels, [STACK_NAMESPACE]: stackName };
  return { Type: type, Source: `${stackName}_${source}`, Target: target, ...access, VolumeOptions: { Labels: labels } };
}

function amounts(wanted: { cpus?: string; memory?: string }, path: string): Amounts {
  return {
    ...(wanted.cpus !== undefined && { NanoCPUs: nanoCpus(wanted.cpus, `${path}.cpus`) }),
    ...(wanted.memory !== undefined && { MemoryBytes: sizeBytes(wanted.memory, `${path}.memory`) }),
  };
}

function environmentList(
  values: Record<string, EnvironmentValue>,
  supplied: Record<string, string>,
): { known: string[]; unknown: string[] } {
  const known: string[] = [];
  const unknown: string[] = [];
  for (const [name, value] of Object.entries(values)) {
    const text = typeof value === 'string' ? value : supplied[value.fromEnvironment];
    if (text === undefined) unknown.push(name);
    else known.push(`${name}=${text}`);
  }
  return { known: known.sort(), unknown };
}
