import { DAY_MS } from '../days.ts';
import { isOpenRollback } from './choose.ts';
import { wasHeld } from './older.ts';
import type { StoredRelease } from './record.ts';
import { RAN_AND_FAILED } from './states.ts';
import { unreadAfter, type Records } from './unread.ts';

/**
 * Whether nothing that was deployed after a release came into use: what it brought then holds nothing that the release
 * needs. The newest may have run and failed its checks: that is what a way back is for. One before it that ran, or that
 * nobody waited for, may have been used for months, and so may one of which no record tells, or one that was recorded
 * long before it failed: it was deployed again.
 */
export function unusedSince({ releases, unreadable }: Records<StoredRelease>, target: StoredRelease): boolean {
  const since = releases.filter(({ number }) => number > target.number);
  const known = (since[0]?.number ?? target.number) - target.number === since.length;
  if (!known || unreadAfter(unreadable, target.number) !== undefined) return false;
  // A way back to it that stopped brought what the release has.
  const [newest, ...before] = since.filter((each) => !isOpenRollback(each) || each.rollbackOf !== target.number);
  if (newest === undefined || wasHeld(newest) || failedLate(newest)) return false;
  return !before.some(
    (each) => wasHeld(each) || failedLate(each) || (each.state === 'failed' && RAN_AND_FAILED.includes(each.note)),
  );
}

/** No deployment takes a day. The operator's clock and the leader's differ by less. */
const failedLate = ({ at, config }: StoredRelease): boolean => Date.parse(config.updatedAt) - Date.parse(at) > DAY_MS;
