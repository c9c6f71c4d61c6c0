import { join } from 'node:path';
import { FILE } from '../bundle/names.ts';

/**
 * What is to be done with what a deployment wrote into the bundle's directory: certificates that it issued again are in
 * no checkout and in no backup yet. None if it wrote nothing.
 * @param written below the directory @param shown the directory as the user named it
 */
export function writtenHints(written: readonly string[], shown: string): string[] {
  const secret = written.filter((path) => path.startsWith(`${FILE.secrets}/`));
  const others = written.filter((path) => !secret.includes(path)).map((path) => join(shown, path));
  return [
    ...(others.length === 0
      ? []
      : [
          `commit ${others.join(', ')}: a checkout without them deploys the old certificates, or issues them once more`,
        ]),
    ...(secret.length === 0
      ? []
      : [`back up ${join(shown, FILE.secrets)}, which has new keys: a swarm never gives a secret back`]),
  ];
}
