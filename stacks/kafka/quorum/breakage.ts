import type { Breakage } from '../../../src/sdk/definition.ts';
import type { QuorumMember } from '../members.ts';
import { followsLog, isCurrent } from './followers.ts';
import type { Answers } from './parse.ts';
import { breaksForGood, goesOffline, goesUnder, namesOf } from './partitions.ts';

/**
 * Partitions that would be offline or under their minimum, or a quorum of controllers that would be none; what nobody
 * tells counts as broken. A member that takes no connections breaks nothing, since its restart may be the cure, unless
 * it follows the log of the controllers: then it is starting.
 */
export function breakageOf(member: QuorumMember, answers: Answers): Breakage | undefined {
  const { open, partitions, voters } = answers;
  if (!open.has(member.name)) return followsLog(member, answers) ? breakageOfStart(member, voters) : undefined;
  if (member.broker && partitions === undefined)
    return { what: 'nobody could tell which partitions would be offline', lasting: false };
  const controllers = member.controller ? majorityWithout(member, voters) : [];
  const lost = (partitions ?? []).filter((partition) => goesOffline(partition, member.id));
  const low = (partitions ?? []).filter((partition) => !lost.includes(partition) && goesUnder(partition, member.id));
  const what = [
    ...(lost.length === 0 ? [] : [`${namesOf(lost)} would be offline`]),
    ...(low.length === 0 ? [] : [`${namesOf(low)} would be under min.insync.replicas`]),
    ...controllers,
  ];
  if (what.length === 0) return undefined;
  const lastingly = [
    ...lost.filter((partition) => breaksForGood(partition, member.id, 1)),
    ...low.filter((partition) => breaksForGood(partition, member.id, partition.least)),
  ];
  const lasting = lastingly.length > 0;
  const passing = lasting && (controllers.length > 0 || lastingly.length < lost.length + low.length);
  return { what: what.join(', and '), lasting, ...(passing && { passing }) };
}

/**
 * After a power cut, or a kill, a broker takes no connections until it has looked through its logs, and a stop has it
 * begin anew: it closes none of them, and so leaves no mark of a clean end (documented: LogManager, BrokerServer).
 * Whether that is what it does, nobody tells; it passes.
 */
function breakageOfStart(member: QuorumMember, voters: Answers['voters']): Breakage | undefined {
  const controllers = member.controller ? majorityWithout(member, voters) : [];
  const what = [
    ...(member.broker ? ['a recovery of its logs, which may be under way, would begin anew'] : []),
    ...controllers,
  ];
  if (what.length === 0) return undefined;
  return { what: what.join(', and '), lasting: false, ...(controllers.length === 0 && { start: true }) };
}

/** What would be broken of the controllers, which may pass: one that is behind catches up. */
function majorityWithout({ id: own }: QuorumMember, voters: Answers['voters']): string[] {
  if (voters === undefined) return ['nobody could tell whether the controllers would keep a majority'];
  const others = voters.filter((voter) => isCurrent(voter) && voter.id !== own);
  return others.length <= voters.length / 2 ? ['the controllers would have no majority'] : [];
}
