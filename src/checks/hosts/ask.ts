import type { Clock } from '../../converge/clock.ts';
import type { Engine, SwarmNode, SwarmTask } from '../../engine/port.ts';
import { runOnEachNode, type NodeResult } from '../../jobs/each-node.ts';
import { isLeftOver, ownerLabels, type JobOwner } from '../../jobs/owner.ts';
import { sweepJobs } from '../../jobs/run.ts';
import { takesTasks } from '../../place/filters.ts';
import { parseFacts, type HostFacts } from './parse.ts';
import { BIND_SCRIPT, BIND_TARGET, factsScript } from './script.ts';
import type { HostWants } from './wanted.ts';

/** Label value of the jobs. */
export const HOST_KIND = 'host-check';
/** Of each job; pulling the image is in it. */
const TIMEOUT_MS = 60_000;
/** The node's own network: its sockets, interfaces and net.* values are seen in no other. */
const HOST_NETWORK = 'host';

/** What one node answered, or why it did not. */
export interface HostReading {
  facts: HostFacts | undefined;
  /** Of facts: why there are none. */
  trouble: string;
  /** The task that gave the facts: its times tell of the node's clock. */
  task: SwarmTask | undefined;
  /** By host directory; free bytes, or what the swarm says. */
  binds: Map<string, { there: true; freeBytes: number | undefined } | { there: false | undefined; text: string }>;
}

/** Asks nodes what they have; gives the readings by node id. Nodes that take no tasks are not in it. */
export type HostAsker = (wants: readonly HostWants[], nodes: readonly SwarmNode[]) => Promise<Map<string, HostReading>>;

export interface HostAskerOptions {
  stack: string;
  /** It has `sh`, `cat` and df. */
  image: string;
  clock: Clock;
  signal: AbortSignal;
  me: JobOwner & { isAlive: (pid: number) => boolean };
}

/** Asks by short jobs in the hosts' own network: one for the facts, and one for each host directory, since a node without it rejects the whole task. They are always removed; a killed run's by the next one. */
export function hostAsker(engine: Engine, { stack, image, clock, signal, me }: HostAskerOptions): HostAsker {
  return async (wants, nodes) => {
    const swarmNow = Date.parse((await engine.info()).systemTime);
    await sweepJobs(engine, stack, HOST_KIND, (labels) => isLeftOver(labels, swarmNow, me));
    const asked = wants.filter(({ node }) => takesTasks(node));
    if (asked.length === 0) return new Map();
    const run = (script: string, on: readonly HostWants[], bind?: string): Promise<Map<string, NodeResult>> => runOnEachNode(engine, {
      stack, image, kind: HOST_KIND, command: ['sh', '-c', script], networks: [HOST_NETWORK], nodes, on: new Set(on.map(({ node }) => node.id)),
      timeoutMs: TIMEOUT_MS, labels: ownerLabels(me, swarmNow + TIMEOUT_MS), ...(bind === undefined ? {} : { binds: [{ source: bind, target: BIND_TARGET }] }),
    }, { clock, signal });

    const script = factsScript([...new Set(asked.flatMap(({ sysctls }) => Object.keys(sysctls)))], asked.flatMap(({ ports }) => ports.map(({ port }) => port)));
    const directories = [...new Set(asked.flatMap(({ binds }) => binds.map(({ source }) => source)))];
    const [facts, ...found] = await allEnded([
      run(script, asked),
      ...directories.map((source) => run(BIND_SCRIPT, asked.filter(({ binds }) => binds.some((bind) => bind.source === source)), source)),
    ]);
    return new Map(asked.map(({ node }) => [node.id, {
      ...factsOf(facts?.get(node.id)),
      binds: new Map(directories.flatMap((source, index) => bindOf(source, found[index]?.get(node.id)))),
    }]));
  };
}

/** None is left running behind an error. */
async function allEnded<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

function factsOf(result: NodeResult | undefined): Omit<HostReading, 'binds'> {
  const facts = result?.ok === true ? parseFacts(result.lines) : undefined;
  return { facts, trouble: result?.ok === false ? result.text : 'the probe’s answer is not all there', task: result?.ok === true ? result.task : undefined };
}

/** How the engine rejects a bind mount (moby/moby: volume/mounts/validate.go, errBindSourceDoesNotExist). */
const MISSING = /bind source path does not exist/;

function bindOf(source: string, result: NodeResult | undefined): [string, HostReading['binds'] extends Map<string, infer V> ? V : never][] {
  if (result === undefined) return [];
  if (result.ok) return [[source, { there: true, freeBytes: parseFacts(result.lines)?.freeBytes }]];
  return [[source, { there: MISSING.test(result.text) ? false : undefined, text: result.text }]];
}
