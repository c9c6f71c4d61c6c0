import { join, resolve } from 'node:path';
import type { Catalogue } from '../bundle/catalogue.ts';
import { keyLines } from '../bundle/key-lines.ts';
import { LINE_ENDS, onlyLineEnds } from '../bundle/line-diff.ts';
import { emptyLock, parseLock, type Lock } from '../bundle/lock.ts';
import { FILE } from '../bundle/names.ts';
import { withOwnChecks } from '../bundle/own-expectations.ts';
import { parseYaml, validateAnswers, type Bundle } from '../bundle/parse.ts';
import { shellWord } from '../bundle/shell-word.ts';
import { renderBundle } from '../bundle/render.ts';
import type { StackPlan } from '../sdk/definition.ts';
import { BundleError, EXIT, usageError } from '../errors.ts';
import type { CommandIo } from '../cli/io.ts';
import type { StackDocument } from '../compose/types.ts';
import { readIfPresent } from '../io/files.ts';
import { loadSecretStore, type SecretStore } from '../io/secret-store.ts';

/** A bundle directory, read. */
export interface BundleDirectory {
  /** Absolute path. */
  dir: string;
  /** As the user named it, for messages. */
  shown: string;
  bundle: Bundle;
  plan: StackPlan;
  lock: Lock;
  secrets: SecretStore;
}

/**
 * Reads bundle.yaml and bundle.lock.json, and nothing of `secrets/`.
 * @param shown the directory as the user named it, for messages
 * @throws BundleError (exit 2) where DIR is no bundle or a file in it is invalid
 */
export async function readBundle(
  dir: string,
  stacks: Catalogue,
  shown: string = dir,
): Promise<{ bundle: Bundle; lock: Lock }> {
  const path = join(shown, FILE.answers);
  const text = await readIfPresent(join(dir, FILE.answers));
  if (!text) {
    throw usageError('no-bundle', `${shown} is not a bundle: it has no ${FILE.answers}`, [
      'name the bundle’s directory, or make one with `bundle init DIR`',
    ]);
  }
  const yaml = text.toString('utf8');
  const bundle = validateAnswers(parseYaml(yaml, path), path, stacks, keyLines(yaml));
  const lockText = await readIfPresent(join(dir, FILE.lock));
  return { bundle, lock: lockText ? parseLock(lockText.toString('utf8'), join(shown, FILE.lock)) : emptyLock() };
}

/**
 * Reads a bundle directory with what there is of `secrets/`.
 * @throws BundleError (exit 2) where DIR is no bundle or a file in it is invalid
 */
export async function loadBundle(dir: string, stacks: Catalogue): Promise<BundleDirectory> {
  const { bundle, lock } = await readBundle(dir, stacks);
  const defined = bundle.definition.plan(bundle.name, bundle.answers);
  const plan = { ...defined, expectations: withOwnChecks(defined.expectations, bundle.verify, defined) };
  return {
    dir: resolve(dir),
    shown: dir,
    bundle,
    plan,
    lock,
    secrets: await loadSecretStore(join(dir, FILE.secrets), plan.secrets),
  };
}

/**
 * stack.yml as it must be for this bundle, and proof that the file on disk is that.
 * @throws BundleError (exit 2) where they differ: deploy never renders by itself
 */
export async function loadRenderedStack(
  directory: BundleDirectory,
): Promise<{ text: string; rendered: ReturnType<typeof renderBundle> }> {
  const rendered = renderBundle(directory.bundle, directory.lock);
  const path = join(directory.dir, FILE.stack);
  const onDisk = await readIfPresent(path);
  if (onDisk?.toString('utf8') !== rendered.text) {
    const why = !onDisk
      ? 'is missing'
      : 'differs from what the bundle ' +
        `renders${onlyLineEnds(onDisk.toString('utf8'), rendered.text) ? ` in line ends only: ${LINE_ENDS}` : ''}`;
    throw new BundleError('stack-stale', `${join(directory.shown, FILE.stack)} ${why}`, {
      exit: EXIT.usage,
      hints: [`run \`bundle render ${shellWord(directory.shown)}\``],
    });
  }
  return { text: rendered.text, rendered };
}

/** A bundle that was read and proved to be rendered. */
export interface Loaded {
  directory: BundleDirectory;
  document: StackDocument;
  /** stack.yml */
  text: string;
}

/** Reads the bundle directory and its stack.yml. @throws BundleError (exit 2) */
export async function load(options: { dir: string }, io: Pick<CommandIo, 'cwd' | 'stacks'>): Promise<Loaded> {
  const directory = await loadBundle(resolve(io.cwd, options.dir), io.stacks);
  const { text, rendered } = await loadRenderedStack({ ...directory, shown: options.dir });
  return { directory: { ...directory, shown: options.dir }, document: rendered.document, text };
}
