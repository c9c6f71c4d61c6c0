import type { KeyLines } from '../bundle/key-lines.ts';
import type { Key } from '../bundle/keys.ts';
import { leaves, withAt, type Tree } from '../bundle/paths-access.ts';
import { splitSecretFiles } from '../bundle/parse.ts';
import { nearest } from '../bundle/suggest.ts';
import { usageError } from '../errors.ts';
import { SECRET_FILES } from './session.ts';
import { valueFromText } from './value-text.ts';

/** Answers from flags and an answers file. */
export interface Given {
  answers: Tree;
  /** Name below secretFiles to the path as written; `-` is standard input. */
  files: Record<string, { path: string; origin: 'answers' | 'set' }>;
}

/** What paths exist: the keys of bundle.yaml and the names below secretFiles. */
export interface Known {
  keys: readonly Key[];
  inputs: readonly string[];
  /** Names below secretFiles that follow from the answers given; undefined if these do not make a plan yet. */
  inputsOf?: (answers: Tree) => readonly string[] | undefined;
}

/**
 * Puts an answers file and `--set` options together; a later one wins.
 * @param file the file's content as a value, with its name and the lines of its keys for messages
 * @throws BundleError (exit 2) that names every unknown path, with the nearest known one
 */
export function readGiven(
  known: Known,
  file: { content: Tree; name: string; lines: KeyLines } | undefined,
  sets: readonly string[],
): Given {
  const result: Given = { answers: {}, files: {} };
  const unknown: string[] = [];
  const where = new Map<string, string>();
  if (file) {
    const { answers, files } = splitSecretFiles(file.content, file.name);
    unknown.push(
      ...leaves(answers)
        .map(([path]) => path)
        .filter((path) => !isKey(known, path)),
    );
    result.answers = answers;
    for (const [path, line] of file.lines) where.set(path, `${file.name}:${line}: `);
    for (const [name, path] of Object.entries(files)) {
      if (!known.inputs.includes(name)) unknown.push(`${SECRET_FILES}.${name}`);
      result.files[name] = { path, origin: 'answers' };
    }
  }
  for (const [path, value] of leaves(result.answers)) {
    refuseEmptyGroup(path, value, known, where);
    refuseGroup(path, value, known);
  }
  const ofFile = unknown.length;
  for (const text of sets) readSet(text, known, result, unknown);
  const inPlan = unknown.some(isSecretFile) ? known.inputsOf?.(result.answers) : [];
  const files = (inPlan ?? []).map((name) => `${SECRET_FILES}.${name}`);
  const refused = unknown
    .map((path, index) => ({ path, where: index < ofFile ? (where.get(path) ?? '') : '' }))
    .filter(({ path }) => !files.includes(path));
  if (refused.length > 0)
    throw unknownPaths(
      refused,
      { ...known, inputs: [...known.inputs, ...(inPlan ?? [])] },
      inPlan === undefined
        ? ['a file’s name may follow from other answers: give those by --set or --answers as well']
        : [],
    );
  for (const [name, { path }] of Object.entries(result.files))
    if (path === '')
      throw usageError('invalid-set', `--set ${SECRET_FILES}.${name}= names no file`, [
        'give a file, or - for standard input',
      ]);
  return result;
}

function readSet(text: string, known: Known, result: Given, unknown: string[]): void {
  const cut = text.indexOf('=');
  // A secret's value may have been typed here by mistake: without a path, none of it is repeated.
  if (cut < 1)
    throw usageError('invalid-set', '--set wants PATH=VALUE', ['`bundle schema` prints every path with its meaning']);
  const path = text.slice(0, cut).trim();
  const value = text.slice(cut + 1);
  if (isSecretFile(path)) {
    const name = path.slice(SECRET_FILES.length + 1);
    if (!known.inputs.includes(name)) unknown.push(path);
    result.files[name] = { path: value.trim(), origin: 'set' };
    return;
  }
  const key = known.keys.find((each) => each.path === path);
  if (!key) {
    unknown.push(path);
    return;
  }
  const parsed = value.trim() === '' ? null : valueFromText(key, value);
  refuseGroup(path, parsed, known);
  if (key.type !== 'mapping' || !isMapping(parsed)) {
    result.answers = withAt(result.answers, path, parsed);
    return;
  }
  const below = leaves(parsed, path);
  unknown.push(...below.map(([each]) => each).filter((each) => !isKey(known, each)));
  for (const [each, leaf] of below) result.answers = withAt(result.answers, each, leaf);
}

