import type { Lab } from '../../scripts/lab/lab.ts';
import { poll } from '../../scripts/lab/poll.ts';

/**
 * Removes the services that a failed test file left in a lab, which would hold ports and cores of the next one, and
 * waits until their containers are gone.
 *
 * @param log told what was found
 * @throws Error if containers are still there after three minutes
 */
export async function emptyLab(lab: Lab, log: (line: string) => void): Promise<void> {
  const names = lines((await lab.docker('node1', ['service', 'ls', '--format', '{{.Name}}'])).stdout);
  if (names.length === 0) return;
  log(`removing what an earlier file left: ${names.join(', ')}`);
  await lab.docker('node1', ['service', 'rm', ...names], { check: false });
  const ofTasks = ['ps', '-q', '-f', 'label=com.docker.swarm.task'];
  await poll(`lab ${lab.id} is empty`, 180_000, async () => {
    const left = await Promise.all(lab.hosts.map(({ name }) => lab.docker(name, ofTasks, { check: false })));
    return left.every(({ stdout }) => lines(stdout).length === 0) ? true : undefined;
  });
}

const lines = (text: string): string[] => text.split('\n').filter(Boolean);
