import { clocksFault } from '../swarm/clocks-fault.ts';
import { emptyLock, type Lock, type LockedImage } from '../bundle/lock.ts';
import { FILE } from '../bundle/names.ts';
import { noNotes } from '../bundle/notes.ts';
import type { SecretChange } from '../bundle/secret-changes.ts';
import type { CommandIo } from '../cli/io.ts';
import { systemSource } from '../io/system.ts';
import type { PlannedFile } from '../io/write-files.ts';
import { keptEdit } from '../project/kept-edit.ts';
import type { Material } from '../sdk/kind.ts';
import { momentOf } from '../swarm/clock.ts';
import type { Prompter } from '../wizard/prompter.ts';
import type { Session } from '../wizard/session.ts';
import { finishAnswers, type Answered } from './answers.ts';
import { readStore, type Existing } from './existing.ts';
import { bundleFiles, changedFiles, isExposed } from './files.ts';
import { formerSecrets } from './former-secrets.ts';
import { identityChanges, withRestored, type IdentityChange } from './identities.ts';
import { learnImages } from './images.ts';
import { agreed } from './replaced.ts';
import type { InitOptions, InitSeams } from './options.ts';
import { needsBy } from '../release/defined-by.ts';
import { takenVersions } from '../release/taken-versions.ts';
import { earlierVersion } from './earlier.ts';
import { lockedAs } from '../bundle/lock-entry.ts';
import { decideSecrets, type SourceReader } from './secrets.ts';
import type { Swarm } from './swarm.ts';
import { planOf } from '../bundle/plan-of.ts';

/** One run of `init`. */
export interface InitRun {
  options: InitOptions;
  io: CommandIo;
  seams: InitSeams;
  dir: string;
  existing: Existing | undefined;
  directoryExists: boolean;
  swarm: Swarm;
  read: SourceReader;
  /** A person takes their time: what is made while questions are open is judged by when it is read. */
  now: () => Date;
}

/** What is decided before anything is written. */
export interface Decided {
  session: Session;
  answered: Answered;
  changes: SecretChange[];
  key: Buffer | undefined;
  /** Of `secrets/`, but for what was replaced by hand and is not to be locked. */
  onDisk: Readonly<Record<string, Material>>;
  images: Record<string, LockedImage>;
  identities: IdentityChange[];
}

/**
 * Answers as a valid bundle, and what becomes of each secret.
 * @param prompter asks whether what was replaced by hand is to be locked; undefined if nobody can be asked
 * @param said what a person agreed to before, by secret
 * @throws BundleError that says what is refused
 */
export async function decide(
  session: Session,
  run: InitRun,
  prompter?: Prompter,
  said?: Map<string, boolean>,
): Promise<Decided> {
  const { options, dir, existing, swarm, read } = run;
  const newSecrets = options.newSecrets === true;
  const answered = finishAnswers(session, existing);
  const plan = planOf(answered.bundle);
  const { key, materials } = existing
    ? await readStore(dir, plan, existing.lock, { lost: newSecrets })
    : { key: undefined, materials: {} };
  const now = run.now();
  const { name: stack, definition } = answered.bundle;
  const taken = async () => takenVersions(stack, plan.secrets, (await swarm.past(stack))?.secrets ?? []);
  const needsOf = needsBy(definition);
  const { changes, onDisk } = await agreed(
    (counted, kept) =>
      decideSecrets(session.secrets, { plan, existing, key, onDisk: counted, kept, now, read, newSecrets, taken }),
    materials,
    options,
    prompter,
    {
      said,
      earlier: async (change) => {
        const locked = existing && lockedAs(change.need, existing.lock);
        if (key === undefined || locked === undefined) return undefined;
        const past = await swarm.past(stack);
        return past && earlierVersion(change, { stack, key, locked, needsOf, past });
      },
    },
  );
  const images = await learnImages(plan.wrappedImages, existing?.lock.images ?? {}, swarm);
  return { session, answered, changes, key, onDisk, images, identities: identityChanges(plan, existing) };
}

/**
 * Throws (exit 3) if a manager can be asked, and what was made is not valid yet by its clock, or what it replaces not
 * by ours.
 */
async function requireOneClock(before: Lock, after: Lock, { swarm, now }: InitRun): Promise<void> {
  const made = Object.keys(after.secrets).filter(
    (secret) => after.secrets[secret]?.version !== before.secrets[secret]?.version,
  );
  const certificates = [after, before].flatMap(({ secrets }) =>
    made.map((secret) => [secret, secrets[secret]] as const),
  );
  if (certificates.every(([, entry]) => entry?.facts.notBefore === undefined)) return;
  const { ahead = NaN } = await swarm.look();
  const faultBy = (aheadBy: number) => clocksFault(certificates, momentOf({ now: () => now().getTime() }, aheadBy));
  if (!faultBy(ahead)) return;
  // That was when the questions began: who was warned then has set the clock since.
  const fault = faultBy((await swarm.aheadNow()) ?? ahead);
  if (fault) throw fault;
}

/** The files to write. */
export interface Proposal {
  /** Undefined while secrets are still to be made, which takes its time. */
  known: PlannedFile[] | undefined;
  build: () => Promise<PlannedFile[]>;
}

/** What is to be written: known at once if no secret is made; else making it waits for a yes. */
export async function propose(decided: Decided, run: InitRun): Promise<Proposal> {
  const { answered, changes, key, onDisk, images, identities } = decided;
  const { io, seams, dir, existing, directoryExists } = run;
  const { bundle, text } = answered;
  const lock = withRestored(existing?.lock ?? emptyLock(), identities);
  const notes = existing?.notes ?? noNotes();
  const build = async (): Promise<PlannedFile[]> => {
    const { files, lock: made } = await bundleFiles({
      bundle,
      answersText: text,
      changes,
      onDisk,
      lock,
      notes,
      images,
      key,
      exposed: key !== undefined && (await isExposed(dir)),
      source: seams.source ?? systemSource,
      stacks: io.stacks,
    });
    await requireOneClock(lock, made, run);
    // A directory without a bundle may still be one of the user's, with a .gitattributes or .gitignore of its own.
    const changed = existing || directoryExists ? await changedFiles(dir, files) : files;
    const former = formerSecrets(decided, existing).flatMap((each) => each.files);
    const stack = changed.find(({ path }) => path === FILE.stack);
    const edit = stack ? await keptEdit(dir, notes, existing?.stack, String(stack.content)) : [];
    return [...former, ...edit, ...changed];
  };
  const identified = identities.every(({ act }) => act !== 'new');
  const known = identified && changes.every((change) => change.act === 'keep') ? await build() : undefined;
  return { known, build: async () => known ?? build() };
}
