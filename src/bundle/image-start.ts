import { BundleError, EXIT } from '../errors.ts';
import type { Lock } from './lock.ts';

/**
 * What an image runs by itself: its ENTRYPOINT and CMD, as bundle.lock.json has them.
 * @throws BundleError (exit 3) if it is not known, or known of another image only
 */
export function imageStart(lock: Lock, image: string): string[] {
  const known = lock.images?.[image];
  if (known) return [...known.entrypoint, ...known.cmd];
  const others = Object.keys(lock.images ?? {});
  throw new BundleError(
    'entrypoint-unknown',
    `bundle.lock.json does not say what ${image} ` +
      `runs${others.length === 0 ? '' : `, only what ${others.join(' and ')} does`}; a wrapper must know it`,
    {
      exit: EXIT.preflight,
      hints: [
        `docker pull ${image}`,
        'then run `bundle init` on this directory, against the same engine: it reads the entrypoint from the ' +
          'image and leaves the rest alone',
      ],
    },
  );
}
