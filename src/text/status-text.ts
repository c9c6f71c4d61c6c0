import { EXIT } from '../errors.ts';
import type { LastVerification } from '../project/last-verification.ts';
import { LAST_VERIFICATION, upState, type Restarts, type Status } from '../project/status.ts';
import { nodeText } from '../place/named-node.ts';
import { agoText, spanText } from '../span.ts';
import { columns, flow, fold } from '../ui/layout.ts';
import type { Screen } from '../ui/screen.ts';
import { widthOf, type Style } from '../ui/style.ts';
import { riskLines, wayLines } from './access-text.ts';
import { nodeTree } from './node-tree.ts';

/** With fewer days left than this it is marked. */
const SOON_DAYS = 30;

/**
 * How a bundle is, on one screen: whether it runs, where, what is not as it should be, and what expires when.
 * @param now for how long ago things were
 */
export function statusText(status: Status, screen: Screen, now: Date): string {
  const parts = [
    [
      ...headLines(status, screen, now),
      ...wayLines(status.access, screen.width),
      ...riskLines(status.risks, screen),
      ...(isRead(status, 'services') && isRead(status, 'nodes') && isRead(status, 'tasks')
        ? nodeTree(status, screen)
        : serviceLines(status, screen)),
      ...troubles(status, screen.style).flatMap((line) => fold(line, screen.width)),
    ],
    expiryLines(status, screen),
    closingLines(status, screen, now),
  ].filter((lines) => lines.length > 0);
  return `${parts.map((lines) => lines.join('\n')).join('\n')}\n`;
}

/** Whether that part of it could be read. */
export const isRead = (status: Status, part: string): boolean =>
  status.unread?.some((each) => each.part === part) !== true;

/** Days in red if they are few. */
export const daysText = (left: number, style: Style): string =>
  left < SOON_DAYS ? style.red(String(left)) : String(left);

/** What came of the newest release and the last verification unless it is well, and what could not be read. */
export function closingLines(status: Status, { width }: Screen, now: Date): string[] {
  const { lastVerification: last, release } = status;
  const lines = [
    ...(release && unfinished(status)
      ? [
          `! release ${release.number} did not end (${agoText(release.at, now)}, ${release.by}): the command that ` +
            'began it, `bundle deploy` or `bundle rollback`, goes on with it if it is run again',
        ]
      : []),
    ...(release && release.state === 'failed'
      ? [`! release ${release.number} failed (${agoText(release.at, now)}, ${release.by}): \`bundle history\` says why`]
      : []),
    ...(last && last.failed + last.unsure > 0
      ? [`! the last verification from here: ${last.failed} failed, ${last.unsure} unknown, ${last.passed} passed`]
      : []),
    ...(status.unread ?? []).map(({ part, text }) => `${part}: not read: ${text}`),
  ];
  return lines.flatMap((line) => fold(line, width));
}

/** Whether it runs, when that was last proved, what was deployed, and who is at work on it. */
export const headLines = (status: Status, { style, width }: Screen, now: Date): string[] =>
  flow(headline(status, style, now), width, '', '   ').flatMap((line) => fold(line, width));

function headline(status: Status, style: Style, now: Date): string[] {
  const { lastVerification: last, release, heldBy, silentHolder } = status;
  const other = last ? ofOther(last, release) : '';
  const verified = last
    ? `${verdictText(last, other)} ${agoText(last.at, now)}${other}`
    : isRead(status, LAST_VERIFICATION)
      ? 'never verified from here'
      : 'last verification not known';
  return [
    `${style.bold(status.stack)}  ${runsText(status, style)}, ${verified}`,
    ...(release ? [`release ${release.number} ${release.state}, ${agoText(release.at, now)}, ${release.by}`] : []),
    ...(heldBy ? [style.yellow(`${heldBy.owner} is at work on it: bundle ${heldBy.command}`)] : []),
    ...(silentHolder ? [style.yellow(silentText(silentHolder))] : []),
  ];
}

