import { Document, YAMLMap, isMap, parseDocument } from 'yaml';
import type { Key } from './keys.ts';
import { getAt, sameValue, type Tree } from './paths-access.ts';
import { insertLeaf, removeLeaf, replaceLeaf } from './yaml-nodes.ts';

const OUTPUT = { lineWidth: 0, flowCollectionPadding: false } as const;

/**
 * The text of a new bundle.yaml: the answers in schema order, each key under its description. The same answers give the
 * same bytes, whoever gave them and in whatever order.
 * @param schemaFile the JSON Schema beside it, which editors complete from
 */
export function formatAnswers(keys: readonly Key[], answers: Tree, schemaFile: string): string {
  const root = new YAMLMap();
  for (const { path, type } of keys) {
    const value = getAt(answers, path);
    if (type !== 'mapping' && value !== undefined) insertLeaf(root, keys, path, value);
  }
  const document = new Document(undefined, { compat: 'yaml-1.1', aliasDuplicateObjects: false });
  document.contents = root;
  document.commentBefore = ` yaml-language-server: $schema=${schemaFile}`;
  return document.toString(OUTPUT);
}

/**
 * bundle.yaml with other answers. The user's comments and order stay; if nothing changes the text is given back to
 * the byte.
 * @param wanted answers that must hold @param unset paths to take out
 */
export function editAnswers(text: string, keys: readonly Key[], wanted: Tree, unset: readonly string[]): string {
  const document = parseDocument(text, { compat: 'yaml-1.1' });
  const present = (document.toJS({ maxAliasCount: 100 }) ?? {}) as Tree;
  if (!isMap(document.contents)) document.contents = new YAMLMap() as unknown as typeof document.contents;
  const root = document.contents as unknown as YAMLMap;
  let changed = false;
  for (const path of unset) {
    if (getAt(present, path) === undefined) continue;
    removeLeaf(root, path);
    changed = true;
  }
  for (const { path, type } of keys) {
    const value = getAt(wanted, path);
    const before = getAt(present, path);
    if (type === 'mapping' || value === undefined || sameValue(value, before)) continue;
    if (before === undefined || before === null) insertLeaf(root, keys, path, value);
    else replaceLeaf(root, path, value);
    changed = true;
  }
  return changed ? document.toString(OUTPUT) : text;
}
