import type { Lab } from '../../scripts/lab/lab.ts';
import { poll } from '../../scripts/lab/poll.ts';

/**
 * Empties a lab of what an earlier test file left: the services of one that failed, which would hold ports and cores of
 * the next one, and then all volumes. `destroy --volumes` takes those of its own node only; on the others they would be
 * kept data of another cluster to the next stack of that name.
 *
 * @param log told which services were found
 * @throws Error if containers are still there after three minutes, or volumes after another one
 */
export async function emptyLab(lab: Lab, log: (line: string) => void): Promise<void> {
  await removeServices(lab, log);
  // Swarm removes the containers of tasks that have ended a moment later, and a volume stays as long as one is there.
  await poll(`lab ${lab.id} has no volumes`, 60_000, async () => {
    const left = await Promise.all(
      lab.hosts.map(async ({ name }) => {
        const volumes = lines((await lab.docker(name, ['volume', 'ls', '--quiet'])).stdout);
        if (volumes.length > 0) await lab.docker(name, ['volume', 'rm', '--force', ...volumes], { check: false });
        return volumes.length;
      }),
    );
    return left.every((count) => count === 0) ? true : undefined;
  });
}

async function removeServices(lab: Lab, log: (line: string) => void): Promise<void> {
  const names = lines((await lab.docker('node1', ['service', 'ls', '--format', '{{.Name}}'])).stdout);
  if (names.length === 0) return;
  log(`removing what an earlier file left: ${names.join(', ')}`);
  await lab.docker('node1', ['service', 'rm', ...names], { check: false });
  const ofTasks = ['ps', '-q', '-f', 'label=com.docker.swarm.task'];
  await poll(`lab ${lab.id} is empty`, 180_000, async () => {
    const left = await Promise.all(
      lab.hosts.map(async ({ name }) => {
        const containers = lines((await lab.docker(name, ofTasks, { check: false })).stdout);
        // Nobody needs their data: what ends well may take minutes for it.
        if (containers.length > 0) await lab.docker(name, ['kill', ...containers], { check: false });
        return containers.length;
      }),
    );
    return left.every((count) => count === 0) ? true : undefined;
  });
}

const lines = (text: string): string[] => text.split('\n').filter(Boolean);
