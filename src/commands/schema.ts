import { bundleJsonSchema } from '../bundle/json-schema.ts';
import { EXIT, usageError, type ExitCode } from '../errors.ts';
import type { CommandIo } from './io.ts';

/** `bundle schema`: the JSON Schema of bundle.yaml. */
export async function run(options: { name?: string }, io: CommandIo): Promise<ExitCode> {
  const { name = 'bundle' } = options;
  if (name !== 'bundle') throw usageError('unknown-schema', `there is no schema of "${name}"; there is: bundle`);
  io.stdout(`${JSON.stringify(bundleJsonSchema(), null, 2)}\n`);
  return EXIT.done;
}
