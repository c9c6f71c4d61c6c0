import { Document, Pair, Scalar, YAMLMap, YAMLSeq, isCollection, isMap, isNode, isScalar, isSeq } from 'yaml';
import type { Key } from './keys.ts';

/** Comments are wrapped here, so that bundle.yaml reads well in a terminal. */
const COMMENT_WIDTH = 100;

/** Puts a leaf where the schema's order wants it, under its description; mappings on the way are made. */
export function insertLeaf(root: YAMLMap, keys: readonly Key[], path: string, value: unknown): void {
  const segments = path.split('.');
  let map = root;
  for (let depth = 1; depth < segments.length; depth++) {
    const present = map.get(segments[depth - 1], true) as unknown;
    const below: YAMLMap = isMap(present) ? present : new YAMLMap();
    if (below !== present) place(map, keys, segments.slice(0, depth).join('.'), below);
    map = below;
  }
  place(map, keys, path, leafNode(value));
}

/** Replaces a leaf's value; its key, with the comments on it, stays. */
export function replaceLeaf(root: YAMLMap, path: string, value: unknown): void {
  const segments = path.split('.');
  const parent = (segments.length === 1 ? root : root.getIn(segments.slice(0, -1), true)) as YAMLMap;
  const old = parent.get(segments.at(-1), true) as unknown;
  const node = leafNode(value);
  // A comment beside a value hangs on it.
  if (isNode(old)) {
    if (old.comment) node.comment = old.comment;
    if (old.commentBefore) node.commentBefore = old.commentBefore;
  }
  if (isSeq(old) && isSeq(node)) keepItems(old, node);
  parent.set(segments.at(-1), node);
}

/** A list stays in its style, and an item that stays keeps its comments. */
function keepItems(old: YAMLSeq, node: YAMLSeq): void {
  node.flow = old.flow === true;
  const before = old.items.filter(isScalar);
  node.items = node.items.map((item) => before.find(({ value }) => isScalar(item) && value === item.value) ?? item);
}

/** Takes a leaf out, and mappings that are empty then. */
export function removeLeaf(root: YAMLMap, path: string): void {
  const segments = path.split('.');
  root.deleteIn(segments);
  for (let depth = segments.length - 1; depth > 0; depth--) {
    const parent = root.getIn(segments.slice(0, depth), true);
    if (isMap(parent) && parent.items.length === 0) root.deleteIn(segments.slice(0, depth));
  }
}

function place(map: YAMLMap, keys: readonly Key[], path: string, value: unknown): void {
  const prefix = path.includes('.') ? path.slice(0, path.lastIndexOf('.') + 1) : '';
  const rank = (name: unknown): number => keys.findIndex((key) => key.path === `${prefix}${String(name)}`);
  const own = keys.findIndex((key) => key.path === path);
  // A key that the user left empty (`tls:`) is there already, without a mapping below it.
  const empty = map.items.findIndex((pair) => isScalar(pair.key) && `${prefix}${String(pair.key.value)}` === path);
  if (empty >= 0) map.items.splice(empty, 1);
  const name = new Scalar(path.slice(prefix.length));
  const description = keys[own]?.description;
  if (description !== undefined && !map.flow) name.commentBefore = wrap(description);
  if (prefix === '' && map.items.length > 0) name.spaceBefore = true;
  const at = map.items.findIndex((pair) => isScalar(pair.key) && rank(pair.key.value) > own);
  map.items.splice(at < 0 ? map.items.length : at, 0, new Pair(name, value));
}

/** Lists in one line, as in the documentation; of mappings, each on a line of its own. */
function leafNode(value: unknown): Scalar | YAMLSeq {
  if (!Array.isArray(value)) return new Scalar(value);
  const list = new YAMLSeq();
  list.items = value.map((item: unknown) => (isPlain(item) ? new Scalar(item) : oneLine(item)));
  list.flow = value.every(isPlain);
  return list;
}

const isPlain = (item: unknown): boolean => typeof item !== 'object' || item === null;

function oneLine(item: unknown): unknown {
  const { contents } = new Document(item);
  if (isCollection(contents)) contents.flow = true;
  return contents;
}

function wrap(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length + 1 > COMMENT_WIDTH) lines.push(` ${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.join('\n');
}
