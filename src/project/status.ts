import { X509Certificate } from 'node:crypto';
import type { SecretState } from '../bundle/secret-state.ts';
import { askManager } from '../cli/with-engine.ts';
import { unplannedEnds, type UnplannedEnd } from '../converge/ends.ts';
import {
  type EngineInfo,
  type SwarmConfig,
  STACK_IMAGE,
  STACK_NAMESPACE,
  type Engine,
  type SwarmNode,
  type SwarmService,
  type SwarmTask,
} from '../engine/port.ts';
import { daysUntil } from '../days.ts';
import { BundleError, EXIT, type ExitCode } from '../errors.ts';
import { isAlive, thisOperator } from '../io/operator.ts';
import { holderOf, judgeLock, readLock } from '../lease/record.ts';
import { requirementsOf } from '../place/requirements.ts';
import type { ReleaseState } from '../release/states.ts';
import { readHistory } from '../release/store.ts';
import { unreadNewest, unreadRelease } from '../release/unread.ts';
import { currentTasks, isJobService } from '../swarm/current-tasks.ts';
import { mayHaveLog } from '../swarm/log-advice.ts';
import { seenCertificate } from '../verify/endpoints/judge-certificate.ts';
import type { Loaded } from './bundle-dir.ts';
import { stoppingTasks, type Stopping, type StoppingTask } from './stopping-tasks.ts';
import { dialledWays } from './node-addresses.ts';
import { readLastVerification, type LastVerification } from './last-verification.ts';
import { readSecretStates, type Survey } from './plan-bundle.ts';
import { missingServices, wantedDocuments, wantedTasks } from './wanted.ts';

/**
 * Unplanned ends of a service's tasks since it was deployed, as far as the swarm remembers them: it keeps some for each
 * task.
 */
export interface Restarts {
  count: number;
  /** Of these, how many ended with their node or its engine. */
  withNode: number;
  /** Of the last one, of their own if there is any. */
  lastAt?: string;
  lastExitCode?: number;
  /** Its task's id. */
  lastTask?: string;
  /** Its program began, so that it may have written a log. */
  lastStarted?: boolean;
}

/** What `bundle status --json` prints. */
export interface Status {
  stack: string;
  /** Ways in that have an address; none of a stack that is not deployed. */
  access: { title: string; url: string }[];
  /** What whoever can reach it may do, or see. */
  risks: string[];
  services: {
    name: string;
    /** Its tasks end when they are done. */
    job: boolean;
    /** Absent if the tasks could not be read; so are the restarts. */
    running?: number;
    /** As the newest release says, or stack.yml if the swarm has none. */
    wanted: number;
    /** Replicas that the swarm was told by hand instead. */
    scaledTo?: number;
    /** The swarm has no such service. */
    missing?: true;
    image: string;
    restarts?: Restarts;
    tasks: { id: string; node: string; nodeId: string; state: string; since: string; error: string }[];
  }[];
  /** What the swarm told to stop, and has not ended. */
  stopping: StoppingTask[];
  nodes: {
    id: string;
    hostname: string;
    role: string;
    /** Of the managers, the one that leads. */
    leader: boolean;
    state: string;
    availability: string;
    roles: string[];
    memoryBytes: number;
    /** What this stack's tasks that run, or still stop, reserve of it. */
    reservedBytes: number;
  }[];
  secrets: {
    name: string;
    /** Its key in bundle.lock.json: several of the swarm's secrets may be parts of one. */
    secret: string;
    kind: string;
    inSwarm: boolean;
    onDisk: boolean;
    /** What is on disk is another content than bundle.lock.json means. */
    otherOnDisk: boolean;
    state: SecretState['state'];
    notAfter?: string;
    daysLeft?: number;
  }[];
  /** The swarm's root certificates: two while they are being replaced. */
  swarmRoots: { subject: string; notAfter: string; daysLeft: number }[];
  /** The newest release record. */
  release?: { number: number; state: ReleaseState; at: string; by: string };
  /** Who is at work on it now. */
  heldBy?: { owner: string; command: string };
  /**
   * Who has its lock without a sign of life, so many seconds old: dead, unless managers' clocks differ. They do if it
   * is of a time to come, which is below zero.
   */
  silentHolder?: { owner: string; command: string; ageSeconds: number };
  lastVerification?: LastVerification;
  /** What could not be read, and why; what it would fill is empty or absent then. */
  unread?: Unread[];
}

