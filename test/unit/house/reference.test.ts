import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorCodes, expectationKinds, pages } from '../../../scripts/reference.ts';
import { usageOf } from '../../../src/cli/command.ts';
import { commands } from '../../../src/commands/index.ts';

const FOLDER = join(import.meta.dirname, '../../../docs/reference');
const all = pages();

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

  it('finds error codes with their exit codes, and kinds of expectation', () => {
    const found = errorCodes();
    const exits = (code: string) => [...(found.find((each) => each.code === code)?.exits ?? [])];
    expect(found.length).toBeGreaterThan(80);
    expect(exits('stack-stale')).toEqual([2]);
    expect(exits('not-applied')).toEqual([8]);
    expect(exits('unknown-schema')).toEqual([2]);
    expect(expectationKinds()).toEqual(expect.arrayContaining(['http', 'tls']));
  });
});
