import type { Moment } from '../../swarm/clock.ts';
import { daysUntil } from '../../days.ts';
import { certificateName, type CheckResult, type SeenCertificate } from '../result.ts';

/** How long a certificate must still hold. */
export interface ExpiryLimit {
  ms: number;
  /** As it was asked for. */
  text: string;
}

/** What is asked without a limit: that it has not expired. */
export const STILL_GOOD: ExpiryLimit = { ms: 0, text: '0d' };

/** When a certificate ends, and begins: undefined where that is judged by who presents it, or not known. */
type Ending = Pick<SeenCertificate, 'notAfter'> & { notBefore?: string | undefined };

/** Whether a certificate holds, and for as long as it must; unsure if it does by one of two clocks. */
export function judgeEnding(
  ending: Ending,
  limit: ExpiryLimit,
  { here, there = here }: Moment,
): Pick<CheckResult, 'status' | 'detail'> {
  const [byOurs, byTheirs] = [endingAt(ending, limit, here), endingAt(ending, limit, there)];
  if (byOurs.status === byTheirs.status) return byOurs;
  const detail = `two clocks are apart: by this machine’s ${byOurs.detail}; by the engine’s ${byTheirs.detail}`;
  return { status: 'unsure', detail };
}

function endingAt(
  { notBefore, notAfter }: Ending,
  limit: ExpiryLimit,
  now: Date,
): Pick<CheckResult, 'status' | 'detail'> {
  const daysLeft = daysUntil(new Date(notAfter), now);
  const left = Date.parse(notAfter) - now.getTime();
  const day = notAfter.slice(0, 10);
  if (notBefore !== undefined && Date.parse(notBefore) > now.getTime())
    return { status: 'failed', detail: `valid only from ${notBefore}` };
  if (left < 0) return { status: 'failed', detail: `expired on ${day}` };
  const detail = `${daysLeft} days left, until ${day}`;
  return left < limit.ms
    ? { status: 'failed', detail: `${detail}: it ends sooner than in ${limit.text}` }
    : { status: 'passed', detail };
}

/** One result for each task of which a certificate was seen: of the one that ends first. */
export function endingsSeen(results: readonly CheckResult[], limit: ExpiryLimit, now: Moment): CheckResult[] {
  const first = new Map<string, CheckResult & { certificate: SeenCertificate }>();
  for (const result of results) {
    const { service, task, certificate } = result;
    if (certificate === undefined) continue;
    const key = `${service} ${task ?? ''}`;
    const known = first.get(key);
    if (known === undefined || certificate.notAfter < known.certificate.notAfter)
      first.set(key, { ...result, certificate });
  }
  return [...first.values()].map(({ service, task, slot, node, check, certificate }) => {
    const { status, detail } = judgeEnding(certificate, limit, now);
    const where = {
      service,
      ...(task === undefined ? {} : { task }),
      ...(slot === undefined ? {} : { slot }),
      ...(node === undefined ? {} : { node }),
    };
    return { ...where, check: EXPIRY, status, detail: `${certificateName(certificate)}, seen by ${check}: ${detail}` };
  });
}

/** The check's name, whatever the certificate. */
export const EXPIRY = 'expiry';