/** The part that is unread of a swarm that does not say which it is. */
export const LAST_VERIFICATION = 'last verification';
const NAMELESS_SWARM = 'the engine does not tell which swarm it is, as while that has no leader';

interface Unread {
  part: string;
  text: string;
}

/** What could be read of the swarm, part by part. */
export class Parts {
  readonly unread: Unread[] = [];
  exit: ExitCode = EXIT.done;

  /** What the engine says, or `otherwise` if it is refused. @throws BundleError `engine-unreachable` */
  async read<T>(part: string, asked: Promise<T>, otherwise: T): Promise<T> {
    try {
      return await asked;
    } catch (error) {
      if (!(error instanceof BundleError) || error.code === 'engine-unreachable') throw error;
      if (this.exit === EXIT.done) this.exit = error.exit;
      this.unread.push({ part, text: error.message });
      return otherwise;
    }
  }

  has(part: string): boolean {
    return !this.unread.some((each) => each.part === part);
  }
}

/**
 * Reads how a bundle is. A part that the engine, or a proxy before it, does not give is told in its place.
 * @throws BundleError `engine-unreachable`, `engine-not-manager`
 */
export async function readStatus(loaded: Loaded, engine: Engine, parts: Parts): Promise<Status> {
  const { bundle, lock: secretVersions, dir } = loaded.directory;
  const info = await askManager(engine);
  const [nodes, services, liveSecrets] = await Promise.all([
    parts.read('nodes', engine.nodes(), []),
    parts.read('services', engine.services(), []),
    parts.read('secrets', engine.secrets({ stack: bundle.name }), []),
  ]);
  const live = { engine, nodes, services, tasks: [] };
  const found: Survey = { engine, info, live, liveSecrets, networks: [], volumes: [], keptPorts: new Map() };
  // Without the swarm's word on them nothing is said of where they are.
  const secrets = parts.has('secrets') ? await parts.read('secrets', readSecretStates(loaded, found), []) : [];
  const hostname = new Map(nodes.map((node) => [node.id, node.hostname]));
  const prefix = `${bundle.name}_`;
  const own = services
    .filter((service) => service.labels[STACK_NAMESPACE] === bundle.name)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const [[upToDate, all], last, lock, history, roots] = await Promise.all([
    parts.read(
      'tasks',
      Promise.all([engine.tasks({ stack: bundle.name, upToDate: true }), engine.tasks({ stack: bundle.name })]),
      [[], []],
    ),
    readLastVerification(dir, info.swarm.clusterId),
    parts.read('lock', readLock(engine, bundle.name), undefined),
    parts.read('releases', readHistory(engine, bundle.name), { releases: [], unreadable: [] }),
    parts.read(
      'roots',
      engine.swarmTrust().then(({ roots: found }) => found),
      [],
    ),
  ]);
  const stopping = stoppingTasks(prefix, own, { upToDate, all, nodes });
  const reserved = reservedOn(own, upToDate, stopping);
  if (info.swarm.clusterId === undefined) parts.unread.push({ part: LAST_VERIFICATION, text: NAMELESS_SWARM });
  const unread = unreadNewest(history);
  if (unread !== undefined)
    parts.unread.push({ part: 'newest release', text: unreadRelease(bundle.name, unread).message });
  // Those before it are not what was deployed last.
  const releases = unread === undefined ? history.releases : [];
  const [release] = releases;
  const documents = wantedDocuments(releases, loaded.document);
  const names = own.map(({ name }) => name.slice(prefix.length));
  // One of which nothing is left was taken away as a whole, and misses nothing.
  const missing = own.length === 0 ? [] : missingServices(documents, names, nodes);
  const access = own.length === 0 && parts.has('services') ? undefined : loaded.directory.plan.access;
  const present = own.map((service) => {
    const tasks = currentTasks(service, upToDate);
    const name = service.name.slice(prefix.length);
    return {
      name,
      job: isJobService(service),
      ...(parts.has('tasks') && {
        running: tasks.filter(({ state }) => state === upState(isJobService(service))).length,
        restarts: restartsOf([...unplannedEnds(service, upToDate, { stack: upToDate, nodes }).values()].flat()),
      }),
      ...wantedTasks(name, service, documents, nodes, tasks),
      image: service.labels[STACK_IMAGE] ?? '',
      tasks: tasks.map((task) => ({
        id: task.id,
        node: hostname.get(task.nodeId) ?? task.nodeId,
        nodeId: task.nodeId,
        state: task.state,
        since: task.stateAt,
        error: task.error,
      })),
    };
  });
  const absent = missing.map(({ name, job, wanted, image }) => ({
    name,
    job,
    ...(parts.has('tasks') && { running: 0 }),
    wanted,
    missing: true as const,
    image,
    tasks: [],
  }));
  return {
    stack: bundle.name,
    access: dialledWays(access?.ways ?? [], nodes).flatMap((way) =>
      'url' in way ? [{ title: way.title, url: way.url }] : [],
    ),
    risks: access?.risks ?? [],
    services: [...present, ...absent].sort((a, b) => (a.name < b.name ? -1 : 1)),
    stopping: stopping.tasks,
    nodes: nodes
      .map(({ id, hostname: name, role, leader, state, availability, labels, memoryBytes }) => ({
        id,
        hostname: name,
        role,
        leader,
        state,
        availability,
        roles: Object.keys(labels)
          .filter((key) => key.startsWith(`bundle.${bundle.name}.`))
          .map((key) => key.slice(`bundle.${bundle.name}.`.length))
          .sort(),
        memoryBytes,
        reservedBytes: reserved.get(id) ?? 0,
      }))
      .sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1)),
    secrets: secrets.map(({ name, need, live, content, otherOnDisk, state }) => {
      const notAfter = secretVersions.secrets[need.secret]?.facts.notAfter;
      return {
        name,
        secret: need.secret,
        kind: need.kind.name,
        inSwarm: live !== undefined,
        onDisk: content !== undefined,
        otherOnDisk,
        state,
        ...(notAfter === undefined ? {} : { notAfter, daysLeft: daysUntil(notAfter, new Date()) }),
      };
    }),
    swarmRoots: roots.map((root) => {
      const { subject, notAfter, daysLeft } = seenCertificate(new X509Certificate(root), new Date());
      return { subject, notAfter, daysLeft };
    }),
    ...(release ? { release: { number: release.number, state: release.state, at: release.at, by: release.by } } : {}),
    ...(lock && lockStatus(lock, info)),
    ...(last ? { lastVerification: last } : {}),
    ...(parts.unread.length === 0 ? {} : { unread: parts.unread }),
  };
}

