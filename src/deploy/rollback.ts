import { BundleError, EXIT } from '../errors.ts';
import type { Engine } from '../engine/port.ts';
import { reportJson } from '../verify/report/json.ts';
import { apply, type ApplyOptions, type Done } from './apply.ts';
import type { CommandIo } from '../cli/io.ts';
import { writtenHints } from '../text/written-text.ts';
import { verificationText } from '../verify/bundle/report.ts';
import { interruptedWith } from '../ui/interrupted.ts';
import { reporterOf } from '../ui/reporter.ts';
import { LEFT_CHECK } from '../checks/left-data.ts';
import { LEAVE_CHECK } from '../quorum/leave.ts';
import { isGood } from '../release/choose.ts';
import type { StoredRelease } from '../release/record.ts';
import { readHistory } from '../release/store.ts';
import { review } from './review.ts';
import { passedOver, tellWhatStays, wayBack } from './way-back.ts';
import type { Loaded } from '../project/bundle-dir.ts';
import type { Verification } from '../verify/result.ts';

/**
 * Does `work`, and if that does not converge or fails its verification, deploys the last good release again. Call it
 * under the stack's lock.
 * @throws BundleError with the exit code of the failure (4 or 5) that says whether the way back succeeded
 */
export async function orGoBack(
  engine: Engine,
  loaded: Loaded,
  options: Pick<ApplyOptions, 'timeoutMs' | 'stopMs' | 'atOnce'> & { ignore: string[] },
  io: CommandIo,
  work: () => Promise<Done>,
): Promise<Done> {
  let failure: BundleError;
  try {
    const done = await work();
    if (done.verification?.exit !== EXIT.verification) return done;
    if (!io.json) io.stdout(verificationText(done.verification, 'text', io));
    failure = new BundleError('verification-failed', `${done.plan.stack}: verification failed`, {
      exit: EXIT.verification,
      hints: writtenHints(done.written, loaded.directory.shown),
      details: reportJson(done.verification),
    });
  } catch (error) {
    if (!(error instanceof BundleError) || error.exit !== EXIT.notConverged) throw error;
    failure = error;
  }
  throw await goBack(engine, loaded, options, io, failure);
}

/** Goes back; the failure with what became of it. */
async function goBack(
  engine: Engine,
  loaded: Loaded,
  options: Pick<ApplyOptions, 'timeoutMs' | 'stopMs' | 'atOnce'> & { ignore: string[] },
  io: CommandIo,
  failure: BundleError,
): Promise<BundleError> {
  const { name } = loaded.directory.bundle;
  const reporter = reporterOf(io);
  const told = (text: string, details: object, hints: string[] = failure.hints): BundleError =>
    new BundleError(failure.code, `${failure.message}\n${text}`, {
      exit: failure.exit,
      hints,
      details: { failure: failure.details, ...details },
    });
  let from: number | undefined;
  try {
    const [newest] = (await readHistory(engine, name)).releases;
    if (newest !== undefined && isGood(newest)) return told(staysText(newest), {});
    const way = await wayBack(engine, loaded, { ignore: options.ignore });
    const { past } = way;
    from = way.target.number;
    reporter.warn(`${failure.message.split('\n')[0] ?? ''}: going back to release ${from}`);
    tellWhatStays(way, io);
    // Its images ran here until a moment ago; a registry that has dropped one since must not keep the stack down.
    // Members that were added are asked what they hold before they go, once the others are back: now they may tell
    // nothing.
    // Whoever ignored what the deployment leaves behind meant that, and not what the way back would.
    const own = options.ignore.filter((check) => check !== LEFT_CHECK);
    const ignore = [...own, 'images', LEAVE_CHECK, ...passedOver(way)];
    const seen = await review(engine, past, { ...options, ignore, backTo: from }, io, true);
    const { release, verification } = await apply({
      engine,
      loaded: past,
      seen,
      options: {
        timeoutMs: options.timeoutMs,
        stopMs: options.stopMs,
        verify: true,
        wait: true,
        ignore: options.ignore,
        atOnce: options.atOnce,
        rollbackOf: from,
        takesBack: way.unused,
      },
      io,
    });
    const text = `${name} went back to release ${from} (now release ${release}), which runs ${verifiedText(verification)}`;
    return told(text, { rolledBackTo: from, release }, hintsOnceBack(failure));
  } catch (error) {
    if (io.signal.aborted) throw interruptedWith(error, goingBack(failure, from));
    if (!(error instanceof BundleError)) throw error;
    return told(
      `${from === undefined ? 'nothing goes back' : `going back to release ${from} failed too`}: ${error.message}`,
      { wayBack: { code: error.code, details: error.details } },
      [...failure.hints, ...hintsOfWayBack(error)],
    );
  }
}

/** Of a deployment that changed nothing: the release before would bring back what was left for this one. */
const staysText = ({ number, state }: StoredRelease): string =>
  `nothing goes back: nothing was deployed, and release ${number}, which the swarm has, was ${state} before`;

/** How the release that came back was verified, after "which runs". */
export function verifiedText(verification: Pick<Verification, 'exit'> | undefined): string {
  if (verification?.exit === EXIT.done) return 'and is verified';
  return verification?.exit === EXIT.verification
    ? 'but does not pass its checks either: `bundle verify` shows them'
    : 'but could not be verified from here: `bundle verify` shows what it could not tell';
}

/** What to do after a failure, once the last good release runs again: nothing is left half done. */
export const hintsOnceBack = ({ hints, midway }: Pick<BundleError, 'hints' | 'midway'>): string[] => [
  ...hints.filter((hint) => !midway.includes(hint)),
  'the bundle’s directory still says what failed: correct the cause, then `bundle deploy` deploys all of it anew',
];

/** What to do about a way back that failed: its own advice is of a command that only goes back. */
const hintsOfWayBack = ({ hints }: Pick<BundleError, 'hints'>): string[] =>
  hints.map((hint) => `of the way back, which is \`bundle rollback\`: ${hint}`);

const goingBack = (failure: BundleError, to: number | undefined): { words: string; hints: string[] } => ({
  words:
    `that was the way back ${to === undefined ? 'to the last good release' : `to release ${to}`}, since the ` +
    `deployment had failed: ${failure.message.split('\n')[0] ?? ''}`,
  hints: ['`bundle rollback` goes back to it'],
});
