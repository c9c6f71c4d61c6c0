/**
 * What takes too long for each `npm test`, which runs a part of it: `npm run test:long`. Every pair of answers on the
 * lab (`npm run matrix`), then a hundred kills (`npm run chaos`), one after the other; ends with the time of each, and
 * with 1 if one of them failed.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { commandLine, parseOrExit } from './command-line.ts';
import { thisRun } from './testing/labs.ts';

const SUITES = ['matrix', 'chaos'];
const root = fileURLToPath(new URL('..', import.meta.url));

/** Runs a script to its end. Gives its line for the end, and whether it went well. */
function play(suite: string): Promise<{ ok: boolean; line: string }> {
  const started = Date.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', `scripts/${suite}.ts`], {
      cwd: root,
      env: { ...process.env, BUNDLE_TEST_LAB: thisRun },
      stdio: 'inherit',
    });
    child.once('error', reject);
    child.once('close', (code) =>
      resolve({
        ok: code === 0,
        line:
          `${suite}: ${code === 0 ? 'ok' : `FAILED (${String(code)})`} in ` +
          `${((Date.now() - started) / 60_000).toFixed(1)} min`,
      }),
    );
  });
}

parseOrExit(
  commandLine(
    'test:long',
    'The suites that take too long for each npm test: every pair of answers, then a hundred kills.',
  ),
);
// Ctrl-C ends the suite that runs, which takes its lab down, and no other begins.
let stopped = false;
process.on('SIGINT', () => void (stopped = true));
const played: { ok: boolean; line: string }[] = [];
for (const suite of SUITES) if (!stopped) played.push(await play(suite));
process.stdout.write(`\n${played.map(({ line }) => line).join('\n')}\n`);
process.exit(stopped || played.some(({ ok }) => !ok) ? 1 : 0);
