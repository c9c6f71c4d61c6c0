import { driftOf, type Drift } from '../plan/drift.ts';
import type { LiveStack } from '../plan/plan.ts';
import type { History } from '../release/store.ts';

/**
 * What was changed by hand since the last release; undefined if there is none. Values from the environment are not
 * compared: no record holds the former ones.
 */
export function driftSince({ releases }: History, live: LiveStack, stack: string): Drift | undefined {
  const [newest, before] = releases;
  if (!newest) return undefined;
  // Without images its run did not come to the end of `docker stack deploy`: a service may be as either of the two
  // says.
  const finished = Object.keys(newest.images).length > 0;
  if (!finished && !before) return undefined;
  return driftOf({ stack, release: newest, ...(finished || !before ? {} : { previous: before }), live });
}
