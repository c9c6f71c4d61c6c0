import { join } from 'node:path';
import type { Material, RandomSource } from '../sdk/kind.ts';
import type { SecretNeed } from '../sdk/definition.ts';
import type { Catalogue } from '../bundle/catalogue.ts';
import { formatLock, type Lock, type LockedImage } from '../bundle/lock.ts';
import { formatNotes, withRendered, type Notes } from '../bundle/notes.ts';
import { FILE } from '../bundle/names.ts';
import { planOf, type Bundle } from '../bundle/plan-of.ts';
import { issuedFor } from '../bundle/leaf-changes.ts';
import { issuerNotHere } from '../bundle/issuers.ts';
import { isLocked, lockEntry } from '../bundle/lock-entry.ts';
import type { SecretChange } from '../bundle/secret-changes.ts';
import { PRIVATE_FILE, PUBLIC_FILE, readIfPresent } from '../io/files.ts';
import { isOutOfGit } from '../io/secret-faults.ts';
import type { PlannedFile } from '../io/write-files.ts';
import {
  attributesFile,
  derivedFiles,
  ignoreFile,
  isOurs,
  schemaFile,
  secretsIgnoreFile,
} from '../project/render-files.ts';

export interface BundleInputs {
  bundle: Bundle;
  /** bundle.yaml */
  answersText: string;
  changes: SecretChange[];
  /** Materials in `secrets/`, by secret: a CA that stays issues from it, if it is as it was locked. */
  onDisk: Readonly<Record<string, Material>>;
  lock: Lock;
  notes: Notes;
  /** What was learned of images. */
  images: Record<string, LockedImage>;
  /** The fingerprint key; made if there is none yet. */
  key: Buffer | undefined;
  /** Whether git would add what is in `secrets/`. */
  exposed?: boolean;
  source: RandomSource;
  stacks: Catalogue;
}

/**
 * Every file of the bundle, in the order of writing: secrets, then what names them, bundle.yaml last. Material that is
 * to be generated is generated here.
 * @returns `materials`: those written, by secret
 * @throws BundleError (exit 3) if a certificate is to be issued, and its CA in `secrets/` is not the locked one
 */
export async function bundleFiles({
  bundle,
  answersText,
  changes,
  onDisk,
  lock,
  notes,
  images,
  key,
  exposed = false,
  source,
  stacks,
}: BundleInputs): Promise<{ files: PlannedFile[]; lock: Lock; materials: Record<string, Material> }> {
  const making = changes.filter((change) => change.act !== 'keep');
  const secrets: PlannedFile[] = [];
  const entries = { ...lock.secrets };
  const ownKey = key ?? source.bytes(32);
  // Otherwise nothing is written there: a vault may have restored it for reading alone.
  if (exposed || making.length > 0) secrets.push({ ...secretsIgnoreFile, mode: PRIVATE_FILE });
  if (!key && making.length > 0) {
    secrets.push({ path: join(FILE.secrets, FILE.fingerprintKey), content: ownKey, mode: PRIVATE_FILE });
  }
  const made: Record<string, Material> = {};
  const tried = { ...notes.tried };
  // A CA that is made now comes before what it issues.
  for (const change of making.toSorted(
    (a, b) => Number(a.need.issued !== undefined) - Number(b.need.issued !== undefined),
  )) {
    const by = change.need.issued?.by ?? '';
    const material = await materialOf(change, source, made[by] ?? asLocked(by, onDisk, lock, key));
    made[change.need.secret] = material;
    secrets.push(...materialFiles(change.need, material));
    if (change.act === 'restore') continue;
    const issued = issuedFor(change.need, entries[by]?.facts.certificateSha256 ?? '');
    entries[change.need.secret] = {
      ...lockEntry(change.need, change.version, ownKey, material, source.now()),
      ...(issued && { issued }),
    };
    if ('tried' in change && change.tried)
      tried[change.need.secret] = { version: change.version, clients: change.tried };
  }
  const next: Lock = {
    version: 1,
    secrets: entries,
    ...(Object.keys(images).length > 0 && { images }),
    ...identitiesOf(bundle, lock, source),
  };
  const { stack, readme } = derivedFiles(bundle, next);
  const lockText = formatLock(next);
  const noted = withRendered({ ...notes, tried }, stack.content, [answersText, lockText]);
  const derived = [stack, readme, await schemaFile(stacks), attributesFile, ignoreFile].map((file) => ({
    ...file,
    mode: PUBLIC_FILE,
  }));
  const files: PlannedFile[] = [
    ...secrets,
    { path: FILE.lock, content: lockText, mode: PUBLIC_FILE },
    { path: FILE.notes, content: formatNotes(noted), mode: PUBLIC_FILE },
    ...derived,
    { path: FILE.answers, content: answersText, mode: PUBLIC_FILE },
  ];
  return { files, lock: next, materials: made };
}

