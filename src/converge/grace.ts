/** From when on ends count. */
export interface Grace {
  /** By this machine's clock. */
  graceEndsAt: number;
  /**
   * Since when all that the service needs has run, by the managers' clock; undefined if the definition does not say.
   */
  needsReadyAt: number | undefined;
}

/** With the time by both clocks. */
export interface GraceNow extends Grace {
  now: number;
  managersNow: number;
}

/** Whether a service may end since what it needs does not run yet. */
export const awaitsNeeds = ({ needsReadyAt, graceEndsAt, now, managersNow }: GraceNow): boolean =>
  needsReadyAt !== undefined && managersNow < needsReadyAt && now < graceEndsAt;

/** Only tasks that were made from here on, by the managers' clock, had all that they need; any if that is not there. */
export const servedSince = ({ needsReadyAt, managersNow }: GraceNow): number =>
  needsReadyAt !== undefined && needsReadyAt <= managersNow ? needsReadyAt : -Infinity;
