/** Making one swarm of the lab's engines, through their API. */
import { EngineError, engineRequest } from './engine-api.ts';
import { together } from './interrupt.ts';
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
 * @param abort stops it; a host that cannot join aborts the others' attempts.
 * @throws Error naming the host that could not join, or the nodes that are not ready after 60 s.
 */
export async function formSwarm(plan: LabPlan, options: SwarmOptions, abort: AbortController): Promise<void> {
  const { signal } = abort;
  const [first, ...others] = plan.hosts;
  if (first === undefined) throw new Error('a lab without hosts');
  const beginning = {
    ListenAddr: `${first.address}:2377`,
    AdvertiseAddr: first.address,
    Spec:
      options.heartbeatSeconds === undefined ? {} : { Dispatcher: { HeartbeatPeriod: options.heartbeatSeconds * 1e9 } },
  };
  await engineRequest(first.socket, 'POST', '/swarm/init', beginning, { signal });
  const { JoinTokens } = await engineRequest<{ JoinTokens: JoinTokens }>(first.socket, 'GET', '/swarm', undefined, {
    signal,
  });
  await together(
    abort,
    others.map((host) => join(host, first, JoinTokens, signal)),
  );
  await waitUntilReady(plan, first, signal);
  await together(
    abort,
    plan.hosts.map((host) => labelNode(first, host, signal)),
  );
}

interface JoinTokens {
  Manager: string;
  Worker: string;
}

async function join(host: HostPlan, first: HostPlan, tokens: JoinTokens, signal: AbortSignal): Promise<void> {
  const request = {
    ListenAddr: `${host.address}:2377`,
    AdvertiseAddr: host.address,
    RemoteAddrs: [`${first.address}:2377`],
    JoinToken: host.role === 'manager' ? tokens.Manager : tokens.Worker,
  };
  try {
    await engineRequest(host.socket, 'POST', '/swarm/join', request, { signal });
  } catch (error) {
    signal.throwIfAborted();
    // The engine goes on in the background (moby: daemon/cluster), and `waitUntilReady` decides.
    if (error instanceof EngineError && /Timeout was reached before node joined/.test(error.message)) return;
    throw new Error(
      `${host.name} cannot join the swarm as a ${host.role}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** Waits until the swarm counts every host as ready, and every manager as reachable. */
async function waitUntilReady(plan: LabPlan, first: HostPlan, signal: AbortSignal): Promise<void> {
  let missing: string[] = [];
  await poll(
    'the swarm has all its nodes',
    240_000,
    async () => {
      const nodes = await listNodes(first);
      missing = plan.hosts.filter((host) => !isReady(host, nodes)).map((host) => host.name);
      return missing.length === 0 ? true : undefined;
    },
    () => `not ready: ${missing.join(', ')}; see engine.log in their directories under ${plan.dir}`,
    signal,
  );
}

function isReady(host: HostPlan, nodes: readonly SwarmNode[]): boolean {
  const node = nodes.find((one) => one.Description?.Hostname === host.name);
  if (node?.Status?.State !== 'ready') return false;
  return host.role === 'worker' || node.ManagerStatus?.Reachability === 'reachable';
}

async function labelNode(manager: HostPlan, host: HostPlan, signal: AbortSignal): Promise<void> {
  const attempt = async (): Promise<true | undefined> => {
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
  };
  await poll(`labels of ${host.name} set`, 120_000, attempt, undefined, signal);
}

async function listNodes(manager: HostPlan): Promise<SwarmNode[]> {
  return engineRequest<SwarmNode[]>(manager.socket, 'GET', '/nodes');
}
