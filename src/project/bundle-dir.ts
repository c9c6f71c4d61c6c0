import { join, resolve } from 'node:path';
import { definitionOf, type Catalogue } from '../bundle/catalogue.ts';
import { keyLines } from '../bundle/key-lines.ts';
import { fileText } from '../bundle/file-text.ts';
import { lineEndsOnly, onlyLineEnds } from '../bundle/line-diff.ts';
import { emptyLock, parseLock, type Lock } from '../bundle/lock.ts';
import { FILE } from '../bundle/names.ts';
import { withOwnChecks } from '../bundle/own-expectations.ts';
import { parseYaml, validateAnswers, type Bundle } from '../bundle/parse.ts';
import type { Named } from '../paste-commands.ts';
import { shellWord } from '../shell-word.ts';
import { renderBundle } from '../bundle/render.ts';
import type { StackPlan } from '../sdk/definition.ts';
import { BundleError, EXIT, usageError } from '../errors.ts';
import type { CommandIo } from '../cli/io.ts';
import type { StackDocument } from '../compose/types.ts';
import {
  isAsWritten,
  isOfAnotherBuild,
  isOfUnknownSources,
  isRenderedFrom,
  wasEdited,
  withRendered,
  type Notes,
} from '../bundle/notes.ts';
import { readIfPresent } from '../io/files.ts';
import { readNotes } from '../io/read-notes.ts';
import { reporterOf } from '../ui/reporter.ts';
import { unreadableText } from '../io/secret-faults.ts';
import { loadSecretStore, type SecretStore } from '../io/secret-store.ts';
import { planOf } from '../bundle/plan-of.ts';
import { readSources, type Sources } from '../io/sources.ts';

/** A bundle directory, read. */
export interface BundleDirectory {
  /** Absolute path. */
  dir: string;
  /** As the user named it, for messages. */
  shown: string;
  /** How the user named the engine, for commands; absent if nothing of a swarm is read. */
  engine?: Omit<Named, 'dir'>;
  bundle: Bundle;
  plan: StackPlan;
  lock: Lock;
  /** What they were read from: nothing that follows from them is written once another command has changed it. */
  sources: Sources;
  notes: Notes;
  secrets: SecretStore;
}

/**
 * Reads bundle.yaml and bundle.lock.json, and nothing of `secrets/`.
 * @param shown the directory as the user named it, for messages
 * @throws BundleError (exit 2) if DIR is no bundle or a file in it is invalid
 */
export async function readBundle(
  dir: string,
  stacks: Catalogue,
  shown: string = dir,
): Promise<Pick<BundleDirectory, 'bundle' | 'lock' | 'sources'>> {
  const path = join(shown, FILE.answers);
  const sources = await readSources(dir);
  const [text, lock] = sources;
  if (!text) {
    throw usageError('no-bundle', `${shown} is not a bundle: it has no ${FILE.answers}`, [
      'name the bundle’s directory, or make one with `bundle init DIR`',
    ]);
  }
  const yaml = fileText(text, path);
  const answers = parseYaml(yaml, path);
  const bundle = validateAnswers(answers, path, [await definitionOf(stacks, answers, path)], keyLines(yaml));
  return { bundle, lock: lockIn(lock, shown) ?? emptyLock(), sources };
}

/** bundle.lock.json; undefined if there is none. @throws BundleError (exit 2) if it is invalid */
export async function readLockFile(dir: string, shown: string): Promise<Lock | undefined> {
  return lockIn(await readIfPresent(join(dir, FILE.lock)), shown);
}

function lockIn(content: Buffer | undefined, shown: string): Lock | undefined {
  const file = join(shown, FILE.lock);
  return content && parseLock(fileText(content, file), file);
}

/**
 * Reads a bundle directory with what there is of `secrets/`.
 * @throws BundleError (exit 2) if DIR is no bundle or a file in it is invalid
 */
