import { TIMED_OUT, within, type Clock } from '../swarm/clock.ts';
import { BundleError, EXIT, messageOf, usageError } from '../errors.ts';
import type { Check, CheckContext, PreflightResult, Finding, Level } from './check.ts';
import { checks } from './index.ts';

const ORDER: Level[] = ['ok', 'info', 'not-run', 'unsure', 'warning', 'error'];

/** A check that has not ended by then could not tell, unless it has a time of its own. */
const LIMIT_SECONDS = 30;
/** What is waited for is said so often. */
const TELL_MS = 5_000;
/** For what a check that is late, or broken off, made to be taken away again, unless it has a time of its own. */
const TIDY_SECONDS = 5;

export interface ChecksOptions {
  /** Ends them all: what they made is taken away before its reason is thrown, and nothing that they say is told. */
  signal?: AbortSignal;
  /** Called as long as checks are waited for: which, for what, and how long yet. */
  onWaiting?: (text: string) => void;
}

/**
 * Runs all checks and reports all; one that throws is a failed check, not a crash. One that does not end within 30 s,
 * or a time of its own, is `unsure` unless it says otherwise, and tells what it waited for.
 * @param ignore names whose errors do not count
 * @throws BundleError (exit 2) for an unknown name in `ignore`; the signal's reason
 */
export async function runChecks(
  context: CheckContext,
  ignore: string[],
  options: ChecksOptions = {},
): Promise<PreflightResult[]> {
  const { clock } = context;
  const { onWaiting = () => undefined, signal } = options;
  const unknown = ignore.find((name) => !checks.some((check) => check.name === name));
  if (unknown !== undefined) {
    throw usageError('unknown-check', `--ignore ${unknown}: there is no such check`, [
      `checks: ${checks.map((check) => check.name).join(', ')}`,
    ]);
  }
  signal?.throwIfAborted();
  const open = new Set(checks);
  const done = new AbortController();
  const told = tellWaiting(open, clock, onWaiting, done.signal);
  const results = await Promise.all(
    checks.map(async (check) => {
      const result = await runOne(check, context, ignore.includes(check.name), signal);
      open.delete(check);
      return result;
    }),
  );
  done.abort();
  await told;
  // A Ctrl-C of the terminal ends children of ours as well: what they left unanswered is no finding.
  signal?.throwIfAborted();
  return results;
}

async function tellWaiting(
  open: ReadonlySet<Check>,
  clock: Clock,
  tell: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const started = clock.now();
  try {
    for (;;) {
      await clock.sleep(TELL_MS, signal);
      const seconds = Math.round((clock.now() - started) / 1000);
      tell(
        `${[...open].map((check) => `${check.name} waits for ${waitsFor(check)}`).join('; ')} (${seconds} s of ` +
          `${Math.max(...[...open].map(limitOf))} s)`,
      );
    }
  } catch {
    // All have ended.
  }
}

const limitOf = ({ limitSeconds = LIMIT_SECONDS }: Check): number => limitSeconds;

const waitsFor = ({ waitsFor: what = 'the engine' }: Check): string => what;

async function runOne(
  check: Check,
  context: CheckContext,
  ignored: boolean,
  signal: AbortSignal | undefined,
): Promise<PreflightResult> {
  const { name, title } = check;
  if (!check.offline && !context.live) return { name, title, level: 'skipped', ignored, findings: [] };
  const findings = await findingsOf(check, context, signal);
  const level = findings.reduce<Level>(
    (worst, { level: each }) => (ORDER.indexOf(each) > ORDER.indexOf(worst) ? each : worst),
    'ok',
  );
  return { name, title, level, ignored, findings };
}

/** What it finds. Once the signal is aborted that does not count: it has then only taken away what it made. */
async function findingsOf(check: Check, context: CheckContext, outer: AbortSignal | undefined): Promise<Finding[]> {
  const { clock } = context;
  const { tidySeconds = TIDY_SECONDS } = check;
  const late = new AbortController();
  const signal = outer === undefined ? late.signal : AbortSignal.any([outer, late.signal]);
  const running = (async () => check.run(context, signal))();
  try {
    const findings = await within(running, limitOf(check) * 1000, clock, signal);
    if (findings !== TIMED_OUT) return findings;
  } catch (error) {
    if (outer?.aborted !== true)
      return [
        {
          level: 'error',
          text: messageOf(error),
          ...(error instanceof BundleError && error.hints[0] ? { hint: error.hints[0] } : {}),
        },
      ];
  }
  late.abort();
  await within(
    running.catch(() => []),
    tidySeconds * 1000,
    clock,
  );
  return [
    {
      ...(check.late ?? { level: 'unsure', hint: 'see why it does not answer, then run the command again' }),
      text: `no answer within ${limitOf(check)} s: it waited for ${waitsFor(check)}`,
    },
  ];
}

/** Whether a check of that name is said once in each swarm only. */
export function isOnceASwarm(name: string): boolean {
  return checks.some((check) => check.name === name && check.onceASwarm === true);
}

export const failed = (results: PreflightResult[]): PreflightResult[] =>
  results.filter((result) => result.level === 'error' && !result.ignored);

/** Throws (exit 3) if a check failed that is not ignored. */
export function requirePassed(results: PreflightResult[]): void {
  const broken = failed(results);
  if (broken.length === 0) return;
  throw new BundleError(
    'check-failed',
    `${broken.length === 1 ? 'a check' : `${broken.length} checks`} failed: ` +
      `${broken.map(({ name }) => name).join(', ')}`,
    {
      exit: EXIT.preflight,
      hints: ['nothing was changed in the swarm', 'fix it, or continue with `--ignore NAME`'],
      details: { checks: results },
    },
  );
}
