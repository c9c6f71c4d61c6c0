/** Who follows the log of the controllers, as the active one knows it. */
import type { QuorumMember } from '../members.ts';
import type { Answers, Observer, Voter } from './parse.ts';

/** The active controller writes twice a second: who has caught up is never further behind for long. */
const BEHIND_MS = 5_000;
/**
 * A broker of which its controllers hear nothing for so long is fenced: `broker.session.timeout.ms`, Kafka's default.
 */
const SESSION_MS = 9_000;

export const isCurrent = (voter: Voter | undefined): boolean =>
  voter?.behindMs !== undefined && voter.behindMs <= BEHIND_MS;

/**
 * How many milliseconds a broker that is no controller is behind; Infinity if it never caught up with the active one.
 * @param own its observers: of one with a new disk the one of before may be there, too
 */
export const freshestOf = (own: readonly Observer[]): number =>
  Math.min(...own.map(({ behindMs = Infinity }) => behindMs));

/** @param own its observers; nobody hears of one that has none */
export const isHeardOf = (own: readonly Observer[]): boolean => freshestOf(own) <= SESSION_MS;

/** Whether the process of a member runs, whatever else it does: who is down does not follow for long. */
export function followsLog({ id, controller }: QuorumMember, { voters = [], observers }: Answers): boolean {
  return controller
    ? isCurrent(voters.find((voter) => voter.id === id))
    : isHeardOf(observers.filter((observer) => observer.id === id));
}
