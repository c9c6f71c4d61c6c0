import { usersOf, type NewSecret } from '../../bundle/lost-secrets.ts';
import { daysUntil } from '../../days.ts';
import type { Engine, EngineInfo } from '../../engine/port.ts';
import { momentBy, systemClock, type Moment } from '../../swarm/clock.ts';
import { EXPIRY, judgeEnding, endingsSeen, STILL_GOOD, type ExpiryLimit } from '../expiry/judge.ts';
import { nodeExpiry, rootExpiry, SWARM } from '../expiry/swarm.ts';
import type { CheckResult } from '../result.ts';
import { isNamed, isWanted, type Selection } from '../select.ts';
import type { Loaded } from '../../project/bundle-dir.ts';
import { knownNames } from './expected.ts';
import { orUntold } from './untold.ts';

interface ExpiryOptions {
  limit: ExpiryLimit | undefined;
  selection: Selection;
  signal: AbortSignal;
  /** Being read, for its clock; ours alone counts if the engine does not tell. */
  info: Promise<Pick<EngineInfo, 'systemTime'>>;
}

/**
 * How long the certificates hold: those of the bundle, those that were seen on the way to `results`, the swarm's own.
 * Without a limit only what has expired is told, and nothing of a certificate that a CA of the bundle issued and no
 * service mounts: of a user it harms nothing that runs.
 * @param engine undefined if there is no swarm to ask for its own
 */
export async function expiryResults(
  engine: Engine | undefined,
  loaded: Loaded,
  results: readonly CheckResult[],
  { limit, selection, signal, info }: ExpiryOptions,
): Promise<CheckResult[]> {
  const { systemTime } = await info.catch(() => ({ systemTime: '' }));
  const now = momentBy(systemClock, systemTime);
  const known = knownNames(loaded);
  const wanted = ({ service }: Pick<CheckResult, 'service'>): boolean => isWanted(selection, service, EXPIRY, known);
  const swarm = wanted({ service: SWARM }) ? engine : undefined;
  const ofSwarm = swarm
    ? await orUntold({ service: SWARM, check: EXPIRY }, async () =>
        (
          await Promise.all([
            rootExpiry(swarm, limit ?? STILL_GOOD, now),
            limit === undefined ? [] : nodeExpiry(swarm, { limit, now, signal }),
          ])
        ).flat(),
      )
    : [];
  const endings = [...bundleExpiry(loaded, limit, now), ...ofSwarm].filter(wanted);
  if (limit === undefined) return endings.filter(({ status }) => status !== 'passed');
  return [...endingsSeen(results, limit, now).filter(wanted), ...endings];
}

/** Whether certificates were asked for by name: `expiry`, or the swarm, of which nothing else is looked at. */
export const namesExpiry = (selection: Pick<Selection, 'only'>): boolean =>
  [EXPIRY, SWARM].some((word) => isNamed(selection, word));

/** Of the locked versions: bundle.lock.json has the dates, whether or not this machine has `secrets/`. */
function bundleExpiry(
  { directory: { lock, plan }, document }: Loaded,
  limit: ExpiryLimit | undefined,
  now: Moment,
): CheckResult[] {
  const counts = ({ need, services }: NewSecret): boolean => limit !== undefined || !need.issued || services.length > 0;
  const judged = usersOf(plan.secrets, document).filter(counts);
  return judged.flatMap(({ need: { secret } }): CheckResult[] => {
    const { subject = '', notBefore, notAfter } = lock.secrets[secret]?.facts ?? {};
    if (notAfter === undefined) return [];
    const certificate = {
      subject,
      names: [],
      issuer: '',
      notAfter,
      daysLeft: daysUntil(notAfter, now.here),
    };
    return [
      {
        service: secret,
        check: EXPIRY,
        ...judgeEnding({ notBefore, notAfter }, limit ?? STILL_GOOD, now),
        certificate,
      },
    ];
  });
}
