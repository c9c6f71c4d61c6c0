/** Can the lab run on this machine? */
import { spawnSync } from 'node:child_process';
import { machineMirror } from '../images/debian/mirror.ts';
import { detectCgroups, whyUnusable } from './cgroup.ts';
import { DEFAULT_ENGINE, SYSTEM_ENGINE } from './engines.ts';
import { missingPackages, which } from './packages.ts';

let reason: { text: string | undefined } | undefined;

/**
 * One line that says why the lab cannot run here, or undefined when it can. Changes nothing; asked once per process.
 *
 * @param engines of its hosts, of ENGINE_NAMES
 */
export function unsupportedReason(
  engines: readonly string[] = [process.env['BUNDLE_TEST_ENGINE'] ?? DEFAULT_ENGINE],
): string | undefined {
  reason ??= { text: find() };
  return reason.text ?? (engines.some((name) => name !== SYSTEM_ENGINE) ? whyNoPackages() : undefined);
}

/** Why Debian's packages of engines, which are those of amd64, cannot be had or run here. */
function whyNoPackages(): string | undefined {
  if (process.arch !== 'x64')
    return `the lab's engines are Debian's packages of amd64, and this machine is ${process.arch}`;
  try {
    machineMirror();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** One line that says why this process cannot look after labs, to find one or take it down; undefined if it can. */
export function unreachableReason(): string | undefined {
  if (process.platform !== 'linux')
    return `the lab needs Linux (network namespaces, cgroups), this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'the lab needs root, for network namespaces and docker engines';
  return undefined;
}

function find(): string | undefined {
  const unreachable = unreachableReason();
  if (unreachable !== undefined) return unreachable;
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
