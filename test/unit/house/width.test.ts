import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');
/** What the formatter keeps to in code; it breaks neither comments nor texts. */
const WIDTH = 120;
const COMMENT = /^\s*(\/\/|\/?\*)/;

it.each(['src', 'stacks', 'secrets', 'scripts', 'test'])('no comment in %s/ is wider than its code', (folder) => {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  expect(files.length).toBeGreaterThan(5);
  const wide = files.flatMap((name) =>
    readFileSync(join(ROOT, folder, name), 'utf8')
      .split('\n')
      .flatMap((line, at) => (COMMENT.test(line) && [...line].length > WIDTH ? [`${folder}/${name}:${at + 1}`] : [])),
  );
  expect(wide).toEqual([]);
});
