import { systemClock } from '../clock.ts';
import { LABEL } from '../../bundle/names.ts';
import { LOCK_KIND } from '../../lease/record.ts';
import type { StackDocument } from '../../compose/types.ts';
import { BundleError } from '../../errors.ts';
import { isLabelled, ownVolumes } from '../../plan/own-volumes.ts';
import {
  STACK_NAMESPACE,
  unlessGone,
  type Engine,
  type StackObject,
  type SwarmConfig,
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
  configs: SwarmConfig[];
  secrets: SwarmSecret[];
  /** All nodes; those with labels of ours are told by `ownLabels`. */
  nodes: SwarmNode[];
  /** On the node of the engine we talk to, by their label. */
  volumes: StackObject[];
  /** There too, without a label, of names that the stack uses: they may be somebody else's. */
  unlabelled: StackObject[];
}

/** @param document names volumes that may bear no label */
export async function readRemains(engine: Engine, stack: string, document: StackDocument): Promise<Remains> {
  const [services, tasks, jobs, networks, configs, secrets, nodes, volumes] = await Promise.all([
    engine.services({ stack }),
    engine.tasks({ stack }),
    engine.jobs({ stack }),
    engine.networks(),
    Promise.all([engine.configs({ stack }), engine.configs({ owner: stack })]),
    engine.secrets({ stack }),
    engine.nodes(),
    engine.localVolumes({}),
  ]);
  const own = ownVolumes(stack, { document, services }, volumes);
  return {
    services,
    tasks,
    jobs,
    networks: networks.filter(({ labels }) => labels[STACK_NAMESPACE] === stack || labels[LABEL.stack] === stack),
    configs: configs.flat().filter((config) => config.labels[LABEL.kind] !== LOCK_KIND),
    secrets,
    nodes,
    volumes: own.filter((volume) => isLabelled(stack, volume)),
    unlabelled: own.filter((volume) => !isLabelled(stack, volume)),
  };
}

/**
 * The swarm lets go of a network a moment after its last task is gone, and a node of its own part of it after its last
 * container.
 */
const RELEASE_MS = 30_000;
const RETRY_MS = 300;
/** After so long it is said that something is waited for. */
const TELL_MS = 5_000;

/**
 * Removes something that may still be in use for a moment; not once the signal is aborted.
 * @param tell told once, in the engine's words, if that moment is long
 * @throws BundleError the engine's refusal, when it still refuses after 30 s; the signal's reason
 */
export async function removeWhenFree(
  remove: () => Promise<void>,
  signal: AbortSignal,
  tell: (text: string) => void,
): Promise<void> {
  const started = systemClock.now();
  const until = started + RELEASE_MS;
  let told = false;
  for (;;) {
    signal.throwIfAborted();
    try {
      await unlessGone(remove());
      return;
    } catch (error) {
      const busy = error instanceof BundleError && /in use|active endpoints/.test(error.message);
      if (!busy || systemClock.now() > until) throw error;
      if (!told && systemClock.now() - started > TELL_MS) {
        told = true;
        tell(`${error.message}: waiting until it is free, no longer than ${String(RELEASE_MS / 1000)} s`);
      }
    }
    await systemClock.sleep(RETRY_MS, signal);
  }
}

/**
 * Waits until no engine we ask lists networks any more that were removed: one that a container still holds here stays
 * in the list for a moment, and a deployment right after would find it.
 * @param tell told what is waited for, if that takes long
 * @returns names of those that are still listed after 30 s
 * @throws BundleError the signal's reason
 */
export async function heldNetworks(
  engine: Engine,
  stack: string,
  networks: readonly StackObject[],
  signal: AbortSignal,
  tell: (text: string) => void,
): Promise<string[]> {
  const started = systemClock.now();
  const until = started + RELEASE_MS;
  let told = false;
  for (;;) {
    const listed = new Set((await engine.networks({ stack })).map(({ id }) => id));
    const held = networks.filter(({ id }) => listed.has(id)).map(({ name }) => name);
    if (held.length === 0 || systemClock.now() > until) return held;
    if (!told && systemClock.now() - started > TELL_MS) {
      told = true;
      tell(
        `waiting until no container holds ${held.join(', ')} any more, no longer than ${String(RELEASE_MS / 1000)} s`,
      );
    }
    await systemClock.sleep(RETRY_MS, signal);
  }
}
