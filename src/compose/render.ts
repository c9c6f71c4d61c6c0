import { Document, isMap, isScalar, type Scalar, type YAMLMap } from 'yaml';
import { canonicalDocument } from './canonical.ts';
import { layout } from './layout.ts';
import { fileModeTag, toNode } from './nodes.ts';
import { checkText } from './text.ts';
import type { CommentedDocument } from './types.ts';

/**
 * The text of stack.yml, for `docker stack deploy` of any CLI from 19.03 on. A pure function: the same document gives the same bytes, whatever
 * the order in which keys were put in where it has no meaning (see canonical.ts; services keep theirs).
 * Throws a usage error for control characters, durations and modes that docker would refuse, and a plain Error for a comment on a path that is
 * not in the file, which is a bug of the definition. Comment paths use the file's keys (`services.db.stop_grace_period`).
 */
export function renderStack({ document, heading, comments }: CommentedDocument): string {
  // YAML 1.1 words (`on`, `22:22`, `1_000`) are quoted though the rest is YAML 1.2: of the modes tried, the one that docker's reader never changed.
  const file = new Document(undefined, { compat: 'yaml-1.1', aliasDuplicateObjects: false, customTags: (tags) => [fileModeTag, ...tags] });
  const root = toNode(layout(canonicalDocument(document)), '');
  if (!isMap(root)) throw new Error('a stack document is a map');
  file.contents = root;
  space(root);
  for (const [path, comment] of Object.entries(comments)) keyAt(root, path).commentBefore = commentText(comment, path);
  if (heading.length > 0) file.commentBefore = commentText(heading.join('\n'), 'heading');
  return file.toString({ lineWidth: 0, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER });
}

/** A blank line before each section and between services; none before a first key, where it would leave spaces at a line's end. */
function space(root: YAMLMap): void {
  const later = (map: YAMLMap): Scalar[] => map.items.slice(1).map((pair) => pair.key).filter(isScalar);
  for (const key of later(root)) key.spaceBefore = true;
  const services = root.get('services');
  if (isMap(services)) for (const key of later(services)) key.spaceBefore = true;
}

function keyAt(root: YAMLMap, path: string): Scalar {
  let map: unknown = root;
  let key: unknown;
  for (const segment of path.split('.')) {
    const pair = isMap(map) ? map.items.find((item) => isScalar(item.key) && item.key.value === segment) : undefined;
    key = pair?.key;
    map = pair?.value;
  }
  if (!isScalar(key)) throw new Error(`comment on ${path}: there is no such key in the stack document`);
  return key;
}

function commentText(comment: string, path: string): string {
  checkText(comment, path);
  // An empty line becomes a lone `#`: a truly empty one would end the comment.
  return comment.split('\n').map((line) => ` ${line}`).join('\n');
}
