import type { Ensemble, EnsembleReading } from '../sdk/definition.ts';
import type { ServiceChange } from '../plan/changes.ts';

/** What the order of an ensemble follows from. */
export type WorkGroup = Pick<Ensemble, 'services'> & { policy: Pick<Ensemble['policy'], 'grow'> };

/** What is done to an ensemble, one wave after the other. */
export interface EnsembleWork {
  /** Members that are created beside others that exist, in the waves in which they are. */
  create: string[][];
  /**
   * Members that exist and whose update replaces or moves their task, in the document's order; the probe decides which
   * is next.
   */
  restart: string[];
  first: 'create' | 'restart';
  /** All that is created or restarts does so in one call and is waited for: there is no other member to ask. */
  unasked?: true;
}

/**
 * The waves of an ensemble, as its policy has them grow; undefined if nothing has an order: no member exists
 * yet (all are created at once), none restarts or is added, or it has one member, whose restart is an outage in any
 * order.
 */
export function ensembleWork(
  { services, policy }: WorkGroup,
  changes: readonly ServiceChange[],
): EnsembleWork | undefined {
  const of = (name: string): ServiceChange | undefined => changes.find((change) => change.name === name);
  const created = services.filter((name) => of(name)?.action === 'create');
  const restart = services.filter((name) => of(name)?.action === 'update' && of(name)?.restarts === true);
  const existing = services.filter((name) => !created.includes(name));
  if (services.length === 1 || existing.length === 0 || created.length + restart.length === 0) return undefined;
  if (created.length === 0) return { create: [], restart, first: 'create' };
  const { first, waves } = policy.grow(existing, created);
  return { create: waves, restart, first };
}

/** The members to which something is done. */
export const membersOf = ({ create, restart }: EnsembleWork): string[] => [...create.flat(), ...restart];

/**
 * The members that still have to restart, in the order in which they do, as far as the reading tells: those that are
 * not well, first of them those whose stop breaks nothing (they do not answer, or are of no use to the others), then
 * those that are well, and those last that the reading says so of.
 * @param free of those that are well, whose new place nobody holds: the others come after them
 */
export function inOrder(
  open: readonly string[],
  reading: EnsembleReading,
  free: ReadonlySet<string> = new Set(open),
): string[] {
  const rank = (name: string): number => {
    const member = reading.members[name];
    if (member?.ok !== true) return member?.breaks === undefined ? 0 : 1;
    return (member.last === true ? 3 : 2) + (free.has(name) ? 0 : 2);
  };
  return [...open].sort((a, b) => rank(a) - rank(b));
}
