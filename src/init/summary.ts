import { daysUntil } from '../days.ts';
import { EXPIRY_WARNING_DAYS } from '../checks/secrets.ts';
import { lockedAs } from '../bundle/lock-entry.ts';
import { consequences, usersOf } from '../bundle/lost-secrets.ts';
import { shellWord } from '../shell-word.ts';
import type { StackPlan } from '../sdk/definition.ts';
import type { SecretChange } from '../bundle/secret-changes.ts';
import type { PlannedFile } from '../io/write-files.ts';
import type { Session } from '../wizard/session.ts';
import { answersSummary, formatSummary, remarks, secretsSummary, warnings } from '../wizard/summary.ts';
import { fold, terminalColumns } from '../ui/layout.ts';
import { styleFor } from '../ui/style.ts';
import type { Decided, InitRun } from './decide.ts';
import type { Existing } from './existing.ts';
import { formerSecrets, formerSecretTexts } from './former-secrets.ts';
import { identityText, lostIdentities } from './identities.ts';
import { documentOf } from '../bundle/document-of.ts';
import type { CommandIo } from '../cli/io.ts';
import { planOf } from '../bundle/plan-of.ts';
import { isSameSecret } from '../release/same-secret.ts';

/** The first lines at a terminal. */
export function introduce(run: { session: Session; io: CommandIo; shown: string; isNew: boolean }): void {
  const { session, io, shown, isNew } = run;
  const { title, caution } = session.definition;
  const style = styleFor(io.color);
  const width = terminalColumns();
  const say = (text: string, format = style.dim): void =>
    fold(`  ${text}`, width, 2).forEach((line) => io.stderr(`${format(line)}\n`));
  io.stderr('\n');
  say(`${title} on Docker Swarm`, style.bold);
  if (caution !== undefined) say(caution, style.yellow);
  say(
    isNew
      ? `The answers become the bundle in ${shown}; nothing is written before the last one.`
      : `${shown} is a bundle already: its answers and secrets stay unless you change them.`,
  );
  say('Enter takes the value in brackets, Esc goes back, Ctrl-C ends it.');
}

/** What will be written; before a question too, of which it is a part. */
export function showSummary({
  decided,
  run,
  files,
}: {
  decided: Decided;
  run: InitRun;
  files: PlannedFile[] | undefined;
}): void {
  const { options, io, existing, now } = run;
  const { answered, changes } = decided;
  const style = styleFor(io.color);
  // A log is searched by line.
  const width = io.interactive ? terminalColumns() : Infinity;
  const whole = [
    ...answersSummary(answered.keys, answered.answers, existing?.answers),
    secretsSummary(changes, now()),
    (existing ? decided.identities : []).map((each) => ({
      label: each.name,
      text: identityText(each),
      changed: each.act !== 'keep',
    })),
  ];
  const groups = whole
    .map((group) => (existing ? group.filter(({ changed }) => changed) : group))
    .filter((group) => group.length > 0);
  io.stderr(`\n  ${style.bold(existing ? `Changes to ${options.dir}` : `Bundle ${options.dir}`)}\n\n`);
  if (groups.length > 0) io.stderr(`${formatSummary(groups, style, width)}\n\n`);
  else if (files) io.stderr(`  The answers stay; written anew: ${files.map(({ path }) => path).join(', ')}\n\n`);
  const risks = risksOf(decided, run);
  for (const risk of risks) {
    const [first = '', ...rest] = fold(`    ${risk}`, width, 4);
    io.stderr(`  ${style.yellow('!')} ${[first.slice(4), ...rest].join('\n')}\n`);
  }
  if (risks.length > 0) io.stderr('\n');
}

/** What an operator must know of what is to be written, a sentence each. */
export function risksOf(decided: Decided, { options, existing, now }: InitRun): string[] {
  const { answered, changes, identities, session } = decided;
  const { bundle } = answered;
  const plan = planOf(bundle);
  const risks = [...warnings(plan), ...remarks(session), ...lostIdentities(identities)];
  if (existing && existing.answers['name'] !== bundle.name)
    risks.push(
      `the stack’s name changes: what runs as ${String(existing.answers['name'])} stays, and is no longer this bundle’s`,
    );
  risks.push(...changes.flatMap((change) => soonOver(change, now())));
  risks.push(...formerSecretTexts(formerSecrets(decided, existing), bundle.name));
  risks.push(...changes.flatMap((change) => stillGiven(change, existing?.plan, options.dir)));
  risks.push(...usedAgain(changes, existing?.plan, options.dir));
  if (existing) risks.push(...consequencesOf(changes, plan, existing));
  return risks;
}

/** That a CA which is taken now ends soon. */
function soonOver(change: SecretChange, now: Date): string[] {
  if (change.act !== 'take' && change.act !== 'adopt') return [];
  const { notAfter } = change.need.kind.describe(change.material);
  if (notAfter === undefined) return [];
  const days = daysUntil(notAfter, now);
  if (days >= EXPIRY_WARNING_DAYS) return [];
  return [
    `the ${change.need.kind.title} given for ${change.need.secret} expires in ${days} days; replacing it ` +
      'restarts everything that uses it',
  ];
}

/** That a secret which was given stays, though the answers now have one made: nothing is replaced by surprise. */
function stillGiven({ act, need }: SecretChange, before: StackPlan | undefined, dir: string): string[] {
  const was = before?.secrets.find(({ secret }) => secret === need.secret);
  if (act !== 'keep' || need.mustBeGiven || was?.mustBeGiven !== true || !need.kind.generate) return [];
  const files = Object.values(need.files).map((file) => `secrets/${file}`);
  return [
    `${need.secret} stays the one that was given: to have a new one made, remove ${files.join(' and ')}, then ` +
      `\`bundle init ${shellWord(dir)} --new-secrets\``,
  ];
}

/**
 * That secrets which the answers of before did not call for come back as they once were, a user's who was removed among
 * them: whoever had them then has them still. How others are made is told where `--new-secrets` makes those alone.
 */
function usedAgain(changes: readonly SecretChange[], before: StackPlan | undefined, dir: string): string[] {
  const again = changes.filter(
    ({ act, need }) => act === 'keep' && before?.secrets.some(({ secret }) => secret === need.secret) === false,
  );
  if (again.length === 0) return [];
  const isWhole = changes.every((change) => change.act !== 'keep' || change.onDisk);
  const made = isWhole ? again.filter(({ need }) => need.kind.generate && !need.mustBeGiven) : [];
  const files = made.flatMap(({ need }) => Object.values(need.files).map((file) => `secrets/${file}`));
  const anew =
    made.length === 0
      ? ''
      : `; to have new ones made, move ${files.join(', ')} away, kept until they are deployed, then \`bundle init ` +
        `${shellWord(dir)} --new-secrets\``;
  return [
    `${again.map(({ need, version }) => `${need.secret} (version ${version})`).join(', ')}: as the bundle had it before, ` +
      `and whoever had it then may use it again${anew}`,
  ];
}

/**
 * What follows from secrets that another content takes the place of. One of another account or other data is not
 * changed, but left. The document tells who mounts them.
 */
function consequencesOf(changes: readonly SecretChange[], plan: StackPlan, { lock, plan: before }: Existing): string[] {
  const replaced = changes.flatMap(({ act, need }) => {
    const former = before?.secrets.find(({ secret }) => secret === need.secret);
    const stays = act === 'keep' || act === 'restore' || lockedAs(need, lock) === undefined;
    return stays || (former && !isSameSecret(former, need)) ? [] : [need];
  });
  return replaced.length === 0 ? [] : consequences(usersOf(replaced, documentOf(plan).document));
}
