import * as z from 'zod';
import { LEAF_DEFAULTS, LEAF_RENEWAL_DAYS } from '../../secrets/index.ts';

/** Answers: how long certificates that a CA of the bundle issues are valid, and when they are due. */
export const certificates = z
  .strictObject({
    days: z
      .int()
      .min(1)
      .max(3650)
      .default(LEAF_DEFAULTS.days)
      .describe('Their lifetime, which ends with that of their CA at the latest. Another one issues them again.'),
    backdateHours: z
      .int()
      .min(0)
      .max(168)
      .default(LEAF_DEFAULTS.backdateHours)
      .describe('They are valid from so long before they are issued, since clocks of hosts differ. As for days.'),
    renewalDays: z
      .int()
      .min(0)
      .max(3649)
      .default(LEAF_RENEWAL_DAYS)
      .describe('With fewer days left than this they are due: `bundle deploy --renew` issues them again.'),
  })
  .refine(({ days, renewalDays }) => renewalDays < days, {
    path: ['renewalDays'],
    message: 'must be less than days: a new certificate would be due at once',
  })
  .optional()
  .describe(
    `Certificates that the bundle’s CAs issue. Default: ${LEAF_DEFAULTS.days} days, from ` +
      `${LEAF_DEFAULTS.backdateHours} hour before, due with fewer than ${LEAF_RENEWAL_DAYS} days left.`,
  );

export type LeafTimes = NonNullable<z.output<typeof certificates>>;

/** What these answers say of the times of a leaf; without them all is as by default. */
export const leafTimes = (answers: z.output<typeof certificates>): LeafTimes =>
  answers ?? { days: LEAF_DEFAULTS.days, backdateHours: LEAF_DEFAULTS.backdateHours, renewalDays: LEAF_RENEWAL_DAYS };
