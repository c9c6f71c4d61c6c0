import { randomBytes } from 'node:crypto';
import { LABEL } from '../../bundle/names.ts';
import { hasEnded, type Engine, type StackObject, type SwarmNode, type SwarmTask } from '../../engine/port.ts';
import { BundleError } from '../../errors.ts';
import { takesTasks } from '../../place/filters.ts';
import { runOnEachNode } from '../../swarm/jobs/each-node.ts';
import type { Clock } from '../../swarm/clock.ts';
import { isLeftOver, ownerLabels } from '../../swarm/jobs/owner.ts';
import { lateText } from '../../swarm/jobs/result.ts';
import { endJob, POLL_MS, removeJob, startJob, type JobRequest } from '../../swarm/jobs/run.ts';
import { PREPARING_MS, timeLimit } from '../../swarm/jobs/time-up.ts';
import type { HostAskerOptions } from '../hosts/ask.ts';
import { askScript, listenScript, parseHeard, type Heard } from './script.ts';

/** Label value of the jobs and of their network. */
const PAIR_KIND = 'pair-check';
/** Of each job, once its image is there; both, with the network's end, within the check's own time. */
const LISTEN_MS = 10_000;
const ASK_MS = 13_000;
/** Of both together, if both wait for the image. */
const LONGEST_MS = 2 * PREPARING_MS + LISTEN_MS + ASK_MS;
/** A network is in use until its last container is gone. */
const RELEASE_MS = 6_000;

/** What one node heard of the others, by their ids; or why it was not asked. */
export type PairReading = { heard: Map<string, Heard> } | { trouble: string };

/** Finds out which nodes reach each other; gives the readings by node id. Nodes that take no tasks are not in it. */
export type PairAsker = (
  asked: readonly SwarmNode[],
  nodes: readonly SwarmNode[],
  signal: AbortSignal,
) => Promise<Map<string, PairReading>>;

/**
 * Asks by two jobs in an overlay network of their own, since none of the stack need be there yet: one that waits on
 * each node, and one that asks each of these from each node. Both and the network are always removed; a killed run's by
 * the next one.
 * @param options.driverOptions of the stack's own network: an encrypted one goes another way
 */
export function pairAsker(
  engine: Engine,
  { driverOptions, ...options }: HostAskerOptions & { driverOptions: Record<string, string> },
): PairAsker {
  const { stack, clock, me } = options;
  return async (wanted, nodes, signal) => {
    const swarmNow = Date.parse((await engine.info()).systemTime);
    await sweep(engine, stack, clock, (labels) => isLeftOver(labels, swarmNow, me));
    const asked = wanted.filter(takesTasks);
    if (asked.length < 2) return new Map();
    const labels = ownerLabels(me, swarmNow + LONGEST_MS + RELEASE_MS);
    signal.throwIfAborted();
    const network = await engine.createNetwork({
      name: `${PAIR_KIND}-${stack}-${randomBytes(6).toString('hex')}`,
      labels: { ...labels, [LABEL.stack]: stack, [LABEL.kind]: PAIR_KIND },
      options: driverOptions,
    });
    let listening: string | undefined;
    try {
      const job = { stack, image: options.image, kind: PAIR_KIND, networks: [network], labels };
      listening = await startJob(engine, listenJob(job, asked, nodes), signal);
      return await askIn(engine, { ...options, signal, asked, nodes, network, job, listening });
    } finally {
      if (listening !== undefined) await endJob(engine, listening, clock);
      await removeFreed(engine, network, listening === undefined ? [] : [listening], clock);
    }
  };
}

type Job = Pick<JobRequest, 'stack' | 'image' | 'kind' | 'networks' | 'labels'>;

/** The job that waits on each of these nodes; of several it can only be said which it is not. */
const listenJob = (job: Job, asked: readonly SwarmNode[], nodes: readonly SwarmNode[]) => ({
  ...job,
  constraints: nodes.filter((node) => !asked.includes(node)).map(({ id }) => `node.id != ${id}`),
  eachNode: true,
  command: ['sh', '-c', listenScript(LONGEST_MS / 1000)],
  timeoutMs: LISTEN_MS,
});

interface Asking extends Pick<HostAskerOptions, 'clock'> {
  signal: AbortSignal;
  asked: readonly SwarmNode[];
  nodes: readonly SwarmNode[];
  network: string;
  job: Job;
  /** Id of the job that waits to be asked. */
  listening: string;
}

