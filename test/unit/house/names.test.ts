import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { repeatedNames, sourcesOf } from '../../../scripts/house.ts';

const ROOT = join(import.meta.dirname, '../../..');

it('no two files of src/ export the same name', () => {
  expect(Object.fromEntries(repeatedNames(sourcesOf('src')))).toEqual({});
});

it.each(readdirSync(join(ROOT, 'stacks'), { withFileTypes: true }).filter((entry) => entry.isDirectory()))(
  'no two files of what stacks/$name is made with export the same name',
  ({ name }) => {
    const folders = new Set(['src/sdk', 'secrets', 'stacks/common', `stacks/${name}`]);
    expect(Object.fromEntries(repeatedNames([...folders].flatMap(sourcesOf)))).toEqual({});
  },
);

it('a name that two files declare is found, one that is handed on is not', () => {
  const lines = (...text: string[]): string[] => text;
  const found = repeatedNames([
    { path: 'a.ts', lines: lines('export interface Finding {', 'export const run = 1;') },
    { path: 'b.ts', lines: lines('export type Finding = string;', 'export const run = 2;') },
    { path: 'c.ts', lines: lines("export { other } from './d.ts';", 'const hidden = 1;') },
    { path: 'd.ts', lines: lines('export function other(): void {}', 'export async function* walks() {') },
  ]);
  expect([...found]).toEqual([['Finding', ['a.ts', 'b.ts']]]);
});

it('the glossary has each word once, in order, and the code that it names is there', () => {
  const [, words = ''] = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8').split('\n## Words\n');
  const rows = words.split('\n## ')[0]?.matchAll(/^\| ([^|]+) \| [^|]+ \| `([^`]+)` \|$/gm);
  const found = [...(rows ?? [])].map(([, word = '', path = '']) => ({ word, path }));
  expect(found.length).toBeGreaterThanOrEqual(25);
  const names = found.map(({ word }) => word.toLowerCase());
  expect(names).toEqual([...new Set(names)].sort());
  expect(found.filter(({ path }) => !existsSync(join(ROOT, path)))).toEqual([]);
});
