/**
 * The lab's network: a namespace per host, and one more as the switch, which holds the bridge. Nothing appears in the
 * machine's own namespace: an engine that ever ran there leaves a FORWARD DROP and bridge netfilter on, and hosts on a
 * bridge there then time out without a sign.
 */
import { readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { run } from './exec.ts';
import { type HostPlan, type LabPlan, netnsPrefix } from './plan.ts';

export const BRIDGE = 'br0';

/** Makes the switch: a namespace with the bridge, which has the address of the registry and the name server. */
export async function createSwitch(plan: LabPlan): Promise<void> {
  await addNetns(plan.switchNetns);
  await ipBatch(plan.switchNetns, [
    'link set lo up',
    `link add ${BRIDGE} type bridge`,
    `addr add ${plan.switchAddress}/24 dev ${BRIDGE}`,
    `link set ${BRIDGE} up`,
  ]);
}

/** Makes a host's namespace and plugs its cable (`eth0` on the host, the host's name on the switch) in. */
export async function createHostNetwork(plan: LabPlan, host: HostPlan): Promise<void> {
  await addNetns(host.netns);
  await ipBatch(plan.switchNetns, [
    `link add ${host.name} type veth peer name eth0 netns ${host.netns}`,
    `link set ${host.name} master ${BRIDGE} up`,
  ]);
  await ipBatch(host.netns, ['link set lo up', `addr add ${host.address}/24 dev eth0`, 'link set eth0 up']);
}

/** Removes a host's cable and namespace, there or not. Its processes must have ended. */
export async function removeHostNetwork(plan: LabPlan, host: HostPlan): Promise<void> {
  // By itself the veth would go some time after the namespace, and its name stay taken until then.
  await run(['ip', '-n', plan.switchNetns, 'link', 'del', host.name], { check: false });
  if (netnsNames().includes(host.netns)) await run(['ip', 'netns', 'del', host.netns]);
}

/** Pulls a host's cable, or plugs it in again. */
export async function setCable(plan: LabPlan, host: HostPlan, state: 'up' | 'down'): Promise<void> {
  await run(['ip', '-n', plan.switchNetns, 'link', 'set', host.name, state]);
}

/** The named network namespaces of a lab, whether it is up or only half there. */
export function netnsOfLab(id: string): string[] {
  return netnsNames().filter((name) => name.startsWith(netnsPrefix(id)));
}

/** Removes all network namespaces of a lab, and the directory for them when none is left on the machine. */
export async function removeNetwork(id: string): Promise<void> {
  for (const name of netnsOfLab(id)) await run(['ip', 'netns', 'del', name]);
  if (netnsNames().length === 0) await removeNetnsDirectory();
}

/** Another lab's `down` may take /run/netns away (see below) just while it is being set up here: then once more. */
async function addNetns(name: string): Promise<void> {
  const added = await run(['ip', 'netns', 'add', name], { check: false });
  if (added.code === 0) return;
  await run(['ip', 'netns', 'del', name], { check: false });
  await run(['ip', 'netns', 'add', name]);
}

/** `ip netns add` mounts /run/netns on itself; no later command takes that away again. */
async function removeNetnsDirectory(): Promise<void> {
  const mounted = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .some((line) => line.split(' ')[1] === '/run/netns');
  // Both refuse when somebody made a namespace meanwhile, and that is right.
  if (mounted) await run(['umount', '/run/netns'], { check: false });
  try {
    rmdirSync('/run/netns');
  } catch {
    // Never made, or in use again.
  }
}

function netnsNames(): string[] {
  try {
    return readdirSync('/run/netns');
  } catch {
    return [];
  }
}

/** Several commands of ip(8), in a network namespace. */
export async function ipBatch(netns: string, commands: readonly string[]): Promise<void> {
  await run(['ip', '-n', netns, '-batch', '-'], { input: `${commands.join('\n')}\n` });
}
