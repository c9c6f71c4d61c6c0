import { BundleError } from '../errors.ts';

/**
 * Does what takes something out of the swarm; that somebody else took it away before is no failure.
 * @param removal a call of the engine that is under way
 * @returns false if it was gone
 */
export async function unlessGone(removal: Promise<void>): Promise<boolean> {
  try {
    await removal;
    return true;
  } catch (error) {
    if (error instanceof BundleError && error.code === 'engine-not-found') return false;
    throw error;
  }
}
