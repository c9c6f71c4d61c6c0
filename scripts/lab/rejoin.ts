/** What a swarm makes of a node whose engine was started again. */
import { setTimeout as delay } from 'node:timers/promises';
import { engineRequest } from './engine-api.ts';
import type { HostPlan, LabPlan } from './plan.ts';

interface NodeRecord {
  ID: string;
  Version: { Index: number };
  Description?: { Hostname?: string };
  Status?: { State?: string };
}

/** A manager that has no leader gives no answer at once. */
const ANSWER_MS = 5_000;
/** An agent is back within the time in which it tries anew (moby/swarmkit: agent/agent.go, 8 s at most). */
const BACK_MS = 20_000;

/** The swarm's list, from the first that gives it; undefined if none does. */
async function nodesOf(hosts: readonly HostPlan[]): Promise<NodeRecord[] | undefined> {
  for (const { socket } of hosts)
    try {
      return await engineRequest<NodeRecord[]>(socket, 'GET', '/nodes', undefined, { timeoutMs: ANSWER_MS });
    } catch {
      // The next one.
    }
  return undefined;
}

/** What a host's engine says of its membership; undefined if it does not answer. */
async function membershipOf({ socket }: HostPlan): Promise<{ id: string; state: string } | undefined> {
  try {
    const { Swarm } = await engineRequest<{ Swarm?: { NodeID?: string; LocalNodeState?: string } }>(
      socket,
      'GET',
      '/info',
      undefined,
      { timeoutMs: ANSWER_MS },
    );
    return { id: Swarm?.NodeID ?? '', state: Swarm?.LocalNodeState ?? 'inactive' };
  } catch {
    return undefined;
  }
}

/** Of a host, before its engine is started: the version of its record in the swarm; undefined if nobody tells. */
export async function versionBefore(plan: LabPlan, { name }: HostPlan): Promise<number | undefined> {
  const nodes = await nodesOf(plan.hosts.filter((host) => host.role === 'manager' && host.name !== name));
  return nodes?.find(({ Description }) => Description?.Hostname === name)?.Version.Index;
}

/**
 * Waits until a node whose engine was started has registered, and tells whether it is down in the swarm's list all the
 * same: one that registers within the tenth of a second in which the heartbeat of its former session expires is down
 * for good, though it runs and reports, until it registers anew (moby/swarmkit: manager/dispatcher/dispatcher.go,
 * register waits for a batch of updates, into which nodeRemove writes). Where nobody can tell, it says that it is not.
 * @param before of its record, before the start: each registration makes another one
 */
export async function staysDown(plan: LabPlan, host: HostPlan, before: number | undefined): Promise<boolean> {
  const managers = plan.hosts.filter(({ role, name }) => role === 'manager' && name !== host.name);
  let down = false;
  for (const until = performance.now() + BACK_MS; performance.now() < until; await delay(500)) {
    const membership = await membershipOf(host);
    if (membership === undefined || membership.state === 'pending') continue;
    if (membership.state !== 'active') return false;
    // Itself last: while it has no word from a leader it may tell of what was.
    const record = (await nodesOf([...managers, host]))?.find(({ ID }) => ID === membership.id);
    if (record === undefined) return false;
    down = record.Status?.State === 'down';
    if (!down && record.Version.Index !== before) return false;
  }
  return down;
}
