import type { ExitCode } from '../errors.ts';
import type { CommandIo } from './io.ts';
import { durationOption } from './duration.ts';
import type { CommonOptions } from './options.ts';
import { planBundle } from './plan-bundle.ts';
import { verificationText, type VerifyFormat } from './report-verification.ts';
import { load, openEngine, readSecretStates, survey } from './session.ts';
import { verifyBundle } from './verify-bundle.ts';

export interface VerifyOptions extends CommonOptions {
  timeout: string;
  format?: VerifyFormat;
}

/** `bundle verify`: what every current task really shows; exit 5 where something is missing, 7 where it could not be told. */
export async function run(options: VerifyOptions, io: CommandIo): Promise<ExitCode> {
  const timeoutMs = durationOption('--timeout', options.timeout);
  const loaded = await load(options, io);
  const engine = await openEngine(options, io);
  try {
    const found = await survey(engine, loaded.directory.bundle.name);
    const secrets = await readSecretStates(loaded, found);
    const pending = planBundle(loaded, found, secrets).services.filter(({ action }) => action !== 'unchanged').length;
    // What runs may be as it should be and still not be what stack.yml says now.
    if (pending > 0) io.stderr(`note: stack.yml is not what runs (${pending} service${pending === 1 ? '' : 's'} would change); \`bundle plan\` says which\n`);
    const verified = await verifyBundle(engine, loaded, secrets, timeoutMs, io);
    io.stdout(verificationText(verified, options.format ?? (io.json ? 'json' : 'text'), io));
    return verified.exit;
  } finally {
    await engine.close();
  }
}
