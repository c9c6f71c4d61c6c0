import { DIED_WITH_ENGINE } from '../../converge/ended-with-node.ts';
import type { SwarmTask } from '../../engine/port.ts';
import type { Verification } from '../result.ts';

/**
 * Tasks that failed a check and may run without their secrets: their engine was killed while it made the container. It
 * writes a container down before the secrets that the container is to get (moby:
 * daemon/cluster/executor/container/adapter.go, create); killed in between, it later starts the container as it was
 * written down (controller.go, Prepare: "container is already created"), without /run/secrets. Measured on 20.10.
 * Nothing in the swarm shows it but what the task does, and other tasks of the node that died after this one was made,
 * while it runs.
 */
export function bareTasks({ results }: Pick<Verification, 'results'>, tasks: readonly SwarmTask[]): SwarmTask[] {
  const failed = new Set(
    results.flatMap(({ status, task }) => (status === 'failed' && task !== undefined ? [task] : [])),
  );
  return tasks.filter(
    (task) =>
      failed.has(task.id) &&
      task.state === 'running' &&
      task.secrets.length > 0 &&
      tasks.some((other) => diedAfter(other, task)),
  );
}

function diedAfter(other: SwarmTask, { nodeId, createdAt }: SwarmTask): boolean {
  return (
    other.nodeId === nodeId && other.exitCode === DIED_WITH_ENGINE && Date.parse(other.stateAt) > Date.parse(createdAt)
  );
}
