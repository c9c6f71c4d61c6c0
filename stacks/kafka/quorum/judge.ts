import type { EnsembleReading, MemberReading } from '../../../src/sdk/definition.ts';
import { ADMIN } from '../answers.ts';
import { PORTS, copiesOf, leastInSync, type QuorumMember } from '../members.ts';
import { breakageOf } from './breakage.ts';
import { freshestOf, isCurrent, isHeardOf } from './followers.ts';
import type { Answers, Voter } from './parse.ts';
import { isBehind, isComing, keepersOf, namesOf } from './partitions.ts';

const REFUSED =
  'the brokers refuse the password of its secret; README.md of this bundle says how they are given it ("Another password")';
/**
 * What the answers of a group mean. A broker is well if it takes connections, is in sync for every partition it has a
 * copy of, but for what is being copied to it, and follows its controllers; a controller, if it has caught up with the
 * active one.
 */
export function judge(members: readonly QuorumMember[], answers: Answers): EnsembleReading {
  const [first] = members;
  const asked = {
    topics: first?.broker !== true || answers.partitions !== undefined,
    voters: answers.voters !== undefined || (first?.controller !== true && !answers.asked.has('voters')),
  };
  const readings = members.map((member): [string, MemberReading] => [member.name, memberReading(member, answers)]);
  const quorum = asked.topics && asked.voters;
  const active = members.find(({ id }) => answers.voters?.some((voter) => voter.active && voter.id === id));
  const well = readings.filter(([, { ok }]) => ok).length;
  const text = [
    ...(asked.voters ? [] : [`no active controller${because(answers, 'voters')}`]),
    ...(active === undefined ? [] : [`active controller ${active.name}`]),
    ...(asked.topics ? [] : [`no broker tells of its topics${because(answers, 'topics')}`]),
    `${well} of ${members.length} ${first?.broker === true ? 'in sync' : 'caught up'}`,
    ...(first?.broker === true
      ? [...coming(members, answers), ...setting(members.length, answers), ...tooFew(members.length, answers)]
      : []),
  ].join(', ');
  const others = {
    ...leaving(members, answers),
    ...administrator(answers),
    ...unasked(answers),
    ...ofAll(answers),
  };
  return { members: { ...others, ...Object.fromEntries(readings) }, quorum, text };
}

/** What a reassignment copies: no fault of who gets it, and nothing that a stop would break. */
function coming(members: readonly QuorumMember[], { partitions = [] }: Answers): string[] {
  return members.flatMap(({ id, name }) => {
    const { length } = partitions.filter((partition) => isComing(partition, id));
    return length === 0
      ? []
      : [`${length} ${length === 1 ? 'partition is' : 'partitions are'} being copied to ${name}`];
  });
}

/**
 * What stack.yml says counts when the cluster is made; brokers that were added since, or a tool, may have left it
 * behind.
 */
function setting(brokers: number, { settings }: Answers): string[] {
  const meant = leastInSync(brokers);
  const least = settings === 'unknown' ? undefined : settings?.least;
  return least === undefined || least === meant
    ? []
    : [`min.insync.replicas is ${least}, and ${meant} in stack.yml (README.md of this bundle says how it is changed)`];
}

/** A topic keeps the copies that it was made with. No fault: somebody may have meant it. Not told of in a roll. */
function tooFew(brokers: number, { partitions = [], settings }: Answers): string[] {
  const wanted = copiesOf(brokers);
  const few = partitions.filter((partition) => keepersOf(partition).length < wanted);
  return settings === undefined || few.length === 0
    ? []
    : [`fewer than ${wanted} copies of ${namesOf(few)} (README.md of this bundle says how there are more)`];
}

/** ` (TimeoutException)`, if the tool told of an error. */
function because({ why }: Answers, tool: string): string {
  const error = why.get(tool);
  return error === undefined ? '' : ` (${error})`;
}

/** Whether the administrator is let in, which no restart depends on. */
function administrator(answers: Answers): Record<string, MemberReading> {
  switch (answers.directories) {
    case 'refused':
      return { [ADMIN]: { ok: false, text: REFUSED } };
    case 'unknown':
      return {
        [ADMIN]: {
          ok: false,
          unsure: true,
          text: `could not ask which directories failed${because(answers, 'directories')}`,
        },
      };
    default:
      return {};
  }
}

/** Without the settings of the cluster nobody knows what its brokers listen on. */
function unasked(answers: Answers): Record<string, MemberReading> {
  return answers.settings === 'unknown'
    ? {
        listeners: {
          ok: false,
          unsure: true,
          text: `could not ask whether others were set in the running cluster${because(answers, 'settings')}`,
        },
      }
    : {};
}

