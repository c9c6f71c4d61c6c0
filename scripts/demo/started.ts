import { variant } from '../images/variant.ts';
import type { Lab } from '../lab/lab.ts';
import { poll } from '../lab/poll.ts';

/** A simulator of the manager whose cluster runs, as if a person had started it: only then users' ports are open. */
export const startedManager = (lab: Lab, image: string): Promise<string> =>
  variant(lab, image, 'demo-started', { SIMULATOR_CLUSTER_STATE: 'RUNNING' });

/** Waits until the query agent has opened the ports for users. */
export async function opened(lab: Lab, stack: string): Promise<void> {
  await poll('the query agent opens its ports', 60_000, async () => {
    const { stdout, stderr } = await lab.docker('node1', ['service', 'logs', '--raw', `${stack}_imply-query-1`]);
    return (stdout + stderr).includes('cluster is running') ? true : undefined;
  });
}