export async function loadBundle(dir: string, stacks: Catalogue): Promise<BundleDirectory> {
  const { bundle, lock, sources } = await readBundle(dir, stacks);
  const defined = planOf(bundle);
  const plan = { ...defined, expectations: withOwnChecks(defined.expectations, bundle.verify, defined) };
  return {
    dir: resolve(dir),
    shown: dir,
    bundle,
    plan,
    lock,
    sources,
    notes: await readNotes(dir),
    secrets: await loadSecretStore(join(dir, FILE.secrets), plan.secrets, lock),
  };
}

/**
 * stack.yml as it must be for this bundle, and proof that the file on disk is that.
 * @param ifOld what becomes of one that bundle itself wrote before the answers changed, or may have: refused like one
 *   that somebody edited, left as it is (its place is taken by what would be rendered), or written anew
 * @returns `old`: the file on disk was such a one
 * @throws BundleError (exit 2) if it is missing, edited, another build's or, if that is refused, old
 */
export async function loadRenderedStack(
  directory: BundleDirectory,
  ifOld: IfOld = 'refuse',
): Promise<{ text: string; rendered: ReturnType<typeof renderBundle>; notes: Notes; old: boolean }> {
  const { notes, sources } = directory;
  const rendered = renderBundle(directory.bundle, directory.lock);
  const { text } = rendered;
  const onDisk = await readStack(directory);
  if (onDisk === text)
    return { text, rendered, notes: ifOld === 'write' ? await withSources(directory, text) : notes, old: false };
  // An older build would take back what a newer one mended.
  const otherBuild = onDisk !== undefined && isOfAnotherBuild(notes, onDisk, sources);
  if (ifOld !== 'refuse' && onDisk !== undefined && !otherBuild && isAsWritten(notes, onDisk)) {
    // Loaded only then: rendering brings the runbook with it.
    if (ifOld === 'write') await (await import('./write-anew.ts')).writeAnew(directory);
    return { text, rendered, notes: ifOld === 'write' ? withRendered(notes, text, sources) : notes, old: true };
  }
  throw staleError(directory, onDisk, text);
}

const readStack = async ({ dir }: BundleDirectory): Promise<string | undefined> =>
  (await readIfPresent(join(dir, FILE.stack)))?.toString('utf8');

/**
 * The notes, written anew if bundle.yaml was edited without effect on stack.yml since: another build would take that
 * for old.
 */
async function withSources(directory: BundleDirectory, text: string): Promise<Notes> {
  const { notes, sources } = directory;
  if (!isAsWritten(notes, text) || isRenderedFrom(notes, sources)) return notes;
  const { noteSources } = await import('./write-anew.ts');
  return (await noteSources(directory, text)) ? withRendered(notes, text, sources) : notes;
}

function staleError({ shown, notes, sources }: BundleDirectory, onDisk: string | undefined, text: string): BundleError {
  const otherBuild = onDisk !== undefined && isOfAnotherBuild(notes, onDisk, sources);
  const why =
    onDisk === undefined
      ? 'is missing'
      : otherBuild
        ? `${OTHER_BUILD}, and this one renders it otherwise`
        : isOfUnknownSources(notes, onDisk)
          ? `is ${NOT_OF_THIS_BUILD}`
          : `differs from what the bundle renders${onlyLineEnds(onDisk, text) ? ` ${lineEndsOnly(onDisk)}` : ''}`;
  const render = `\`bundle render ${shellWord(shown)}\``;
  const kept = onDisk !== undefined && wasEdited(notes, onDisk) ? `, which keeps the edited one as ${FILE.edited}` : '';
  return new BundleError('stack-stale', `${join(shown, FILE.stack)} ${why}`, {
    exit: EXIT.usage,
    hints: otherBuild ? [`run ${render} to have it as this build renders it`, KEEP_BUILD] : [`run ${render}${kept}`],
  });
}

/** What becomes of a stack.yml that bundle wrote before the answers changed. */
export type IfOld = 'refuse' | 'leave' | 'write';

