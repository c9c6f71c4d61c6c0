import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { documentNames } from '../../src/cli/command.ts';
import { commands } from '../../src/commands/index.ts';
import { outputSchema } from '../../src/commands/schema/run.ts';

const ajv = new Ajv2020({ allErrors: true });
const validators = new Map<string, ValidateFunction>();

/**
 * Holds what a command printed with --json to its published schema (`bundle schema COMMAND`), as every run of the
 * tests' own helper does (cli.ts).
 *
 * @param args as the command got them, its name first
 * @throws Error that names the keys which are wrong, if the output is not one JSON document or does not fit the schema
 */
export function expectPublished(args: readonly string[], stdout: string): void {
  const fault = publishedFault(args, stdout);
  if (fault !== undefined) throw new Error(fault);
}

/** The same without throwing: what is wrong; undefined if nothing is, or there is no schema for it. */
export function publishedFault(args: readonly string[], stdout: string): string | undefined {
  const name = schemaOf(args);
  if (name === undefined) return undefined;
  let document: unknown;
  try {
    document = JSON.parse(stdout);
  } catch {
    return `bundle ${args.join(' ')}: not one JSON document on standard output:\n${stdout}`;
  }
  const problems = problemsOf(name, document);
  if (problems.length === 0) return undefined;
  return `bundle ${args.join(' ')}: not as \`bundle schema ${name}\` publishes it:\n${problems.join('\n')}\n${stdout}`;
}

/** What is wrong with a document of a command; an empty list if it fits. */
export function problemsOf(name: string, document: unknown): string[] {
  const validate = validators.get(name) ?? ajv.compile(outputSchema(name, commands) as object);
  validators.set(name, validate);
  validate(document);
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) =>
      `${instancePath === '' ? 'the document' : instancePath} ${message ?? ''} ${JSON.stringify(params)}`,
  );
}

/** The schema of what these arguments make the command print; undefined if that is no JSON document of ours. */
function schemaOf(args: readonly string[]): string | undefined {
  const [command = ''] = args;
  const format = args.indexOf('--format');
  const json = args.includes('--json') || (command === 'verify' && format !== -1 && args[format + 1] === 'json');
  if (!json || !documentNames(commands).includes(command)) return undefined;
  if (command === 'deploy' && args.includes('--dry-run')) return 'deploy-dry-run';
  return command === 'verify' && args.includes('--list') ? 'verify-list' : command;
}
