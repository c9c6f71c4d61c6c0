import { basename, dirname, join, resolve } from 'node:path';
import type { Question, StackDefinition } from '../sdk/definition.ts';
import { fileText } from '../bundle/file-text.ts';
import { findStack } from '../bundle/catalogue.ts';
import { commonAnswers } from '../bundle/common.ts';
import { keyLines, type KeyLines } from '../bundle/key-lines.ts';
import { bundleKeys } from '../bundle/keys.ts';
import { leaves, overlay, withAt, type Tree } from '../bundle/paths-access.ts';
import { emptyLock } from '../bundle/lock.ts';
import { lockedAs } from '../bundle/lock-entry.ts';
import { parseYaml } from '../bundle/parse.ts';
import { usageError } from '../errors.ts';
import { readNamed } from '../io/files.ts';
import { loadSecretStore } from '../io/secret-store.ts';
import { FILE } from '../bundle/names.ts';
import { withImplied } from '../wizard/collect.ts';
import { readGiven, type Given } from '../wizard/given.ts';
import { namedNodes, namesIn } from '../wizard/nodes.ts';
import { secretInput, type SecretSource, type Session } from '../wizard/session.ts';
import type { CommandIo } from '../cli/io.ts';
import { chooseStack, planWithoutFaults, type Existing } from './existing.ts';
import type { InitOptions } from './options.ts';

/**
 * The session before the first question: what flags, answers file and an existing bundle say. @throws BundleError (exit
 * 2)
 */
export async function startSession(
  options: InitOptions,
  io: CommandIo,
  dir: string,
  existing: Existing | undefined,
): Promise<Session> {
  const file =
    options.answers === undefined
      ? undefined
      : { ...(await readAnswersFile(options.answers, io)), name: options.answers };
  const definition = await findStack(
    io.stacks,
    chooseStack(io.stacks, {
      existing: existing?.answers['stack'],
      option: options.stack,
      file: file?.content['stack'],
      set: stackOf(options.set),
    }),
    '--stack',
  ).load();
  const keys = bundleKeys(definition);
  const inputs = definition.questions.map(secretInput).filter((input) => input !== undefined);
  // A secret may have inputs that no question asks for; which, may follow from the answers.
  const inputsOf = (answers: Tree): string[] | undefined => {
    const common = { version: 1, stack: definition.name, name: definition.name };
    const plan = planWithoutFaults(overlay(existing?.answers ?? common, answers), definition);
    return plan?.secrets.flatMap((need) => Object.values(need.inputs));
  };
  const given = readGiven({ keys, inputs, inputsOf }, file, options.set ?? []);
  const isNamed = existing !== undefined || typeof given.answers['name'] === 'string';
  const questions = [nameQuestion(basename(dir), definition, isNamed), ...definition.questions];
  return withImplied({
    definition,
    questions,
    keys,
    // An empty value stays in it: it takes an earlier answer out.
    given: leaves(given.answers).reduce((tree: Tree, [path, value]) => withAt(tree, path, value), {
      version: 1,
      stack: definition.name,
    }),
    named: options.dir !== '.' && isName(basename(dir)),
    settled: existing?.answers,
    secrets: sources(given, options, io),
    settledSecrets: await settledInputs(existing, definition, options.newSecrets === true ? dir : undefined),
    ...namedIn(options),
  });
}

/** `--nodes`. @throws BundleError (exit 2) */
function namedIn({ nodes }: InitOptions): Pick<Session, 'nodes' | 'nodesNamed'> {
  if (nodes === undefined) return { nodes: undefined };
  const names = namesIn(nodes);
  if (names.length === 0) throw usageError('usage', '--nodes names no node', ['host names, with commas']);
  return { nodes: namedNodes(names, undefined), nodesNamed: true };
}

async function readAnswersFile(path: string, io: CommandIo): Promise<{ content: Tree; lines: KeyLines }> {
  const content = await readNamed(resolve(io.cwd, path));
  if (!content) throw usageError('file', `cannot read ${path}: there is no such file`);
  const text = fileText(content, path);
  return { content: parseYaml(text, path), lines: keyLines(text) };
}

function stackOf(sets: string[] | undefined): string | undefined {
  return sets
    ?.filter((text) => text.startsWith('stack='))
    .at(-1)
    ?.slice('stack='.length);
}

/** Paths of an answers file are beside it; those of `--set` are where the command runs. */
function sources(given: Given, options: InitOptions, io: CommandIo): Record<string, SecretSource> {
  const fromStdin = Object.entries(given.files).filter(([, { path }]) => path === '-');
  if (fromStdin.length > 1)
    throw usageError(
      'stdin-twice',
      `standard input can be read once, not for ${fromStdin.map(([name]) => `secretFiles.${name}`).join(' and ')}`,
      ['give the others as files'],
    );
  if (fromStdin.length > 0 && (io.stdin as { isTTY?: boolean }).isTTY === true) {
    throw usageError('stdin-terminal', 'standard input is a terminal', [
      'pipe the secret in, name a file, or leave it out and type it, hidden, when asked',
    ]);
  }
  const base = { set: io.cwd, answers: dirname(resolve(io.cwd, options.answers ?? '.')) };
  return Object.fromEntries(
    Object.entries(given.files).map(([name, { path, origin }]): [string, SecretSource] =>
      path === '-'
        ? [name, { from: 'stdin' }]
        : [name, { from: 'file', path: resolvePath(base[origin], path, io), shown: path }],
    ),
  );
}

/** `~/` is written by people in answers files and at questions, where no shell expands it. */
export function resolvePath(base: string, path: string, io: CommandIo): string {
  const home = io.env['HOME'];
  return path.startsWith('~/') && home ? join(home, path.slice(2)) : resolve(base, path);
}

/** Names below secretFiles whose secret the bundle has. @param lost directory of which secrets may be missing */
async function settledInputs(
  existing: Existing | undefined,
  definition: StackDefinition,
  lost: string | undefined,
): Promise<Set<string>> {
  const plan = existing && (existing.plan ?? planWithoutFaults(existing.answers, definition));
  const needs = plan?.secrets ?? [];
  const lock = existing?.lock ?? emptyLock();
  const files = lost === undefined ? undefined : (await loadSecretStore(join(lost, FILE.secrets), needs, lock)).files;
  return new Set(
    needs
      .filter((need) => lockedAs(need, lock) && (files === undefined || files[need.secret]))
      .flatMap((need) => Object.values(need.inputs)),
  );
}

/** @param isNamed whether somebody gave the name: then nothing is to be said of the directory's */
function nameQuestion(directory: string, definition: StackDefinition, isNamed: boolean): Question {
  return {
    path: 'name',
    ask: 'text',
    message: 'Name of the stack',
    help:
      'Lower-case letters, digits and hyphens, at most 20. The default is the directory’s name; services, secrets ' +
      'and volumes begin with it.',
    default: () => (isName(directory) ? directory : definition.name),
    remark: (context) =>
      isNamed || isName(directory) || context.get('name') !== definition.name
        ? undefined
        : `the stack is called ${definition.name}, since “${directory}” is no name for one (lower-case letters, ` +
          'digits and hyphens, at most 20); two bundles of one name are one stack: --set name=NAME gives it its own',
  };
}

const isName = (text: string): boolean => commonAnswers.shape.name.safeParse(text).success;
