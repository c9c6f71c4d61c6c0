import { resolve } from 'node:path';
import { reissuesOf, type Reissued } from '../../bundle/reissues.ts';
import { confirm, withQuestion, type CommandIo } from '../../cli/io.ts';
import { locked, withEngine } from '../../cli/with-engine.ts';
import { apply, NOTHING_RENEWED, type Done } from '../../deploy/apply.ts';
import { firstReview, requireUnchanged, type Review } from '../../deploy/review.ts';
import { deployTimeouts } from '../../duration-option.ts';
import type { Engine, SwarmNode } from '../../engine/port.ts';
import { EXIT, usageError, type ExitCode } from '../../errors.ts';
import { finishWriting } from '../../io/write-files.ts';
import { doneText } from '../../text/done-text.ts';
import { jsonText } from '../../json-text.ts';
import { load, type Loaded } from '../../project/bundle-dir.ts';
import { resultScreen } from '../../ui/screen.ts';
import { verificationText } from '../../verify/bundle/report.ts';
import { reportJson } from '../../verify/report/json.ts';
import type { DeployOptions } from './command.ts';

/**
 * `bundle deploy`: checks, plan, question; then, under the stack's lease, the phases of `apply`. Without a change
 * nothing is written to a service. With --dry-run, the phases are printed instead.
 */
export async function run(options: DeployOptions, io: CommandIo): Promise<ExitCode> {
  refuseContradictions(options);
  const timeouts = deployTimeouts(options.timeout);
  if (options.dryRun === true) return (await import('../../deploy/dry-run.ts')).dryRun(options, timeouts.timeoutMs, io);
  await finishWriting(resolve(io.cwd, options.dir));
  const read = await load(options, io, { ifOld: 'write', checks: true });
  const { name } = read.directory.bundle;
  return withEngine(options, io, async (engine) => {
    const { loaded, ...again } = await withRenewed(engine, read, options, io);
    let shown: Review | undefined;
    if (options.yes !== true) {
      shown = await firstReview(engine, loaded, options, withQuestion(io, false), true);
      if (!shown.plan.empty && !(await confirm(`Deploy ${name}?`, false, io))) {
        io.stderr('nothing was changed in the swarm\n');
        return EXIT.done;
      }
    }
    return locked(engine, name, 'deploy', io, async (inner) => {
      const seen = await firstReview(engine, loaded, options, inner, shown === undefined);
      if (shown) requireUnchanged(shown, seen);
      const { verify, wait, atOnce, ignore } = options;
      const work = () =>
        apply({
          engine,
          loaded,
          seen,
          renewed: again,
          options: { ...timeouts, verify, wait, ignore, atOnce },
          io: inner,
        });
      const done =
        options.rollbackOnFailure === true
          ? await (
              await import('../../deploy/rollback.ts')
            ).orGoBack(engine, loaded, { ...timeouts, ignore, atOnce }, inner, work)
          : await work();
      await reportDone(io, loaded, done, seen.found.live.nodes, again.reissued);
      return done.verification?.exit ?? EXIT.done;
    });
  });
}

/** The bundle with the certificates that are issued again; most deployments issue none. */
async function withRenewed(engine: Engine, read: Loaded, options: DeployOptions, io: CommandIo) {
  if (options.renew !== true && reissuesOf(read, new Date()).length === 0) return { loaded: read, ...NOTHING_RENEWED };
  const [inSwarm, { systemTime }] = await Promise.all([
    engine.secrets({ stack: read.directory.bundle.name }),
    engine.info(),
  ]);
  return (await import('../../deploy/reissue.ts')).renewed(read, options, io, inSwarm, systemTime);
}

/** @throws BundleError (exit 2) */
function refuseContradictions({ wait, rollbackOnFailure, dryRun, detailedExitcode }: DeployOptions): void {
  if (!wait && rollbackOnFailure === true)
    throw usageError(
      'usage',
      '--no-wait and --rollback-on-failure exclude each other: a failure is seen only by waiting',
      ['leave one of them out'],
    );
  if (detailedExitcode === true && dryRun !== true)
    throw usageError('usage', '--detailed-exitcode belongs to --dry-run', ['add --dry-run, or use `bundle plan`']);
}

/** Prints what a deployment or a rollback did. @param nodes of the swarm */
export async function reportDone(
  io: CommandIo,
  { directory }: Pick<Loaded, 'directory'>,
  done: Done,
  nodes: readonly SwarmNode[],
  reissued: readonly Reissued[] = [],
): Promise<void> {
  const { plan, steps, release, converged, written, warnings, verification } = done;
  const stack = directory.bundle.name;
  if (io.json) {
    const again = { ...(reissued.length > 0 && { reissued }), ...(written.length > 0 && { written }) };
    const told = warnings && { warnings: warnings.map(({ text, hint }) => ({ text, hint })) };
    const verified = verification ? { verification: reportJson(verification) } : {};
    io.stdout(jsonText({ stack, release, plan, done: steps, converged, ...again, ...told, ...verified }));
    return;
  }
  if (verification) io.stdout(verificationText(verification, 'text', io, { release }));
  const { shown, secrets } = directory;
  const { accessOf } = await import('../../project/access.ts');
  const access = accessOf(directory, nodes);
  io.stdout(doneText({ stack, done, access, shown, secretsHere: secrets.present }, resultScreen(io)));
  if (!converged) io.stderr('  → `bundle verify` waits, tells whether it runs, and writes that down if it does\n');
}
