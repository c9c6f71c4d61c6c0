import type { CheckOutcome } from '../result.ts';

/** Whether an HTTP status is one of those expected. */
export function judgeStatus(status: number, expected: readonly number[]): CheckOutcome {
  if (expected.includes(status)) return { status: 'passed', detail: `HTTP ${status}` };
  return { status: 'failed', detail: `HTTP ${status} instead of ${expected.join(' or ')}` };
}

/**
 * What a TLS port did with a plain `GET /`: the first bytes it sent back, empty if it closed, reset or stayed
 * silent.
 * @returns the HTTP status if it served the request; undefined if it refused: no HTTP at all (a TLS alert), 400
 *   (nginx, Go, Tomcat: "plain HTTP request was sent to HTTPS port") or 426
 */
export function servedInPlain(answer: Buffer): number | undefined {
  const status = /^HTTP\/\d(?:\.\d)? (\d{3})\b/.exec(answer.toString('latin1'))?.[1];
  return status === undefined || status === '400' || status === '426' ? undefined : Number(status);
}

/** A TLS port that also serves plain HTTP is none, whatever its certificate says. */
export function withPlain(outcome: CheckOutcome, served: number | undefined): CheckOutcome {
  if (served === undefined)
    return outcome.status === 'passed' ? { ...outcome, detail: `${outcome.detail}, plain HTTP refused` } : outcome;
  const fault = `it serves plain HTTP on the same port (${served})`;
  return {
    ...outcome,
    status: 'failed',
    detail: outcome.status === 'failed' ? `${fault}; ${outcome.detail}` : `${fault}: ${outcome.detail}`,
  };
}
