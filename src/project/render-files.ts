import type { Catalogue } from '../bundle/catalogue.ts';
import type { Lock } from '../bundle/lock.ts';
import { FILE } from '../bundle/names.ts';
import type { Bundle } from '../bundle/parse.ts';
import { README_MARK, bundleReadme } from '../bundle/readme.ts';
import { renderBundle } from '../bundle/render.ts';
import { jsonText } from '../json-text.ts';

export interface DerivedFile {
  path: string;
  content: string;
}

/** The files that follow from bundle.yaml and bundle.lock.json alone: stack.yml and the runbook. */
export function derivedFiles(bundle: Bundle, lock: Lock): DerivedFile[] {
  const { text, document } = renderBundle(bundle, lock);
  const plan = bundle.definition.plan(bundle.name, bundle.answers);
  return [
    { path: FILE.stack, content: text },
    { path: FILE.readme, content: bundleReadme(bundle, plan, lock, document) },
  ];
}

/** The JSON Schema beside bundle.yaml, for editors. Loaded apart: rendering does without it. */
export async function schemaFile(stacks: Catalogue): Promise<DerivedFile> {
  const { bundleJsonSchema } = await import('../bundle/json-schema.ts');
  return { path: FILE.schema, content: jsonText(bundleJsonSchema(stacks)) };
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
