import './jitless.ts';
import * as z from 'zod';
import { usageError } from '../errors.ts';
import { CONFLICT_WORDS, conflictMark } from './conflict-mark.ts';
import { jsonText } from '../json-text.ts';

/** Builds of some days kept notes of their own work in the lockfile: read, and left out. */
const formerNote = z.unknown().optional();

const lockedSecret = z
  .strictObject({
    version: z.int().min(1),
    kind: z.string(),
    /** When this version was made, ISO 8601. */
    created: z.string(),
    /** Part to keyed fingerprint (HMAC), hex. */
    fingerprints: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)),
    /** Of a certificate that a CA of the bundle issued: what it was issued for, so that a change of it is seen. */
    issued: z
      .strictObject({
        /** The CA's key in this file, and SHA-256 of its certificate. */
        by: z.string(),
        authority: z.string(),
        subject: z.string(),
        names: z.array(z.string()),
        key: z.string(),
        days: z.number(),
        /** Left out if it is LEAF_DEFAULTS.backdateHours: builds that knew no other read the file too. */
        backdateHours: z.number().optional(),
      })
      .optional(),
    facts: z
      .strictObject({
        notAfter: z.string().optional(),
        notBefore: z.string().optional(),
        subject: z.string().optional(),
        certificateSha256: z.string().optional(),
      })
      .default({}),
    tried: formerNote,
  })
  .transform(({ tried: _tried, ...secret }) => secret);

/** What an image runs by itself, as its own configuration says. */
const lockedImage = z
  .strictObject({
    /** In its registry, if that is known. */
    digest: z.string().optional(),
    entrypoint: z.array(z.string()),
    cmd: z.array(z.string()),
  })
  .refine(({ entrypoint, cmd }) => entrypoint.length + cmd.length > 0, 'names no program');

/**
 * bundle.lock.json: which version of each secret the bundle means, and what was learned of images. No value; committed.
 */
export const lockSchema = z
  .strictObject({
    version: z.literal(1),
    secrets: z.record(z.string(), lockedSecret).default({}),
    /** By reference as in bundle.yaml; only those whose own start stack.yml repeats. */
    images: z.record(z.string(), lockedImage).optional(),
    /** What is no secret and never changes, by name: a cluster's id. */
    identities: z.record(z.string(), z.string().min(1)).optional(),
    rendered: formerNote,
  })
  .transform(({ rendered: _rendered, ...lock }) => lock);

export type Lock = z.infer<typeof lockSchema>;
export type LockedSecret = z.infer<typeof lockedSecret>;
export type LockedImage = z.infer<typeof lockedImage>;

export const emptyLock = (): Lock => ({ version: 1, secrets: {} });

/** Parses bundle.lock.json. @throws BundleError (exit 2) naming the path in it that is wrong */
export function parseLock(text: string, file: string): Lock {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const conflict = conflictMark(text);
    if (conflict === undefined)
      throw usageError('invalid-lock', `${file} is not valid JSON`, ['restore it from version control']);
    const line = text.slice(0, conflict).split('\n').length;
    throw usageError('invalid-lock', `${file}:${line}: not valid JSON (${CONFLICT_WORDS})`, [
      'take one side of it whole, that of what was deployed last; then `bundle init` locks what only the other side ' +
        'changed, as the next version',
    ]);
  }
  const parsed = lockSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  if (issue?.code === 'unrecognized_keys' || issue?.path.join() === 'version')
    throw usageError('invalid-lock', `${file} holds what this version of bundle does not know: ${newerPart(issue)}`, [
      'a newer version of bundle wrote it: use that one',
    ]);
  throw usageError('invalid-lock', `${file}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`, [
    'restore it from version control; it is written by bundle and not edited by hand',
  ]);
}

const newerPart = ({ path, ...issue }: z.core.$ZodIssue): string =>
  issue.code === 'unrecognized_keys' ? [...path, issue.keys.join(', ')].join('.') : 'its version';

/**
 * The bytes of bundle.lock.json: secrets and images sorted, their keys in the schema's order, so that equal locks are
 * equal files.
 */
export function formatLock(lock: Lock): string {
  const { version, secrets, images = {}, identities = {} } = lockSchema.parse(lock);
  const learned = Object.keys(images).length === 0 ? {} : { images: sorted(images) };
  const made = Object.keys(identities).length === 0 ? {} : { identities: sorted(identities) };
  return jsonText({ version, secrets: sorted(secrets), ...learned, ...made });
}

function sorted<Value>(record: Record<string, Value>): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
