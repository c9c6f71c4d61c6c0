import { DOWNGRADE_CHECK, downgrades } from '../release/one-way.ts';
import { readHistory } from '../release/store.ts';
import type { Check } from './check.ts';

/** A program that took its data over must not be replaced by an older one, which would not start on it any more. */
export const imageDowngrade: Check = {
  name: DOWNGRADE_CHECK,
  title: 'images of kept data',
  offline: false,
  async run({ stack, plan: { oneWay = [] }, document, live }) {
    if (live === undefined || oneWay.length === 0) return [];
    const { releases } = await readHistory(live.engine, stack);
    const { services, tasks } = live;
    return downgrades(oneWay, document, { stack, services, tasks, releases }).map(
      ({ oneWay: { service, why, instead }, from, to }) => ({
        level: 'error',
        text: `${service} would go from ${from}, which ran on its data, back to ${to}: ${why}`,
        hint: `${instead}; or, if its data is gone or was made by the older one, --ignore ${DOWNGRADE_CHECK}`,
      }),
    );
  },
};