function memberReading(member: QuorumMember, answers: Answers): MemberReading {
  const { open, partitions, voters, directories, settings } = answers;
  const own = partitions?.filter(({ replicas }) => replicas.includes(member.id)) ?? [];
  const behind = own.filter((partition) => isBehind(partition, member.id));
  const voter = voters?.find(({ id }) => id === member.id);
  const failed = Array.isArray(directories) ? directories.filter(({ broker }) => broker === member.id) : [];
  const lasting = [
    ...alteredTrouble(settings, member),
    ...failed.map(({ path, error }) => `its directory ${path} failed (${error})`),
  ];
  const troubles = [
    ...lasting,
    ...(open.has(member.name) ? [] : [member.broker ? 'fenced, or does not answer' : 'does not answer']),
    ...(behind.length === 0 ? [] : [`not in sync for ${namesOf(behind)}`]),
    ...(member.broker && partitions === undefined ? ['what it has could not be asked'] : []),
    ...(member.controller && !isCurrent(voter) ? [voterTrouble(voter)] : []),
    ...(member.controller ? [] : observerTrouble(member, answers)),
  ];
  const breaks = breakageOf(member, answers);
  return {
    ok: troubles.length === 0,
    text: troubles.length > 0 ? troubles.join(', ') : voter?.active === true ? 'active controller' : 'well',
    ...(lasting.length > 0 && lasting.length === troubles.length ? { lasting: true } : {}),
    ...(voter?.active === true ? { last: true } : {}),
    ...(breaks === undefined ? {} : { breaks }),
    ...(own.length === 0 ? {} : { holds: namesOf(own) }),
  };
}

/** Its log does not tell: the settings of stack.yml are among those that it prints all the same (run, 4.4.0). */
function alteredTrouble(settings: Answers['settings'], member?: QuorumMember): string[] {
  if (typeof settings !== 'object') return [];
  const names = settings.altered.filter((each) => each.member === member?.id).map(({ name }) => name);
  if (names.length === 0) return [];
  // Brokers do not know of the settings of a controller apart.
  const at = member?.broker === false ? ` --bootstrap-controller ${member.name}:${PORTS.controller}` : '';
  const whose = member === undefined ? '--entity-default' : `--entity-name ${member.id}`;
  const last = names.slice(-2).join(' and ');
  return [
    `${[...names.slice(0, -2), last].join(', ')} set in the running cluster, over stack.yml (\`kafka-configs.sh${at} ` +
      `--entity-type brokers ${whose} --alter --delete-config ${names.join()}\` takes that back)`,
  ];
}

/** What was set for all members at once. */
function ofAll({ settings }: Answers): Record<string, MemberReading> {
  const [text] = alteredTrouble(settings);
  return text === undefined ? {} : { 'all members': { ok: false, lasting: true, text } };
}

function voterTrouble(voter: Voter | undefined): string {
  if (voter === undefined) return 'the active controller does not know it';
  return voter.behindMs === undefined
    ? 'as a controller not caught up since the active one took over'
    : `as a controller ${Math.round(voter.behindMs / 1000)} s behind`;
}

/**
 * Of a broker that is no controller. If it loses its controllers, clients do not learn of it any more; its port stays
 * open all the same, and without partitions it is in sync for all that it has.
 */
function observerTrouble({ id }: QuorumMember, { voters, observers, asked }: Answers): string[] {
  if (voters === undefined) return asked.has('voters') ? ['no active controller tells of it'] : [];
  const own = observers.filter((observer) => observer.id === id);
  if (own.length === 0) return ['fenced: the active controller does not know it'];
  if (isHeardOf(own)) return [];
  const freshest = freshestOf(own);
  if (freshest === Infinity) return ['not caught up with the active controller since that one took over'];
  return [`fenced: without its controllers for ${Math.round(freshest / 1000)} s`];
}

/** Brokers that are no members any more and still have copies. */
function leaving(members: readonly QuorumMember[], { partitions = [] }: Answers): Record<string, MemberReading> {
  const known = new Set(members.map(({ id }) => id));
  const others = new Set(partitions.flatMap(({ replicas }) => replicas).filter((id) => !known.has(id)));
  return Object.fromEntries(
    [...others].map((id) => [
      `kafka-${id}`,
      {
        ok: false,
        text: 'is no member, and still has copies',
        holds: namesOf(partitions.filter(({ replicas }) => replicas.includes(id))),
      },
    ]),
  );
}
