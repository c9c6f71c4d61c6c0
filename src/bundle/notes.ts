import './jitless.ts';
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { jsonText } from '../json-text.ts';
import { withOwnLineEnds } from './line-diff.ts';
import type { Lock } from './lock.ts';

const digest = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .optional();

const notesSchema = z.object({
  /** SHA-256 of stack.yml as bundle last wrote it. */
  rendered: digest,
  /** SHA-256 of bundle.yaml and bundle.lock.json, of which it was rendered. */
  sources: digest,
  /** Of each CA that was given: the version that was tried, and whose verifiers took a certificate that it issued. */
  tried: z.record(z.string(), z.object({ version: z.int(), clients: z.array(z.string()) })).default({}),
});

/**
 * .bundle.notes.json: what bundle remembers of its own work. Nothing that is deployed follows from it, and without it
 * bundle is only more careful. It stands beside bundle.lock.json since builds before it refuse a lockfile with a key
 * that they do not know.
 */
export type Notes = z.infer<typeof notesSchema>;

export const noNotes = (): Notes => ({ tried: {} });

/** Parses .bundle.notes.json. One that is damaged, for example by a merge, says nothing, and is written anew. */
export function parseNotes(text: string): Notes {
  try {
    return notesSchema.parse(JSON.parse(text));
  } catch {
    return noNotes();
  }
}

/** The bytes of .bundle.notes.json: equal notes are equal files. */
export function formatNotes({ rendered, sources, tried }: Notes): string {
  const sorted = Object.fromEntries(Object.entries(tried).sort(([a], [b]) => (a < b ? -1 : 1)));
  return jsonText({
    ...(rendered !== undefined && { rendered }),
    ...(sources !== undefined && { sources }),
    tried: sorted,
  });
}

/** bundle.yaml and bundle.lock.json, as they are on disk or are to be; undefined for one that is not there. */
export type SourceContents = readonly (Uint8Array | string | undefined)[];

/**
 * The notes with the digests of the stack.yml that is written beside them and of what it was rendered from: so a change
 * by hand is told from an old one, and that from another build's.
 */
export function withRendered(notes: Notes, stackText: string, sources: SourceContents): Notes {
  return { ...notes, rendered: digestOf(stackText), sources: digestOfAll(sources) };
}

/** Whether a stack.yml is what bundle last wrote there. False if somebody edited it, or if an older build wrote it. */
export function isAsWritten({ rendered }: Notes, stackText: string): boolean {
  return rendered === digestOf(stackText);
}

/** Whether what bundle last wrote was rendered from these files. False if the build that wrote it did not note that. */
export function isRenderedFrom({ sources }: Notes, contents: SourceContents): boolean {
  return sources === digestOfAll(contents);
}

/**
 * Whether a stack.yml that is not what this build renders is what another build rendered from the same files. False if
 * that is not known: the build that wrote it did not note what it rendered.
 */
export function isOfAnotherBuild(notes: Notes, stackText: string, sources: SourceContents): boolean {
  return isAsWritten(notes, stackText) && isRenderedFrom(notes, sources);
}

/**
 * Whether bundle wrote a stack.yml and did not note of what, as earlier builds do not: where it is not what is rendered
 * now, what it was rendered from may have changed, or bundle itself.
 */
export function isOfUnknownSources(notes: Notes, stackText: string): boolean {
  return isAsWritten(notes, stackText) && notes.sources === undefined;
}

/**
 * Whether somebody edited a stack.yml that bundle wrote, by more than its line ends. Of one that an older build wrote
 * it is not known, and not said.
 */
export function wasEdited({ rendered }: Notes, stackText: string): boolean {
  return rendered !== undefined && rendered !== digestOf(withOwnLineEnds(stackText));
}

/**
 * Whether the version of a CA that the lockfile means was tried by the verifiers of all these clients before it was
 * taken; by some of them alone, if its stack knew of no others then, is not.
 */
export function wasTried({ tried }: Notes, { secrets }: Lock, secret: string, clients: readonly string[]): boolean {
  const noted = tried[secret];
  if (noted === undefined || noted.version !== secrets[secret]?.version) return false;
  return clients.every((each) => noted.clients.includes(each));
}

const digestOf = (text: Uint8Array | string): string => createHash('sha256').update(text).digest('hex');

const digestOfAll = (contents: SourceContents): string =>
  digestOf(contents.map((each) => (each === undefined ? 'none' : digestOf(each))).join('\n'));
