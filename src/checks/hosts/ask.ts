import type { Clock } from '../../swarm/clock.ts';
import type { Engine, SwarmNode, SwarmTask } from '../../engine/port.ts';
import { runOnEachNode, type NodeResult } from '../../swarm/jobs/each-node.ts';
import { isLeftOver, ownerLabels, type JobOwner } from '../../swarm/jobs/owner.ts';
import { sweepJobs } from '../../swarm/jobs/run.ts';
import { PREPARING_MS } from '../../swarm/jobs/time-up.ts';
import { takesTasks } from '../../place/filters.ts';
import { allEnded } from '../../swarm/jobs/all-ended.ts';
import { parseFacts, type HostFacts } from './parse.ts';
import { BIND_SCRIPT, BIND_TARGET, factsScript } from './script.ts';
import type { HostWants } from './wanted.ts';

/** Label value of the jobs. */
const HOST_KIND = 'host-check';
/** Of each job, once its image is there. What each node said must be read before the check's own time is over. */
const TIMEOUT_MS = 20_000;
/** The node's own network: its sockets, interfaces and net.* values are seen in no other. */
const HOST_NETWORK = 'host';

/** What one node answered, or why it did not. */
export interface HostReading {
  /** With the task that gave them: its times tell of the node's clock. */
  answer: { facts: HostFacts; task: SwarmTask | undefined } | { trouble: string };
  /** By host directory. */
  binds: Map<string, BindReading>;
}

/** Whether a node has a directory, and the free bytes there; if it is not known, what the swarm says of it. */
export type BindReading =
  { there: true; freeBytes: number | undefined } | { there: false } | { there: undefined; text: string };

/** Asks nodes what they have; gives the readings by node id. Nodes that take no tasks are not in it. */
export type HostAsker = (
  wants: readonly HostWants[],
  nodes: readonly SwarmNode[],
  signal: AbortSignal,
) => Promise<Map<string, HostReading>>;

export interface HostAskerOptions {
  stack: string;
  /** It has `sh`, `cat` and df. */
  image: string;
  clock: Clock;
  me: JobOwner & { isAlive: (pid: number) => boolean };
}

/**
 * Asks by short jobs in the hosts' own network: one for the facts, and one for each host directory, since a node
 * without it rejects the whole task. They are always removed; a killed run's by the next one.
 */
export function hostAsker(engine: Engine, { stack, image, clock, me }: HostAskerOptions): HostAsker {
  return async (wants, nodes, signal) => {
    const swarmNow = Date.parse((await engine.info()).systemTime);
    await sweepJobs(engine, stack, HOST_KIND, (labels) => isLeftOver(labels, swarmNow, me));
    const asked = wants.filter(({ node }) => takesTasks(node));
    if (asked.length === 0) return new Map();
    const run = (script: string, on: readonly HostWants[], bind?: string): Promise<Map<string, NodeResult>> =>
      runOnEachNode(
        engine,
        {
          stack,
          image,
          kind: HOST_KIND,
          command: ['sh', '-c', script],
          networks: [HOST_NETWORK],
          nodes,
          on: new Set(on.map(({ node }) => node.id)),
          timeoutMs: TIMEOUT_MS,
          labels: ownerLabels(me, swarmNow + PREPARING_MS + TIMEOUT_MS),
          ...(bind === undefined ? {} : { binds: [{ source: bind, target: BIND_TARGET }] }),
        },
        { clock, signal },
      );

    const script = factsScript(
      [...new Set(asked.flatMap(({ sysctls }) => Object.keys(sysctls)))],
      asked.flatMap(({ ports }) => ports.map(({ port }) => port)),
    );
    const directories = [...new Set(asked.flatMap(({ binds }) => binds.map(({ source }) => source)))];
    const [facts, ...found] = await allEnded([
      run(script, asked),
      ...directories.map((source) =>
        run(
          BIND_SCRIPT,
          asked.filter(({ binds }) => binds.some((bind) => bind.source === source)),
          source,
        ),
      ),
    ]);
    return new Map(
      asked.map(({ node }) => [
        node.id,
        {
          answer: answerOf(facts?.get(node.id)),
          binds: new Map(
            directories.flatMap((source, index) => {
              const result = found[index]?.get(node.id);
              return result === undefined ? [] : [[source, bindOf(result)]];
            }),
          ),
        },
      ]),
    );
  };
}

function answerOf(result: NodeResult | undefined): HostReading['answer'] {
  if (result?.ok === false) return { trouble: result.text };
  const facts = parseFacts(result?.lines ?? []);
  return facts === undefined ? { trouble: 'the probe’s answer is incomplete' } : { facts, task: result?.task };
}

/** How the engine rejects a bind mount (moby/moby: volume/mounts/validate.go, errBindSourceDoesNotExist). */
const MISSING = /bind source path does not exist/;

function bindOf({ ok, text, lines }: NodeResult): BindReading {
  if (ok) return { there: true, freeBytes: parseFacts(lines)?.freeBytes };
  return MISSING.test(text) ? { there: false } : { there: undefined, text };
}
