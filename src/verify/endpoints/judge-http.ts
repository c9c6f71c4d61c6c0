import type { CheckOutcome } from '../result.ts';
import { STATUS_BYTES } from './request.ts';

/** More headers than that are not read. */
const HEAD_BYTES = 16_384;

/** Whether an HTTP status is one of those expected. */
export function judgeStatus(status: number, expected: readonly number[]): CheckOutcome {
  if (expected.includes(status)) return { status: 'passed', detail: `HTTP ${status}` };
  return { status: 'failed', detail: `HTTP ${status} instead of ${expected.join(' or ')}` };
}

/** What a TLS port does with a plain request: serves it with a status, sends it on to https, or refuses it. */
export type InPlain = number | 'redirected' | 'refused';

/** Statuses that send a request elsewhere (RFC 9110, 15.4), of which one to https is no service in plain. */
export const REDIRECTS: readonly number[] = [301, 302, 307, 308];

/**
 * What a TLS port did with a plain `GET /`.
 * @param answer the head of what it sent back, empty if it closed, reset or stayed silent
 * @returns refused if it sent no HTTP at all (a TLS alert), 400 (nginx, Go, Tomcat: "plain HTTP request was sent to
 *   HTTPS port") or 426; redirected if it named an address of https instead
 */
export function inPlain(answer: Buffer): InPlain {
  const text = answer.toString('latin1');
  const status = statusIn(text);
  if (status === undefined || status === 400 || status === 426) return 'refused';
  const secured = /^location: *https:\/\//im.test(text.slice(0, text.indexOf('\r\n\r\n')));
  return secured && REDIRECTS.includes(status) ? 'redirected' : status;
}

const statusIn = (answer: string): number | undefined => {
  const status = /^HTTP\/\d(?:\.\d)? (\d{3})\b/.exec(answer)?.[1];
  return status === undefined ? undefined : Number(status);
};

/** Whether that much of an answer is enough for {@link inPlain}: a redirect's headers are read to their end. */
export const tellsInPlain = (answer: Buffer): boolean => {
  const text = answer.toString('latin1');
  if (text.length < STATUS_BYTES) return false;
  return !REDIRECTS.includes(statusIn(text) ?? 0) || text.includes('\r\n\r\n') || text.length > HEAD_BYTES;
};

/** A TLS port that also serves plain HTTP is none, whatever its certificate says. */
export function withPlain(outcome: CheckOutcome, plain: InPlain): CheckOutcome {
  if (typeof plain === 'string') {
    const told = plain === 'redirected' ? 'plain HTTP redirected to https' : 'plain HTTP refused';
    return outcome.status === 'passed' ? { ...outcome, detail: `${outcome.detail}, ${told}` } : outcome;
  }
  const fault = `it serves plain HTTP on the same port (${plain})`;
  return {
    ...outcome,
    status: 'failed',
    detail: outcome.status === 'failed' ? `${fault}; ${outcome.detail}` : `${fault}: ${outcome.detail}`,
  };
}
