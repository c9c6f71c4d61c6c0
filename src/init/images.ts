import type { LockedImage } from '../bundle/lock.ts';
import { BundleError, EXIT } from '../errors.ts';
import type { Swarm } from './swarm.ts';

/**
 * What wrapped images run by themselves: from the engine that this command line names, if it holds them, else as the
 * lock has it. Nothing is pulled: such an image may have gigabytes.
 * @param known of bundle.lock.json; what is wrapped no longer is left out of the result
 * @throws BundleError (exit 3) if neither knows, or the image names no program
 */
export async function learnImages(
  wrapped: readonly string[],
  known: Readonly<Record<string, LockedImage>>,
  swarm: Swarm,
): Promise<Record<string, LockedImage>> {
  const learned: Record<string, LockedImage> = {};
  for (const image of wrapped) {
    const { here, why } = await swarm.image(image);
    const found = here === undefined ? known[image] : startOf(here);
    if (!found) {
      throw new BundleError(
        'entrypoint-unknown',
        `a wrapper must know what ${image} runs, and its entrypoint is not known: ${why ?? 'nobody knows the image'}`,
        {
          exit: EXIT.preflight,
          hints: [
            `docker pull ${image}`,
            'on the engine that this command talks to (--host, --context), then run it again: it reads the ' +
              'entrypoint there',
          ],
        },
      );
    }
    if (found.entrypoint.length + found.cmd.length === 0) {
      throw new BundleError(
        'entrypoint-none',
        `${image} has neither an ENTRYPOINT nor a CMD: there is nothing that a wrapper could run`,
        { exit: EXIT.preflight, hints: ['is it the right image? use another way of delivery otherwise'] },
      );
    }
    learned[image] = found;
  }
  return learned;
}

/** What the lock keeps of an image; nothing else of it is the bundle's. */
const startOf = ({ digest, entrypoint, cmd }: LockedImage): LockedImage => ({
  ...(digest === undefined ? {} : { digest }),
  entrypoint,
  cmd,
});
