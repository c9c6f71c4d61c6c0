import type { Ensemble, EnsembleReading } from '../sdk/definition.ts';
import type { ServiceChange } from '../plan/plan.ts';

/** What is to be done to an ensemble, one wave after the other. */
export interface EnsembleWork {
  /** Members that are created beside others that exist, in the waves in which they are. */
  create: string[][];
  /**
   * Members that exist and whose update replaces or moves their task, in the document's order; the probe decides which
   * is next.
   */
  restart: string[];
  first: 'create' | 'restart';
}

/** More than half. */
export function majority(ensemble: Pick<Ensemble, 'services'>): number {
  return Math.floor(ensemble.services.length / 2) + 1;
}

/**
 * The waves of an ensemble; undefined where nothing is to be done in order: no member exists yet (all are created at
 * once), none restarts or is added, or it has one member, whose restart is an outage in any order.
 *
 * Growing: where the members that exist are a majority of the new ensemble, the new ones come first, all at once. They
 * join the leader that there is, and only then do the old ones restart with the longer list: were the old ones first, a
 * majority of the longer list would be missing at each restart. Where those that exist are no majority (1 to 3), new
 * members could elect a leader among themselves, which has no data and makes the old one drop its own. So the old ones
 * restart first, and the new ones come one at a time: the first majority then holds every member with data, and the
 * newest data wins the election.
 */
export function ensembleWork(
  ensemble: Pick<Ensemble, 'services'>,
  changes: readonly ServiceChange[],
): EnsembleWork | undefined {
  const of = (name: string): ServiceChange | undefined => changes.find((change) => change.name === name);
  const created = ensemble.services.filter((name) => of(name)?.action === 'create');
  const restart = ensemble.services.filter((name) => of(name)?.action === 'update' && of(name)?.restarts === true);
  const existing = ensemble.services.length - created.length;
  if (ensemble.services.length === 1 || existing === 0 || created.length + restart.length === 0) return undefined;
  if (existing >= majority(ensemble))
    return { create: created.length === 0 ? [] : [created], restart, first: 'create' };
  return { create: created.map((name) => [name]), restart, first: 'restart' };
}

/**
 * The next of the members that still have to restart (at least one): those that are not well, then the others, the
 * leader last.
 */
export function nextMember(open: readonly string[], reading: EnsembleReading): string {
  const rank = (name: string): number => {
    const member = reading.members[name];
    if (member?.ok !== true) return 0;
    return member.last === true ? 2 : 1;
  };
  return open.reduce((best, name) => (rank(name) < rank(best) ? name : best));
}

/** Whether a member may go down: it is not well anyhow, or the others are a quorum without it. */
export function mayGoDown(member: string, ensemble: Pick<Ensemble, 'services'>, reading: EnsembleReading): boolean {
  if (reading.members[member]?.ok !== true) return true;
  const others = ensemble.services.filter((name) => name !== member && reading.members[name]?.ok === true);
  return reading.quorum && others.length >= majority(ensemble);
}
