import type { Check } from './check.ts';

/** What the definition assumes of the images, and what these answers risk. */
export const notices: Check = {
  name: 'notices',
  title: 'assumptions',
  offline: true,
  run: ({ plan }) =>
    plan.notices.map(({ level, text, hint }) => ({ level, text, ...(hint === undefined ? {} : { hint }) })),
};
