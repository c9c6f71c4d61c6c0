/**
 * A host's cable that loses and delays: netem is a module that not every kernel has, so a program carries the frames.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { run } from './exec.ts';
import { BRIDGE, ipBatch } from './network.ts';
import type { HostPlan, LabPlan } from './plan.ts';
import { netnsFile } from './processes.ts';

const PROGRAM = fileURLToPath(new URL('slow-cable.pl', import.meta.url));

export interface CableFaults {
  /** In each direction. */
  delayMs: number;
  lossPercent: number;
}

/**
 * Puts the program between a host's cable and the switch.
 * @returns takes it away again
 * @throws Error if the program does not start: it needs Perl, which every Debian has
 */
export async function slowCable(plan: LabPlan, host: HostPlan, faults: CableFaults): Promise<() => Promise<void>> {
  const [near, far] = [`${host.name}-near`, `${host.name}-far`];
  await ipBatch(plan.switchNetns, [
    `link add ${near} type veth peer name ${far}`,
    `link set ${near} up`,
    `link set ${host.name} nomaster`,
    `link set ${far} master ${BRIDGE} up`,
  ]);
  const { delayMs, lossPercent } = faults;
  // In a mount namespace of its own, so that /sys shows the interfaces of that network.
  const child = spawn(
    'ip',
    ['netns', 'exec', plan.switchNetns, 'perl', PROGRAM, host.name, near, String(delayMs), String(lossPercent)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = once(child, 'exit');
  const heal = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
    await run(['ip', '-n', plan.switchNetns, 'link', 'del', near]);
    await ipBatch(plan.switchNetns, [`link set ${host.name} master ${BRIDGE}`]);
  };
  const began = await Promise.race([once(child.stdout, 'data').then(() => true), ended.then(() => false)]);
  if (began) return heal;
  await heal();
  throw new Error(`${PROGRAM} ended in ${netnsFile(plan.switchNetns)}`);
}
