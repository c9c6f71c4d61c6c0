import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { scripts } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { scripts: Record<string, string> };

/** Those of package.json that are programs of this project. */
const ours = Object.entries(scripts).flatMap(([name, line]): [string, string][] => {
  const file = /^node scripts\/run\.mjs (scripts\/\S+\.ts)$/.exec(line)?.[1];
  return file === undefined ? [] : [[name, file]];
});

function start(file: string, ...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', file, ...args], { cwd: root, encoding: 'utf8', timeout: 50_000 });
  return { code: status, stdout, stderr };
}

describe('scripts of this project', () => {
  it('are all looked at', () => {
    expect(ours.map(([name]) => name)).toEqual(expect.arrayContaining(['demo', 'test', 'chaos', 'matrix', 'bench', 'images', 'lab']));
  });

  it.each(ours)('%s explains itself with --help', (name, file) => {
    const { code, stdout, stderr } = start(file, '--help');
    expect(stderr).toBe('');
    expect(stdout).toContain(`Usage: npm run ${name} -- `);
    expect(code).toBe(0);
  });

  it.each(ours)('%s answers a flag that it does not have with its usage and exit code 2', (name, file) => {
    const { code, stdout, stderr } = start(file, '--nonsense');
    expect(stderr).toContain("unknown option '--nonsense'");
    expect(stderr).toContain(`Usage: npm run ${name} -- `);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  it.each([
    ['scripts/chaos.ts', ['--kills', 'many'], 'whole number'],
    ['scripts/chaos.ts', ['--seed'], 'argument missing'],
    ['scripts/chaos.ts', ['--engine', '19.03'], "engine '19.03'"],
    ['scripts/matrix.ts', ['--case', '-1'], 'whole number'],
    ['scripts/matrix.ts', ['--case', '99999'], 'has cases 1 to'],
    ['scripts/bench.ts', ['fly'], 'Allowed choices are start, plan, deploy, verify'],
    ['scripts/images/cli.ts', ['fly'], 'Allowed choices are manager'],
    ['scripts/demo.ts', ['now'], 'too many arguments'],
  ])('%s %j is wrong usage', (file, args, message) => {
    const { code, stderr } = start(file, ...args);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(code).toBe(2);
  });
});
