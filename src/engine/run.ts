/** Runs one child process: argv only, input on stdin, lines as they come. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface RunOptions {
  /** The child's whole environment. */
  env: NodeJS.ProcessEnv;
  /** Written to stdin. */
  input?: string;
  /** Each line of stdout and stderr as it is printed. */
  onLine?: (line: string) => void;
  /**
   * Aborting ends the child: SIGTERM, and SIGKILL after 3 s. Output that a child of its own holds is not awaited then.
   */
  signal?: AbortSignal | undefined;
}

export interface RunResult {
  /** Exit code; null if a signal ended it. */
  code: number | null;
  stdout: string;
  /** Lines of both streams in the order in which they came. */
  lines: string[];
}

const KILL_AFTER = 3000;

/**
 * Runs a program to its end.
 * @throws NodeJS.ErrnoException if it cannot be started (ENOENT, EACCES)
 */
export async function runProgram(file: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  const child = spawn(file, args, { env: options.env, stdio: ['pipe', 'pipe', 'pipe'] });
  const lines: string[] = [];
  const stdout: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      options.onLine?.(line);
    });
  }
  // A child that ends without reading its input makes EPIPE; its exit code tells more.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');

  let killer: NodeJS.Timeout | undefined;
  let stop = (): void => undefined;
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
    stop = () => {
      child.kill('SIGTERM');
      killer = setTimeout(() => {
        child.kill('SIGKILL');
        // `close` awaits the end of its output, which a child of its own may hold.
        if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
        else child.once('exit', resolve);
      }, KILL_AFTER);
    };
  });
  options.signal?.addEventListener('abort', stop, { once: true });
  if (options.signal?.aborted === true) stop();
  try {
    return { code: await ended, stdout: Buffer.concat(stdout).toString('utf8'), lines };
  } finally {
    clearTimeout(killer);
    child.stdout.destroy();
    child.stderr.destroy();
    options.signal?.removeEventListener('abort', stop);
  }
}
