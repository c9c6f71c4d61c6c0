import { patientLab } from '../../scripts/lab/asked-again.ts';
import type { Lab } from '../../scripts/lab/lab.ts';
import { poll } from '../../scripts/lab/poll.ts';

/**
 * Empties a lab of what an earlier test file left: services and containers of one that failed, which would hold ports
 * and cores of the next one, its secrets, configs, networks and node labels, which the next stack of that name would
 * take for its own, and all volumes. `destroy --volumes` takes those of its own node only; on the others they would be
 * kept data of another cluster to the next stack of that name. Nobody needs their data, and what ends well may take
 * minutes for it: containers are killed.
 *
 * @param log told what was found
 * @throws Error if anything is still there after three minutes
 */
export async function emptyLab(given: Lab, log: (line: string) => void): Promise<void> {
  const lab = patientLab(given);
  const all = async (host: string, ...list: string[]): Promise<string[]> =>
    lines((await lab.docker(host, list)).stdout);
  for (const kind of ['service', 'secret', 'config']) {
    const names = await all('node1', kind, 'ls', '--format', '{{.Name}}');
    if (names.length === 0) continue;
    log(`removing what an earlier file left, each ${kind}: ${names.join(', ')}`);
    await lab.docker('node1', [kind, 'rm', ...names], { check: false });
  }
  for (const { name } of lab.hosts) {
    const format = '{{range $key, $value := .Spec.Labels}}{{println $key}}{{end}}';
    const labels = (await all('node1', 'node', 'inspect', '--format', format, name)).filter(isOurs);
    if (labels.length === 0) continue;
    log(`removing what an earlier file left, labels of ${name}: ${labels.join(', ')}`);
    await lab.docker('node1', ['node', 'update', ...labels.flatMap((label) => ['--label-rm', label]), name]);
  }
  // Swarm removes containers of tasks as well, maybe at the same moment; a network when its last task has gone.
  await poll(`lab ${lab.id} is empty`, 180_000, async () => {
    const left = await Promise.all(
      lab.hosts.map(async ({ name }) => {
        const containers = await all(name, 'ps', '--all', '--quiet');
        if (containers.length > 0) await lab.docker(name, ['rm', '--force', ...containers], { check: false });
        const volumes = await all(name, 'volume', 'ls', '--quiet');
        if (volumes.length > 0) await lab.docker(name, ['volume', 'rm', '--force', ...volumes], { check: false });
        return containers.length + volumes.length;
      }),
    );
    const overlays = await all('node1', 'network', 'ls', '--filter', 'scope=swarm', '--format', '{{.Name}}');
    const networks = overlays.filter((name) => name !== 'ingress');
    if (networks.length > 0) await lab.docker('node1', ['network', 'rm', ...networks], { check: false });
    return networks.length === 0 && left.every((count) => count === 0) ? true : undefined;
  });
}

/** A label that a deployment gave a node; those of the lab itself stay. */
const isOurs = (label: string): boolean => label.startsWith('bundle.');

const lines = (text: string): string[] => text.split('\n').filter(Boolean);
