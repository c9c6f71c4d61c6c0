import { EXIT, type ExitCode } from '../errors.ts';
import { describePlan } from '../plan/describe.ts';
import type { CommandIo } from './io.ts';
import type { CommonOptions } from './options.ts';
import { planBundle } from './plan-bundle.ts';
import { load, openEngine, readSecretStates, survey } from './session.ts';

export interface PlanOptions extends CommonOptions {
  detailedExitcode?: boolean;
}

/** `bundle plan`: what deploy would change, and which field causes it. Changes nothing. */
export async function run(options: PlanOptions, io: CommandIo): Promise<ExitCode> {
  const loaded = await load(options, io);
  const engine = await openEngine(options, io);
  try {
    const found = await survey(engine, loaded.directory.bundle.name);
    const plan = planBundle(loaded, found, await readSecretStates(loaded, found));
    if (io.json) io.stdout(`${JSON.stringify(plan, null, 2)}\n`);
    else for (const line of describePlan(plan)) io.stdout(`${line}\n`);
    return !plan.empty && options.detailedExitcode === true ? EXIT.pending : EXIT.done;
  } finally {
    await engine.close();
  }
}
