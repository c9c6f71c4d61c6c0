import { failed, requirePassed } from '../../checks/run.ts';
import { EXIT, type ExitCode } from '../../errors.ts';
import { askHostsOf } from '../../cli/check-hosts.ts';
import type { CommandIo } from '../../cli/io.ts';
import type { CheckOptions } from './command.ts';
import { checkLines, tellingChecks } from '../../cli/report-checks.ts';
import { checkContext, load, trySurvey } from '../../cli/session.ts';

/**
 * `bundle check`: all checks, all reported; exit 3 where one failed that is not ignored. Changes nothing; what asks the
 * nodes is gone when it ends.
 */
export async function run(options: CheckOptions, io: CommandIo): Promise<ExitCode> {
  const loaded = await load(options, io);
  const { name } = loaded.directory.bundle;
  const { engine, found, unreachable } = await trySurvey(options, io, name);
  try {
    const context = await checkContext(loaded, found, unreachable, false, io);
    const results = await tellingChecks(
      { ...context, ...(engine && { askHosts: await askHostsOf(engine, loaded, io) }) },
      options.ignore,
      io,
    );
    io.signal.throwIfAborted();
    if (io.json) {
      const passed = failed(results).length === 0;
      io.stdout(`${JSON.stringify({ stack: name, passed, checks: results }, null, 2)}\n`);
      return passed ? EXIT.done : EXIT.preflight;
    }
    for (const line of checkLines(results, io, { all: true })) io.stdout(`${line}\n`);
    requirePassed(results);
    return EXIT.done;
  } finally {
    await engine?.close();
  }
}
