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
    const secrets = await readSecretStates(loaded, found);
    const plan = planBundle(loaded, found, secrets);
    // A plan that deploy would refuse to carry out must not look like one it would.
    const blocked = secrets.filter(({ state }) => state !== 'present' && state !== 'missing').map(({ name, state }) => `${name}: ${state}`);
    const blocks = [...blocked, ...loaded.directory.secrets.faults.filter(({ level }) => level === 'error').map(({ text }) => text)];
    for (const text of blocks) io.stderr(`warning: deploy would refuse: ${text}; \`bundle check\` says more\n`);
    if (io.json) io.stdout(`${JSON.stringify({ ...plan, blocked: blocks }, null, 2)}\n`);
    else for (const line of describePlan(plan)) io.stdout(`${line}\n`);
    return !plan.empty && options.detailedExitcode === true ? EXIT.pending : EXIT.done;
  } finally {
    await engine.close();
  }
}
