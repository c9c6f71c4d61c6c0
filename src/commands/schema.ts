import * as z from 'zod';
import { bundleJsonSchema } from '../bundle/json-schema.ts';
import { EXIT, usageError, type ExitCode } from '../errors.ts';
import type { CommandIo } from '../cli/io.ts';
import { jsonSchemas } from '../cli/json-schemas.ts';

/** `bundle schema`: the JSON Schema of bundle.yaml, or of what a command prints with --json. */
export async function run(options: { name: string }, io: CommandIo): Promise<ExitCode> {
  const schema = options.name === 'bundle' ? bundleJsonSchema(io.stacks) : outputSchema(options.name);
  io.stdout(`${JSON.stringify(schema, null, 2)}\n`);
  return EXIT.done;
}

/**
 * The JSON Schema of what a command prints with --json: its result, or the one error document that every command prints
 * instead.
 *
 * @param name of a command, `verify-list`, or `error`
 * @throws BundleError (exit 2) if there is no such schema
 */
export function outputSchema(name: string): unknown {
  const found = Object.entries(jsonSchemas).find(([key]) => key === name)?.[1];
  if (!found)
    throw usageError('unknown-schema', `there is no schema "${name}"`, [
      `there is: bundle, ${Object.keys(jsonSchemas).join(', ')}`,
    ]);
  return z.toJSONSchema(name === 'error' ? found : z.union([found, jsonSchemas.error]), { io: 'output' });
}
