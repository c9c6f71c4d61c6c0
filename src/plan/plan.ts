import { leavesStack, type Plan, type SecretVersionChange, type ServiceChange } from './changes.ts';
import type { StackDocument } from '../compose/types.ts';
import type { SwarmNetwork, SwarmService, SwarmTask } from '../engine/port.ts';
import { desiredEntries } from './convert.ts';
import { diffService, REPLICAS_FIELD, type FieldChange } from './diff.ts';
import { isJob, isPerNode } from '../compose/modes.ts';
import { userImage } from '../compose/user-image.ts';
import { expiredRestarts } from './expired.ts';
import { networkChanges } from './networks.ts';
import { outageOf } from './outage.ts';
import { rolloutOf, type PlannedEnsemble, type RollingOrder } from './rollout.ts';
import { agreedRestarts, jointRestarts } from './together.ts';
import { taskNodes } from './task-nodes.ts';
import { toldChanges, type MaybeTold, type PlannedTold } from './told.ts';
import { volumeChanges, type LocalVolumes } from './volumes.ts';
import { labelChanges, type LabelChange, type LiveNode, type RolePlacement } from './labels.ts';
import type { ServiceSpec } from '../compose/spec.ts';
import { ownServices, shortName } from './own-services.ts';
import { nodeChange } from './node-change.ts';
import { wrappedImageChange, type WrappedImages } from './wrapped-image.ts';

/**
 * What the swarm holds. All secrets that the document names and that exist must be in `secrets`; other names there do
 * no harm.
 */
export interface LiveStack {
  services: SwarmService[];
  /** Of the whole swarm: services may be on those of other stacks. */
  networks: SwarmNetwork[];
  secrets: string[];
  nodes: LiveNode[];
  /** Absent if they were not read: then a label that is on another node too is taken for a stray one. */
  tasks?: readonly SwarmTask[];
  /** Absent if they were not read: then no volume is said to have been seen. */
  volumes?: LocalVolumes;
  /** What is to change of services whose tasks have the ports of before, by the service's id. */
  keptPorts?: ReadonlyMap<string, FieldChange>;
}

export interface PlanInput {
  stack: string;
  document: StackDocument;
  /** Roles and their nodes; their labels are `bundle.<stack>.<role>`. */
  placements: RolePlacement[];
  /** Values for `${NAME:?}`; what is not supplied is not compared, and the plan says so. */
  environment?: Record<string, string>;
  ensembles?: readonly PlannedEnsemble[];
  /** In the order in which they are updated. */
  rolling?: readonly RollingOrder[];
  /** File names of secrets whose holders restart together. */
  together?: readonly string[];
  /** Properties that services change at the same moment, as `FieldChange` names them. */
  agreed?: readonly string[];
  /** Secrets that running software keeps for itself. */
  told?: readonly PlannedTold[];
  maybeTold?: MaybeTold;
  /** The swarm's names of certificates that have expired and by which services know each other. */
  expired?: ReadonlySet<string>;
  /** Those of all certificates that have expired. */
  expiredOfAll?: ReadonlySet<string>;
  /** Rolling groups restart at once. */
  atOnce?: boolean | undefined;
  /** False: services of rolling groups need not pass their checks. */
  verify?: boolean | undefined;
  /** Images that a wrapper starts. */
  wrapped?: WrappedImages;
  /** Names of old secret versions that deploying removes, unless a service of others mounts them. */
  staleSecrets?: readonly string[];
  live: LiveStack;
}

/**
 * What must change so that the swarm holds what the document says. Pure; the same input gives the same plan. It does
 * not see whether a tag now means another image.
 */
export function planChanges(input: PlanInput): Plan {
  const { stack, document, live, ensembles = [], rolling = [], atOnce = false, verify = true } = input;
  const { changes: labels, unresolved: unresolvedNodes } = labelChanges(
    stack,
    stayingUp(input),
    live.nodes,
    taskNodes(stack, live),
  );
  const running = ownServices(stack, live.services);
  const services = [...documentServices(input, labels), ...orphans(stack, document, running)];
  const networks = networkChanges(stack, document, live.networks);
  const secrets = secretChanges(input);
  const restarts = rolloutOf(services, document, {
    ensembles,
    rolling,
    atOnce,
    verify,
    joint: jointRestarts(stack, services, input.together ?? []),
    agreed: agreedRestarts(services, input.agreed ?? []),
    expired: expiredRestarts(stack, services, ensembles, running, input.expired ?? new Set()),
  });
  const mates = [
    ...ensembles.map(({ services: members, policy }) => ({ services: members, worksWith: policy.worksWith })),
    ...rolling,
  ];
  const told = toldChanges(stack, services, input.told ?? [], {
    ...document,
    ...input.maybeTold,
    restarts,
    expired: input.expired,
    expiredOfAll: input.expiredOfAll,
  });
  const leaves = leavesStack({ services, networks, secrets, told, labels, unresolvedNodes });
  return {
    stack,
    empty: leaves && !secrets.some(({ action }) => action === 'remove'),
    services,
    restarts,
    outage: outageOf(services, restarts, mates),
    networks,
    volumes: volumeChanges({
      stack,
      document,
      services: live.services,
      nodes: live.nodes,
      labels,
      local: live.volumes,
    }),
    secrets,
    ...(told.length > 0 && { told }),
    labels,
    unresolvedNodes,
  };
}

