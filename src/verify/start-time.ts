import type { ServiceExpectation } from '../sdk/definition.ts';

/** For the last questions, and what they take. */
const MARGIN_MS = 30_000;

/** How long a verification of tasks that just started may take, until the slowest had its time. */
export function startMs(
  expectations: readonly Pick<ServiceExpectation, 'withinSeconds' | 'servesWithinSeconds'>[],
): number {
  const windows = expectations.map(({ withinSeconds, servesWithinSeconds = 0 }) =>
    Math.max(withinSeconds, servesWithinSeconds),
  );
  return Math.max(0, ...windows) * 1000 + MARGIN_MS;
}
