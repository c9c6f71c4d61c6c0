import { join } from 'node:path';
import { allDefinitions, type Catalogue } from '../bundle/catalogue.ts';
import type { Lock } from '../bundle/lock.ts';
import { FILE, IGNORE_ALL } from '../bundle/names.ts';
import type { Bundle } from '../bundle/parse.ts';
import { README_MARK, bundleReadme } from '../bundle/readme.ts';
import { renderBundle } from '../bundle/render.ts';
import { formatNotes, withRendered, type Notes } from '../bundle/notes.ts';
import { readIfPresent } from '../io/files.ts';
import type { Sources } from '../io/sources.ts';
import { WRITE_LOCK } from '../io/write-lock.ts';
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

/** A file as it should be, and what is there: undefined if there is no such file. */
export interface Compared extends DerivedFile {
  before: string | undefined;
}

/** The files as they should be, each with what is there. @throws BundleError `file` if one cannot be read */
export async function comparedFiles(dir: string, files: readonly DerivedFile[]): Promise<Compared[]> {
  const compared: Compared[] = [];
  for (const file of files)
    compared.push({ ...file, before: (await readIfPresent(join(dir, file.path)))?.toString('utf8') });
  return compared;
}

/** Whether a file is not as it should be, and not the user's own. */
export const isStale = ({ path, content, before }: Compared): boolean =>
  before !== content && (before === undefined || isOurs(path, before));

/** Those of the files that are not on disk as they should be, without those that are the user's own. */
export const staleFiles = async (dir: string, files: readonly DerivedFile[]): Promise<Compared[]> =>
  (await comparedFiles(dir, files)).filter(isStale);

/** The notes with the digests of the stack.yml that is written beside them and of what it was rendered from. */
export const notesFile = (notes: Notes, stack: DerivedFile, sources: Sources): DerivedFile => ({
  path: FILE.notes,
  content: formatNotes(withRendered(notes, stack.content, sources)),
});

/** The JSON Schema beside bundle.yaml, for editors. Loaded apart: rendering does without it. */
export async function schemaFile(stacks: Catalogue): Promise<DerivedFile> {
  const { bundleJsonSchema } = await import('../bundle/json-schema.ts');
  return { path: FILE.schema, content: jsonText(bundleJsonSchema(await allDefinitions(stacks))) };
}

/** First words of a .gitattributes and a .gitignore of ours. */
const GIT_MARK = '# Written by bundle.';

/**
 * For git: what is compared byte for byte must come out of a checkout as it went in, on Windows too (core.autocrlf).
 */
export const attributesFile: DerivedFile = {
  path: FILE.attributes,
  content: `${GIT_MARK} Line ends stay as they are: stack.yml is compared byte for byte.\n* -text\n`,
};

/**
 * For git: a checkout knows by it what to leave out once `secrets/` is restored there, whatever of that was copied; and
 * a lock that was committed would keep every fresh checkout from writing for a minute. Staging directories and those of
 * a machine's own state keep themselves out.
 */
export const ignoreFile: DerivedFile = {
  path: FILE.ignore,
  content:
    `${GIT_MARK} What holds secrets stays out of git, and the lock of a bundle that writes here.\n` +
    `/${FILE.secrets}/\n/${FILE.run}/\n/${WRITE_LOCK}*\n`,
};

/** Within `secrets/`: for a bundle whose .gitignore is the user's own. */
export const secretsIgnoreFile: DerivedFile = { path: join(FILE.secrets, FILE.ignore), content: IGNORE_ALL };

/**
 * Whether a file that is there may be written over: a README.md, .gitattributes or .gitignore without our mark is the
 * user's own.
 */
export function isOurs(path: string, content: string): boolean {
  if (path === secretsIgnoreFile.path) return false;
  if (path === FILE.attributes || path === FILE.ignore) return content.startsWith(GIT_MARK);
  return path !== FILE.readme || content.startsWith(README_MARK);
}
