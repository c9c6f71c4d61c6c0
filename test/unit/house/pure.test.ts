import { join } from 'node:path';
import { ESLint, Linter } from 'eslint';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');
const eslint = new ESLint({ cwd: ROOT });

interface Rules {
  'no-restricted-imports': [number, { patterns: { regex: string }[] }];
  'no-restricted-syntax': [number, ...{ selector: string }[]];
  'no-restricted-globals'?: [number, ...string[]];
}

/** Lint’s rules for the files of a folder. */
const rulesOf = async (folder: string): Promise<Rules> =>
  ((await eslint.calculateConfigForFile(join(ROOT, folder, 'any.ts'))) as { rules: Rules }).rules;

/** What may not be imported by `import`, as patterns. */
const imports = ({ 'no-restricted-imports': [, { patterns }] }: Rules): RegExp[] =>
  patterns.map(({ regex }) => new RegExp(regex));

/** What may not be imported by `import(…)`, as patterns. */
const lazyImports = ({ 'no-restricted-syntax': [, ...lazy] }: Rules): RegExp[] =>
  lazy.flatMap(({ selector }) => {
    const [, regex] = /^ImportExpression\[source\.value=\/(.+)\/\]$/.exec(selector) ?? [];
    return regex === undefined ? [] : [new RegExp(regex)];
  });

/** What the pure folders may not reach. */
const EFFECTS = [
  ...['node:fs', 'node:fs/promises', 'fs', 'node:child_process', 'node:net', 'node:dns/promises', 'node:process'],
  ...['dockerode', '@inquirer/prompts', 'mysql2/promise', 'pg'],
];
const IN_SRC = ['src/bundle', 'src/compose', 'src/plan', 'src/place', 'src/image', 'src/run-target/plan', 'src/sdk'];

describe('what is pure reaches neither files nor processes nor the network: lint forbids it', () => {
  it.each([
    ...IN_SRC.map((folder) => ({ folder, own: ['../io/files.ts', '../ui/style.ts', '../engine/docker.ts'] })),
    ...['stacks', 'stacks/kafka', 'secrets'].map((folder) => ({ folder, own: ['../../src/io/files.ts'] })),
  ])('$folder', async ({ folder, own }) => {
    const rules = await rulesOf(folder);
    for (const patterns of [imports(rules), lazyImports(rules)]) {
      const forbids = (specifier: string): boolean => patterns.some((pattern) => pattern.test(specifier));
      expect([...EFFECTS, ...own].filter((specifier) => !forbids(specifier))).toEqual([]);
      expect(['yaml', 'zod', 'node:crypto', './other.ts', '../errors.ts'].filter(forbids)).toEqual([]);
    }
    expect(rules['no-restricted-globals']).toEqual(
      expect.arrayContaining(['process', 'fetch', 'setTimeout', 'console']),
    );
  });

  it('a definition knows no clock and no chance', async () => {
    const code = [
      "import { setTimeout } from 'node:timers/promises';",
      "import { createHash, randomBytes } from 'node:crypto';",
      'export const now = [new Date(), Date(), Date.now(), performance.now(), Math.random()];',
      "export const pure = [new Date('2026-01-01'), createHash('sha256'), Math.round(1), setTimeout, randomBytes];",
    ].join('\n');
    const linesOf = async (folder: string): Promise<number[]> => {
      const all = await rulesOf(folder);
      const rules = Object.fromEntries(
        (['no-restricted-imports', 'no-restricted-syntax'] as const).map((rule) => [rule, all[rule]]),
      );
      return new Linter().verify(code, { rules: rules as Linter.RulesRecord }).map(({ line }) => line);
    };
    expect(await linesOf('stacks/kafka')).toEqual([1, 2, 3, 3, 3, 3, 3]);
    expect(await linesOf('stacks/mysql/adapters')).toEqual([]);
  });

  it('but not in what asks a server, which is loaded by import(…) alone', async () => {
    const adapters = await rulesOf('stacks/mysql/adapters');
    expect(imports(adapters).some((pattern) => pattern.test('node:net'))).toBe(false);
    expect(adapters['no-restricted-globals']).toBeUndefined();
    const dialect = await rulesOf('stacks/mysql');
    expect(imports(dialect).some((pattern) => pattern.test('./adapters/read.ts'))).toBe(true);
    expect(lazyImports(dialect).some((pattern) => pattern.test('./adapters/read.ts'))).toBe(false);
  });
});
