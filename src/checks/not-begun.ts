import { usersOf } from '../bundle/lost-secrets.ts';
import type { SecretNeed } from '../sdk/definition.ts';
import { SET_CLOCK } from '../swarm/clock.ts';
import type { CheckContext, Finding } from './check.ts';

/**
 * Certificates that are not valid yet, by the dates in bundle.lock.json: issued by a clock that was ahead. The
 * manager's clock is the nearest to those that will judge them, and ours counts if it tells none. What this run issues
 * again `reissues` tells; of a user, it hinders nothing that runs.
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
  }: Pick<CheckContext, 'plan' | 'document' | 'beginnings' | 'reissues' | 'info' | 'now'>,
  onDisk: ReadonlySet<SecretNeed>,
): Finding[] {
  const there = Date.parse(info?.systemTime ?? '');
  const told = new Set(reissues.flatMap(({ secret, reason }) => (reason.urgency === 'must' ? [secret] : [])));
  return usersOf(plan.secrets, document).flatMap(({ need, services }): Finding[] => {
    const { secret, issued } = need;
    const from = Date.parse(beginnings[secret] ?? '');
    const [byOurs, byTheirs] = [from > now.getTime(), from > (Number.isNaN(there) ? now.getTime() : there)];
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
