import { dirname, resolve } from 'node:path';
import { BundleError, EXIT, usageError, type ExitCode } from '../../errors.ts';
import type { Lock, LockedImage } from '../../bundle/lock.ts';
import type { SecretChange } from '../../bundle/secret-changes.ts';
import { systemSource } from '../../io/system.ts';
import { finishWriting, writeFilesInto, writeNewDirectory, type PlannedFile } from '../../io/write-files.ts';
import type { Material } from '../../sdk/kind.ts';
import type { Prompter } from '../../wizard/prompter.ts';
import type { Session } from '../../wizard/session.ts';
import { finishAnswers, type Answered } from '../../init/answers.ts';
import { readExisting, readStore, type Existing } from '../../init/existing.ts';
import { bundleFiles, changedFiles } from '../../init/files.ts';
import { learnImages } from '../../init/images.ts';
import type { InitOptions, InitSeams } from '../../init/options.ts';
import { prepareNow, wantsPrepare } from '../../init/prepare.ts';
import { reportResult, reportUnchanged } from '../../init/report.ts';
import { decideSecrets, sourceReader } from '../../init/secrets.ts';
import { startSession } from '../../init/session.ts';
import { introduce, showSummary } from '../../init/summary.ts';
import { lazySwarm, type Swarm } from '../../init/swarm.ts';
import { byAsking, openCount, reopened, withoutAsking } from '../../init/wizard.ts';
import type { CommandIo } from '../../cli/io.ts';
import { isOurs } from '../../project/render-files.ts';

/** What is decided before anything is written. */
interface Decided {
  answered: Answered;
  changes: SecretChange[];
  key: Buffer | undefined;
  onDisk: Readonly<Record<string, Material>>;
  images: Record<string, LockedImage>;
}

/** One run of `init`. */
interface Run {
  options: InitOptions;
  io: CommandIo;
  seams: InitSeams;
  dir: string;
  existing: Existing | undefined;
  directoryExists: boolean;
  swarm: Swarm;
  /** Undefined where nobody is asked: `--yes`, no terminal, JSON. */
  prompter: Prompter | undefined;
  now: Date;
}

/**
 * `bundle init`: answers from a wizard, flags, a file and defaults; then the bundle directory, whole or not at all. A
 * bundle that is there is changed only where the answers or its secrets did.
 */
export async function run(options: InitOptions, io: CommandIo, seams: InitSeams = {}): Promise<ExitCode> {
  if (options.dir.trim() === '')
    throw usageError('no-directory', 'the bundle directory is an empty word', [
      'name it, or leave it out for the working directory',
    ]);
  const dir = resolve(io.cwd, options.dir);
  if (dirname(dir) === dir)
    throw usageError('root-directory', `${dir} is no place for a bundle`, ['name a directory of its own']);
  await finishWriting(dir);
  const { existing, directoryExists } = await readExisting(dir, options.dir, io.stacks);
  if (options.newSecrets === true && !existing)
    throw usageError('no-bundle', `${options.dir} is not a bundle: there are no secrets to make anew`, [
      'name the bundle’s directory; a first `bundle init` makes its secrets without --new-secrets',
    ]);
  const session = await startSession(options, io, dir, existing);
  const asks = io.interactive && !io.json && options.yes !== true;
  const prompter = asks ? (await import('../../wizard/prompts.ts')).terminalPrompter(io) : undefined;
  const swarm = lazySwarm(options, io, seams);
  const current: Run = {
    options,
    io,
    seams,
    dir,
    existing,
    directoryExists,
    swarm,
    prompter,
    now: (seams.source ?? systemSource).now(),
  };
  let stage: 'deciding' | 'written' | 'preparing' = 'deciding';
  try {
    const decided = await decide(session, current);
    const files = await confirmed(decided, current);
    if (!files) return EXIT.done;
    io.signal.throwIfAborted();
    if (directoryExists) await writeFilesInto(dir, files);
    else await writeNewDirectory(dir, files);
    stage = 'written';
    const { bundle } = decided.answered;
    const offer = { options, io, seams, swarm, prompter, dir };
    const prepared = await wantsPrepare(offer);
    if (prepared) {
      stage = 'preparing';
      await prepareNow(offer);
    }
    reportResult(
      {
        name: bundle.name,
        shown: options.dir,
        isNew: !existing,
        files,
        changes: decided.changes,
        prepared,
        now: current.now,
      },
      io,
    );
    return EXIT.done;
  } catch (error) {
    // What was interrupted while it prepared says itself what was made and what was not.
    if (!(error instanceof BundleError) || error.code !== 'interrupted' || stage === 'preparing') throw error;
    const state = stage === 'written' ? `the bundle in ${options.dir} is written` : 'nothing was written';
    throw new BundleError(error.code, `interrupted: ${state}`, { exit: error.exit });
  } finally {
    await swarm.close();
  }
}

