import { isCollection, visit, type Alias, type Document, type Node } from 'yaml';

/**
 * Puts a copy of what it stands for in the place of every alias, and takes the anchors out. An alias keeps its own
 * comments; those of its anchor stay there.
 */
export function writeOutAliases(document: Document.Parsed): void {
  let any = false;
  // In the order of the text, so that what an alias stands for has none in it any more.
  visit(document, {
    Alias: (_key, alias) => {
      any = true;
      const copy = alias.resolve(document)?.clone() as Node | undefined;
      if (copy === undefined) return undefined;
      withoutAnchors(copy);
      takeComments(copy, alias);
      return copy;
    },
  });
  if (any) withoutAnchors(document);
}

function withoutAnchors(tree: Node | Document.Parsed): void {
  visit(tree, { Node: (_key, node) => void delete (node as { anchor?: string }).anchor });
}

/** What stands beside an alias stands above a collection: there is nothing beside it. */
function takeComments(copy: Node, { comment, commentBefore, spaceBefore }: Alias): void {
  delete copy.comment;
  delete copy.commentBefore;
  delete copy.spaceBefore;
  const above = isCollection(copy) ? [commentBefore, comment] : [commentBefore];
  const lines = above.filter((text) => typeof text === 'string');
  if (lines.length > 0) copy.commentBefore = lines.join('\n');
  if (!isCollection(copy) && comment) copy.comment = comment;
  if (spaceBefore) copy.spaceBefore = true;
}
