import type { ExitCode } from '../errors.ts';
import type { CommandIo } from './io.ts';
import { durationOption } from './duration.ts';
import type { CommonOptions } from './options.ts';
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
    const verified = await verifyBundle(engine, loaded, await readSecretStates(loaded, found), timeoutMs, io);
    io.stdout(verificationText(verified, options.format ?? (io.json ? 'json' : 'text'), io));
    return verified.exit;
  } finally {
    await engine.close();
  }
}
