import { driftOf, type Drift } from '../plan/drift.ts';
import type { LiveStack } from '../plan/plan.ts';
import { contentOf } from '../release/content.ts';
import type { History } from '../release/store.ts';
import { unreadNewest } from '../release/unread.ts';
import type { Loaded } from './bundle-dir.ts';
import type { Survey } from './plan-bundle.ts';

/**
 * What was changed by hand since the last release; undefined if there is none that can be read. Values from the
 * environment are not compared: no record holds the former ones.
 */
export function driftSince(history: History, live: LiveStack, loaded: Loaded, found: Survey): Drift | undefined {
  const [newest, before] = history.releases;
  if (!newest || unreadNewest(history) !== undefined) return undefined;
  // Without images its run did not come to the end of `docker stack deploy`: a service may be as either of the two
  // says.
  const finished = Object.keys(newest.images).length > 0;
  if (!finished && !before) return undefined;
  return driftOf({
    stack: loaded.directory.bundle.name,
    release: newest,
    ...(finished || !before ? {} : { previous: before }),
    prepared: contentOf(loaded, found.live.nodes).nodeLabels,
    live,
  });
}
