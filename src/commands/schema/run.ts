import * as z from 'zod';
import type { ZodParts } from '../../zod-parts.ts';
import { allDefinitions } from '../../bundle/catalogue.ts';
import { bundleJsonSchema } from '../../bundle/json-schema.ts';
import { documentNames, type Command } from '../../cli/command.ts';
import type { CommandIo } from '../../cli/io.ts';
import { EXIT, usageError, type ExitCode } from '../../errors.ts';
import type { SchemaOptions } from './command.ts';
import { jsonText } from '../../json-text.ts';

/** `bundle schema`: the JSON Schema of bundle.yaml, or of what a command prints with --json. */
export async function run(options: SchemaOptions, io: CommandIo, commands: readonly Command[]): Promise<ExitCode> {
  const schema =
    options.name === 'bundle'
      ? bundleJsonSchema(await allDefinitions(io.stacks))
      : outputSchema(options.name, commands);
  io.stdout(jsonText(schema));
  return EXIT.done;
}

const parts: ZodParts = {
  array: z.array,
  boolean: z.boolean,
  enum: z.enum,
  int: z.int,
  literal: z.literal,
  number: z.number,
  object: z.object,
  record: z.record,
  string: z.string,
  unknown: z.unknown,
};

/** What any command that fails prints instead. */
const error = z
  .object({
    error: z.object({
      code: z.string(),
      message: z.string(),
      hints: z.array(z.string()),
      details: z.unknown().optional(),
    }),
    exit: z.int(),
  })
  .describe('Any command that fails prints this instead; `exit` is its exit code.');

/**
 * The JSON Schema of what a command prints with --json: its result, or the one error document that every command prints
 * instead.
 *
 * @param name of a command, `verify-list`, or `error`
 * @throws BundleError (exit 2) if there is no such schema
 */
export function outputSchema(name: string, commands: readonly Command[]): unknown {
  if (name === 'error') return z.toJSONSchema(error, { io: 'output' });
  const found = commands.flatMap(({ json }) => Object.entries(json)).find(([key]) => key === name)?.[1];
  if (!found)
    throw usageError('unknown-schema', `there is no schema "${name}"`, [
      `there is: bundle, ${documentNames(commands).join(', ')}`,
    ]);
  return z.toJSONSchema(z.union([found(parts), error]), { io: 'output' });
}
