/** Making one swarm of the lab's engines, through their API. */
import { EngineError, engineRequest } from './engine-api.ts';
import type { HostPlan, LabPlan } from './plan.ts';
import { poll } from './poll.ts';

interface SwarmNode {
  ID: string;
  Version: { Index: number };
  Spec: { Role: string; Availability: string; Labels?: Record<string, string> };
  Description?: { Hostname?: string };
  Status?: { State?: string };
  ManagerStatus?: { Reachability?: string };
}

/** Options that a production swarm leaves at their defaults. */
export interface SwarmOptions {
  /** Seconds between the heartbeats of a node (swarm: 5). A node counts as down after three are missed. */
  heartbeatSeconds?: number;
}

/**
 * Forms the swarm: the first host begins it, the others join it all at once, then every node gets its labels.
 *
 * @throws Error naming the host that could not join, or the nodes that are not ready after 60 s.
 */
export async function formSwarm(plan: LabPlan, options: SwarmOptions = {}): Promise<void> {
  const [first, ...others] = plan.hosts;
  if (first === undefined) throw new Error('a lab without hosts');
  await engineRequest(first.socket, 'POST', '/swarm/init', {
    ListenAddr: `${first.address}:2377`,
    AdvertiseAddr: first.address,
    Spec: options.heartbeatSeconds === undefined ? {} : { Dispatcher: { HeartbeatPeriod: options.heartbeatSeconds * 1e9 } },
  });
  const { JoinTokens } = await engineRequest<{ JoinTokens: { Manager: string; Worker: string } }>(first.socket, 'GET', '/swarm');
  await Promise.all(
    others.map(async (host) => {
      try {
        await engineRequest(host.socket, 'POST', '/swarm/join', {
          ListenAddr: `${host.address}:2377`,
          AdvertiseAddr: host.address,
          RemoteAddrs: [`${first.address}:2377`],
          JoinToken: host.role === 'manager' ? JoinTokens.Manager : JoinTokens.Worker,
        });
      } catch (error) {
        throw new Error(`${host.name} cannot join the swarm as a ${host.role}: ${error instanceof Error ? error.message : error}`);
      }
    }),
  );
  await waitUntilReady(plan, first);
  await Promise.all(plan.hosts.map((host) => labelNode(first, host)));
}

/** Waits until the swarm counts every host as ready, and every manager as reachable. */
async function waitUntilReady(plan: LabPlan, first: HostPlan): Promise<void> {
  let missing: string[] = [];
  await poll(
    'the swarm has all its nodes',
    60_000,
    async () => {
      const nodes = await listNodes(first);
      missing = plan.hosts.filter((host) => !isReady(host, nodes)).map((host) => host.name);
      return missing.length === 0 ? true : undefined;
    },
    () => `not ready: ${missing.join(', ')}; see engine.log in their directories under ${plan.dir}`,
  );
}

function isReady(host: HostPlan, nodes: readonly SwarmNode[]): boolean {
  const node = nodes.find((one) => one.Description?.Hostname === host.name);
  if (node?.Status?.State !== 'ready') return false;
  return host.role === 'worker' || node.ManagerStatus?.Reachability === 'reachable';
}

async function labelNode(manager: HostPlan, host: HostPlan): Promise<void> {
  await poll(`labels of ${host.name} set`, 20_000, async () => {
    const node = (await listNodes(manager)).find((one) => one.Description?.Hostname === host.name);
    if (node === undefined) throw new Error(`node ${host.name} is not in the swarm`);
    const spec = { ...node.Spec, Labels: { ...node.Spec.Labels, ...host.labels } };
    try {
      await engineRequest(manager.socket, 'POST', `/nodes/${node.ID}/update?version=${node.Version.Index}`, spec);
      return true;
    } catch (error) {
      // The swarm writes to a fresh node by itself as well: then our version is an old one, and we ask again.
      if (error instanceof EngineError && /out of sequence/.test(error.message)) return undefined;
      throw error;
    }
  });
}

async function listNodes(manager: HostPlan): Promise<SwarmNode[]> {
  return engineRequest<SwarmNode[]>(manager.socket, 'GET', '/nodes');
}
