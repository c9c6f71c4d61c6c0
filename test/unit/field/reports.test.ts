import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EXIT } from '../../../src/errors.ts';
import { REPORTS } from '../../field/reports.ts';

const TESTS = join(import.meta.dirname, '../..');
const plain = (text: string): string => text.replace(/\\u2019/g, '’').replace(/\\'/g, "'");

describe('reports from the field', () => {
  test.each(REPORTS)('$setUp: its test is there', async ({ shownBy: { file, name } }) => {
    const text = plain(await readFile(join(TESTS, file), 'utf8'));
    // As the beginning of a test's or a suite's own name, and not somewhere in a text.
    const names = [...text.matchAll(/(?:^|\n|\()\s*(['`])((?:(?!\1).)*)\1\s*,/g)].map(([, , found = '']) => found);
    expect(
      names.filter((found) => found.startsWith(name)),
      `${file}: ${name}`,
    ).toHaveLength(1);
  });

  test('its words are words of ours', async () => {
    const root = join(TESTS, '..');
    const ours = ['src', 'stacks', 'secrets'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts'))
        .map((file) => join(root, folder, file)),
    );
    const all = (await Promise.all(ours.map((file) => readFile(file, 'utf8')))).join('\n').replace(/' \+\n\s*'/g, '');
    expect(REPORTS.flatMap(({ says }) => says).filter((words) => !plain(all).includes(words))).toEqual([]);
  });

  test('each has an exit code of ours, and is there once', () => {
    const codes: number[] = Object.values(EXIT);
    expect(REPORTS.filter(({ exit }) => exit !== undefined && !codes.includes(exit))).toEqual([]);
    expect(new Set(REPORTS.map(({ setUp }) => setUp)).size).toBe(REPORTS.length);
  });
});
