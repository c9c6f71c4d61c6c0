import type { Lab } from '../../scripts/lab/lab.ts';
import { poll } from '../../scripts/lab/poll.ts';

/**
 * Empties a lab of what an earlier test file left: services and containers of one that failed, which would hold ports
 * and cores of the next one, and all volumes. `destroy --volumes` takes those of its own node only; on the others they
 * would be kept data of another cluster to the next stack of that name. Nobody needs their data, and what ends well may
 * take minutes for it: containers are killed.
 *
 * @param log told which services were found
 * @throws Error if anything is still there after three minutes
 */
export async function emptyLab(lab: Lab, log: (line: string) => void): Promise<void> {
  const names = lines((await lab.docker('node1', ['service', 'ls', '--format', '{{.Name}}'])).stdout);
  if (names.length > 0) {
    log(`removing what an earlier file left: ${names.join(', ')}`);
    await lab.docker('node1', ['service', 'rm', ...names], { check: false });
  }
  // Swarm removes containers of tasks as well, maybe at the same moment.
  await poll(`lab ${lab.id} is empty`, 180_000, async () => {
    const left = await Promise.all(
      lab.hosts.map(async ({ name }) => {
        const all = async (...list: string[]): Promise<string[]> => lines((await lab.docker(name, list)).stdout);
        const containers = await all('ps', '--all', '--quiet');
        if (containers.length > 0) await lab.docker(name, ['rm', '--force', ...containers], { check: false });
        const volumes = await all('volume', 'ls', '--quiet');
        if (volumes.length > 0) await lab.docker(name, ['volume', 'rm', '--force', ...volumes], { check: false });
        return containers.length + volumes.length;
      }),
    );
    return left.every((count) => count === 0) ? true : undefined;
  });
}

const lines = (text: string): string[] => text.split('\n').filter(Boolean);
