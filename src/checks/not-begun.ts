import { usersOf } from '../bundle/lost-secrets.ts';
import type { SecretNeed } from '../sdk/definition.ts';
import { momentBy, SET_CLOCK } from '../swarm/clock.ts';
import type { CheckContext, Finding } from './check.ts';

/**
 * Certificates that are not valid yet, by the dates in bundle.lock.json: issued by a clock that was ahead. The
 * manager's clock is the nearest to those that will judge them, and ours counts if it tells none, or is near. What this
 * run issues again `reissues` tells; a release that comes back issues nothing. Of a user, it hinders nothing that runs.
 * @param onDisk what `accept` has judged by our clock
 */
export function notBegunFindings(
  {
    plan,
    document,
    beginnings,
    reissues,
    info,
    now,
    backTo,
  }: Pick<CheckContext, 'plan' | 'document' | 'beginnings' | 'reissues' | 'info' | 'now' | 'backTo'>,
  onDisk: ReadonlySet<SecretNeed>,
): Finding[] {
  const { there = now } = momentBy({ now: () => now.getTime() }, info?.systemTime ?? '');
  const issuedNow = backTo === undefined ? reissues : [];
  const told = new Set(issuedNow.flatMap(({ secret, reason }) => (reason.urgency === 'must' ? [secret] : [])));
  return usersOf(plan.secrets, document).flatMap(({ need, services }): Finding[] => {
    const { secret, issued } = need;
    const from = Date.parse(beginnings[secret] ?? '');
    const [byOurs, byTheirs] = [from > now.getTime(), from > there.getTime()];
    if (!(byOurs || byTheirs) || told.has(secret) || (byOurs && onDisk.has(need))) return [];
    const harmless = !byTheirs || (issued !== undefined && services.length === 0);
    const whose = byOurs === byTheirs ? '' : `, by ${byOurs ? 'this machine’s clock' : 'the swarm manager’s clock'}`;
    return [
      {
        level: harmless ? 'warning' : 'error',
        text: `${secret} is valid only from ${beginnings[secret] ?? ''}${whose}`,
        hint: byOurs === byTheirs ? `it was issued by a clock that was ahead: ${anew(issued)}` : SET_CLOCK,
      },
    ];
  });
}

const anew = (issued: SecretNeed['issued']): string =>
  `${issued ? '`bundle deploy` issues it again' : 'replace it with `bundle init`'}, where the bundle’s secrets/ is`;
