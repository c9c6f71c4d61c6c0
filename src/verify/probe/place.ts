import type { MountedSecret, SwarmNode, SwarmTask } from '../../engine/port.ts';

/**
 * Constraints for the job: a node that has all its secrets already, because a task that mounts them runs there; a token
 * is to come to no other. If no such node takes tasks, any that runs Linux.
 */
export function placeOfProbe(
  mounts: readonly MountedSecret[],
  tasks: readonly SwarmTask[],
  nodes: readonly SwarmNode[],
): string[] {
  const open = nodes.filter(({ availability, state }) => availability === 'active' && state === 'ready');
  const node = open.find(({ id }) => {
    const here = tasks.filter(({ nodeId, state }) => nodeId === id && state === 'running');
    const secrets = new Set(here.flatMap((task) => task.secrets.map((secret) => secret.id)));
    return here.length > 0 && mounts.every((mount) => secrets.has(mount.id));
  });
  return node === undefined ? ['node.platform.os == linux'] : [`node.id == ${node.id}`];
}
