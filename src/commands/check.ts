import { requirePassed, runChecks } from '../checks/run.ts';
import { EXIT, type ExitCode } from '../errors.ts';
import type { CommandIo } from './io.ts';
import type { CommonOptions } from './options.ts';
import { checkLines } from './report-checks.ts';
import { checkContext, load, openEngine, survey, type Survey } from './session.ts';

export interface CheckOptions extends CommonOptions {
  ignore: string[];
}

/** `bundle check`: all checks, all reported; exit 3 where one failed that is not ignored. Changes nothing. */
export async function run(options: CheckOptions, io: CommandIo): Promise<ExitCode> {
  const loaded = await load(options, io);
  const engine = await openEngine(options, io);
  try {
    let found: Survey | undefined;
    let unreachable: unknown;
    try {
      found = await survey(engine, loaded.directory.bundle.name);
    } catch (error) {
      unreachable = error;
    }
    const results = await runChecks(await checkContext(loaded, found, unreachable, false), options.ignore);
    if (io.json) {
      const broken = results.some((result) => result.level === 'error' && !result.ignored);
      io.stdout(`${JSON.stringify({ stack: loaded.directory.bundle.name, passed: !broken, checks: results }, null, 2)}\n`);
      return broken ? EXIT.preflight : EXIT.done;
    }
    for (const line of checkLines(results, io, { all: true })) io.stdout(`${line}\n`);
    requirePassed(results);
    return EXIT.done;
  } finally {
    await engine.close();
  }
}
