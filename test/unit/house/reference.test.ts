import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorCodes } from '../../../scripts/error-codes.ts';
import { expectationKinds, pages } from '../../../scripts/reference.ts';
import { usageOf } from '../../../src/cli/command.ts';
import { commands } from '../../../src/commands/index.ts';

const ROOT = join(import.meta.dirname, '../../..');
const FOLDER = join(ROOT, 'docs/reference');
const all = pages();
const known = errorCodes(ROOT);

describe('docs/reference', () => {
  it.each(Object.keys(all))('%s is what scripts/reference.ts writes', (file) => {
    expect(readFileSync(join(FOLDER, file), 'utf8')).toBe(all[file]);
  });

  it('has these pages and no other', () => {
    expect(readdirSync(FOLDER).sort()).toEqual(Object.keys(all).sort());
  });

  it('has every flag of every command', () => {
    for (const { flags } of commands)
      for (const [key, flag] of Object.entries(flags))
        expect(all['commands.md']).toContain(`\`${usageOf(key, flag)}\``);
  });

  it('says of every key of bundle.yaml what it means', () => {
    const rows = all['bundle-yaml.md']?.split('\n').filter((line) => line.startsWith('| `')) ?? [];
    expect(rows.length).toBeGreaterThan(100);
    expect(rows.filter((row) => row.endsWith('|  |'))).toEqual([]);
  });

  it('finds error codes with their exit codes, and kinds of expectation', () => {
    const exits = (code: string) => [...(known.find((each) => each.code === code)?.exits ?? [])];
    expect(known.length).toBeGreaterThan(120);
    expect(exits('stack-stale')).toEqual([2]);
    expect(exits('not-applied')).toEqual([8]);
    expect(exits('unknown-schema')).toEqual([2]);
    expect(exits('interrupted')).toEqual([130]);
    expect(expectationKinds()).toEqual(expect.arrayContaining(['http', 'tls']));
  });

  it('says of an interruption that either signal ends the process with its own code', () => {
    for (const code of ['interrupted', 'deploy-interrupted'])
      expect(all['errors.md']).toContain(`| \`${code}\` | 130 interrupted; 143 terminated |\n`);
    expect(all['errors.md']).toContain('| `held` | 8 held by another operator or the swarm changed |\n');
  });

  it('finds codes that a function is given, that a function gives, and that a fault bears', () => {
    const codes = known.map(({ code }) => code);
    expect(codes).toEqual(
      expect.arrayContaining([
        ...['ensemble-shrinks', 'ca-key-encrypted', 'token-short', 'engine-conflict', 'fingerprint-key-missing'],
        'ca-name-constraints',
      ]),
    );
    expect(codes.filter((code) => !/^[a-z]+(-[a-z]+)*$/.test(code))).toEqual([]);
    expect(codes).not.toContain('secrets-readable');
  });
});

describe('docs/troubleshooting.md', () => {
  it('has every error code, once, and no other', () => {
    const text = readFileSync(join(ROOT, 'docs/troubleshooting.md'), 'utf8');
    const rows = text.slice(text.indexOf('## By error code')).split('\n');
    const told = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([a-z-]+)`/g)].map(([, code]) => code));
    expect(told.sort()).toEqual(known.map(({ code }) => code).sort());
  });
});
