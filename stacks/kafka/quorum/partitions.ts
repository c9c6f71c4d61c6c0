/** What copies of partitions are worth to a broker, also while a reassignment goes on. */
import type { Partition } from './parse.ts';

/** So many partitions are named. */
const NAMED = 5;

/** Copied to this broker by a reassignment, and not all there yet. */
export const isComing = ({ adding, inSync }: Partition, id: number): boolean =>
  adding.includes(id) && !inSync.includes(id);

/**
 * It has a copy of this one that should be in sync and is not. What is coming is none yet: Kafka does not count it for
 * under-replicated either (documented: TopicCommand.isUnderReplicated).
 */
export const isBehind = (partition: Partition, id: number): boolean =>
  partition.replicas.includes(id) && !partition.inSync.includes(id) && !isComing(partition, id);

/** Those who have it once no reassignment goes on. */
export const keepersOf = ({ replicas, removing }: Partition): number[] =>
  replicas.filter((id) => !removing.includes(id));

export const goesOffline = ({ inSync }: Partition, id: number): boolean => inSync.length === 1 && inSync[0] === id;

/** A partition with fewer copies than its minimum asks for is under it in any case. */
export function goesUnder(partition: Partition, id: number): boolean {
  const { replicas, inSync, least } = partition;
  const copies = replicas.filter((each) => !isComing(partition, each));
  return (
    inSync.includes(id) && inSync.length - 1 < least && !(inSync.length === copies.length && inSync.length < least)
  );
}

/**
 * Whether a stop of this broker breaks a partition also when all its copies are in sync, and a reassignment is done.
 * @param most so many copies are too few without it
 */
export function breaksForGood(partition: Partition, id: number, most: number): boolean {
  const keepers = keepersOf(partition);
  return keepers.includes(id) && keepers.length <= most;
}

/** `orders-0, orders-1 and 4 more partitions`. */
export function namesOf(partitions: readonly Partition[]): string {
  const names = partitions.map(({ topic, number }) => `${topic}-${number}`);
  const more = names.length - NAMED;
  return more <= 0 ? names.join(', ') : `${names.slice(0, NAMED).join(', ')} and ${more} more partitions`;
}
