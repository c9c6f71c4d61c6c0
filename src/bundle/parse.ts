import type { KeyLines } from './key-lines.ts';
import { parseDocument } from 'yaml';
import type * as z from 'zod';
import type { StackDefinition } from '../sdk/definition.ts';
import { usageError } from '../errors.ts';
import { findStack } from './catalogue.ts';
import { COMMON_KEYS, commonAnswers, secretFiles } from './common.ts';
import { issueText } from './issues.ts';
import { ownCheckFaults } from './own-expectations.ts';
import { planOf, type Bundle } from './plan-of.ts';
import { yamlFault, yamlValue } from './yaml-faults.ts';

export type { Bundle } from './plan-of.ts';

/**
 * Reads YAML or JSON without quoting a source line in errors: an answers file may hold what its writer took for a
 * harmless value.
 * @throws BundleError (exit 2) with line and column
 */
export function parseYaml(text: string, file: string): Record<string, unknown> {
  const document = parseDocument(text, { prettyErrors: false, merge: false, strict: true });
  const error = document.errors[0];
  if (error) {
    const { line, column, why, hint } = yamlFault(text, error);
    throw usageError('invalid-yaml', `${file}:${line}:${column}: not valid YAML (${why})`, [hint]);
  }
  const read = yamlValue(document);
  if ('fault' in read) {
    const line = read.at === undefined ? '' : `:${text.slice(0, read.at).split('\n').length}`;
    throw usageError('invalid-yaml', `${file}${line}: ${read.fault.why}`, [read.fault.hint]);
  }
  const { value } = read;
  if (value === null || value === undefined) return {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw usageError('invalid-yaml', `${file}: expected a mapping of keys at the top level`);
  }
  return value as Record<string, unknown>;
}

/**
 * One line for each thing zod refuses, as `path: why`; never the value itself.
 * @param lines of the file's keys
 */
function explainIssues(error: z.ZodError, lines: KeyLines = new Map()): string[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.map(String).join('.');
    if (issue.code !== 'unrecognized_keys') return [`${path || '(top level)'}: ${issueText(issue)}`];
    return issue.keys.map((key) => {
      const whole = path ? `${path}.${key}` : key;
      const line = lines.get(whole);
      return `${whole}: unknown key${line === undefined ? '' : ` in line ${line}`}`;
    });
  });
}

/**
 * Validates answers (bundle.yaml, or an answers file without its secretFiles) against the common keys and their stack
 * definition, which is one of `stacks`.
 * @param lines of the file's keys, to say where an unknown one stands
 * @throws BundleError (exit 2) that lists every fault
 */
export function validateAnswers(
  value: Record<string, unknown>,
  file: string,
  stacks: readonly StackDefinition[],
  lines?: KeyLines,
): Bundle {
  const common = Object.fromEntries(COMMON_KEYS.filter((key) => key in value).map((key) => [key, value[key]]));
  const own = Object.fromEntries(Object.entries(value).filter(([key]) => !(COMMON_KEYS as string[]).includes(key)));
  const parsedCommon = commonAnswers.safeParse(common, { reportInput: true });
  const definition = findStack(stacks, typeof value['stack'] === 'string' ? value['stack'] : '', file);
  const parsedOwn = definition.answers.safeParse(own, { reportInput: true });
  let bundle: Bundle | undefined;
  if (parsedCommon.success && parsedOwn.success) {
    const { name, verify, hosts } = parsedCommon.data;
    bundle = { name, definition, answers: parsedOwn.data, ...(verify && { verify }), ...(hosts && { hosts }) };
  }
  const problems = [
    ...(parsedCommon.error ? explainIssues(parsedCommon.error, lines) : []),
    ...(parsedOwn.error ? explainIssues(parsedOwn.error, lines) : []),
    ...(bundle?.verify === undefined ? [] : ownCheckFaults(bundle.verify, planOf(bundle))),
  ];
  if (problems.length > 0 || bundle === undefined) {
    throw usageError(
      'invalid-bundle',
      `${file} is not a valid bundle:\n${problems.map((p) => `  ${p}`).join('\n')}`,
      ['`bundle schema` prints every key with its meaning'],
      { problems, paths: problems.map((problem) => problem.slice(0, problem.indexOf(':'))) },
    );
  }
  return bundle;
}

/** Takes `secretFiles` out of an answers file. @throws BundleError (exit 2) */
export function splitSecretFiles(
  value: Record<string, unknown>,
  file: string,
): { answers: Record<string, unknown>; files: Record<string, string> } {
  const { secretFiles: given, ...answers } = value;
  const parsed = secretFiles.safeParse(given ?? {});
  if (!parsed.success) throw usageError('invalid-answers', `${file}: secretFiles must map names to file paths`);
  return { answers, files: parsed.data };
}