/**
 * Those of the lockfile, which never change, and what the answers call for beside them: 16 random bytes in base64url.
 */
function identitiesOf(bundle: Bundle, { identities = {} }: Lock, source: RandomSource): Pick<Lock, 'identities'> {
  const missing = (planOf(bundle).identities ?? [])
    .map((identity) => identity.name)
    .filter((each) => identities[each] === undefined);
  const next = { ...identities, ...Object.fromEntries(missing.map((each) => [each, newIdentity(source)])) };
  return Object.keys(next).length === 0 ? {} : { identities: next };
}

function newIdentity(source: RandomSource): string {
  const bytes = source.bytes(16);
  // The first letter is never a hyphen, which a command line would take for an option.
  bytes[0] = (bytes[0] ?? 0) & 0x7f;
  return bytes.toString('base64url');
}

/** Material on disk, if it is what the lockfile means: a certificate of any other CA would be locked as of this one. */
function asLocked(
  secret: string,
  onDisk: BundleInputs['onDisk'],
  { secrets }: Lock,
  key: Buffer | undefined,
): Material | undefined {
  const [locked, present] = [secrets[secret], onDisk[secret]];
  return locked && present && key && isLocked(locked, key, secret, present) ? present : undefined;
}

async function materialOf(
  change: Exclude<SecretChange, { act: 'keep' }>,
  source: RandomSource,
  issuer: Material | undefined,
): Promise<Material> {
  if (change.act !== 'generate') return change.material;
  const { kind, options, secret, issued } = change.need;
  if (!kind.generate) throw new TypeError(`${kind.name} cannot be generated`);
  if (issued && !issuer) throw issuerNotHere(secret, change.why, 'init');
  return kind.generate(options, source, issuer);
}

function materialFiles(need: SecretNeed, material: Material): PlannedFile[] {
  return Object.entries(need.files).map(([part, file]) => {
    const content = material[part];
    if (!content) throw new TypeError(`part ${part} of ${need.secret} is missing`);
    return { path: join(FILE.secrets, file), content, mode: PRIVATE_FILE };
  });
}

/**
 * Whether git would add what is in a bundle's `secrets/` once our files are written: beside a .gitignore that is the
 * user's own, and says nothing of it.
 * @throws BundleError if that one cannot be read
 */
export async function isExposed(dir: string): Promise<boolean> {
  const own = await readIfPresent(join(dir, FILE.ignore));
  if (own === undefined || isOurs(FILE.ignore, own.toString('utf8'))) return false;
  return !(await isOutOfGit(join(dir, FILE.secrets)));
}

/** Those of the files whose content is not on disk as it is to be, without those that are the user's own. */
export async function changedFiles(dir: string, files: PlannedFile[]): Promise<PlannedFile[]> {
  const changed: PlannedFile[] = [];
  for (const file of files) {
    const present = await readIfPresent(join(dir, file.path));
    if (present && (present.equals(Buffer.from(file.content)) || !isOurs(file.path, present.toString('utf8'))))
      continue;
    changed.push(file);
  }
  return changed;
}
