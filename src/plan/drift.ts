import { ownLabels } from './labels.ts';
import type { StackDocument } from '../compose/types.ts';
import type { SwarmService } from '../engine/port.ts';
import { isOneMachine, joinedAgain, type NodeEntry } from '../place/named-node.ts';
import { desiredSpecs, type DesiredService } from './convert.ts';
import { DIGEST_FIELD, desiredFields, fieldChanges, liveFields, notCompared } from './diff.ts';
import type { LiveStack } from './plan.ts';
import type { ServiceSpec } from '../compose/spec.ts';
import { ownServices, shortName } from './own-services.ts';

/** What a release deployed, as it was recorded. */
export interface DeployedRelease {
  number: number;
  /** ISO 8601. */
  at: string;
  by: string;
  document: StackDocument;
  /**
   * Values of `${NAME:?}` as they were deployed; what is absent is not compared. A value that may have changed since
   * must not be here.
   */
  environment?: Record<string, string>;
  /**
   * Service to its image with digest (`name:tag@sha256:…`, or the digest alone); one that is absent is not compared.
   */
  images: Record<string, string>;
  /** Our node labels after the release. */
  nodeLabels: { nodeId: string; node: string; key: string }[];
}

export interface DriftInput {
  stack: string;
  /** The newest release. */
  release: DeployedRelease;
  /** Where the newest was begun and not finished, the one before: what is as either of them is no drift. */
  previous?: DeployedRelease;
  /** Node labels that the bundle calls for: `init` and `prepare` add them before its release. */
  prepared?: DeployedRelease['nodeLabels'];
  live: LiveStack;
}

export interface DriftedField {
  /** As in a plan, and `image digest`. */
  field: string;
  kind: 'added' | 'removed' | 'changed';
  /** What the release deployed and what is there now; absent if the value may be a secret. */
  released?: string;
  found?: string;
  /** A secret that the release's document does not have is mounted. */
  foreignSecret?: true;
}

export interface DriftedService {
  name: string;
  /** `added`: it bears the stack's label, and no release made it. */
  kind: 'changed' | 'removed' | 'added';
  changes: DriftedField[];
  /** Swarm itself put the former specification back after an update failed; nobody's hand did. */
  rolledBack: boolean;
}

export interface DriftedLabel {
  kind: 'added' | 'removed';
  node: string;
  key: string;
  /** The node itself is not in the swarm any more, and the label went with it. */
  gone?: true;
  /** The node joined the swarm again, and this is its id by now: the label is not on it. */
  joinedAgainAs?: string;
}

/** What was changed by hand since a release. Names, counts and the like only, never a value of the environment. */
export interface Drift {
  release: { number: number; at: string; by: string };
  services: DriftedService[];
  labels: DriftedLabel[];
}

/** What the live swarm has otherwise than the last release left it. Pure. */
export function driftOf({ stack, release, previous, prepared = [], live }: DriftInput): Drift {
  const releases = previous === undefined ? [release] : [release, previous];
  const networks = new Map(live.networks.map(({ id, name }) => [id, name]));
  const wanted = releases.map((each) => ({
    release: each,
    services: desiredSpecs(stack, each.document, { environment: each.environment ?? {} }),
  }));
  const found = new Map(ownServices(stack, live.services).map((service) => [shortName(stack, service.name), service]));
  const names = [...new Set([...wanted.flatMap(({ services }) => Object.keys(services)), ...[...found.keys()].sort()])];

  const services = names.flatMap((name): DriftedService[] => {
    const service = found.get(name);
    const candidates = wanted.flatMap(({ release: each, services: specs }) =>
      specs[name] === undefined ? [] : [{ release: each, desired: specs[name] }],
    );
    const rolledBack = service?.updateStatus?.state.startsWith('rollback_') === true;
    // An unfinished release may not have come to this service yet: if one of the two lacks it, either is right.
    if (service === undefined)
      return candidates.length === releases.length ? [{ name, kind: 'removed', changes: [], rolledBack: false }] : [];
    const [first] = candidates;
    if (first === undefined) return [{ name, kind: 'added', changes: [], rolledBack }];
    const diffs = candidates.map((each) =>
      serviceDrift(name, each.release, each.desired, service, networks).filter((change) => !isMoving(change, releases)),
    );
    const [changes] = diffs;
    return changes === undefined || diffs.some((diff) => diff.length === 0)
      ? []
      : [{ name, kind: 'changed', changes, rolledBack }];
  });
  const { number, at, by } = release;
  return { release: { number, at, by }, services, labels: labelDrift({ stack, releases, prepared, live }) };
}

