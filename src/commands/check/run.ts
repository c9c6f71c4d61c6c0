import { checkLines, tellingChecks } from '../../checks/report.ts';
import { failed, requirePassed } from '../../checks/run.ts';
import { askHostsOf } from '../../cli/check-hosts.ts';
import type { CommandIo } from '../../cli/io.ts';
import { openEngine } from '../../cli/with-engine.ts';
import { checkContext } from '../../deploy/review.ts';
import type { Engine } from '../../engine/port.ts';
import { resultScreen } from '../../ui/screen.ts';
import { BundleError, EXIT, type ExitCode } from '../../errors.ts';
import { jsonText } from '../../json-text.ts';
import { load } from '../../project/bundle-dir.ts';
import { survey, type Survey } from '../../project/plan-bundle.ts';
import { forbiddenBy } from '../../quorum/refuse.ts';
import { readHistory, type History } from '../../release/store.ts';
import type { CheckOptions } from './command.ts';

/**
 * `bundle check`: all checks, all reported; exit 3 if one failed that is not ignored. Changes nothing; what asks the
 * nodes is gone when it ends.
 */
export async function run(options: CheckOptions, io: CommandIo): Promise<ExitCode> {
  const loaded = await load(options, io, { checks: true });
  const { name } = loaded.directory.bundle;
  const { engine, found, history, unreachable } = await trySurvey(options, io, name);
  try {
    const context = await checkContext(loaded, found, unreachable, history ? { history } : {}, io);
    const forbidden = () => forbiddenBy(context.plan.ensembles, context.planned(), options.ignore);
    const results = await tellingChecks(
      { ...context, asksMembers: true, forbidden, ...(engine && (await askHostsOf(engine, loaded))) },
      options.ignore,
      io,
    );
    if (io.json) {
      const passed = failed(results).length === 0;
      io.stdout(jsonText({ stack: name, passed, checks: results }));
      return passed ? EXIT.done : EXIT.preflight;
    }
    for (const line of checkLines(results, resultScreen(io), { all: true })) io.stdout(`${line}\n`);
    requirePassed(results);
    return EXIT.done;
  } finally {
    await engine?.close();
  }
}

/**
 * Opens the engine and reads the swarm; why not, if it does not answer so.
 * @throws BundleError (exit 2) for an engine that cannot be named so; the signal's reason
 */
async function trySurvey(
  options: CheckOptions,
  io: CommandIo,
  stack: string,
): Promise<{ found?: Survey; history?: History; engine?: Engine; unreachable?: unknown }> {
  let engine: Engine | undefined;
  try {
    engine = await openEngine(options, io);
    return { engine, found: await survey(engine, stack), history: await readHistory(engine, stack) };
  } catch (unreachable) {
    if (io.signal.aborted || !(unreachable instanceof BundleError) || unreachable.exit === EXIT.usage) {
      await engine?.close();
      throw unreachable;
    }
    return { ...(engine ? { engine } : {}), unreachable };
  }
}