/** The state of a task that is as it should be. @param job whether its service is one */
export const upState = (job: boolean): string => (job ? 'complete' : 'running');

/** By host name; of one machine that joined again, the old entry last. */
const orderOf = ({ hostname, state, id }: Status['nodes'][number]): string =>
  [hostname, state === 'down' ? '1' : '0', id].join('\0');

/** Memory that the stack's running tasks reserve, and those that still stop, by node id. */
function reservedOn(
  services: readonly SwarmService[],
  tasks: readonly SwarmTask[],
  { memory }: Pick<Stopping, 'memory'>,
): Map<string, number> {
  const reserved = new Map<SwarmNode['id'], number>(memory);
  for (const service of services) {
    const { memoryBytes } = requirementsOf(service.spec);
    for (const { state, nodeId } of currentTasks(service, tasks))
      if (state === 'running') reserved.set(nodeId, (reserved.get(nodeId) ?? 0) + memoryBytes);
  }
  return reserved;
}

function restartsOf(ends: readonly UnplannedEnd[]): Restarts {
  const newest = [...ends].sort((a, b) => b.endedAt - a.endedAt);
  const last = newest.find(({ cause }) => cause === 'own') ?? newest[0];
  return {
    count: ends.length,
    withNode: ends.filter(({ cause }) => cause === 'node').length,
    ...(last && {
      lastAt: new Date(last.endedAt).toISOString(),
      lastTask: last.task.id,
      lastStarted: mayHaveLog(last.task),
    }),
    ...(last?.task.exitCode === undefined ? {} : { lastExitCode: last.task.exitCode }),
  };
}

/** Nobody has it whose process ended here: its lock is there until the next command takes it over. */
function lockStatus(
  lock: SwarmConfig,
  { systemTime }: Pick<EngineInfo, 'systemTime'>,
): Pick<Status, 'heldBy' | 'silentHolder'> {
  const { owner, command } = holderOf(lock);
  const verdict = judgeLock(lock, Date.parse(systemTime), { ...thisOperator(), isAlive });
  if (verdict.is === 'held') return { heldBy: { owner, command } };
  return verdict.is === 'silent'
    ? { silentHolder: { owner, command, ageSeconds: Math.round(verdict.ageMs / 1000) } }
    : {};
}
