import { LineCounter, isMap, isScalar, parseDocument, type Node } from 'yaml';

/** The line of each key of a YAML text, from 1, by dotted path. Empty for a text that is not valid. */
export function keyLines(text: string): ReadonlyMap<string, number> {
  const counter = new LineCounter();
  const document = parseDocument(text, { prettyErrors: false, merge: false, lineCounter: counter });
  const lines = new Map<string, number>();
  const walk = (node: Node | null, prefix: string): void => {
    if (!isMap(node)) return;
    for (const { key, value } of node.items) {
      if (!isScalar(key)) continue;
      const path = `${prefix}${String(key.value)}`;
      lines.set(path, counter.linePos(key.range?.[0] ?? 0).line);
      walk(value as Node | null, `${path}.`);
    }
  };
  if (document.errors.length === 0) walk(document.contents, '');
  return lines;
}
