/** Can the lab run on this machine? */
import { spawnSync } from 'node:child_process';
import { detectCgroups, whyUnusable } from './cgroup.ts';
import { missingPackages, which } from './packages.ts';

let reason: { text: string | undefined } | undefined;

/**
 * One line that says why the lab cannot run here, or undefined when it can. Changes nothing; asked once per process.
 */
export function unsupportedReason(): string | undefined {
  reason ??= { text: find() };
  return reason.text;
}

function find(): string | undefined {
  if (process.platform !== 'linux')
    return `the lab needs Linux (network namespaces, cgroups), this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'the lab needs root, for network namespaces and docker engines';
  try {
    const unusable = whyUnusable(detectCgroups());
    if (unusable !== undefined) return unusable;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const missing = missingPackages();
  if (missing.length > 0 && which('apt-get') === undefined) {
    return `programs are missing and there is no apt-get to install them with (Debian's names: ${missing.join(' ')})`;
  }
  // Root in a container may still lack the right to make namespaces or to mount.
  const probe = spawnSync(
    'unshare',
    ['--net', '--mount', '--uts', '--pid', '--fork', 'mount', '-t', 'tmpfs', 'tmpfs', '/proc'],
    { encoding: 'utf8' },
  );
  if (probe.status !== 0)
    return `namespaces cannot be made here: ${(probe.stderr ?? probe.error?.message ?? '').trim().split('\n')[0]}`;
  return undefined;
}
