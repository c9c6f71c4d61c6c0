import type { ServiceSpec } from './spec.ts';

/** Paths that `fields.ts` compares, and those that say nothing about what runs. */
const KNOWN = [
  'Name', 'Labels', 'UpdateConfig', 'RollbackConfig', 'EndpointSpec.Mode', 'EndpointSpec.Ports', 'Mode',
  'TaskTemplate.LogDriver', 'TaskTemplate.RestartPolicy', 'TaskTemplate.Networks', 'TaskTemplate.Placement.Constraints',
  'TaskTemplate.Resources.Limits.NanoCPUs', 'TaskTemplate.Resources.Limits.MemoryBytes', 'TaskTemplate.Resources.Reservations.NanoCPUs', 'TaskTemplate.Resources.Reservations.MemoryBytes',
  ...['Image', 'Labels', 'Args', 'Hostname', 'Env', 'Secrets', 'StopGracePeriod', 'Init'].map((key) => `TaskTemplate.ContainerSpec.${key}`),
  ...['Test', 'Interval', 'Timeout', 'Retries', 'StartPeriod'].map((key) => `TaskTemplate.ContainerSpec.Healthcheck.${key}`),
  // The CLI copies it from the live service; the registry's answer; constants of the engine.
  'TaskTemplate.ForceUpdate', 'TaskTemplate.Placement.Platforms', 'TaskTemplate.Runtime',
];
const MOUNT = new Set(['Type', 'Source', 'Target', 'ReadOnly']);

/**
 * What a specification sets beyond the keys that our documents can set: somebody changed the service by hand, and a deployment will undo it.
 * Gives path and value (JSON) of each such leaf that is not a zero value, in the order of the specification.
 */
export function leftovers(spec: ServiceSpec): [path: string, value: string][] {
  const mounts = spec.TaskTemplate?.ContainerSpec?.Mounts ?? [];
  return [
    ...leaves(spec, '').filter(([path]) => !path.startsWith('TaskTemplate.ContainerSpec.Mounts')),
    ...mounts.flatMap((mount) => {
      const { VolumeOptions, ...rest } = mount;
      const options = VolumeOptions && Object.fromEntries(Object.entries(VolumeOptions).filter(([key]) => key !== 'Labels'));
      const other = Object.fromEntries(Object.entries({ ...rest, VolumeOptions: options }).filter(([key]) => !MOUNT.has(key)));
      return leaves(other, '').map(([path, value]): [string, string] => [`mount ${mount.Target ?? ''} ${path}`, value]);
    }),
  ];
}

function leaves(value: unknown, path: string): [string, string][] {
  if (KNOWN.includes(path) || isZero(value)) return [];
  // Any container has this isolation on Linux.
  if (path === 'TaskTemplate.ContainerSpec.Isolation' && value === 'default') return [];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([key, item]) => leaves(item, path === '' ? key : `${path}.${key}`));
}

function isZero(value: unknown): boolean {
  if (value === null || value === undefined || value === '' || value === 0 || value === false) return true;
  return typeof value === 'object' && Object.values(value).every(isZero);
}
