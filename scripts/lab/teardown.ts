/** Removing a lab. By names alone, which follow from the id, so that it also takes away what a killed `up` left. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { cgroupDirectories, detectCgroups, removeCgroups } from './cgroup.ts';
import { netnsOfLab, removeNetwork } from './network.ts';
import { cgroupName, checkId, labDirectory } from './plan.ts';
import { killAll, processesInCgroups, processesInNetns } from './processes.ts';

/**
 * Takes a lab down, or what is left of one: processes, namespaces, control groups, files. Mounts go with the processes,
 * as they are in the hosts' own mount namespaces. Nothing to remove is no error.
 *
 * @throws Error naming what could not be removed.
 */
export async function down(id?: string): Promise<void> {
  const name = checkId(id);
  const cgroups = detectCgroups();
  await killAll(`lab '${name}'`, () => processesOfLab(name));
  await Promise.all([
    removeNetwork(name),
    removeCgroups(cgroups, cgroupName(name)),
    rm(labDirectory(name), { recursive: true, force: true }),
  ]);
}

/** Everything that runs in a lab: engines and what they started, registry, name server. */
export function processesOfLab(id: string): number[] {
  const pids = [
    ...processesInNetns(netnsOfLab(id)),
    ...processesInCgroups(cgroupDirectories(detectCgroups(), cgroupName(id))),
  ];
  return [...new Set(pids)];
}

/** What there is of a lab, in words, whether it is up or only left behind; empty when it left nothing. */
export function remainsOf(id: string): string[] {
  return [
    ...processesOfLab(id).map((pid) => `process ${pid}`),
    ...netnsOfLab(id).map((name) => `network namespace ${name}`),
    ...cgroupDirectories(detectCgroups(), cgroupName(id)).map((directory) => `cgroup ${directory}`),
    ...(existsSync(labDirectory(id)) ? [`directory ${labDirectory(id)}`] : []),
  ];
}
