import { join } from 'node:path';
import { allDefinitions, type Catalogue } from '../bundle/catalogue.ts';
import type { Lock } from '../bundle/lock.ts';
import { FILE } from '../bundle/names.ts';
import type { Bundle } from '../bundle/parse.ts';
import { README_MARK, bundleReadme } from '../bundle/readme.ts';
import { renderBundle } from '../bundle/render.ts';
import { formatNotes, withRendered, type Notes } from '../bundle/notes.ts';
import { readIfPresent } from '../io/files.ts';
import { jsonText } from '../json-text.ts';
import { planOf } from '../bundle/plan-of.ts';

export interface DerivedFile {
  path: string;
  content: string;
}

/** The files that follow from bundle.yaml and bundle.lock.json alone: stack.yml and the runbook. */
export function derivedFiles(bundle: Bundle, lock: Lock): { stack: DerivedFile; readme: DerivedFile } {
  const { text, document } = renderBundle(bundle, lock);
  const plan = planOf(bundle);
  return {
    stack: { path: FILE.stack, content: text },
    readme: { path: FILE.readme, content: bundleReadme(bundle, plan, lock, document) },
  };
}

/** A file that is not as it should be; `before` is what is there, undefined if there is no such file. */
export interface Stale extends DerivedFile {
  before: string | undefined;
}

/** Those of the files that are not on disk as they should be, without those that are the user's own. */
export async function staleFiles(dir: string, files: readonly DerivedFile[]): Promise<Stale[]> {
  const stale: Stale[] = [];
  for (const file of files) {
    const before = (await readIfPresent(join(dir, file.path)))?.toString('utf8');
    if (before === file.content || (before !== undefined && !isOurs(file.path, before))) continue;
    stale.push({ ...file, before });
  }
  return stale;
}

/** The notes with the digest of the stack.yml that is written beside them. */
export const notesFile = (notes: Notes, stack: DerivedFile): DerivedFile => ({
  path: FILE.notes,
  content: formatNotes(withRendered(notes, stack.content)),
});

/** The JSON Schema beside bundle.yaml, for editors. Loaded apart: rendering does without it. */
export async function schemaFile(stacks: Catalogue): Promise<DerivedFile> {
  const { bundleJsonSchema } = await import('../bundle/json-schema.ts');
  return { path: FILE.schema, content: jsonText(bundleJsonSchema(await allDefinitions(stacks))) };
}

/** First line of a .gitattributes of ours. */
const ATTRIBUTES_MARK = '# Written by bundle.';

/**
 * For git: what is compared byte for byte must come out of a checkout as it went in, on Windows too (core.autocrlf).
 */
export const attributesFile: DerivedFile = {
  path: FILE.attributes,
  content: `${ATTRIBUTES_MARK} Line ends stay as they are: stack.yml is compared byte for byte.\n* -text\n`,
};

/**
 * Whether a file that is there may be written over: a README.md or .gitattributes without our mark is the user's own.
 */
export function isOurs(path: string, content: string): boolean {
  if (path === FILE.attributes) return content.startsWith(ATTRIBUTES_MARK);
  return path !== FILE.readme || content.startsWith(README_MARK);
}
