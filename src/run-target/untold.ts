import { basename, join } from 'node:path';
import { FILE } from '../bundle/names.ts';
import { BundleError, EXIT } from '../errors.ts';
import type { ToldSecret } from '../sdk/definition.ts';

/**
 * Refuses to take away a version that running software goes by until it is told of another one: a deployment tells it,
 * and without a swarm nothing does. Whoever has told it removes the file of before, and renders again.
 * @param planned what is rendered now
 * @param stale below `run/`: files of ours that nothing names any more
 * @throws BundleError `run-told` (exit 3) naming the file
 */
export function requireTold(
  { stack, told }: { stack: string; told: readonly ToldSecret[] },
  { planned, stale }: { planned: readonly string[]; stale: readonly string[] },
  shown: string,
): void {
  for (const { file, what, services } of told) {
    const version = new RegExp(`^${stack}_${file.replaceAll('.', '\\.')}\\.v\\d+$`);
    const kept = new Set(planned.map((path) => basename(path)).filter((name) => version.test(name)));
    const former = stale.find((path) => version.test(basename(path)) && !kept.has(basename(path)));
    if (former === undefined || kept.size === 0) continue;
    throw new BundleError(
      'run-told',
      `${file} is another one than was rendered before, and ${services.join(', ')} goes by ${basename(former)} until it ` +
        'is told: a deployment to a swarm tells it, and without a swarm nothing does',
      {
        exit: EXIT.preflight,
        hints: [
          `change ${what} in the running software by its own tool, then remove ${join(shown, FILE.run, former)} and run ` +
            `this again; or put that file’s content back as ${join(shown, FILE.secrets, file)}`,
        ],
      },
    );
  }
}