/** A run that ended in the middle of a move has stopped the service on its old node, and started it nowhere yet. */
const isMoving = ({ field, found }: DriftedField, releases: readonly DeployedRelease[]): boolean =>
  releases.length > 1 && field === 'replicas' && found === '0';

function serviceDrift(
  name: string,
  release: DeployedRelease,
  desired: DesiredService,
  service: SwarmService,
  networks: ReadonlyMap<string, string>,
): DriftedField[] {
  const spec = service.spec as ServiceSpec;
  const ours = new Set(Object.values(release.document.secrets).map((secret) => secret.name));
  const foreign = new Set(
    (spec.TaskTemplate?.ContainerSpec?.Secrets ?? []).flatMap(({ File, SecretName }) =>
      ours.has(SecretName ?? '') ? [] : [`secret ${File?.Name ?? ''}`],
    ),
  );
  const changes = fieldChanges(desiredFields(desired), liveFields(spec, networks), notCompared(desired)).map(
    ({ field, kind, from, to }): DriftedField => ({
      field,
      kind,
      ...(from !== undefined && { released: from }),
      ...(to !== undefined && { found: to }),
      ...(foreign.has(field) && { foreignSecret: true as const }),
    }),
  );
  const released = digestOf(release.images[name]);
  const found = digestOf(spec.TaskTemplate?.ContainerSpec?.Image);
  if (released === undefined || found === released || changes.some((change) => change.field === 'image'))
    return changes;
  return [
    {
      field: DIGEST_FIELD,
      kind: found === undefined ? 'removed' : 'changed',
      released,
      ...(found !== undefined && { found }),
    },
    ...changes,
  ];
}

type NodeLabel = DeployedRelease['nodeLabels'][number];

/** A label that a machine had before it joined the swarm again, with another id, is its own. */
function labelDrift({
  stack,
  releases,
  prepared,
  live: { nodes },
}: Required<Pick<DriftInput, 'stack' | 'prepared' | 'live'>> & { releases: DeployedRelease[] }): DriftedLabel[] {
  // What is on an entry that its machine has left is on no node that could run anything.
  const found = nodes
    .filter((node) => joinedAgain(nodes, node) === undefined)
    .flatMap(({ id, hostname, labels }) =>
      ownLabels(stack, { labels }).map((key): NodeLabel => ({ nodeId: id, node: hostname, key })),
    );
  const isIn = (some: readonly NodeLabel[], label: NodeLabel): boolean =>
    some.some((each) => each.key === label.key && isOneMachine(nodes, entryOf(each), entryOf(label)));
  const [newest, ...before] = releases.map(({ nodeLabels }) => nodeLabels);
  const removed = (newest ?? []).filter((label) => !isIn(found, label) && before.every((each) => isIn(each, label)));
  const added = found.filter(
    (label) => ![prepared, ...releases.map((each) => each.nodeLabels)].some((each) => isIn(each, label)),
  );
  const lines = [
    ...removed.map((label) => ({ kind: 'removed' as const, label, ...whereabouts(label, nodes) })),
    ...added.map((label) => ({ kind: 'added' as const, label })),
  ].map(({ label: { node, key }, ...what }): DriftedLabel => ({ ...what, node, key }));
  return lines.sort((a, b) => (`${a.node}\0${a.key}` < `${b.node}\0${b.key}` ? -1 : 1));
}

const entryOf = ({ nodeId, node }: NodeLabel): Pick<NodeEntry, 'id' | 'hostname'> => ({ id: nodeId, hostname: node });

/** What became of the node of a label that is not there any more, unless it is as it was. */
function whereabouts(label: NodeLabel, nodes: readonly NodeEntry[]): Pick<DriftedLabel, 'gone' | 'joinedAgainAs'> {
  const entry = nodes.find(({ id }) => id === label.nodeId);
  if (entry !== undefined && entry.state !== 'down') return {};
  const again = nodes.find(
    (node) => node.id !== label.nodeId && node.state !== 'down' && isOneMachine(nodes, node, entryOf(label)),
  );
  if (again !== undefined) return { joinedAgainAs: again.id };
  return entry === undefined ? { gone: true } : {};
}

function digestOf(image: string | undefined): string | undefined {
  return /sha256:[0-9a-f]{64}/.exec(image ?? '')?.[0];
}
