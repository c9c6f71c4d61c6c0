import type { PublishedPort, SwarmService, SwarmTask } from '../../engine/port.ts';

/**
 * What is wrong with the ports that a running task's node opened for it, in words; empty if nothing is. Swarm may keep
 * a task with the ports of before (quorum/kept-ports.ts), and nothing else tells it. Ports of the ingress network are
 * not the task's, and a port that the engine chose can be any. A task of which no port is told says nothing: swarm
 * forgets them as its node's engine starts anew (seen on 28). A container of `--target run`, whose service has no
 * specification, keeps those that it was run with.
 */
export function portFaults(
  { name, ports, spec }: Pick<SwarmService, 'name' | 'ports' | 'spec'>,
  { hostPorts = [] }: Pick<SwarmTask, 'hostPorts'>,
): string {
  const wanted = ports.filter(({ mode }) => mode === 'host');
  if (spec['TaskTemplate'] === undefined || wanted.some(({ published }) => published === 0)) return '';
  const text = ({ published, protocol }: PublishedPort): string => `${published}/${protocol}`;
  const open = hostPorts.map(text);
  const asked = wanted.map(text);
  const stray = open.filter((port) => !asked.includes(port));
  const closed = open.length === 0 ? [] : asked.filter((port) => !open.includes(port));
  const faults = [
    ...(stray.length > 0 ? [`its port ${stray.join(', ')} is open, which the service does not publish`] : []),
    ...(closed.length > 0 ? [`its port ${closed.join(', ')} is not open`] : []),
  ];
  return faults.length === 0
    ? ''
    : `${faults.join('; ')}: the swarm kept it as the ports changed; \`docker service update --force ${name}\` replaces it`;
}
