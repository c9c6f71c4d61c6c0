import { expect, it } from 'vitest';
import { repeatedNames, sourcesOf } from '../../../scripts/house.ts';

it('no two files of src/ export the same name', () => {
  expect(Object.fromEntries(repeatedNames(sourcesOf('src')))).toEqual({});
});

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
