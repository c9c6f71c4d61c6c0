import { daysUntil } from '../days.ts';
import { EXPIRY_WARNING_DAYS } from '../checks/secrets.ts';
import { consequences, usersOf } from '../bundle/lost-secrets.ts';
import type { StackPlan } from '../sdk/definition.ts';
import type { SecretChange } from '../bundle/secret-changes.ts';
import type { PlannedFile } from '../io/write-files.ts';
import type { Prompter } from '../wizard/prompter.ts';
import type { Session } from '../wizard/session.ts';
import { answersSummary, formatSummary, secretsSummary, warnings } from '../wizard/summary.ts';
import type { Answered } from './answers.ts';
import type { Existing } from './existing.ts';
import type { CommandIo } from '../cli/io.ts';

const ansi =
  (on: boolean, code: number, end: number) =>
  (text: string): string =>
    on ? `\u001b[${code}m${text}\u001b[${end}m` : text;
const styleOf = (io: CommandIo) => ({
  dim: ansi(io.color, 2, 22),
  cyan: ansi(io.color, 36, 39),
  bold: ansi(io.color, 1, 22),
  yellow: ansi(io.color, 33, 39),
});

/** The first lines at a terminal. @returns whether the user wants to go through all answers again */
export async function introduce(run: {
  session: Session;
  prompter: Prompter;
  io: CommandIo;
  shown: string;
  isNew: boolean;
  open: number;
}): Promise<boolean> {
  const { session, prompter, io, shown, isNew, open } = run;
  const style = styleOf(io);
  io.stderr(`\n  ${style.bold(session.definition.title)} on Docker Swarm\n`);
  if (isNew) {
    io.stderr(
      style.dim(
        `  The answers become the bundle in ${shown}.\n  Enter takes the value in brackets; Ctrl-C leaves ` +
          `nothing behind.\n`,
      ),
    );
    return false;
  }
  io.stderr(style.dim(`  ${shown} is a bundle already: its answers and secrets stay unless you change them.\n`));
  if (open > 0) return false;
  return prompter.confirm({
    message: 'Go through all answers again?',
    help: 'With the present ones as defaults. Default no.',
    default: false,
  });
}

/** What will be written. */
export function showSummary(
  run: {
    answered: Answered;
    changes: SecretChange[];
    existing: Existing | undefined;
    shown: string;
    files: PlannedFile[] | undefined;
    now: Date;
    newSecrets: boolean;
  },
  io: CommandIo,
): void {
  if (io.quiet || io.json) return;
  const { answered, changes, existing, shown, files, now } = run;
  const style = styleOf(io);
  const { bundle } = answered;
  const whole = [...answersSummary(answered.keys, answered.answers, existing?.answers), secretsSummary(changes, now)];
  const groups = existing
    ? whole.map((group) => group.filter(({ changed }) => changed)).filter((group) => group.length > 0)
    : whole;
  io.stderr(`\n  ${style.bold(existing ? `Changes to ${shown}` : `Bundle ${shown}`)}\n\n`);
  if (groups.length > 0) io.stderr(`${formatSummary(groups, style)}\n\n`);
  else if (files) io.stderr(`  The answers stay; written anew: ${files.map(({ path }) => path).join(', ')}\n\n`);
  const plan = bundle.definition.plan(bundle.name, bundle.answers);
  const risks = warnings(plan);
  if (existing && existing.answers['name'] !== bundle.name)
    risks.push(
      `the stack’s name changes: what runs as ${String(existing.answers['name'])} stays, and is no longer this bundle’s`,
    );
  risks.push(...changes.flatMap((change) => soonOver(change, now)));
  if (run.newSecrets) risks.push(...consequencesOf(changes, plan));
  for (const line of risks) io.stderr(`  ${style.yellow('!')} ${line}\n`);
  if (risks.length > 0) io.stderr('\n');
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

/** What follows from secrets that are made anew. The document without versions tells who mounts them. */
function consequencesOf(changes: readonly SecretChange[], plan: StackPlan): string[] {
  const made = changes.filter(({ act }) => act !== 'keep' && act !== 'restore').map(({ need }) => need);
  const { document } = plan.document(
    (secret) => secret,
    () => ['start'],
    (name) => name,
  );
  return consequences(usersOf(made, document));
}
