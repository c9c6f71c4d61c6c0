import { isJoined } from '../../../src/compose/networks.ts';
import type { StackDocument, StackNetwork } from '../../../src/compose/types.ts';
import { STACK_NAMESPACE, type SwarmNetwork, type SwarmService } from '../../../src/engine/port.ts';
import { desiredSpecs, type DesiredService } from '../../../src/plan/convert.ts';
import type { LiveNode } from '../../../src/plan/labels.ts';
import type { LiveStack } from '../../../src/plan/plan.ts';
import type { ContainerSpec, ServiceSpec } from '../../../src/compose/spec.ts';

/** Of every image. */
export const DIGEST = `sha256:${'5'.repeat(64)}`;

/**
 * What an engine gives back of a specification it was sent, as seen on Engine 20.10.24: pinned images, ids for names,
 * zeroes left out.
 */
export function asLive({ spec }: DesiredService): ServiceSpec {
  const task = spec.TaskTemplate ?? {};
  const container = task.ContainerSpec ?? {};
  const live = {
    ...spec,
    TaskTemplate: {
      ...task,
      ContainerSpec: {
        ...container,
        Image: pinned(container.Image ?? ''),
        Privileges: { CredentialSpec: credentialSpec(container), SELinuxContext: null },
        Isolation: container.Isolation ?? 'default',
        Configs: container.Configs?.map((config) => ({ ...config, ConfigID: `id-of-${config.ConfigName ?? ''}` })),
        Secrets: container.Secrets?.map((secret) => ({ ...secret, SecretID: `id-of-${secret.SecretName ?? ''}` })),
      },
      RestartPolicy: { MaxAttempts: 0, ...task.RestartPolicy },
      Placement: { ...task.Placement, Platforms: [{ Architecture: 'amd64', OS: 'linux' }] },
      Networks: task.Networks?.map((network) => ({ ...network, Target: `id-of-${network.Target ?? ''}` })),
      ForceUpdate: 3,
      Runtime: 'container',
    },
  };
  return withoutEmpty(JSON.parse(JSON.stringify(live))) as ServiceSpec;
}

function credentialSpec({ Privileges }: ContainerSpec): object | null {
  const { Config, File, Registry } = Privileges?.CredentialSpec ?? {};
  if (Config !== undefined) return { Config: `id-of-${Config}`, File: '', Registry: '' };
  return Privileges?.CredentialSpec ? { Config: '', File: File ?? '', Registry: Registry ?? '' } : null;
}

/** The live service of a specification, as the engine port gives it. */
export function liveService(spec: ServiceSpec, overrides: Partial<SwarmService> = {}): SwarmService {
  const name = spec.Name ?? '';
  return {
    id: `id-of-${name}`,
    name,
    version: 1,
    createdAt: '2024-01-01T00:00:00Z',
    updatedAt: '2024-01-01T00:00:00Z',
    labels: spec.Labels ?? { [STACK_NAMESPACE]: 'prod' },
    mode: { kind: 'replicated', replicas: 1 },
    tty: false,
    stopGraceSeconds: 10,
    updateMonitorSeconds: 5,
    ports: [],
    spec: spec as Record<string, unknown>,
    ...overrides,
  };
}

/** A swarm that holds all of a document, deployed as the stack prod. */
export function holding(held: StackDocument, nodes: LiveNode[], environment: Record<string, string> = {}): LiveStack {
  return {
    services: Object.values(desiredSpecs('prod', held, { environment })).map((desired) => liveService(asLive(desired))),
    networks: Object.entries(held.networks).map(([key, network]) => liveNetwork(key, network)),
    secrets: Object.values(held.secrets).map((secret) => secret.name),
    nodes,
  };
}

/** What the swarm has of a network of the stack prod, or of one that it joins: that is of the stack in its name. */
function liveNetwork(key: string, network: StackNetwork): SwarmNetwork {
  const name = isJoined(network) ? network.joined : `prod_${key}`;
  const own = isJoined(network) ? undefined : network;
  return {
    id: `id-of-${name}`,
    name,
    driver: own?.driver ?? 'overlay',
    subnets: [own?.subnet ?? '10.0.1.0/24'],
    attachable: own?.attachable ?? false,
    internal: own?.internal ?? false,
    options: { ...own?.driverOpts, 'com.docker.network.driver.overlay.vxlanid_list': '4097' },
    labels: { ...own?.labels, [STACK_NAMESPACE]: name.split('_')[0] ?? '' },
  };
}

export function networkIds(names: string[]): Map<string, string> {
  return new Map(names.map((name) => [`id-of-${name}`, name]));
}

function pinned(image: string): string {
  return image.includes('@') ? image : `${/:[^/]*$/.test(image) ? image : `${image}:latest`}@${DIGEST}`;
}

/** Go's `omitempty`: zeroes go, except in fields without it or that are pointers. */
const KEPT = ['Replicas', 'Parallelism', 'Init', 'Mode', 'StopGracePeriod', 'Delay', 'Window', 'MaxAttempts'];

function withoutEmpty(value: unknown, key = ''): unknown {
  if (['Labels', 'Options', 'DriverOpts'].includes(key)) return value;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((item) => withoutEmpty(item));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withoutEmpty(item, name)]));
  return (value === 0 || value === '' || value === false) && key !== '' && !KEPT.includes(key) ? undefined : value;
}