async function askIn(engine: Engine, asking: Asking): Promise<Map<string, PairReading>> {
  const { clock, signal, asked, nodes, network, job } = asking;
  const on = new Set(asked.map(({ id }) => id));
  const startedAt = clock.now();
  const tasks = await untilUp(engine, on, asking);
  const waitedMs = clock.now() - startedAt;
  const addresses = new Map(
    asked.flatMap(({ id }) => {
      const task = tasks.get(id);
      const address = isUp(task) ? task?.addresses?.[network] : undefined;
      return address === undefined ? [] : [[id, address] as const];
    }),
  );
  const results = await runOnEachNode(
    engine,
    { ...job, nodes, on, command: ['sh', '-c', askScript([...addresses.values()])], timeoutMs: ASK_MS },
    { clock, signal },
  );
  return new Map(
    asked.map(({ id }): [string, PairReading] => {
      const result = results.get(id);
      const heard = result?.ok === true ? parseHeard(result.lines) : (result?.text ?? 'it was not asked');
      if (typeof heard === 'string') return [id, { trouble: heard }];
      if (!addresses.has(id)) return [id, { trouble: lateText(tasks.get(id), waitedMs) }];
      return [id, { heard: byNode(heard, addresses, id) }];
    }),
  );
}

const isUp = (task: SwarmTask | undefined): boolean => task?.state === 'running';

/** The tasks by node, as soon as all run, or when the time is up. */
async function untilUp(
  engine: Engine,
  on: ReadonlySet<string>,
  { clock, signal, listening }: Asking,
): Promise<Map<string, SwarmTask>> {
  const isTimeUp = timeLimit(clock, LISTEN_MS);
  for (;;) {
    const tasks = new Map((await engine.tasks({ serviceId: listening })).map((task) => [task.nodeId, task]));
    const settled = [...on].every((node) => {
      const task = tasks.get(node);
      return isUp(task) || (task !== undefined && hasEnded(task));
    });
    if (settled || isTimeUp([...tasks.values()])) return tasks;
    await clock.sleep(POLL_MS, signal);
  }
}

/** Of the others: a container reaches one of its own node without the data path. */
function byNode(heard: ReadonlyMap<string, Heard>, addresses: ReadonlyMap<string, string>, self: string) {
  return new Map(
    [...addresses].flatMap(([node, address]) => {
      const one = heard.get(address);
      return node === self || one === undefined ? [] : [[node, one] as const];
    }),
  );
}

/** Takes away what a killed run left, as it would have done itself. */
async function sweep(
  engine: Engine,
  stack: string,
  clock: Clock,
  isLeft: (labels: Readonly<Record<string, string>>) => boolean,
): Promise<void> {
  const ofPairs = ({ labels }: StackObject): boolean =>
    labels[LABEL.stack] === stack && labels[LABEL.kind] === PAIR_KIND && isLeft(labels);
  const networks = (await engine.networks()).filter(ofPairs);
  const jobs = (await engine.jobs({ stack })).filter(ofPairs).map(({ id }) => id);
  for (const job of jobs) await removeJob(engine, job);
  for (const { id } of networks) await removeFreed(engine, id, jobs, clock);
}

/**
 * Removes the network once its last task has ended, also when the check was interrupted. Swarm would remove it before
 * (seen with 28.5.2); then a node keeps its part of it for as long as a container holds it, and rejects tasks in the
 * next network, which may get the same addresses ("Pool overlaps with other one on this address space").
 * @param jobs whose tasks may be in it; they are removed already
 */
async function removeFreed(engine: Engine, network: string, jobs: readonly string[], clock: Clock): Promise<void> {
  const until = clock.now() + RELEASE_MS;
  const isFree = async (): Promise<boolean> =>
    (await Promise.all(jobs.map((serviceId) => engine.tasks({ serviceId })))).flat().every(hasEnded);
  const isGone = async (): Promise<boolean> => (await engine.networks()).every(({ id }) => id !== network);
  try {
    while (!(await isFree()) && clock.now() < until) await clock.sleep(POLL_MS);
    await engine.removeNetwork(network);
    while (!(await isGone()) && clock.now() < until) await clock.sleep(POLL_MS);
  } catch (error) {
    // What is still in use, the next run finds by its labels.
    isOfEngine(error);
  }
}

function isOfEngine(error: unknown): void {
  if (!(error instanceof BundleError)) throw error;
}
