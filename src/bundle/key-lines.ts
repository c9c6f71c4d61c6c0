import { LineCounter, isMap, isScalar, parseDocument, type Node } from 'yaml';

/** The line of each key, from 1, by its dotted path. */
export type KeyLines = Pick<ReadonlyMap<string, number>, 'get' | typeof Symbol.iterator>;

/** The lines of a YAML text's keys; none for a text that is not valid. It is read when the first is asked for. */
export function keyLines(text: string): KeyLines {
  let read: KeyLines | undefined;
  const lines = (): KeyLines => (read ??= linesOf(text));
  return { get: (path) => lines().get(path), [Symbol.iterator]: () => lines()[Symbol.iterator]() };
}

function linesOf(text: string): KeyLines {
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
