import { eachService, repeated, type Problem } from '../problem.ts';
import type { SecretMount } from '../types.ts';

const DIRECTORY = '/run/secrets/';

/** How a service mounts its secrets. */
export const secretRules = eachService((service, path) => {
  const mounts = service.secrets ?? [];
  const at = `${path}.secrets`;
  const problems: Problem[] = mounts.flatMap((mount) => file(mount, at));
  for (const target of repeated(mounts.map((mount) => absolute(mount.target)))) {
    problems.push({
      id: 'secret-target-twice',
      path: at,
      message: `two secrets at "${target}"`,
      fix: 'Give each secret a file of its own.',
    });
  }
  // Measured: the engine writes one file a secret and service, so the modes do not stay apart.
  for (const source of repeated(mounts.map((mount) => mount.source))) {
    const modes = new Set(
      mounts
        .filter((mount) => mount.source === source)
        .map((mount) => [mount.mode ?? 0o444, mount.uid ?? '0', mount.gid ?? '0'].join(':')),
    );
    if (modes.size > 1)
      problems.push({
        id: 'secret-modes',
        path: at,
        message:
          `secret "${source}" is mounted under several targets with different modes or owners; only one of them ` +
          'takes effect',
        fix: 'Use the same mode and owner, or mount it once.',
      });
  }
  return problems;
});

function file({ source, target, uid, gid, mode }: SecretMount, path: string): Problem[] {
  const problems: Problem[] = [];
  if (target === '' || target.endsWith('/') || target.split('/').includes('..')) {
    problems.push({
      id: 'secret-target',
      path,
      message: `secret "${source}": "${target}" is no file name`,
      fix: 'Use a name below /run/secrets, or an absolute path.',
    });
  }
  if (mode !== undefined && (!Number.isInteger(mode) || mode < 0 || mode > 0o777)) {
    problems.push({
      id: 'secret-mode',
      path,
      message: `secret "${source}": ${mode} is no file mode`,
      fix: 'Use an octal number, for example 0o444.',
    });
  }
  if ([uid, gid].some((id) => id !== undefined && !/^\d+$/.test(id))) {
    problems.push({
      id: 'secret-owner',
      path,
      message: `secret "${source}": swarm takes only numbers as owner and group`,
      fix: 'Use the numeric ids of the image.',
    });
  }
  return problems;
}

function absolute(target: string): string {
  return target.startsWith('/') ? target : `${DIRECTORY}${target}`;
}
