import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonItems } from '../../../src/engine/json-items.ts';

async function read(text: string, sizes: readonly number[] = [], atOnce?: number): Promise<unknown[]> {
  async function* chunks(): AsyncGenerator<Buffer> {
    let rest = Buffer.from(text);
    for (const size of sizes) {
      yield rest.subarray(0, size);
      rest = rest.subarray(size);
    }
    yield rest;
  }
  const items: unknown[] = [];
  for await (const item of jsonItems(chunks(), atOnce)) items.push(item);
  return items;
}

// Looked for one by one, in windows of a few bytes, and parsed as one.
describe.each([1, 7, undefined])('jsonItems, at once below %s bytes', (atOnce) => {
  test('gives what JSON.parse gives, however the text is cut', async () => {
    const cuts = fc.array(fc.nat({ max: 20 }));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue()), fc.constantFrom(0, 2), cuts, async (list, indent, sizes) => {
        const text = JSON.stringify(list, undefined, indent);
        expect(await read(text, sizes, atOnce)).toEqual(JSON.parse(text));
      }),
    );
  });

  test.each(['[]', ' [ ] \n', 'null', ' null\n', ''])('%j is an empty list', async (text) => {
    expect(await read(text, [], atOnce)).toEqual([]);
  });

  test.each([
    '{}',
    '{"a":[]}',
    '1',
    '"x"',
    'page not found',
    '<html>',
    '[1',
    '[{"a":1}',
    '["x',
    '[1] 2',
    '[1],[2]',
    ']',
  ])('%j is refused', async (text) => {
    await expect(read(text, [], atOnce)).rejects.toThrow(SyntaxError);
  });
});
