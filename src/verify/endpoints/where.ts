import { isIP } from 'node:net';
import type { SwarmNode, SwarmService, SwarmTask } from '../../engine/port.ts';
import type { Place } from './connect.ts';

/**
 * Where a task's port is open to this machine: one place in host mode, each ready node in ingress mode, none if it
 * is not published.
 */
export function placesOf(
  service: Pick<SwarmService, 'ports'>,
  task: Pick<SwarmTask, 'nodeId' | 'hostPorts'>,
  port: number,
  nodes: readonly SwarmNode[],
): Place[] {
  const published = [...(task.hostPorts ?? []), ...service.ports].find(
    (one) => one.protocol === 'tcp' && one.target === port && one.published !== 0,
  );
  if (published === undefined) return [];
  const asked = nodes.filter((node) => (published.mode === 'host' ? node.id === task.nodeId : node.state === 'ready'));
  return asked.map((node) => ({ host: node.address, port: published.published }));
}

/** `10.0.0.1:9097` */
export function placeName({ host, port }: Place): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}
