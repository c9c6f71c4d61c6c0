/** The labs of a bench: it takes down those that it brought up, and no other one of the same name. */
import { up, type Lab, type UpOptions } from '../lab/lab.ts';
import { log } from './measure.ts';

const own = new Set<Promise<Lab>>();

/** Brings up a lab. @throws Error as `up` does; then there is nothing of it to take down */
export async function bringUp(options: UpOptions): Promise<Lab> {
  const lab = up({ ...options, log });
  own.add(lab);
  try {
    return await lab;
  } catch (error) {
    own.delete(lab);
    throw error;
  }
}

/**
 * Takes down all labs that this process brought up, or only some. Waits for one that is on its way: `up` itself takes
 * that down when it is interrupted.
 * @param which by their ids
 */
export async function takeDown(which?: string): Promise<void> {
  const labs = await Promise.allSettled([...own].map(async (each) => ({ each, lab: await each })));
  const up = labs.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  await Promise.all(
    up
      .filter(({ lab, each }) => (which === undefined || lab.id === which) && own.delete(each))
      .map(({ lab }) => lab.down()),
  );
}
