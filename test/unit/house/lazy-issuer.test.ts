import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { importsOf } from '../../../scripts/deploy-reach.ts';

const ROOT = join(import.meta.dirname, '../../..');
const files = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => join(folder, path));
const imports = (file: string): string[] => importsOf(readFileSync(join(ROOT, file), 'utf8'));

/** Files that a file loads with it: `import(…)` loads later. */
function loadedWith(start: readonly string[]): Set<string> {
  const found = new Set(start);
  for (const file of found) for (const specifier of imports(file)) found.add(join(dirname(file), specifier));
  return found;
}

it('what issues certificates is loaded when one is issued, and by nothing else', () => {
  const issuers = ['src', 'stacks', 'secrets']
    .flatMap(files)
    .filter((file) => readFileSync(join(ROOT, file), 'utf8').includes("from 'node-forge'"));
  expect(issuers.sort()).toEqual([
    ...['secrets/issue-authority.ts', 'secrets/issue-leaf.ts', 'secrets/open-pkcs12.ts', 'secrets/pkcs12.ts'],
  ]);
  const loaded = loadedWith([...files('src'), ...files('stacks'), 'secrets/index.ts']);
  expect(loaded).toContain('secrets/leaf.ts');
  expect(issuers.filter((file) => loaded.has(file))).toEqual([]);
});
