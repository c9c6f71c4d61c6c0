import { resolve } from 'node:path';
import { EXIT, usageError, type ExitCode } from '../../errors.ts';
import { reportJson } from '../../verify/report/json.ts';
import { act, type Done } from '../../deploy/apply.ts';
import { confirm } from '../../cli/confirm.ts';
import { durationOption } from '../../cli/duration.ts';
import type { CommandIo } from '../../cli/io.ts';
import { locked } from '../../cli/with-lease.ts';
import type { DeployOptions } from './command.ts';
import { verificationText } from '../../verify/bundle/report.ts';
import { requireUnchanged, review, type Review } from '../../deploy/review.ts';
import { renewed, type Reissued } from '../../deploy/reissue.ts';
import { orGoBack } from '../../deploy/rollback.ts';
import { finishWriting } from '../../io/write-files.ts';
import { load, openEngine } from '../../cli/session.ts';

/**
 * `bundle deploy`: checks, plan, question, then under the stack's lock all that `act` does. Without a change nothing is
 * written to a service.
 */
export async function run(options: DeployOptions, io: CommandIo): Promise<ExitCode> {
  if (!options.wait && options.rollbackOnFailure === true) {
    throw usageError(
      'usage',
      '--no-wait and --rollback-on-failure exclude each other: a failure is seen only by waiting',
      ['leave one of them out'],
    );
  }
  const timeoutMs = durationOption('--timeout', options.timeout);
  await finishWriting(resolve(io.cwd, options.dir));
  const read = await load(options, io);
  const { name } = read.directory.bundle;
  const engine = await openEngine(options, io);
  try {
    const { loaded, reissued, write } = await renewed(read, options, io);
    let shown: Review | undefined;
    if (options.yes !== true) {
      shown = await review(engine, loaded, options, io, true);
      if (!shown.plan.empty && !(await confirm(`Deploy ${name}?`, false, io))) {
        io.stderr('nothing was changed in the swarm\n');
        return EXIT.done;
      }
    }
    return await locked(engine, name, 'deploy', io, async (inner) => {
      const seen = await review(engine, loaded, options, inner, shown === undefined);
      if (shown) requireUnchanged(shown, seen);
      inner.signal.throwIfAborted();
      // From here on a run that ends early is completed by the next one: the lock file names what the swarm is to get.
      await write();
      const work = () =>
        act(
          engine,
          loaded,
          seen,
          { timeoutMs, verify: options.verify, wait: options.wait, atOnce: options.atOnce },
          inner,
        );
      const done =
        options.rollbackOnFailure === true
          ? await orGoBack(engine, loaded, { timeoutMs, ignore: options.ignore, atOnce: options.atOnce }, inner, work)
          : await work();
      reportDone(io, name, done, reissued);
      return done.verification?.exit ?? EXIT.done;
    });
  } finally {
    await engine.close();
  }
}

/** Prints what a deployment or a rollback did. */
export function reportDone(
  io: CommandIo,
  stack: string,
  { plan, steps, release, converged, verification }: Done,
  reissued: readonly Reissued[] = [],
): void {
  if (io.json) {
    const again = reissued.length > 0 ? { reissued } : {};
    const verified = verification ? { verification: reportJson(verification) } : {};
    io.stdout(`${JSON.stringify({ stack, release, plan, done: steps, converged, ...again, ...verified }, null, 2)}\n`);
    return;
  }
  if (verification) io.stdout(verificationText(verification, 'text', io));
  if (steps.length === 0) io.stdout(`${stack}: nothing was to be done, nothing was restarted\n`);
  else
    io.stdout(
      converged
        ? `${stack} runs, release ${release}\n`
        : `${stack} deployed, release ${release}; not awaited: the swarm goes on starting it\n`,
    );
  if (!converged) io.stderr('  → `bundle verify` waits, tells whether it runs, and writes that down if it does\n');
}
