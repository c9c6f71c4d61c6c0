/** Finding and ending the processes of a lab, by what they live in: a network namespace or a cgroup. */
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { poll } from './poll.ts';

/** The file that `ip netns add` makes for a namespace (ip-netns(8)). */
export function netnsFile(netns: string): string {
  return `/run/netns/${netns}`;
}

/** Process ids (as seen from here) of everything inside one of the named network namespaces. */
export function processesInNetns(names: readonly string[]): number[] {
  const inodes = new Set<number>();
  for (const name of names) {
    // Without the bind mount (a killed `ip netns add`) the file is a plain empty one and matches no process.
    const stat = statSync(netnsFile(name), { throwIfNoEntry: false });
    if (stat !== undefined) inodes.add(stat.ino);
  }
  if (inodes.size === 0) return [];
  return allProcesses().filter((pid) => {
    const inode = namespaceInode(pid);
    return inode !== undefined && inodes.has(inode);
  });
}

/** The name of the program that a process runs; empty if the process has ended. */
export function programOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

/** Process ids in the given cgroup directories. */
export function processesInCgroups(directories: readonly string[]): number[] {
  const pids = new Set<number>();
  for (const directory of directories) {
    try {
      for (const line of readFileSync(`${directory}/cgroup.procs`, 'utf8').split('\n'))
        if (line !== '') pids.add(Number(line));
    } catch {
      // Removed meanwhile, or a threaded cgroup: nothing to end in it.
    }
  }
  return [...pids].filter((pid) => !isZombie(pid));
}

/**
 * Kills (SIGKILL) what `find` gives until it gives nothing.
 *
 * @throws Error naming the processes that are still there after two minutes.
 */
export async function killAll(what: string, find: () => number[]): Promise<void> {
  let left: number[] = [];
  await poll(
    `${what}: every process gone`,
    120_000,
    () => {
      left = find().filter((pid) => pid !== process.pid);
      for (const pid of left) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // Ended by itself meanwhile.
        }
      }
      return left.length === 0 ? true : undefined;
    },
    () => `still there: ${left.map((pid) => `${pid} (${commandOf(pid)})`).join(', ')}`,
  );
}

/** Is this process there, and the same one that was started at `startTime` (see `startTimeOf`)? */
export function isAlive(pid: number, startTime: string): boolean {
  return startTimeOf(pid) === startTime && !isZombie(pid);
}

/**
 * When a process was started, in clock ticks since boot (field 22 of proc(5) stat): with the id it names one process.
 */
export function startTimeOf(pid: number): string | undefined {
  return statFields(pid)?.[19];
}

/** Is this the first process of a process id namespace below ours? (Field NSpid of proc(5) status: its id in each.) */
export function isFirstOfItsNamespace(pid: number): boolean {
  try {
    return /^NSpid:\s+\d+\s.*\b1$/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

function isZombie(pid: number): boolean {
  const state = statFields(pid)?.[0];
  return state === undefined || state === 'Z' || state === 'X';
}

/** Fields of /proc/PID/stat from the third on; the second, the command, may hold spaces. */
function statFields(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

function allProcesses(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger);
}

function namespaceInode(pid: number): number | undefined {
  try {
    return Number(/\[(\d+)\]/.exec(readlinkSync(`/proc/${pid}/ns/net`))?.[1]);
  } catch {
    return undefined; // gone, or a zombie, which has left its namespaces
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim().slice(0, 80);
  } catch {
    return 'gone';
  }
}
