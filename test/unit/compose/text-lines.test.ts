import { expect, it } from 'vitest';
import { TextLines } from '../../../src/compose/text-lines.ts';

it.each([1, 999, 1_000, 1_001, 2_000, 2_001])('%i lines are counted, and joined as they are', (count) => {
  const lines = new TextLines();
  const plain = Array.from({ length: count }, (_unused, index) => `line ${index}`);
  for (const line of plain) lines.push(line);
  expect(lines.count).toBe(count);
  expect(lines.toString()).toBe(`${plain.join('\n')}\n`);
  lines.replaceLast('another one');
  expect(lines.count).toBe(count);
  expect(lines.toString()).toBe(`${[...plain.slice(0, -1), 'another one'].join('\n')}\n`);
});
