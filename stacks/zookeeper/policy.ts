import type { Breakage, EnsembleReading, MemberReading, QuorumPolicy } from '../../src/sdk/definition.ts';

/** More than half of the voters (ZooKeeper, Administrator's Guide: "a majority of non-failing machines"). */
const isMajority = (up: number, members: number): boolean => up > members / 2;

/** The rules of ZooKeeper for its voters. */
export const zookeeperPolicy: QuorumPolicy = {
  worksWith: (up, members) => isMajority(up.length, members.length),
  last: 'the leader',
  whole: 'the ensemble is whole again',
  /**
   * If the servers that exist are a majority of the new ensemble, the new ones come first, all at once. They join the
   * leader that there is, and only then do the old ones restart with the longer list: were the old ones first, a
   * majority of the longer list would be missing at each restart. If those that exist are no majority (1 to 3), new
   * servers could elect a leader among themselves, which has no data and makes the old one drop its own. So the old
   * ones restart first, and the new ones come one at a time: the first majority then holds every server with data, and
   * the newest data wins the election.
   */
  grow: (existing, created) =>
    isMajority(existing.length, existing.length + created.length)
      ? { first: 'create', waves: [[...created]] }
      : { first: 'restart', waves: created.map((name) => [name]) },
  /**
   * A server that leaves takes its vote along while the others still count on it, and what only the leaving ones have
   * is lost: no order of deployments makes that safe.
   */
  shrink: () => ({
    why: 'a deployment does not do that, since votes and data would be lost with them',
    hint: 'put the number of servers back, or take the servers away by hand first: this bundle’s README.md says how',
  }),
  // Servers may be added, and the list of them changes with that; a lost volume is made again from the leader.
  fixed: [],
  // An election takes seconds; a follower may load a snapshot for initLimit ticks (10 of 2 s).
  patience: { workSeconds: 30, recoverSeconds: 60, wholeSeconds: 120 },
};

/** What the stop of each server would break: one that is well may go only if the others are a quorum without it. */
export function breakages(
  members: Readonly<Record<string, MemberReading>>,
  quorum: boolean,
): EnsembleReading['members'] {
  const names = Object.keys(members);
  const well = names.filter((name) => members[name]?.ok === true);
  const breaks: Breakage = { what: 'there would be no quorum', lasting: false };
  const others = (name: string): number => well.filter((each) => each !== name).length;
  return Object.fromEntries(
    Object.entries(members).map(([name, member]) => [
      name,
      member.ok && !(quorum && isMajority(others(name), names.length)) ? { ...member, breaks } : member,
    ]),
  );
}
