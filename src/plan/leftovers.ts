import { MOUNT_COVERS } from '../compose/keys/mounts.ts';
import { SERVICE_KEYS } from '../compose/keys/table.ts';
import type { ServiceSpec } from '../compose/spec.ts';

/** What the table compares, and what says nothing about what runs. */
const KNOWN = tree([
  ...SERVICE_KEYS.flatMap(({ covers }) => covers),
  // The CLI copies it from the live service; the registry's answer; constants of the engine.
  'TaskTemplate.ForceUpdate',
  'TaskTemplate.Placement.Platforms',
  'TaskTemplate.Runtime',
]);
const MOUNT = tree(MOUNT_COVERS);

/**
 * What a specification sets beyond the keys that our documents can set: somebody changed the service by hand, and a
 * deployment will undo it. Gives path and value (JSON) of each such leaf that is not a zero value, in the order of the
 * specification.
 */
export function leftovers(spec: ServiceSpec): [path: string, value: string][] {
  const mounts = spec.TaskTemplate?.ContainerSpec?.Mounts ?? [];
  return [
    ...leaves(spec, '', KNOWN),
    ...mounts.flatMap((mount) =>
      leaves(mount, '', MOUNT).map(([path, value]): [string, string] => [`mount ${mount.Target ?? ''} ${path}`, value]),
    ),
  ];
}

interface Known {
  /** True: the whole of it. */
  [key: string]: Known | true;
}

function tree(paths: readonly string[]): Known {
  const root: Known = {};
  for (const path of paths) {
    const keys = path.split('.');
    let at = root;
    for (const key of keys.slice(0, -1)) {
      const below = at[key];
      at = at[key] = typeof below === 'object' ? below : {};
    }
    at[keys.at(-1) ?? ''] = true;
  }
  return root;
}

function leaves(value: unknown, path: string, known: Known, found: [string, string][] = []): [string, string][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) found.push([path, JSON.stringify(value)]);
  else
    // One list for all of them: there are thousands of maps, and nearly none has such a leaf.
    for (const key in value) {
      const item = (value as Record<string, unknown>)[key];
      const below = Object.hasOwn(known, key) ? known[key] : undefined;
      if (below !== true && !isZero(item)) leaves(item, path === '' ? key : `${path}.${key}`, below ?? {}, found);
    }
  return found;
}

function isZero(value: unknown): boolean {
  if (value === null || value === undefined || value === '' || value === 0 || value === false) return true;
  return typeof value === 'object' && Object.values(value).every(isZero);
}
