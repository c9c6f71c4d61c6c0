/** `docker stack rm` as an operator types it. */
import { CommandError } from './exec.ts';
import type { Lab } from './handle.ts';
import { poll } from './poll.ts';

/** The orchestrator needs seconds; a busy machine is given more. */
const PATIENCE_MS = 180_000;

/**
 * `docker stack rm` on node1, typed again while the swarm keeps a network. The CLI removes services and then networks
 * without a pause; if the orchestrator has not yet told the tasks to end, the swarm answers "network … is in use by
 * task", and the network stays (seen with 28.5.2 on a busy machine; moby/swarmkit, manager/controlapi/network.go,
 * counts tasks of which it wants that they run).
 * @throws CommandError if it fails for another reason
 * @throws Error if a network cannot be removed within three minutes
 */
export async function removeStack(lab: Lab, stack: string): Promise<void> {
  const argv = ['stack', 'rm', stack];
  await poll(`docker stack rm ${stack} takes its networks along`, PATIENCE_MS, async () => {
    const result = await lab.docker('node1', argv, { check: false });
    if (result.code === 0) return true;
    if (/\bis in use by (task|service)\b/.test(result.stderr)) return undefined;
    throw new CommandError(['docker', ...argv], `exit code ${result.code}`, result);
  });
}