/** A group that is given one value: dropping it would drop the answer that was meant, security with it. */
function refuseGroup(path: string, value: unknown, known: Known): void {
  if (value === null || isMapping(value) || !isGroup(path, known)) return;
  throw usageError('answer-is-group', `${path} is a group of answers and takes no value of its own`, [
    siblings(`${path}.`, known) ?? '',
    `for example --set ${path}.${firstBelow(path, known)}=…`,
  ]);
}

/**
 * A group of the file with nothing below it, or with comments alone: it would take out the whole group of a bundle that
 * is there, and bundle.yaml is refused with it. By `--set` it is meant.
 */
function refuseEmptyGroup(path: string, value: unknown, known: Known, where: ReadonlyMap<string, string>): void {
  if (value !== null || !isGroup(path, known)) return;
  throw usageError('answer-is-group', `${where.get(path) ?? ''}${path} is a group of answers, and none is below it`, [
    `leave out ${path} as well, or write an answer below it; to go back to what it is by default: --set ${path}=`,
  ]);
}

const isSecretFile = (path: string): boolean => path.startsWith(`${SECRET_FILES}.`);
const isGroup = (path: string, known: Known): boolean =>
  known.keys.find((key) => key.path === path)?.type === 'mapping';

function firstBelow(path: string, known: Known): string {
  return (
    known.keys.find((key) => key.path.startsWith(`${path}.`) && key.type !== 'mapping')?.path.slice(path.length + 1) ??
    'KEY'
  );
}

const isMapping = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isKey = (known: Known, path: string): boolean => known.keys.some((key) => key.path === path);

/** @param unknown `where`: file and line, if a file names it */
function unknownPaths(unknown: { path: string; where: string }[], known: Known, hints: readonly string[]): Error {
  const paths = unknown.map(({ path }) => path);
  const all = [...known.keys.map((key) => key.path), ...known.inputs.map((name) => `${SECRET_FILES}.${name}`)];
  const lines = unknown.map(({ path, where }) => {
    const meant = suggestion(path, all);
    const there = siblings(path, known);
    return (
      `${where}${path}: no such ` +
      `answer${meant !== undefined ? `; did you mean ${meant}?` : there !== undefined ? `; ${there}` : ''}`
    );
  });
  const message =
    lines.length === 1
      ? (lines[0] ?? '')
      : `${lines.length} answers are not known:\n${lines.map((line) => `  ${line}`).join('\n')}`;
  return usageError('unknown-answer', message, [...hints, '`bundle schema` prints every key with its meaning'], {
    paths,
  });
}

/** What the mapping that a path lies in has, if it is one. */
function siblings(path: string, known: Known): string | undefined {
  const parent = path.slice(0, path.lastIndexOf('.'));
  if (!path.includes('.') || known.keys.find((key) => key.path === parent)?.type !== 'mapping') return undefined;
  const names = known.keys
    .map((key) => key.path)
    .filter((each) => each.startsWith(`${parent}.`) && !each.slice(parent.length + 1).includes('.'));
  return `${parent} has ${names.map((each) => each.slice(parent.length + 1)).join(', ')}`;
}

/**
 * The nearest path; else one that ends in the same word (`replicas` alone means nothing, `data.replicas` nearly does).
 */
function suggestion(path: string, all: string[]): string | undefined {
  const near = nearest(path, all);
  if (near !== undefined) return near;
  const ending = all.filter((each) => each.endsWith(`.${path}`));
  return ending.length > 0 ? ending.slice(0, 3).join(' or ') : undefined;
}
