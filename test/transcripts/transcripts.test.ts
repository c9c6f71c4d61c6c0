import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundle } from '../support/cli.ts';

/*
 * Whole runs of the built command, without an engine. A transcript is a text file:
 *   $ bundle …          runs it (no shell: words are split at spaces)
 *   $ file NAME         writes the indented lines that follow
 *   $ cat NAME          shows a file
 * > / ! / = what must come on stdout / on stderr / as exit code, in this order; a line in /slashes/ is a pattern Lines
 *   that begin with # are comments. A run without > or ! lines is looked at for its exit code only.
 */

interface Step {
  command: string;
  body: string[];
  stdout: string[];
  stderr: string[];
  code: string | undefined;
}

function parse(text: string): Step[] {
  const steps: Step[] = [];
  for (const line of text.split('\n')) {
    const step = steps.at(-1);
    if (line.startsWith('$ '))
      steps.push({ command: line.slice(2), body: [], stdout: [], stderr: [], code: undefined });
    else if (!step || line === '' || line.startsWith('#')) continue;
    else if (line.startsWith('  ')) step.body.push(line.slice(2));
    else if (line.startsWith('> ')) step.stdout.push(line.slice(2));
    else if (line.startsWith('! ')) step.stderr.push(line.slice(2));
    else if (line.startsWith('= ')) step.code = line.slice(2);
    else throw new Error(`not a line of a transcript: ${line}`);
  }
  return steps;
}

/** Expected lines must appear in this order; others may stand between them. */
function expectLines(actual: string, expected: string[], what: string): void {
  const lines = actual.split('\n');
  let from = 0;
  for (const want of expected) {
    const pattern = /^\/(.*)\/$/.exec(want)?.[1];
    const at = lines.findIndex(
      (line, index) =>
        index >= from && (pattern === undefined ? line.trim() === want.trim() : new RegExp(pattern).test(line)),
    );
    expect(at, `${what}: no line ${JSON.stringify(want)} in\n${lines.slice(from).join('\n')}`).toBeGreaterThanOrEqual(
      0,
    );
    from = at + 1;
  }
}

const files = (await readdir(import.meta.dirname)).filter((name) => name.endsWith('.txt')).sort();

describe.each(files)('%s', (file) => {
  it('reads as it is written', async () => {
    const cwd = await mkdtemp(join(tmpdir(), 'bundle-transcript-'));
    try {
      for (const step of parse(await readFile(join(import.meta.dirname, file), 'utf8'))) {
        const [program, ...args] = step.command.split(' ');
        if (program === 'file') {
          await writeFile(join(cwd, args[0] ?? ''), `${step.body.join('\n')}\n`);
          continue;
        }
        const result =
          program === 'cat'
            ? { code: 0, stdout: await readFile(join(cwd, args[0] ?? ''), 'utf8'), stderr: '' }
            : await bundle(args, { cwd });
        expect(String(result.code), `${step.command}\n${result.stdout}${result.stderr}`).toBe(step.code ?? '0');
        expectLines(result.stdout, step.stdout, `stdout of ${step.command}`);
        expectLines(result.stderr, step.stderr, `stderr of ${step.command}`);
      }
    } finally {
      await rm(cwd, { recursive: true, force: true });
    }
  });
});