/** One look at a lock that is not renewed, or dated by another clock, does not tell which. */
function silentText({ owner, command, ageSeconds }: NonNullable<Status['silentHolder']>): string {
  const sign =
    ageSeconds > 0
      ? `without a sign of life for ${spanText(ageSeconds * 1000)}: it died, or managers’ clocks differ`
      : `and its sign of life is dated ${spanText(-ageSeconds * 1000)} ahead: managers’ clocks differ`;
  return `${owner} (bundle ${command}) has its lock, ${sign}`;
}

/**
 * Of which other release than the swarm's newest it was; empty if it was of that one. A swarm that was restored from a
 * backup has an older one than was verified since.
 */
function ofOther(last: LastVerification, release: Status['release']): string {
  if (release && last.release?.number === release.number && last.release.at === release.at) return '';
  if (release && Date.parse(last.at) < Date.parse(release.at)) return `, before release ${release.number}`;
  if (!release || !last.release) return '';
  return `, of ${last.release.number === release.number ? 'another ' : ''}release ${last.release.number}`;
}

/** What came of it, to be followed by how long ago. @param other if it was of another release, which */
function verdictText({ exit }: LastVerification, other: string): string {
  if (exit === EXIT.done) return other === '' ? 'verified' : 'last verified';
  return exit === EXIT.verification ? 'verification failed' : 'verification could not tell';
}

function runsText(status: Status, style: Style): string {
  const { services, release } = status;
  if (!isRead(status, 'services')) return style.yellow('? services not read');
  if (services.length === 0) return 'not deployed on this swarm';
  const amiss = amissTexts(services);
  if (!isRead(status, 'tasks')) return style.yellow(['? tasks not read', ...amiss].join('; '));
  // One that was scaled has, or is about to get, another number of tasks, whatever runs at this moment.
  const well = services.filter(
    ({ missing, scaledTo, running, wanted }) => missing !== true && scaledTo === undefined && running === wanted,
  ).length;
  if (well < services.length) return style.red([`✘ ${well} of ${services.length} services run`, ...amiss].join('; '));
  const doubled = [...new Set(status.stopping.flatMap(({ successor }) => successor ?? []))];
  if (doubled.length > 0) return style.yellow(`! runs, and ${doubledText(doubled)}`);
  if (release && unfinished(status)) return style.yellow(`! runs, but release ${release.number} did not end`);
  return release?.state === 'failed'
    ? style.yellow(`! runs, but release ${release.number} failed`)
    : style.green('✔ runs');
}

const doubledText = (services: readonly string[]): string =>
  services.length === 1
    ? `a former task of ${services.join()} still stops beside it`
    : `former tasks of ${services.length > 3 ? `${services.length} services` : services.join(', ')} still stop beside them`;

/** Services that are not in the swarm as they were released. */
function amissTexts(services: Status['services']): string[] {
  const missing = services.filter((each) => each.missing === true).map(({ name }) => name);
  return [
    ...(missing.length === 0 ? [] : [`${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing`]),
    ...services.flatMap(({ name, wanted, scaledTo }) =>
      scaledTo === undefined ? [] : [`${name} was scaled ${scaledTo === 0 ? '' : `from ${wanted} `}to ${scaledTo}`],
    ),
  ];
}

/** Whether the newest release was begun, and nobody is at work on it. */
const unfinished = (status: Status): boolean =>
  status.release?.state === 'started' && status.heldBy === undefined && isRead(status, 'lock');

/** Without the nodes, only how many tasks of each service run. */
function serviceLines(status: Status, { style, width }: Screen): string[] {
  return columns(
    status.services.map(({ name, running, wanted }) => [
      name,
      running === undefined
        ? `?/${wanted}`
        : running === wanted
          ? style.green(`${running}/${wanted}`)
          : style.red(`${running}/${wanted}`),
    ]),
    width,
    '  ',
  );
}