function secretChanges({ stack, document, live, staleSecrets = [] }: PlanInput): SecretVersionChange[] {
  const present = new Set(live.secrets);
  const own = ownServices(stack, live.services);
  const others = live.services.filter((service) => !own.includes(service));
  // The swarm removes no secret that a service mounts; those of the stack mount it no more by then.
  const stale = (name: string): SecretVersionChange => {
    const mountedBy = others.filter((service) => mounts(service, name)).map((service) => service.name);
    return mountedBy.length === 0 ? { name, action: 'remove' } : { name, action: 'left', mountedBy: mountedBy.sort() };
  };
  const names = [...new Set(Object.values(document.secrets).map((secret) => secret.name))].sort();
  return [
    ...names.map((name): SecretVersionChange => ({ name, action: present.has(name) ? 'unchanged' : 'create' })),
    ...[...staleSecrets].sort().map(stale),
  ];
}

function mounts({ spec }: SwarmService, secret: string): boolean {
  const { Secrets } = (spec as ServiceSpec).TaskTemplate?.ContainerSpec ?? {};
  return (Secrets ?? []).some(({ SecretName }) => SecretName === secret);
}

function documentServices(input: PlanInput, labels: readonly LabelChange[]): ServiceChange[] {
  const { stack, document, environment, live } = input;
  const networkNames = new Map(live.networks.map(({ id, name }) => [id, name]));
  const byName = new Map(ownServices(stack, live.services).map((service) => [service.name, service]));
  const wanted = desiredEntries(stack, document, environment === undefined ? {} : { environment });
  const members = membersAtWork(input);
  return Array.from(wanted, ([name, desired]): ServiceChange => {
    const found = byName.get(`${stack}_${name}`);
    const image = userImage(desired.spec);
    if (found === undefined)
      return {
        name,
        action: 'create',
        reason: 'not in the swarm yet',
        image,
        changes: [],
        restarts: false,
        notCompared: [],
      };
    const job = document.services[name] !== undefined && isJob(document.services[name]);
    const inSpec = diffService(desired, found.spec, networkNames);
    const differing = [...inSpec, ...wrappedImageChange(image, inSpec, found.spec, input.wrapped ?? {})];
    // Whatever is written to a job, it runs again.
    const ports = live.keptPorts?.get(found.id);
    const written = [
      ...nodeChange(name, labels, input),
      ...(job ? differing.map((change) => ({ ...change, effect: 'restart' as const })) : differing),
    ];
    const replaced = written.some(({ effect }) => effect === 'restart');
    const changes = (ports === undefined || replaced ? written : [...written, ports]).map((change) =>
      change.field === REPLICAS_FIELD && members.has(name) ? { ...change, effect: 'restart' as const } : change,
    );
    const notCompared = desired.unknownEnvironment.map((variable) => `environment ${variable}`);
    const restarts = changes.some((change) => change.effect !== 'in place');
    const reason =
      changes.length === 0
        ? 'as in the document'
        : `${changes.length} of its properties ${changes.length === 1 ? 'differs' : 'differ'}`;
    return {
      name,
      action: changes.length === 0 ? 'unchanged' : 'update',
      reason,
      id: found.id,
      image,
      changes,
      restarts,
      notCompared,
      ...(job && { job }),
    };
  });
}

/**
 * Members of quorum groups that run at least in part. One whose number of tasks changes there has its turn as one that
 * restarts: without it, or with a second server of one identity, no other may go down. Of a group that does not run at
 * all nobody has to stay up, and its members may need each other to start.
 */
function membersAtWork({ stack, ensembles = [], live }: PlanInput): Set<string> {
  const running = ownServices(stack, live.services)
    .filter(({ spec }) => ((spec as ServiceSpec).Mode?.Replicated?.Replicas ?? 1) > 0)
    .map(({ name }) => shortName(stack, name));
  const groups = ensembles.filter(
    ({ services }) => services.length > 1 && services.some((name) => running.includes(name)),
  );
  return new Set(groups.flatMap(({ services }) => services));
}

/** The roles with the services of one task each slot: the others follow a label by themselves, or ran already. */
function stayingUp({ placements, document }: PlanInput): RolePlacement[] {
  const staysUp = (name: string): boolean => {
    const service = document.services[name];
    return service === undefined || !(isJob(service) || isPerNode(service));
  };
  return placements.map((role) => ({ ...role, services: role.services.filter(staysUp) }));
}

/** Services that bear the stack's label and are not in the document. */
function orphans(stack: string, document: StackDocument, services: SwarmService[]): ServiceChange[] {
  const known = new Set(Object.keys(document.services).map((name) => `${stack}_${name}`));
  return services
    .filter((service) => !known.has(service.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((service) => ({
      name: shortName(stack, service.name),
      action: 'remove',
      reason: 'no longer in the document',
      id: service.id,
      image: userImage(service.spec as ServiceSpec),
      changes: [],
      restarts: false,
      notCompared: [],
    }));
}
