import type { Lock } from '../bundle/lock.ts';
import { FILE } from '../bundle/names.ts';
import type { Bundle } from '../bundle/parse.ts';
import { README_MARK, bundleReadme } from '../bundle/readme.ts';
import { renderBundle } from '../bundle/render.ts';

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
export async function schemaFile(): Promise<DerivedFile> {
  const { bundleJsonSchema } = await import('../bundle/json-schema.ts');
  return { path: FILE.schema, content: `${JSON.stringify(bundleJsonSchema(), null, 2)}\n` };
}

/** Whether a file that is there may be written over: a README.md without our mark is the user's own. */
export function isOurs(path: string, content: string): boolean {
  return path !== FILE.readme || content.startsWith(README_MARK);
}
