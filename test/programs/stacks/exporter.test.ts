import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exporter } from '../../../stacks/imply/exporter.ts';

const SHELLS = ['/bin/sh', '/bin/dash', '/bin/bash'].filter(existsSync);
/** What an image would run by itself: it says what it got. */
const IMAGE = [
  process.execPath,
  '-e',
  'process.stdout.write(JSON.stringify({ env: process.env, argv: process.argv.slice(1), pid: process.pid }))',
  '--',
  'a b',
  "it's",
  '$HOME',
  '',
  '*',
];
const VALUES: Record<string, string> = {
  plain: 'secret',
  quotes: `it's "quoted" \`date\``,
  dollars: '$HOME ${HOME} $(touch pwned) $$',
  backslashes: '\\n \\\\ \\',
  spaces: '  both ends  ',
  tab: '\ta\t',
  lines: 'one\ntwo\n\nfour',
  first_empty: '\n\nthree',
  glob: '* ? [a-z] ~',
  option: '-n',
  negation: '!',
  bracket: '(',
  empty: '',
  percent: '%s %d',
  equals: '=a=b=',
  utf8: 'é ā È 漢字 🔑',
  hash: '#x',
  semicolon: 'a;exit 1;b',
  cr: 'a\rb',
  licence: Array.from({ length: 60 }, (_unused, index) => `${index} ${'x'.repeat(64)}`).join('\n'),
};

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'exporter-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function start(
  shell: string,
  values: Record<string, string | Buffer>,
  names = Object.keys(values),
  more: { env?: NodeJS.ProcessEnv; uid?: number } = {},
) {
  for (const [name, value] of Object.entries(values)) writeFileSync(join(dir, name), value);
  const [, ...words] = exporter(`${dir}/`, names);
  const result = spawnSync(shell, [...words, ...IMAGE], {
    env: { KEPT: 'from the image', ...more.env },
    cwd: dir,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(more.uid !== undefined && { uid: more.uid }),
  });
  return {
    ...result,
    said:
      result.stdout === ''
        ? undefined
        : (JSON.parse(result.stdout) as { env: Record<string, string>; argv: string[]; pid: number }),
  };
}

describe.each(SHELLS)('the entrypoint that exports, run by %s', (shell) => {
  it('gives the image every value to the byte, its own environment and its own words, in its own process', () => {
    const { said, stderr, status, pid } = start(shell, VALUES);
    expect([status, stderr]).toEqual([0, '']);
    expect(said?.env).toMatchObject({ KEPT: 'from the image', ...VALUES });
    expect(Object.keys(said?.env ?? {}).filter((name) => name.startsWith('bundle_'))).toEqual([]);
    expect(said?.argv).toEqual(['a b', "it's", '$HOME', '', '*']);
    // The signals of the engine reach the image's program, not a shell.
    expect(said?.pid).toBe(pid);
    expect(existsSync(join(dir, 'pwned'))).toBe(false);
  });

  it('takes one line end off, and no more', () => {
    expect(start(shell, { none: 'x', one: 'x\n', two: 'x\n\n', only: '\n', lines: 'a\nb\n' }).said?.env).toMatchObject({
      none: 'x',
      one: 'x',
      two: 'x\n',
      only: '',
      lines: 'a\nb',
    });
  });

  it('is right for any text', () => {
    const texts = fc.sample(
      fc
        .string({
          unit: fc.oneof(
            fc.constantFrom(...'\n\\\'"$`(){}[]!#*?~;&|<> \t='),
            fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
          ),
        })
        .map((text) => text.replaceAll('\0', '')),
      300,
    );
    const values = Object.fromEntries(texts.map((text, index) => [`V${index}`, Buffer.from(text).toString('utf8')]));
    const { said, stderr } = start(shell, values);
    expect(stderr).toBe('');
    expect(said?.env).toMatchObject(
      Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value.replace(/\n$/, '')])),
    );
  });

  it('wins over a value of the image, and leaves nothing of its own behind even where the image has such a variable', () => {
    const { said } = start(shell, { A: 'secret' }, ['A'], { env: { A: 'default of the image', bundle_value: 'x' } });
    expect([said?.env['A'], said?.env['bundle_value']]).toEqual(['secret', undefined]);
  });

  it('starts nothing where a file is missing or may not be read, and says which', () => {
    const missing = start(shell, { A: 'hunter22' }, ['A', 'B']);
    expect([missing.status, missing.said]).toEqual([1, undefined]);
    expect(missing.stderr).toContain(`cannot read ${dir}/B`);
    expect(missing.stderr).not.toContain('hunter22');
    chmodSync(dir, 0o755);
    chmodSync(join(dir, 'A'), 0o000);
    if (process.getuid?.() === 0)
      expect(start(shell, {}, ['A'], { uid: 65534 }).stderr).toContain(`cannot read ${dir}/A`);
  });
});

it('takes names of variables only: they are words of the script', () => {
  for (const name of ['a b', '1A', 'A;id', 'A-B', '', '$(id)'])
    expect(() => exporter('/run/', [name]), name).toThrow(TypeError);
});
