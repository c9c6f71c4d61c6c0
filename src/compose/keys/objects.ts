import { STACK_NAMESPACE, type SwarmNetwork } from '../../engine/port.ts';
import type { Mount } from '../spec.ts';
import type { JoinedNetwork, OverlayNetwork, StackVolume } from '../types.ts';
import { Quoted, type FileValue } from '../values.ts';
import { quotedMap } from './file.ts';

/** A row of the table of networks: all that is known of one key of the compose file format 3.8. */
export interface NetworkKey {
  key: string;
  /** What stands in the file; undefined leaves the key out. */
  file(network: Partial<OverlayNetwork & JoinedNetwork>): FileValue;
  /** What of a network that exists is not as the document says, in words: docker changes none. */
  differs(wanted: Partial<OverlayNetwork>, live: SwarmNetwork, stack: string): string[];
}

/** A row of the table of volumes. */
export interface VolumeKey {
  key: string;
  file(volume: StackVolume): FileValue;
  /**
   * Writes into the mounts that name the volume what `docker stack deploy` makes of it (docker/cli, convert/volume.go).
   */
  mount(volume: StackVolume, options: NonNullable<Mount['VolumeOptions']>, stack: string): void;
}

/**
 * Set by the engine on every overlay network (moby/swarmkit, manager/allocator/networkallocator); no option of ours.
 */
const VXLAN = 'com.docker.network.driver.overlay.vxlanid_list';

/** Every key of a network that a stack document may use, in the order of the file. */
export const NETWORK_KEYS: readonly NetworkKey[] = [
  {
    key: 'driver',
    file: ({ driver }) => driver,
    differs: ({ driver = 'overlay' }, live) => (live.driver === driver ? [] : ['driver']),
  },
  {
    key: 'attachable',
    file: ({ attachable }) => attachable,
    differs: ({ attachable = false }, live) => (live.attachable === attachable ? [] : ['attachable']),
  },
  {
    key: 'internal',
    file: ({ internal }) => internal,
    differs: ({ internal = false }, live) => (live.internal === internal ? [] : ['internal']),
  },
  {
    key: 'driver_opts',
    file: ({ driverOpts }) => quotedMap(driverOpts),
    differs: ({ driverOpts = {} }, live) =>
      differing('option', driverOpts, live.options).filter((field) => field !== `option ${VXLAN}`),
  },
  {
    key: 'ipam',
    file: ({ subnet }) => (subnet === undefined ? undefined : { config: [{ subnet: new Quoted(subnet) }] }),
    // If the document names none, swarm chose one: any is as in the document.
    differs: ({ subnet }, live) => (subnet === undefined || live.subnets.includes(subnet) ? [] : [`subnet ${subnet}`]),
  },
  {
    key: 'labels',
    file: ({ labels }) => quotedMap(labels),
    differs: ({ labels }, live, stack) => differing('label', { ...labels, [STACK_NAMESPACE]: stack }, live.labels),
  },
  // These two are said of a network of another stack alone, which is as that stack made it.
  {
    key: 'external',
    file: ({ joined }) => (joined === undefined ? undefined : true),
    differs: () => [],
  },
  {
    key: 'name',
    file: ({ joined }) => joined,
    differs: () => [],
  },
];

/** Every key of a volume that a stack document may use, in the order of the file. */
export const VOLUME_KEYS: readonly VolumeKey[] = [
  {
    key: 'driver',
    file: ({ driver }) => driver,
    mount({ driver }, options) {
      if (driver !== undefined) options.DriverConfig = { ...options.DriverConfig, Name: driver };
    },
  },
  {
    key: 'driver_opts',
    file: ({ driverOpts }) => quotedMap(driverOpts),
    mount({ driverOpts }, options) {
      if (driverOpts !== undefined) options.DriverConfig = { ...options.DriverConfig, Options: driverOpts };
    },
  },
  {
    key: 'labels',
    file: ({ labels }) => quotedMap(labels),
    mount: ({ labels }, options, stack) => void (options.Labels = { ...labels, [STACK_NAMESPACE]: stack }),
  },
];

const OWN_NAMES = 'objects of a stack bear its name: `plan`, `status` and `destroy` find them by it';
const NOT_OURS = 'bundle makes, changes and removes what stack.yml names; what others made is none of it';

/** Keys of networks and volumes in the v3.8 schema that no stack document may use, and why. */
export const OTHER_OBJECT_KEYS: Readonly<Record<string, string>> = {
  'networks.ipam.driver': 'only `default` is there for an overlay network, which is what is taken without it',
  'volumes.name': OWN_NAMES,
  'volumes.external': NOT_OURS,
};

function differing(what: string, wanted: Record<string, string>, found: Record<string, string>): string[] {
  const keys = [...new Set([...Object.keys(wanted), ...Object.keys(found)])].sort();
  return keys.filter((key) => wanted[key] !== found[key]).map((key) => `${what} ${key}`);
}
