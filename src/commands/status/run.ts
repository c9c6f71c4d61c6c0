import { X509Certificate } from 'node:crypto';
import { currentTasks } from '../../swarm/current-tasks.ts';
import { unplannedEnds, type UnplannedEnd } from '../../converge/ends.ts';
import type { Engine } from '../../engine/port.ts';
import { BundleError, EXIT, type ExitCode } from '../../errors.ts';
import { readLastVerification, type LastVerification } from '../../project/last-verification.ts';
import { holderOf } from '../../lease/record.ts';
import { readLock } from '../../lease/take.ts';
import type { ReleaseState } from '../../release/states.ts';
import { readHistory } from '../../release/store.ts';
import { createStyle } from '../../ui/style.ts';
import { table } from '../../ui/table.ts';
import { seenCertificate } from '../../verify/endpoints/judge-certificate.ts';
import type { CommandIo } from '../../cli/io.ts';
import type { StatusOptions } from './command.ts';
import { load, openEngine, readSecretStates, requireManager, type Loaded, type Survey } from '../../cli/session.ts';
import type { SecretState } from '../../bundle/secret-state.ts';

const DAY_MS = 86_400_000;

/**
 * Unplanned ends of a service's tasks since it was deployed, as far as the swarm remembers them: it keeps some for each
 * task.
 */
interface Restarts {
  count: number;
  /** Of these, how many ended with their node or its engine. */
  withNode: number;
  /** Of the last one, of their own if there is any. */
  lastAt?: string;
  lastExitCode?: number;
}

