import { currentTasks } from '../converge/current.ts';
import type { ExitCode } from '../errors.ts';
import { EXIT } from '../errors.ts';
import { readLastVerification, type LastVerification } from '../io/last-verification.ts';
import { createStyle } from '../ui/style.ts';
import { table } from '../ui/table.ts';
import type { CommandIo } from './io.ts';
import type { CommonOptions } from './options.ts';
import { load, openEngine, readSecretStates, survey, type Loaded, type Survey } from './session.ts';
import type { SecretState } from '../bundle/secret-state.ts';

const DAY_MS = 86_400_000;

/** What `bundle status --json` prints. */
export interface Status {
  stack: string;
  services: { name: string; running: number; wanted: number; image: string; tasks: { id: string; node: string; state: string; since: string; error: string }[] }[];
  nodes: { hostname: string; role: string; state: string; availability: string; roles: string[] }[];
  secrets: { name: string; kind: string; inSwarm: boolean; onDisk: boolean; state: SecretState['state']; notAfter?: string; daysLeft?: number }[];
  lastVerification?: LastVerification;
}

/** `bundle status`: services, tasks, nodes, secrets with days left, the last verification. It reports and judges nothing: exit 0. */
export async function run(options: CommonOptions, io: CommandIo): Promise<ExitCode> {
  const loaded = await load(options, io);
  const engine = await openEngine(options, io);
  try {
    const found = await survey(engine, loaded.directory.bundle.name);
    const status = await readStatus(loaded, found, await readSecretStates(loaded, found));
    io.stdout(io.json ? `${JSON.stringify(status, null, 2)}\n` : statusText(status, io));
    return EXIT.done;
  } finally {
    await engine.close();
  }
}

async function readStatus(loaded: Loaded, found: Survey, secrets: SecretState[]): Promise<Status> {
  const { bundle, lock, dir } = loaded.directory;
  const { nodes, services } = found.live;
  const hostname = new Map(nodes.map((node) => [node.id, node.hostname]));
  const prefix = `${bundle.name}_`;
  const own = services.filter((service) => service.labels['com.docker.stack.namespace'] === bundle.name).sort((a, b) => (a.name < b.name ? -1 : 1));
  const upToDate = (await Promise.all(own.map((service) => found.engine.tasks({ serviceId: service.id, upToDate: true })))).flat();
  const last = await readLastVerification(dir);
  return {
    stack: bundle.name,
    services: own.map((service) => {
      const tasks = currentTasks(service, upToDate);
      return {
        name: service.name.slice(prefix.length),
        running: tasks.filter((task) => task.state === 'running').length,
        wanted: service.mode.replicas,
        image: service.labels['com.docker.stack.image'] ?? '',
        tasks: tasks.map((task) => ({ id: task.id, node: hostname.get(task.nodeId) ?? task.nodeId, state: task.state, since: task.stateAt, error: task.error })),
      };
    }),
    nodes: nodes
      .map(({ hostname: name, role, state, availability, labels }) => ({
        hostname: name, role, state, availability,
        roles: Object.keys(labels).filter((key) => key.startsWith(`bundle.${bundle.name}.`)).map((key) => key.slice(`bundle.${bundle.name}.`.length)).sort(),
      }))
      .sort((a, b) => (a.hostname < b.hostname ? -1 : 1)),
    secrets: secrets.map(({ name, need, live, content, state }) => {
      const notAfter = lock.secrets[need.secret]?.facts.notAfter;
      return {
        name, kind: need.kind.name, inSwarm: live !== undefined, onDisk: content !== undefined, state,
        ...(notAfter === undefined ? {} : { notAfter, daysLeft: Math.floor((Date.parse(notAfter) - Date.now()) / DAY_MS) }),
      };
    }),
    ...(last ? { lastVerification: last } : {}),
  };
}

function statusText(status: Status, io: CommandIo): string {
  const style = createStyle(process.stdout, { color: io.color });
  const head = (...cells: string[]) => cells.map((cell) => style.bold(cell));
  const parts: string[] = [];
  if (status.services.length === 0) parts.push(`${status.stack} is not deployed on this swarm`);
  else {
    parts.push(table([head('SERVICE', 'RUNNING', 'NODE', 'STATE', 'IMAGE'), ...status.services.map((service) => {
      const count = `${service.running}/${service.wanted}`;
      const nodes = [...new Set(service.tasks.map(({ node }) => node))].join(', ');
      const states = [...new Set(service.tasks.map(({ state, error }) => (error === '' ? state : `${state}: ${error}`)))].join('; ');
      return [service.name, service.running === service.wanted ? style.green(count) : style.red(count), nodes || '-', states || '-', service.image];
    })]));
  }
  parts.push(table([head('NODE', 'ROLE', 'STATE', 'AVAILABILITY', 'PLACED HERE'), ...status.nodes.map((node) => [
    node.hostname, node.role, node.state === 'ready' ? node.state : style.red(node.state), node.availability, node.roles.join(', ') || '-',
  ])]));
  parts.push(table([head('SECRET', 'IN SWARM', 'ON DISK', 'DAYS LEFT'), ...status.secrets.map((secret) => [
    secret.name,
    secret.state === 'differs' || secret.state === 'foreign' ? style.red(secret.state) : secret.inSwarm ? 'yes' : style.yellow('no'),
    secret.state === 'changed' ? style.red('changed') : secret.onDisk ? 'yes' : 'no',
    secret.daysLeft === undefined ? '-' : secret.daysLeft < 30 ? style.red(String(secret.daysLeft)) : String(secret.daysLeft),
  ])]));
  const last = status.lastVerification;
  parts.push(last ? `last verification ${last.at}: ${last.passed} passed, ${last.failed} failed, ${last.unsure} could not be told` : 'never verified from here');
  return `${parts.join('\n\n')}\n`;
}
