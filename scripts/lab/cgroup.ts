/** Control groups, version 1 or 2: which one the machine uses, and the lab's directories in it. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import path from 'node:path';
import { poll } from './poll.ts';

/** A hierarchy that containers are put in. */
export interface Hierarchy {
  /** Controllers, or `name=...` of one without any, as `mount -o` takes them; empty for version 2. */
  controllers: string;
  /** Where it is mounted, outside of the hosts. */
  root: string;
}

export interface Cgroups {
  version: 1 | 2;
  hierarchies: Hierarchy[];
}

/**
 * The machine's cgroup hierarchies, from /proc/self/mountinfo (proc(5)). Version 1 as soon as one controller is
 * mounted so, as the engine itself decides: a controller is in one version only. Named hierarchies are no sign of that
 * (systemd has one beside version 2), but belong to version 1: runc cannot enter a container with one missing.
 *
 * @throws Error when neither version is mounted.
 */
export function detectCgroups(mountinfo: string = readFileSync('/proc/self/mountinfo', 'utf8')): Cgroups {
  const v1 = new Map<string, Hierarchy>();
  let v2: Hierarchy | undefined;
  for (const line of mountinfo.split('\n')) {
    const [before, after] = line.split(' - ');
    const root = before?.split(' ')[4];
    const [type, , superOptions] = after?.split(' ') ?? [];
    if (root === undefined || superOptions === undefined) continue;
    if (type === 'cgroup2') v2 ??= { controllers: '', root };
    if (type !== 'cgroup') continue;
    const controllers = superOptions
      .split(',')
      .filter((option) => V1_CONTROLLERS.has(option) || option.startsWith('name='))
      .join(',');
    if (controllers !== '' && !v1.has(controllers)) v1.set(controllers, { controllers, root });
  }
  if ([...v1.keys()].some((controllers) => !controllers.startsWith('name=')))
    return { version: 1, hierarchies: [...v1.values()] };
  if (v2 !== undefined) return { version: 2, hierarchies: [v2] };
  throw new Error('no cgroup hierarchy is mounted, neither version 1 nor 2: containers cannot run here');
}

const V1_CONTROLLERS = new Set(
  'cpuset cpu cpuacct blkio memory devices freezer net_cls perf_event net_prio hugetlb pids rdma misc'.split(' '),
);

/**
 * Why version 2 as mounted here has no use for the lab, or undefined. Inside a container the root of the tree is an
 * ordinary cgroup, and one with processes in it cannot hand controllers on (cgroups(7), "no internal processes").
 */
export function whyUnusable({ version, hierarchies }: Cgroups): string | undefined {
  const root = hierarchies[0]?.root;
  if (version === 1 || root === undefined) return undefined;
  const words = (file: string): string[] =>
    readFileSync(path.join(root, file), 'utf8')
      .split(/\s+/)
      .filter((word) => word !== '');
  const missing = ['cpu', 'memory', 'pids'].filter((controller) => !words('cgroup.controllers').includes(controller));
  if (missing.length > 0) return `cgroup version 2 has no ${missing.join(', ')} controller here`;
  const handedOn = ['cpu', 'memory', 'pids'].every((controller) =>
    words('cgroup.subtree_control').includes(controller),
  );
  if (!handedOn && existsSync(path.join(root, 'cgroup.type')) && words('cgroup.procs').length > 0) {
    return (
      'the cgroup version 2 tree seen here belongs to a container and has processes at its root: run the lab ' +
      'outside of it'
    );
  }
  return undefined;
}

/**
 * Makes the directory that a host's engine itself runs in (its containers get others beside it).
 *
 * @returns its path below the root of its hierarchy, and that hierarchy's controllers.
 */
export function createEngineCgroup(cgroups: Cgroups, cgroup: string): { controllers: string; directory: string } {
  // Version 1: one hierarchy is enough to find the processes again, and pids has no side effects.
  const hierarchy = cgroups.hierarchies.find((one) => one.controllers === 'pids') ?? cgroups.hierarchies[0];
  if (hierarchy === undefined) throw new Error('no cgroup hierarchy to put an engine in');
  const directory = path.join(cgroup, 'engine');
  mkdirSync(path.join(hierarchy.root, directory), { recursive: true });
  return { controllers: hierarchy.controllers, directory };
}

/** Every cgroup directory of a lab, deepest first. */
export function cgroupDirectories(cgroups: Cgroups, cgroup: string): string[] {
  return cgroups.hierarchies.flatMap(({ root }) => tree(path.join(root, cgroup)));
}

/**
 * Removes every cgroup directory of a lab; its processes must have ended.
 *
 * @throws Error when one is still busy after a minute.
 */
export async function removeCgroups(cgroups: Cgroups, cgroup: string): Promise<void> {
  let left: string[] = [];
  await poll(
    `cgroups of ${cgroup} removed`,
    60_000,
    () => {
      // The kernel lets go of a cgroup a moment after its last process: refused at first.
      for (const directory of cgroupDirectories(cgroups, cgroup)) {
        try {
          rmdirSync(directory);
        } catch {
          // Tried again.
        }
      }
      left = cgroupDirectories(cgroups, cgroup);
      return left.length === 0 ? true : undefined;
    },
    () => left.join('\n'),
  );
}

function tree(directory: string): string[] {
  if (!existsSync(directory)) return [];
  const below: string[] = [];
  try {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (entry.isDirectory()) below.push(...tree(path.join(directory, entry.name)));
    }
  } catch {
    // Removed meanwhile.
  }
  return [...below, directory];
}
