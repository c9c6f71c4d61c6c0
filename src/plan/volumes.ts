import type { StackDocument } from '../compose/types.ts';
import type { StackObject, SwarmService } from '../engine/port.ts';
import type { LabelChange, LiveNode } from './labels.ts';
import type { ServiceSpec } from '../compose/spec.ts';
import { ownServices } from './own-services.ts';
import { ownVolumes } from './own-volumes.ts';

/** A named volume on one node. A volume belongs to a node, and the API of one engine shows its own only. */
export interface VolumeChange {
  /** The engine's. */
  name: string;
  /** Host name; absent if the service's constraints name no label that tells. */
  node?: string;
  /**
   * `create`: swarm makes it when the first task starts. `reuse`: no service uses it now, it is there from before, and
   * its content will be used. `differs`: the document says another driver or other options than those it was made with;
   * docker changes no volume that exists. `left`: it stays behind with its content; deploying deletes no volume.
   */
  action: 'create' | 'reuse' | 'unchanged' | 'differs' | 'left';
  /** The engine was asked; otherwise it follows from where the services are placed. */
  seen: boolean;
}

/** All volumes of the engine that answers us, also those of others. */
export interface LocalVolumes {
  nodeId: string;
  volumes: readonly StackObject[];
}

interface VolumesInput {
  stack: string;
  document: StackDocument;
  services: readonly SwarmService[];
  nodes: readonly LiveNode[];
  /** Of this plan: volumes follow the labels. */
  labels: readonly LabelChange[];
  local?: LocalVolumes | undefined;
}

/** What becomes of the stack's named volumes, sorted by name and node. */
export function volumeChanges({ stack, document, services, nodes, labels, local }: VolumesInput): VolumeChange[] {
  const after = relabelled(nodes, labels);
  // A stray label made no volume, nor did one that waits for what moves there.
  const now = relabelled(nodes, [
    ...labels.filter(({ action, when }) => action === 'remove' && when === 'before'),
    ...awaiting(nodes, labels),
  ]);
  const wanted = placesOf(
    Object.values(document.services).flatMap(({ volumes, deploy }) =>
      (volumes ?? [])
        .filter(({ type }) => type === 'volume')
        .flatMap(({ source }) => {
          const { driver, driverOpts } = document.volumes[source] ?? {};
          const made = madeBy({ Name: driver, Options: driverOpts });
          return places(`${stack}_${source}`, deploy.constraints, after).map((place) => ({ ...place, made }));
        }),
    ),
  );
  const used = placesOf(
    ownServices(stack, services).flatMap(({ spec }) => {
      const { ContainerSpec, Placement } = (spec as ServiceSpec).TaskTemplate ?? {};
      return (ContainerSpec?.Mounts ?? []).flatMap(({ Type, Source, VolumeOptions }) => {
        if (Type !== 'volume' || !Source) return [];
        const made = madeBy(VolumeOptions?.DriverConfig);
        return places(Source, Placement?.Constraints ?? [], now).map((place) => ({ ...place, made }));
      });
    }),
  );
  const there = placesOf(
    ownVolumes(stack, { document, services }, local?.volumes ?? []).map(({ name }) => ({
      name,
      nodeId: local?.nodeId,
    })),
  );
  const hostnames = new Map(nodes.map(({ id, hostname }) => [id, hostname]));

  const changes = [...new Map([...there.all, ...used.all, ...wanted.all])].flatMap(
    ([id, { name, nodeId, made }]): VolumeChange[] => {
      const seen = local !== undefined && nodeId === local.nodeId;
      const node = hostnames.get(nodeId ?? '');
      const change = (action: VolumeChange['action']): VolumeChange[] => [
        { name, ...(node !== undefined && { node }), action, seen },
      ];
      if (wanted.all.has(id)) {
        // Or a service has it already, and it cannot be told where.
        if (used.all.has(id) || used.unplaced.has(name) || (nodeId === undefined && used.names.has(name)))
          return change((used.all.get(id)?.made ?? made) === made ? 'unchanged' : 'differs');
        return change(there.all.has(id) ? 'reuse' : 'create');
      }
      // A service that may run on any node may find it on this one.
      if (wanted.unplaced.has(name) || (nodeId === undefined && wanted.names.has(name))) return [];
      return seen && !there.all.has(id) ? [] : change('left');
    },
  );
  const before = (a: VolumeChange, b: VolumeChange): boolean =>
    a.name === b.name ? (a.node ?? '') < (b.node ?? '') : a.name < b.name;
  return changes.sort((a, b) => (before(a, b) ? -1 : 1));
}

interface Place {
  name: string;
  /** Undefined if it cannot be told. */
  nodeId: string | undefined;
  /** By which driver, with which options; undefined if that is not known. */
  made?: string;
}

interface Places {
  all: Map<string, Place>;
  names: Set<string>;
  /** Names of volumes that are somewhere. */
  unplaced: Set<string>;
}

interface VolumeDriver {
  Name?: string | undefined;
  Options?: Record<string, string> | null | undefined;
}

/** A volume's driver and options as one text. */
function madeBy(driver: VolumeDriver | null | undefined): string {
  const options = Object.entries(driver?.Options ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([driver?.Name || 'local', options]);
}

function placesOf(places: Place[]): Places {
  return {
    all: new Map(places.map((place) => [`${place.name}\0${place.nodeId ?? ''}`, place])),
    names: new Set(places.map(({ name }) => name)),
    unplaced: new Set(places.flatMap(({ name, nodeId }) => (nodeId === undefined ? [name] : []))),
  };
}

/** A volume on each node that bears all labels which the constraints ask for. */
function places(name: string, constraints: readonly string[], nodes: readonly LiveNode[]): Place[] {
  const asked = constraints.flatMap((constraint) => {
    const [, key, value] = /^node\.labels\.(\S+)\s*==\s*(\S+)$/.exec(constraint.trim()) ?? [];
    return key === undefined || value === undefined ? [] : [{ key, value: value.toLowerCase() }];
  });
  const found =
    asked.length === 0
      ? []
      : nodes.filter(({ labels }) => asked.every(({ key, value }) => labels[key]?.toLowerCase() === value));
  return found.length === 0 ? [{ name, nodeId: undefined }] : found.map(({ id }) => ({ name, nodeId: id }));
}

/** Labels of roles that move away from all other nodes to one that has the label already. */
function awaiting(
  nodes: readonly LiveNode[],
  changes: readonly LabelChange[],
): Pick<LabelChange, 'action' | 'nodeId' | 'key'>[] {
  const keys = new Set(changes.filter(({ when }) => when === 'move').map(({ key }) => key));
  return [...keys].flatMap((key) => {
    const own = changes.filter((change) => change.key === key);
    const stay = nodes.filter(({ id, labels }) => key in labels && !own.some(({ nodeId }) => nodeId === id));
    const [only] = stay;
    if (stay.length !== 1 || only === undefined || own.some(({ action }) => action === 'add')) return [];
    return [{ action: 'remove', nodeId: only.id, key }];
  });
}

function relabelled(
  nodes: readonly LiveNode[],
  changes: readonly Pick<LabelChange, 'action' | 'nodeId' | 'key'>[],
): LiveNode[] {
  return nodes.map((node) => {
    const labels = { ...node.labels };
    for (const { action, nodeId, key } of changes) {
      if (nodeId !== node.id) continue;
      if (action === 'add') labels[key] = 'true';
      else delete labels[key];
    }
    return { ...node, labels };
  });
}
