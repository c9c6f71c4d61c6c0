import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { keepTrack } from '../../scripts/lab/exec.ts';

const entry = fileURLToPath(new URL('../../dist/bundle.cjs', import.meta.url));

/**
 * Runs the built `bundle` at a real terminal (util-linux's `script` makes one) and types when it is asked.
 * @param question what must be on the screen before `answer` is called; what that gives is typed
 */
export function atTerminal(
  args: string[],
  options: { env: NodeJS.ProcessEnv; question: RegExp; answer: () => Promise<string> },
): Promise<{ code: number; screen: string }> {
  const quoted = [process.execPath, entry, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  return new Promise((resolve, reject) => {
    const child = spawn('script', ['-qefc', quoted, '/dev/null'], {
      env: { PATH: process.env['PATH'], HOME: '/nonexistent', TERM: 'xterm', ...options.env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    keepTrack(child);
    let screen = '';
    let typed = false;
    child.stdout.on('data', (chunk: Buffer) => {
      screen += chunk.toString();
      if (typed || !options.question.test(screen)) return;
      typed = true;
      options.answer().then((text) => child.stdin.write(text), reject);
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? -1, screen }));
  });
}
