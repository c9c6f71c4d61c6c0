import { Document, YAMLMap, isMap, parseDocument } from 'yaml';
import type { Key } from './keys.ts';
import { usageError } from '../errors.ts';
import { FILE } from './names.ts';
import { getAt, leaves, overlay, sameValue, withoutAt, type Tree } from './paths-access.ts';
import { writeOutAliases } from './yaml-aliases.ts';
import { yamlValue } from './yaml-faults.ts';
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
 * the byte. Aliases are written out in a text that changes: what holds for one place need not hold for the other.
 * @param wanted answers that must hold @param unset paths to take out
 * @throws BundleError (exit 2) if the text would not say the wanted answers
 */
export function editAnswers(text: string, keys: readonly Key[], wanted: Tree, unset: readonly string[]): string {
  const document = parseDocument(text, { compat: 'yaml-1.1', merge: false });
  const present = (document.toJS({ maxAliasCount: 100 }) ?? {}) as Tree;
  const gone = unset.filter((path) => getAt(present, path) !== undefined);
  const changed = keys.filter(({ path, type }) => {
    const value = getAt(wanted, path);
    return type !== 'mapping' && value !== undefined && !sameValue(value, getAt(present, path));
  });
  if (gone.length + changed.length === 0) return text;
  writeOutAliases(document);
  if (!isMap(document.contents)) document.contents = new YAMLMap() as unknown as typeof document.contents;
  const root = document.contents as unknown as YAMLMap;
  for (const path of gone) removeLeaf(root, path);
  for (const { path } of changed) {
    const value = getAt(wanted, path);
    const before = getAt(present, path);
    if (before === undefined || before === null) insertLeaf(root, keys, path, value);
    else replaceLeaf(root, path, value);
  }
  const edited = document.toString(OUTPUT);
  requireSaid(edited, overlay(overlay({}, gone.reduce(withoutAt, present)), wanted));
  return edited;
}

/** stack.yml follows from the answers, and all later commands read the text: both must say the same. */
function requireSaid(edited: string, answers: Tree): void {
  const document = parseDocument(edited, { prettyErrors: false, merge: false });
  const read = document.errors.length === 0 ? yamlValue(document) : { value: undefined };
  // A key that was left empty says nothing.
  const said = overlay({}, (('value' in read ? read.value : undefined) ?? {}) as Tree);
  if (sameValue(said, answers)) return;
  const paths = [...new Set([...leaves(said), ...leaves(answers)].map(([path]) => path))].filter(
    (path) => !sameValue(getAt(said, path), getAt(answers, path)),
  );
  throw usageError(
    'answers-not-written',
    `${FILE.answers} is written in a way that bundle cannot edit: ${paths.join(', ')} would not say what was answered`,
    [
      `write these answers into ${FILE.answers} by hand, in plain YAML without tags and directives; then \`bundle init\``,
    ],
  );
}