/** Answers and what becomes of each secret. At a terminal, what is refused is asked again. */
async function decide(start: Session, current: Run): Promise<Decided> {
  const { options, io, dir, existing, swarm, prompter } = current;
  const read = sourceReader(io);
  let session = start;
  let again = false;
  if (prompter)
    again = await introduce({ session, prompter, io, shown: options.dir, isNew: !existing, open: openCount(session) });
  for (;;) {
    session = prompter
      ? await byAsking(session, prompter, swarm, io, again, read)
      : await withoutAsking(session, options.yes === true, swarm);
    try {
      const answered = finishAnswers(session, existing);
      const plan = answered.bundle.definition.plan(answered.bundle.name, answered.bundle.answers);
      const { key, materials } = existing
        ? await readStore(dir, plan, { lost: options.newSecrets === true })
        : { key: undefined, materials: {} };
      const changes = await decideSecrets(session.secrets, {
        plan,
        existing,
        key,
        onDisk: materials,
        now: current.now,
        read,
        newSecrets: options.newSecrets === true,
      });
      const images = await learnImages(plan.wrappedImages, existing?.lock.images ?? {}, swarm);
      return { answered, key, onDisk: materials, images, changes: await agreed(changes, current) };
    } catch (error) {
      const next = prompter && error instanceof BundleError ? reopened(session, error) : undefined;
      if (!next) throw error;
      prompter?.say(`\n  ${(error as BundleError).message}\n`);
      session = next;
      again = false;
    }
  }
}

/** A secret that was replaced by hand becomes a new version only where somebody agrees. */
async function agreed(changes: SecretChange[], { options, prompter }: Run): Promise<SecretChange[]> {
  const result: SecretChange[] = [];
  for (const change of changes) {
    // With a new key, what is on disk is locked anew, whether it was changed or not.
    if (change.act !== 'adopt' || change.version === 1 || options.yes || options.newSecrets) {
      result.push(change);
      continue;
    }
    const files = Object.values(change.need.files)
      .map((file) => `secrets/${file}`)
      .join(' and ');
    const what =
      `${files} ${Object.keys(change.need.files).length > 1 ? 'are' : 'is'} not what version ` +
      `${change.version - 1} was locked with`;
    if (!prompter)
      throw usageError('secret-replaced', what, [
        `--yes locks the present content as version ${change.version}`,
        'or restore the file',
      ]);
    prompter.say(`  ${what}.`);
    const yes = await prompter.confirm({
      message: `Lock the present content as version ${change.version}?`,
      default: true,
    });
    if (yes) result.push(change);
    else result.push({ act: 'keep', need: change.need, version: change.version - 1, onDisk: true });
  }
  return result;
}

/** The files to write, after a summary and a yes; undefined where there is nothing to do, or the answer is no. */
async function confirmed(
  { answered, changes, key, onDisk, images }: Decided,
  current: Run,
): Promise<PlannedFile[] | undefined> {
  const { options, io, seams, dir, existing, prompter, now } = current;
  const { bundle, text } = answered;
  const lock: Lock = existing?.lock ?? { version: 1, secrets: {} };
  const build = async () => {
    const { files } = await bundleFiles({
      bundle,
      answersText: text,
      changes,
      onDisk,
      lock,
      images,
      key,
      source: seams.source ?? systemSource,
      stacks: io.stacks,
    });
    // A directory without a bundle may still be one of the user's, with a .gitattributes of its own.
    return existing || current.directoryExists ? changedFiles(dir, files, isOurs) : files;
  };
  // Where no secret is made, the files are known at once; making a CA waits for the yes.
  const identified = (bundle.definition.plan(bundle.name, bundle.answers).identities ?? []).every(
    (each) => lock.identities?.[each] !== undefined,
  );
  const known = identified && changes.every((change) => change.act === 'keep') ? await build() : undefined;
  if (known?.length === 0) {
    reportUnchanged(bundle.name, options.dir, changes, io);
    return undefined;
  }
  showSummary(
    { answered, changes, existing, shown: options.dir, files: known, now, newSecrets: options.newSecrets === true },
    io,
  );
  if (
    prompter &&
    !(await prompter.confirm({
      message: existing ? `Write these changes to ${options.dir}?` : `Write the bundle to ${options.dir}?`,
      default: true,
    }))
  ) {
    io.stderr('Nothing was written.\n');
    return undefined;
  }
  io.signal.throwIfAborted();
  // An RSA key takes a second or two: not in silence.
  if (prompter && !known) io.stderr('  Making the secrets …\n');
  return known ?? build();
}
