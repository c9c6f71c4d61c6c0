import * as z from 'zod';
import { bundleJsonSchema } from '../bundle/json-schema.ts';
import { EXIT, usageError, type ExitCode } from '../errors.ts';
import type { CommandIo } from './io.ts';
import { jsonSchemas } from './json-schemas.ts';

/** `bundle schema`: the JSON Schema of bundle.yaml, or of what a command prints with --json. */
export async function run(options: { name: string }, io: CommandIo): Promise<ExitCode> {
  const schema = options.name === 'bundle' ? bundleJsonSchema() : outputSchema(options.name);
  io.stdout(`${JSON.stringify(schema, null, 2)}\n`);
  return EXIT.done;
}

function outputSchema(name: string): unknown {
  const found = Object.entries(jsonSchemas).find(([key]) => key === name)?.[1];
  if (!found) throw usageError('unknown-schema', `there is no schema "${name}"`, [`there is: bundle, ${Object.keys(jsonSchemas).join(', ')}`]);
  return z.toJSONSchema(found, { io: 'output' });
}
