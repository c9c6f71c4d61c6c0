import { execFile } from 'node:child_process';
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

function start(file: string, ...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--import', 'tsx', file, ...args], { cwd: root }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

describe.concurrent('scripts of this project', () => {
  it('are all looked at', () => {
    expect(ours.map(([name]) => name)).toEqual(
      expect.arrayContaining(['demo', 'test', 'chaos', 'matrix', 'bench', 'images', 'lab']),
    );
  });

  it.each(ours)('%s explains itself with --help', async (name, file) => {
    const { code, stdout, stderr } = await start(file, '--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`Usage: npm run ${name} -- `);
  });

  it.each([
    ...ours.map(([, file]): [string, string[], string] => [file, ['--nonsense'], "unknown option '--nonsense'"]),
    ['scripts/chaos.ts', ['--kills', 'many'], 'whole number'],
    ['scripts/chaos.ts', ['--engine', '19.03'], "engine '19.03'"],
    ['scripts/matrix.ts', ['--case', '99999'], 'has cases 1 to'],
    ['scripts/bench.ts', ['fly'], 'Allowed choices are start, plan, deploy, verify'],
  ] satisfies [string, string[], string][])('%s %j is wrong usage', async (file, args, message) => {
    const { code, stdout, stderr } = await start(file, ...args);
    expect(stderr).toContain(message);
    expect(stderr).toContain('Usage: npm run ');
    expect(stderr).not.toMatch(/^ +at /m);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});
