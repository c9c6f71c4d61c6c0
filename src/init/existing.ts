import { join } from 'node:path';
import type { StackDefinition, StackPlan } from '../sdk/definition.ts';
import type { Material } from '../sdk/kind.ts';
import { definitionOf, type Catalogue } from '../bundle/catalogue.ts';
import { fileText } from '../bundle/file-text.ts';
import { emptyLock, type Lock } from '../bundle/lock.ts';
import { FILE } from '../bundle/names.ts';
import type { Notes } from '../bundle/notes.ts';
import { leaves, withoutAt, type Tree } from '../bundle/paths-access.ts';
import { parseYaml, validateAnswers } from '../bundle/parse.ts';
import { planOf } from '../bundle/plan-of.ts';
import { BundleError, EXIT, usageError } from '../errors.ts';
import { kindOfPath, readIfPresent } from '../io/files.ts';
import { missingTarget, refuseMissingTarget } from '../io/missing-target.ts';
import { readNotes } from '../io/read-notes.ts';
import { requireReadable } from '../io/secret-faults.ts';
import { loadSecretStore } from '../io/secret-store.ts';
import { beingWritten, WRITE_LOCK } from '../io/write-lock.ts';
import { readLockFile } from '../project/bundle-dir.ts';
import { faultsOf } from '../wizard/session.ts';

/** What a first `init` wrote, or a hand. */
export interface Existing {
  /** bundle.yaml as it is. */
  text: string;
  answers: Tree;
  lock: Lock;
  /** Whether there is a lockfile. */
  isLocked: boolean;
  notes: Notes;
  /** stack.yml as it is; undefined if there is none. */
  stack: string | undefined;
  /** What it calls for; undefined if its answers are not valid (yet). */
  plan: StackPlan | undefined;
}

/** The directory before anything is asked. @throws BundleError if DIR is no place for a bundle */
export async function readExisting(
  dir: string,
  shown: string,
  stacks: Catalogue,
): Promise<{ existing: Existing | undefined; directoryExists: boolean }> {
  const kind = await kindOfPath(dir);
  if (kind === 'file')
    throw usageError('not-a-directory', `${shown} is a file, not a directory`, ['name another directory']);
  if (kind === undefined) {
    await refuseMissingTarget(dir);
    return { existing: undefined, directoryExists: false };
  }
  const path = join(dir, FILE.answers);
  const content = await readIfPresent(path);
  if (!content) {
    await refuseConflicts(dir, shown);
    return { existing: undefined, directoryExists: true };
  }
  const shownFile = join(shown, FILE.answers);
  const text = fileText(content, shownFile);
  const answers = parseYaml(text, shownFile);
  const definition = answers['stack'] === undefined ? undefined : await definitionOf(stacks, answers, shownFile);
  const lock = await readLockFile(dir, shown);
  const notes = await readNotes(dir);
  return {
    existing: {
      text,
      answers,
      lock: lock ?? emptyLock(),
      isLocked: lock !== undefined,
      notes,
      stack: (await readIfPresent(join(dir, FILE.stack)))?.toString('utf8'),
      plan: definition && planBefore(answers, definition),
    },
    directoryExists: true,
  };
}

/** Files that `init` would write and that are somebody else's. */
async function refuseConflicts(dir: string, shown: string): Promise<void> {
  if (await kindOfPath(join(dir, WRITE_LOCK))) throw beingWritten(dir);
  const names = [FILE.lock, FILE.stack, FILE.readme, FILE.secrets, FILE.schema];
  const present: string[] = [];
  for (const name of names) {
    const path = join(dir, name);
    // A link is somebody's, whatever it names.
    const target = await missingTarget(path);
    if (target !== undefined) present.push(`${name} (a link to ${target}, which is not there)`);
    else if (await kindOfPath(path)) present.push(name);
  }
  if (present.length > 0) {
    throw usageError(
      'directory-in-use',
      `${shown} holds no bundle, but has ${present.join(', ')} already; nothing is overwritten`,
      ['name a new directory, or move these files away'],
    );
  }
}

/** What the answers that stand there call for; undefined if they are refused. */
function planBefore(answers: Tree, definition: StackDefinition): StackPlan | undefined {
  try {
    return planOf(validateAnswers(answers, FILE.answers, [definition]));
  } catch (error) {
    if (error instanceof BundleError && error.exit === EXIT.usage) return undefined;
    throw error;
  }
}

/**
 * What the answers that stand there call for, without those that are refused: their secrets are there all the same, and
 * are not to be given again by whoever mends an answer.
 */
export function planWithoutFaults(answers: Tree, definition: StackDefinition): StackPlan | undefined {
  const faults = faultsOf(definition, answers).map(({ path }) => path);
  const refused = leaves(answers).filter(([leaf]) => faults.some((path) => `${path}.`.startsWith(`${leaf}.`)));
  return planBefore(
    refused.reduce((tree, [leaf]) => withoutAt(tree, leaf), answers),
    definition,
  );
}

/** Faults of a `secrets/` of which a part was lost. */
const LOST = ['secret-half', 'fingerprint-key-missing', 'fingerprint-key-damaged'];

/**
 * The secrets on disk that a plan calls for, as they stand in the files, and the bundle's fingerprint key.
 * @param options.lost what is missing will be made anew, and is no fault
 * @throws BundleError (exit 3) if it has a fault, or this user may not read it
 */
export async function readStore(
  dir: string,
  plan: StackPlan,
  lock: Lock,
  { lost = false }: { lost?: boolean } = {},
): Promise<{ key: Buffer | undefined; materials: Record<string, Material> }> {
  const store = await loadSecretStore(join(dir, FILE.secrets), plan.secrets, lock);
  requireReadable(store);
  const fault = store.faults.find(({ level, code }) => level === 'error' && !(lost && LOST.includes(code)));
  if (fault) throw new BundleError(fault.code, fault.text, { exit: EXIT.preflight, hints: [fault.hint] });
  return { key: store.key, materials: store.files };
}

/**
 * The stack definition: of the bundle that is there, of `--stack` or an answers file, or the first of the catalogue.
 */
export function chooseStack(
  stacks: Catalogue,
  words: { existing: unknown; option: string | undefined; file: unknown; set: unknown },
): string {
  const { existing, option } = words;
  const given = [option, words.set, words.file].filter((word): word is string => typeof word === 'string');
  const [first] = given;
  if (given.some((word) => word !== first))
    throw usageError(
      'stack-choice',
      `--stack and the answers name different stacks: ${[...new Set(given)].join(', ')}`,
    );
  if (typeof existing === 'string' && first !== undefined && first !== existing) {
    throw usageError('stack-choice', `this bundle’s stack is ${existing}; another one wants a directory of its own`);
  }
  const word = first ?? (typeof existing === 'string' ? existing : undefined);
  if (word !== undefined) return word;
  const [usual] = stacks;
  if (usual === undefined) throw new Error('the catalogue is empty');
  return usual.name;
}
