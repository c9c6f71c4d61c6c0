import * as z from 'zod';
import { bundleJsonSchema } from '../../bundle/json-schema.ts';
import { errorJson } from '../../cli/json-documents.ts';
import type { Command } from '../../cli/command.ts';
import type { CommandIo } from '../../cli/io.ts';
import { EXIT, usageError, type ExitCode } from '../../errors.ts';
import type { SchemaOptions } from './command.ts';

/** `bundle schema`: the JSON Schema of bundle.yaml, or of what a command prints with --json. */
export async function run(options: SchemaOptions, io: CommandIo, commands: readonly Command[]): Promise<ExitCode> {
  const schema = options.name === 'bundle' ? bundleJsonSchema(io.stacks) : outputSchema(options.name, commands);
  io.stdout(`${JSON.stringify(schema, null, 2)}\n`);
  return EXIT.done;
}

/** The documents that have a published schema: `error`, then those of each command. */
export const documentNames = (commands: readonly Command[]): string[] => [
  'error',
  ...commands.flatMap(({ json }) => Object.keys(json)),
];

/**
 * The JSON Schema of what a command prints with --json: its result, or the one error document that every command prints
 * instead.
 *
 * @param name of a command, `verify-list`, or `error`
 * @throws BundleError (exit 2) if there is no such schema
 */
export function outputSchema(name: string, commands: readonly Command[]): unknown {
  const error = errorJson(z);
  if (name === 'error') return z.toJSONSchema(error, { io: 'output' });
  const found = commands.flatMap(({ json }) => Object.entries(json)).find(([key]) => key === name)?.[1];
  if (!found)
    throw usageError('unknown-schema', `there is no schema "${name}"`, [
      `there is: bundle, ${documentNames(commands).join(', ')}`,
    ]);
  return z.toJSONSchema(z.union([found(z), error]), { io: 'output' });
}