interface LoadOptions {
  ifOld?: IfOld | 'unread' | 'told';
  onRead?: (stack: string) => Promise<void>;
  /** The command prints what the checks find: they tell of a `secrets/` that cannot be read. */
  checks?: boolean;
}

/** A bundle that was read and proved to be rendered. */
export interface Loaded {
  directory: BundleDirectory;
  document: StackDocument;
  /** stack.yml */
  text: string;
  /** bundle.lock.json as it was read, if this run issues certificates again: what runs may be of it. */
  lockBefore?: Lock;
}

/**
 * Reads the bundle directory and its stack.yml.
 * @param ifOld what becomes, on a terminal, of a stack.yml that bundle wrote before the answers changed; said there.
 *   Without a terminal nothing is rendered by itself. `unread`: of what is asked the file on disk decides nothing, so
 *   that it may be old, edited, another build's or missing; `told`: nor does it, and that it is so is a warning, since
 *   what is rendered now decides
 * @param onRead told the stack's name before stack.yml is looked at, which takes longest
 * @throws BundleError (exit 2)
 */
export async function load(
  options: Named,
  io: CommandIo,
  { ifOld = 'refuse', onRead, checks = false }: LoadOptions = {},
): Promise<Loaded> {
  const read = await loadBundle(resolve(io.cwd, options.dir), io.stacks);
  await onRead?.(read.bundle.name);
  if (!checks) tellUnreadable(read, io);
  const { context, host } = options;
  const directory = { ...read, shown: options.dir, engine: { context, host } };
  if (ifOld === 'unread' || ifOld === 'told') {
    const { text, document } = renderBundle(directory.bundle, directory.lock);
    if (ifOld === 'told') await tellStale(directory, text, io);
    return { directory, document, text };
  }
  const { text, rendered, notes, old } = await loadRenderedStack(directory, io.interactive ? ifOld : 'refuse');
  // Without them it may be bundle that changed.
  const known = directory.notes.sources !== undefined;
  if (old) reporterOf(io).step(ifOld === 'write' ? renderedText(known) : plannedText(known));
  return { directory: { ...directory, notes }, document: rendered.document, text };
}

/** Warns of a stack.yml that is not what is rendered, or cannot be read, where the command goes on without it. */
async function tellStale(directory: BundleDirectory, text: string, io: CommandIo): Promise<void> {
  const fault = await readStack(directory).then(
    (onDisk) => (onDisk === text ? undefined : staleError(directory, onDisk, text)),
    (error: unknown) => {
      if (error instanceof BundleError) return error;
      throw error;
    },
  );
  if (fault === undefined) return;
  const hints = fault.hints.map((hint) => `  → ${hint}\n`).join('');
  io.stderr(`warning: ${fault.message}; what runs is compared with what would be rendered\n${hints}`);
}

/** Says that `secrets/` is there and cannot be read, if so: what follows from it would puzzle. */
export function tellUnreadable({ secrets }: BundleDirectory, io: CommandIo): void {
  for (const text of unreadableText(secrets)) io.stderr(`warning: ${text}\n`);
}

/** Said of a stack.yml, after its name. */
export const OTHER_BUILD = `was rendered by another build of bundle from the same ${FILE.answers} and ${FILE.lock}`;
export const KEEP_BUILD = 'or use the build that rendered it, if that is the newer one';
const NOT_OF_THIS_BUILD = `not what this build renders (${FILE.answers}, ${FILE.lock}, or the build changed)`;
const OLDER = `older than ${FILE.answers}`;
const renderedText = (known: boolean): string =>
  `${FILE.stack} was ${known ? OLDER : NOT_OF_THIS_BUILD}, and is rendered anew`;
const plannedText = (known: boolean): string =>
  `${FILE.stack} is ${known ? OLDER : NOT_OF_THIS_BUILD}: planned as it will be rendered; nothing is written`;
