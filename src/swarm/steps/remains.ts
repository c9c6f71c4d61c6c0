import { setTimeout as pause } from 'node:timers/promises';
import { LABEL } from '../../bundle/names.ts';
import { nodeLabel } from '../../sdk/helpers.ts';
import { LOCK_KIND } from '../../lease/record.ts';
import { BundleError } from '../../errors.ts';
import {
  STACK_NAMESPACE,
  type Engine,
  type StackObject,
  type SwarmNode,
  type SwarmSecret,
  type SwarmService,
  type SwarmTask,
} from '../../engine/port.ts';

/** What of a stack there is in the swarm. */
export interface Remains {
  services: SwarmService[];
  tasks: SwarmTask[];
  /** Of probes that a killed run left; they hold the stack's networks. */
  jobs: StackObject[];
  networks: StackObject[];
  /** Those of stack.yml and our release records; not the lock, which its holder removes. */
  configs: StackObject[];
  secrets: SwarmSecret[];
  /** All nodes; those with labels of ours are told by `ownLabels`. */
  nodes: SwarmNode[];
  /** On the node of the engine we talk to. */
  volumes: StackObject[];
}

export async function readRemains(engine: Engine, stack: string): Promise<Remains> {
  const [services, tasks, jobs, networks, configs, secrets, nodes, volumes] = await Promise.all([
    engine.services({ stack }),
    engine.tasks({ stack }),
    engine.jobs({ stack }),
    engine.networks(),
    Promise.all([engine.configs({ stack }), engine.configs({ owner: stack })]),
    engine.secrets({ stack }),
    engine.nodes(),
    engine.localVolumes({ stack }),
  ]);
  return {
    services,
    tasks,
    jobs,
    networks: networks.filter(({ labels }) => labels[STACK_NAMESPACE] === stack || labels[LABEL.stack] === stack),
    configs: configs.flat().filter((config) => config.labels[LABEL.kind] !== LOCK_KIND),
    secrets,
    nodes,
    volumes,
  };
}

/** Keys of our labels on a node. */
export function ownLabels(stack: string, node: SwarmNode): string[] {
  return Object.keys(node.labels)
    .filter((key) => key.startsWith(nodeLabel(stack, '')))
    .sort();
}

/**
 * The swarm lets go of a network a moment after its last task is gone, and a node of its own part of it after its last
 * container.
 */
const RELEASE_MS = 30_000;
const RETRY_MS = 300;

/**
 * Removes something that may still be in use for a moment.
 * @throws BundleError the engine's refusal, when it still refuses after 30 s
 */
export async function removeWhenFree(remove: () => Promise<void>, signal: AbortSignal): Promise<void> {
  const until = performance.now() + RELEASE_MS;
  for (;;) {
    try {
      await remove();
      return;
    } catch (error) {
      if (error instanceof BundleError && error.code === 'engine-not-found') return;
      const busy = error instanceof BundleError && /in use|active endpoints/.test(error.message);
      if (!busy || performance.now() > until) throw error;
    }
    await pause(RETRY_MS, undefined, { signal });
  }
}

/**
 * Removes networks, and waits until no engine we ask lists them any more: one that a container still holds here stays
 * in the list for a moment, and a deployment right after would find it.
 * @returns names of those that were seen to go
 * @throws BundleError the engine's refusal, when it still refuses after 30 s
 */
export async function removeNetworks(
  engine: Engine,
  stack: string,
  networks: readonly StackObject[],
  signal: AbortSignal,
): Promise<string[]> {
  for (const { id } of networks) await removeWhenFree(() => engine.removeNetwork(id), signal);
  const until = performance.now() + RELEASE_MS;
  for (;;) {
    const left = new Set((await engine.networks({ stack })).map(({ id }) => id));
    const gone = networks.filter(({ id }) => !left.has(id)).map(({ name }) => name);
    if (gone.length === networks.length || performance.now() > until) return gone;
    await pause(RETRY_MS, undefined, { signal });
  }
}
