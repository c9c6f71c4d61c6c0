import { Document, Pair, Scalar, YAMLMap, YAMLSeq, isMap, isScalar, type Node, type ScalarTag } from 'yaml';
import { canonicalDocument } from '../../../src/compose/canonical.ts';
import { layout } from '../../../src/compose/layout.ts';
import { escapeDollars, requiredVariable } from '../../../src/compose/text.ts';
import type { StackDocument } from '../../../src/compose/types.ts';
import { FileMode, Quoted, Required, type FileValue } from '../../../src/compose/values.ts';

const fileModeTag: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  identify: (value) => value instanceof FileMode,
  test: /^\b$/,
  resolve: (text) => text,
  stringify: ({ value }) => `0${(value as FileMode).mode.toString(8)}`,
};
const PLAIN = /^([A-Za-z/][\w./:@-]*( [=!]= [\w./:@-]+)?|(\d+(\.\d+)?(h|m|s|ms|µs|ns))+|\d+[kmg])$/;

/**
 * A document as the `yaml` package prints it: what `renderStack` must give to the byte, and gives ten times as fast.
 */
export function printedByLibrary(document: StackDocument): string {
  const file = new Document(undefined, {
    compat: 'yaml-1.1',
    aliasDuplicateObjects: false,
    customTags: (tags) => [fileModeTag, ...tags],
  });
  const root = toNode(layout(canonicalDocument(document)));
  file.contents = root;
  for (const map of [root, isMap(root) ? root.get('services') : undefined]) {
    if (isMap(map)) for (const { key } of map.items.slice(1)) if (isScalar(key)) key.spaceBefore = true;
  }
  return file.toString({ lineWidth: 0, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER });
}

function toNode(value: Exclude<FileValue, undefined>): Node {
  if (value instanceof Quoted) return scalar(escapeDollars(value.text), false);
  if (value instanceof Required) return scalar(requiredVariable(value.variable, ''), false);
  if (typeof value === 'string') return scalar(escapeDollars(value), PLAIN.test(value));
  if (typeof value !== 'object' || value instanceof FileMode) return new Scalar(value);
  if (Array.isArray(value)) {
    const list = new YAMLSeq();
    for (const item of value) if (item !== undefined) list.add(toNode(item));
    return list;
  }
  const map = new YAMLMap();
  for (const [key, item] of Object.entries(value))
    if (item !== undefined) map.items.push(new Pair(scalar(key, PLAIN.test(key)), toNode(item)));
  return map;
}

function scalar(value: string, plain: boolean): Scalar {
  const node = new Scalar(value);
  if (!plain) node.type = Scalar.QUOTE_DOUBLE;
  return node;
}