/** What is not as it should be: tasks that do not run, tasks that ended by themselves, secrets. */
function troubles(status: Status, style: Style): string[] {
  const tasks = status.services.flatMap(({ name, job, running, wanted, scaledTo, missing, tasks: all }) => {
    const ill = all.filter(({ state, error }) => state !== upState(job) || error !== '');
    // What the headline says of it is not said again.
    const expected = missing === true ? 0 : Math.min(wanted, scaledTo ?? wanted);
    const few =
      running !== undefined && running < expected && ill.length === 0
        ? [`${style.red('✘')} ${name}: ${running} of ${wanted} tasks run`]
        : [];
    return [
      ...few,
      ...ill.map(
        ({ node, nodeId, state, error }) =>
          `${style.red('✘')} ${name}${node === '' ? '' : ` on ${nodeText(status.nodes, node, nodeId)}`}: ${state}${error === '' ? '' : `: ${error}`}`,
      ),
    ];
  });
  const restarts = status.services.flatMap(({ name, restarts }) => endsLine(name, restarts ?? NONE, style));
  const secrets = status.secrets
    .filter(({ state, otherOnDisk }) => state !== 'present' || otherOnDisk)
    .map(({ name, state }) => `${style.yellow('!')} secret ${name}: ${SECRET_WORDS[state]}`);
  return [...tasks, ...restarts, ...secrets];
}

/** `bundle logs` shows the task that runs by now: of the one that ended, docker does. */
function endsLine(name: string, { count, withNode, ...last }: Restarts, style: Style): string[] {
  if (count <= withNode) return [];
  const times = count - withNode === 1 ? 'once' : `${count - withNode} times`;
  const code = last.lastExitCode === undefined ? '' : ` (exit ${last.lastExitCode})`;
  const look =
    last.lastStarted === true
      ? `\`docker service logs ${last.lastTask}\` shows its last words`
      : `\`docker inspect ${last.lastTask}\` shows how far it came`;
  return [`${style.yellow('!')} ${name} ended by itself ${times}${code}: ${look}`];
}

const NONE: Restarts = { count: 0, withNode: 0 };

const SECRET_WORDS: Record<Status['secrets'][number]['state'], string> = {
  present: 'in the swarm; the file in secrets/ is of another version, and is not used',
  missing: 'on disk, and not yet in the swarm: `bundle deploy` makes it',
  foreign: 'in the swarm, but bundle did not make it',
  differs: 'in the swarm with another content than bundle.lock.json means',
  changed: 'the file in secrets/ is not what bundle.lock.json means',
  lost: 'neither on this disk nor in the swarm',
};

/** What ends, the soonest first, in two columns if they fit. */
function expiryLines({ secrets, swarmRoots }: Status, { style, width }: Screen): string[] {
  const ends = new Map<string, number>();
  for (const { secret, daysLeft } of secrets) if (daysLeft !== undefined) ends.set(secret, daysLeft);
  for (const { subject, daysLeft } of swarmRoots) ends.set(`swarm’s root ${subject}`, daysLeft);
  const rows = [...ends].sort(([, a], [, b]) => a - b);
  if (rows.length === 0) return [];
  const name = Math.max(7, ...rows.map(([what]) => widthOf(what)));
  const cells = [
    style.bold(`${'EXPIRES'.padEnd(name)}   DAYS`),
    ...rows.map(([what, days]) => {
      const gap = ' '.repeat(name - widthOf(what) + Math.max(2, 7 - String(days).length));
      return `${what}${gap}${daysText(days, style)}${days < SOON_DAYS ? style.red(' !') : ''}`;
    }),
  ];
  const half = Math.ceil(cells.length / 2);
  const two = 2 * (name + 9) + 4 <= width && cells.length > 2;
  if (!two) return cells.map((cell) => cell.trimEnd());
  return Array.from({ length: half }, (_none, at) => {
    const left = cells[at] ?? '';
    return `${left}${' '.repeat(name + 13 - widthOf(left))}${cells[half + at] ?? ''}`.trimEnd();
  });
}