/** What `bundle status --json` prints. */
export interface Status {
  stack: string;
  services: {
    name: string;
    running: number;
    wanted: number;
    image: string;
    restarts: Restarts;
    tasks: { id: string; node: string; state: string; since: string; error: string }[];
  }[];
  nodes: { hostname: string; role: string; state: string; availability: string; roles: string[] }[];
  secrets: {
    name: string;
    kind: string;
    inSwarm: boolean;
    onDisk: boolean;
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
  lastVerification?: LastVerification;
  /** What could not be read, and why; what it would fill is empty or absent then. */
  unread?: Unread[];
}

interface Unread {
  part: string;
  text: string;
}

/**
 * `bundle status`: services, tasks, nodes, secrets with days left, the last verification. It reports and judges
 * nothing: exit 0. A part that the engine, or a proxy before it, does not give is told in its place, and the exit code
 * is that of the refusal.
 */
export async function run(options: StatusOptions, io: CommandIo): Promise<ExitCode> {
  const loaded = await load(options, io);
  const engine = await openEngine(options, io);
  try {
    const parts = new Parts();
    const status = await readStatus(loaded, engine, parts);
    io.stdout(io.json ? `${JSON.stringify(status, null, 2)}\n` : statusText(status, io));
    return parts.exit;
  } finally {
    await engine.close();
  }
}

/** What could be read of the swarm, part by part. */
class Parts {
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

async function readStatus(loaded: Loaded, engine: Engine, parts: Parts): Promise<Status> {
  const { bundle, lock: secretVersions, dir } = loaded.directory;
  const info = await engine.info();
  requireManager(engine, info);
  const [nodes, services, liveSecrets] = await Promise.all([
    parts.read('nodes', engine.nodes(), []),
    parts.read('services', engine.services(), []),
    parts.read('secrets', engine.secrets({ stack: bundle.name }), []),
  ]);
  const live = { engine, nodes, services, tasks: [] };
  const found: Survey = { engine, info, live, liveSecrets, networks: [], volumes: [] };
  // Without the swarm's word on them nothing is said of where they are.
  const secrets = parts.has('secrets') ? await parts.read('secrets', readSecretStates(loaded, found), []) : [];
  const hostname = new Map(nodes.map((node) => [node.id, node.hostname]));
  const prefix = `${bundle.name}_`;
  const own = services
    .filter((service) => service.labels['com.docker.stack.namespace'] === bundle.name)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const asked = Promise.all(own.map((service) => engine.tasks({ serviceId: service.id, upToDate: true })));
  const upToDate = (await parts.read('tasks', asked, [])).flat();
  const [
    last,
    lock,
    {
      releases: [release],
    },
    roots,
  ] = await Promise.all([
    readLastVerification(dir),
    parts.read('lock', readLock(engine, bundle.name), undefined),
    parts.read('releases', readHistory(engine, bundle.name), { releases: [], unreadable: [] }),
    parts.read(
      'roots',
      engine.swarmTrust().then(({ roots: found }) => found),
      [],
    ),
  ]);
  return {
    stack: bundle.name,
    services: own.map((service) => {
      const tasks = currentTasks(service, upToDate);
      return {
        name: service.name.slice(prefix.length),
        running: tasks.filter((task) => task.state === 'running').length,
        wanted: service.mode.replicas,
        image: service.labels['com.docker.stack.image'] ?? '',
        restarts: restartsOf([...unplannedEnds(service, upToDate, upToDate).values()].flat()),
        tasks: tasks.map((task) => ({
          id: task.id,
          node: hostname.get(task.nodeId) ?? task.nodeId,
          state: task.state,
          since: task.stateAt,
          error: task.error,
        })),
      };
    }),
    nodes: nodes
      .map(({ hostname: name, role, state, availability, labels }) => ({
        hostname: name,
        role,
        state,
        availability,
        roles: Object.keys(labels)
          .filter((key) => key.startsWith(`bundle.${bundle.name}.`))
          .map((key) => key.slice(`bundle.${bundle.name}.`.length))
          .sort(),
      }))
      .sort((a, b) => (a.hostname < b.hostname ? -1 : 1)),
    secrets: secrets.map(({ name, need, live, content, state }) => {
      const notAfter = secretVersions.secrets[need.secret]?.facts.notAfter;
      return {
        name,
        kind: need.kind.name,
        inSwarm: live !== undefined,
        onDisk: content !== undefined,
        state,
        ...(notAfter === undefined
          ? {}
          : { notAfter, daysLeft: Math.floor((Date.parse(notAfter) - Date.now()) / DAY_MS) }),
      };
    }),
    swarmRoots: roots.map((root) => {
      const { subject, notAfter, daysLeft } = seenCertificate(new X509Certificate(root), new Date());
      return { subject, notAfter, daysLeft };
    }),
    ...(release ? { release: { number: release.number, state: release.state, at: release.at, by: release.by } } : {}),
    ...(lock ? { heldBy: { owner: holderOf(lock).owner, command: holderOf(lock).command } } : {}),
    ...(last ? { lastVerification: last } : {}),
    ...(parts.unread.length === 0 ? {} : { unread: parts.unread }),
  };
}

function restartsOf(ends: readonly UnplannedEnd[]): Restarts {
  const newest = [...ends].sort((a, b) => b.endedAt - a.endedAt);
  const last = newest.find(({ cause }) => cause === 'own') ?? newest[0];
  return {
    count: ends.length,
    withNode: ends.filter(({ cause }) => cause === 'node').length,
    ...(last && { lastAt: new Date(last.endedAt).toISOString() }),
    ...(last?.task.exitCode === undefined ? {} : { lastExitCode: last.task.exitCode }),
  };
}

/** `3 (exit 1)`, `2 (with the node)`; the times that a node took its tasks along are no fault of theirs. */
function restartsText({ count, withNode, lastExitCode }: Restarts): string {
  if (count === 0) return '0';
  if (withNode === count) return `${String(count)} (with the node)`;
  return `${String(count)}${lastExitCode === undefined ? '' : ` (exit ${String(lastExitCode)})`}`;
}

function statusText(status: Status, io: CommandIo): string {
  const style = createStyle(process.stdout, { color: io.color });
  const head = (...cells: string[]) => cells.map((cell) => style.bold(cell));
  const days = (left: number) => (left < 30 ? style.red(String(left)) : String(left));
  const parts: string[] = [];
  const isRead = (part: string): boolean => status.unread?.some((each) => each.part === part) !== true;
  if (!isRead('services')) parts.push('');
  else if (status.services.length === 0) parts.push(`${status.stack} is not deployed on this swarm`);
  else {
    parts.push(
      table([
        head('SERVICE', 'RUNNING', 'RESTARTS', 'NODE', 'STATE', 'IMAGE'),
        ...status.services.map((service) => {
          const count = `${service.running}/${service.wanted}`;
          const nodes = [...new Set(service.tasks.map(({ node }) => node))].join(', ');
          const restarts =
            service.restarts.count > service.restarts.withNode
              ? style.yellow(restartsText(service.restarts))
              : restartsText(service.restarts);
          const states = [
            ...new Set(service.tasks.map(({ state, error }) => (error === '' ? state : `${state}: ${error}`))),
          ].join('; ');
          return [
            service.name,
            service.running === service.wanted ? style.green(count) : style.red(count),
            restarts,
            nodes || '-',
            states || '-',
            service.image,
          ];
        }),
      ]),
    );
  }
  if (isRead('nodes'))
    parts.push(
      table([
        head('NODE', 'ROLE', 'STATE', 'AVAILABILITY', 'PLACED HERE'),
        ...status.nodes.map((node) => [
          node.hostname,
          node.role,
          node.state === 'ready' ? node.state : style.red(node.state),
          node.availability,
          node.roles.join(', ') || '-',
        ]),
      ]),
    );
  if (isRead('secrets'))
    parts.push(
      table([
        head('SECRET', 'IN SWARM', 'ON DISK', 'DAYS LEFT'),
        ...status.secrets.map((secret) => [
          secret.name,
          secret.state === 'differs' || secret.state === 'foreign'
            ? style.red(secret.state)
            : secret.inSwarm
              ? 'yes'
              : style.yellow('no'),
          secret.state === 'changed' ? style.red('changed') : secret.onDisk ? 'yes' : 'no',
          secret.daysLeft === undefined ? '-' : days(secret.daysLeft),
        ]),
      ]),
    );
  parts.push(
    status.swarmRoots
      .map(({ subject, daysLeft }) => `the swarm’s root CA ${subject}: ${days(daysLeft)} days left`)
      .join('\n'),
  );
  const { release, heldBy, lastVerification: last } = status;
  if (release) parts.push(`release ${release.number}, ${release.state}: ${release.at}, ${release.by}`);
  if (heldBy) parts.push(`${heldBy.owner} is at work on it: bundle ${heldBy.command}`);
  parts.push(
    last
      ? `last verification ${last.at}: ${last.passed} passed, ${last.failed} failed, ${last.unsure} could not be told`
      : 'never verified from here',
  );
  for (const { part, text } of status.unread ?? []) parts.push(`${part}: not read: ${text}`);
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}
