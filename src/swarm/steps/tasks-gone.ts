import { nodeText } from '../../place/named-node.ts';
import { systemClock } from '../clock.ts';
import { BundleError, EXIT } from '../../errors.ts';
import { hasEnded, type Engine, type SwarmNode, type SwarmTask } from '../../engine/port.ts';

const POLL_MS = 500;
/** A node may go down while its tasks are waited for. */
const NODES_MS = 2_000;

export interface DrainOptions {
  stack: string;
  /** As they were read a moment ago. */
  nodes: SwarmNode[];
  /** The node of the engine we talk to: only its containers can be killed from here. */
  localNodeId: string;
  killAfterMs: number | undefined;
  signal: AbortSignal;
  /** Which of the stack's tasks are waited for; absent: all. */
  isAwaited?: ((task: SwarmTask) => boolean) | undefined;
  onWaiting(left: { task: SwarmTask; node: string }[]): void;
  /** A container that should be killed and is on another node. */
  onForeignKill(node: string, containerId: string): void;
}

/**
 * Waits until tasks of a stack have really ended, looking at tasks themselves: once a service is removed, its tasks
 * run on with the desired state `remove` for as long as their stop grace, and neither the service nor `docker stack ps`
 * shows them.
 * @returns tasks on nodes that do not answer: whether they ended cannot be told
 * @throws BundleError (exit 130) when interrupted; the swarm goes on stopping them. The signal's reason if they ended
 */
export async function awaitTasksGone(engine: Engine, options: DrainOptions): Promise<SwarmTask[]> {
  const words = new Map(options.nodes.map(({ id, hostname }) => [id, nodeText(options.nodes, hostname, id)]));
  // One that is merely not heard of for a moment, as after a change of leader, is waited for.
  const away = new Set(options.nodes.filter((node) => node.state === 'down').map((node) => node.id));
  let nodesAt = systemClock.now();
  const asked = new Set<string>();
  const started = systemClock.now();
  for (;;) {
    const open = (await engine.tasks({ stack: options.stack })).filter(
      (task) => !hasEnded(task) && task.nodeId !== '' && options.isAwaited?.(task) !== false,
    );
    if (open.length > 0 && systemClock.now() - nodesAt >= NODES_MS) {
      nodesAt = systemClock.now();
      for (const { id, state } of await engine.nodes()) if (state === 'down') away.add(id);
    }
    const left = open.filter((task) => !away.has(task.nodeId));
    if (left.length === 0) {
      options.signal.throwIfAborted();
      return open;
    }
    options.onWaiting(left.map((task) => ({ task, node: words.get(task.nodeId) ?? task.nodeId })));
    if (options.killAfterMs !== undefined && systemClock.now() - started >= options.killAfterMs) {
      for (const { containerId, nodeId } of left) {
        if (options.signal.aborted) break;
        if (containerId === undefined || asked.has(containerId)) continue;
        asked.add(containerId);
        if (nodeId !== options.localNodeId || !(await engine.killLocalContainer(containerId)))
          options.onForeignKill(words.get(nodeId) ?? nodeId, containerId);
      }
    }
    try {
      await systemClock.sleep(POLL_MS, options.signal);
    } catch {
      throw new BundleError(
        'interrupted',
        `stopped waiting; the swarm goes on stopping ${left.length} task${left.length === 1 ? '' : 's'} of ` +
          `${options.stack} by itself`,
        {
          exit: EXIT.interrupted,
          hints: [
            'run `bundle destroy` again: it goes on with what is left when they are gone; with --kill-after 2m it ' +
              'kills what runs on this node for so long after it was told to stop',
          ],
        },
      );
    }
  }
}
