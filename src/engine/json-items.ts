const BYTE = {
  quote: 0x22,
  escape: 0x5c,
  comma: 0x2c,
  list: 0x5b,
  endOfList: 0x5d,
  map: 0x7b,
  endOfMap: 0x7d,
} as const;
const isSpace = (byte: number): boolean => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);

/** Bytes of a list that is parsed as one: that takes a tenth of the time of looking for its items. */
const AT_ONCE = 1024 * 1024;

/** The chunks, put together to such of at least so many bytes; only the last one may have fewer. */
async function* joined(chunks: AsyncIterable<Buffer>, bytes: number): AsyncGenerator<Buffer, void, undefined> {
  let held: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    held.push(chunk);
    length += chunk.length;
    if (length < bytes) continue;
    yield Buffer.concat(held);
    held = [];
    length = 0;
  }
  if (length > 0) yield Buffer.concat(held);
}

/** The items of a list that is there as a whole. @throws SyntaxError as `jsonItems` */
function itemsOf(text: string): unknown[] {
  const list: unknown = text.trim() === '' ? null : JSON.parse(text);
  if (list === null) return [];
  if (!Array.isArray(list)) throw new SyntaxError('no list');
  return list;
}

/**
 * The items of a JSON list, one by one, from chunks that may be cut anywhere: of a list of thousands no more than a few
 * hundred are held at a time. `null`, or nothing, is an empty list.
 * @param atOnce bytes of a list that is parsed as one
 * @throws SyntaxError if it is no JSON, or no list
 */
export async function* jsonItems(
  chunks: AsyncIterable<Buffer>,
  atOnce = AT_ONCE,
): AsyncGenerator<unknown, void, undefined> {
  /** Of the item in hand, from chunks before. */
  let pieces: Buffer[] = [];
  let depth = 0;
  let quoted = false;
  let escaped = false;
  let over = false;
  let begun = false;

  const text = (end: Buffer): string => {
    const all = pieces.length === 0 ? end : Buffer.concat([...pieces, end]);
    pieces = [];
    return all.toString('utf8');
  };
  for await (const chunk of joined(chunks, atOnce)) {
    if (!begun && chunk.length < atOnce) {
      yield* itemsOf(chunk.toString('utf8'));
      return;
    }
    begun = true;
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (quoted) {
        if (escaped) escaped = false;
        else if (byte === BYTE.escape) escaped = true;
        else if (byte === BYTE.quote) quoted = false;
      } else if (over) {
        if (!isSpace(byte)) throw new SyntaxError('more than a list');
      } else if (byte === BYTE.quote) quoted = true;
      else if (byte === BYTE.list || byte === BYTE.map) {
        depth += 1;
        if (depth > 1) continue;
        if (byte === BYTE.map || text(chunk.subarray(0, at)).trim() !== '') throw new SyntaxError('no list');
        from = at + 1;
      } else if (byte === BYTE.endOfList || byte === BYTE.endOfMap) {
        depth -= 1;
        if (depth > 0) continue;
        if (depth < 0) throw new SyntaxError('no list');
        const last = text(chunk.subarray(from, at));
        if (last.trim() !== '') yield JSON.parse(last) as unknown;
        over = true;
      } else if (byte === BYTE.comma && depth === 1) {
        yield JSON.parse(text(chunk.subarray(from, at))) as unknown;
        from = at + 1;
      }
    }
    if (!over) pieces.push(chunk.subarray(from));
  }
  if (over) return;
  const rest = text(Buffer.alloc(0)).trim();
  if (rest !== '' && JSON.parse(rest) !== null) throw new SyntaxError('no list');
}
