import type { SwarmNode, SwarmService } from '../engine/port.ts';
import type { DeploymentStart } from '../swarm/former-tasks.ts';
import { isGood, reusable } from './choose.ts';
import { contentOf, type Deployable } from './content.ts';
import type { History } from './store.ts';

/**
 * By what a deployment tells its own work from what was left behind before. One that goes on with a release that was
 * not proved began with that: what an earlier run of it began is not proved either, and is waited for.
 */
export function deploymentStart(
  loaded: Deployable,
  found: { info: { systemTime: string }; live: { nodes: readonly SwarmNode[]; services: readonly SwarmService[] } },
  history: History,
): DeploymentStart {
  const { nodes, services } = found.live;
  const again = reusable(history, contentOf(loaded, nodes));
  const began = again === undefined || isGood(again) ? found.info.systemTime : again.config.createdAt;
  return { services, at: Date.parse(began) };
}
