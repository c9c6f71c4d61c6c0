import type { SwarmTask } from '../../engine/port.ts';

/** A secret that a task of a service must mount: the swarm's versioned name under a target. */
export interface ExpectedMount {
  target: string;
  name: string;
}

/** What is wrong with the secrets a task mounts; empty if they are exactly the expected ones. */
export function secretFaults(
  task: Pick<SwarmTask, 'secrets'>,
  expected: readonly ExpectedMount[] | undefined,
  forbidden: readonly string[],
): string[] {
  const never = new Set(forbidden.map(unversioned));
  const bad = task.secrets.filter((mount) => never.has(unversioned(mount.name)));
  const faults = bad.map((mount) => `mounts ${mount.name}, which no task of this service may have`);
  if (expected === undefined) return faults;
  const rest = new Map(
    task.secrets.filter((mount) => !bad.includes(mount)).map((mount) => [path(mount.target), mount.name]),
  );
  for (const { target, name } of expected) {
    const mounted = rest.get(path(target));
    rest.delete(path(target));
    if (mounted === undefined) faults.push(`does not mount ${name} at ${path(target)}`);
    else if (mounted !== name) faults.push(`mounts ${mounted}, the bundle says ${difference(mounted, name)}`);
  }
  for (const [target, name] of rest) faults.push(`mounts ${name} at ${target}, which the bundle does not name`);
  return faults;
}

/** `v2` if only the version differs, else the whole name. */
function difference(mounted: string, name: string): string {
  return unversioned(mounted) === unversioned(name) ? (/v\d+$/.exec(name)?.[0] ?? name) : name;
}

/** A version more or less makes a forbidden secret no better. */
function unversioned(name: string): string {
  return name.replace(/\.v\d+$/, '').toLowerCase();
}

function path(target: string): string {
  return target.startsWith('/') ? target : `/run/secrets/${target}`;
}
