import { requirePassed, runChecks } from '../checks/run.ts';
import { EXIT, type ExitCode } from '../errors.ts';
import { runSteps } from '../steps/run.ts';
import type { Step } from '../steps/step.ts';
import { confirm } from './confirm.ts';
import type { CommandIo } from './io.ts';
import { locked } from './locked.ts';
import type { CommonOptions } from './options.ts';
import { planBundle } from './plan-bundle.ts';
import { prepareSteps } from './prepare-steps.ts';
import { checkLines } from './report-checks.ts';
import { reporterOf } from './reporter.ts';
import { checkContext, load, openEngine, survey, type Loaded, type Survey } from './session.ts';

export interface PrepareOptions extends CommonOptions {
  yes?: boolean;
  adopt?: boolean;
  ignore: string[];
}

/** `bundle prepare`: the checks, then the secrets and node labels that stack.yml names and the swarm lacks, and nothing else. */
export async function run(options: PrepareOptions, io: CommandIo): Promise<ExitCode> {
  const loaded = await load(options, io);
  const engine = await openEngine(options, io);
  try {
    const { name } = loaded.directory.bundle;
    let steps = await checkedSteps(loaded, await survey(engine, name), options, io);
    if (steps.length > 0) {
      const reporter = reporterOf(io);
      for (const step of steps) reporter.detail(step.describe());
      if (!(await confirm('Make these?', options.yes === true, io))) {
        io.stderr('nothing was changed\n');
        return EXIT.done;
      }
      steps = await locked(engine, name, 'prepare', io, async (inner) => {
        // Read again: another operator may have made them while this one was asked.
        const now = await checkedSteps(loaded, await survey(engine, name), options, { ...inner, quiet: true });
        await runSteps(now, inner.signal, () => undefined);
        return now;
      });
    }
    if (io.json) io.stdout(`${JSON.stringify({ stack: name, done: steps.map((step) => step.describe()) }, null, 2)}\n`);
    else if (steps.length === 0) io.stdout(`${name}: all secrets and node labels are there already\n`);
    else io.stdout(`${name}: ${steps.length} made; next: docker stack deploy --with-registry-auth -c stack.yml ${name}, or bundle deploy ${options.dir}\n`);
    return EXIT.done;
  } finally {
    await engine.close();
  }
}

/** Runs the checks, shows what is wrong, and gives the preparing steps. @throws BundleError (exit 3) where a check failed */
export async function checkedSteps(loaded: Loaded, found: Survey, options: { adopt?: boolean; ignore: string[] }, io: CommandIo): Promise<Step[]> {
  const context = await checkContext(loaded, found, undefined, options.adopt === true, io);
  // Nothing is deployed here; the next command is told of it.
  const results = await runChecks(context, [...options.ignore, 'docker-cli', 'registry-login']);
  if (!io.json && !io.quiet) for (const line of checkLines(results, io, { all: false })) io.stderr(`${line}\n`);
  requirePassed(results);
  return prepareSteps(found.engine, context.secrets, planBundle(loaded, found, context.secrets).labels);
}
