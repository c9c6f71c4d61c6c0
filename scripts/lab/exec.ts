/** Running programs: argv arrays only, output collected, a deadline, errors that name the command. */
import { type ChildProcess, spawn } from 'node:child_process';

export interface RunOptions {
  input?: string | Buffer;
  /** Added to this process' environment; `undefined` removes a variable. */
  env?: Record<string, string | undefined>;
  /** Throw on a non-zero exit code (default true). */
  check?: boolean;
  /** Milliseconds until the program is killed and the call fails (default: no limit). */
  timeoutMs?: number;
  cwd?: string;
  /** Ends the program, and fails the call with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Called with each line the program prints, on either stream, as it comes. */
  onLine?: (line: string) => void;
}

export interface RunResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** A program that could not be started, ran too long, or ended with a code that the caller did not expect. */
export class CommandError extends Error {
  readonly argv: readonly string[];
  readonly result: RunResult;

  constructor(argv: readonly string[], why: string, result: RunResult) {
    const said = (result.stderr.trim() || result.stdout.trim()).slice(-4000);
    super(`${argv.join(' ')}: ${why}${said === '' ? '' : `\n${said}`}`);
    this.name = 'CommandError';
    this.argv = argv;
    this.result = result;
  }
}

const living = new Set<ChildProcess>();

/** The programs that this process runs and that have not ended, of `run` and of who told them to `keepTrack`. */
export const livingPrograms = (): ChildProcess[] => [...living];

/** Counts a program among `livingPrograms` until it ends. */
export function keepTrack(child: ChildProcess): void {
  living.add(child);
  for (const end of ['error', 'close']) child.once(end, () => living.delete(child));
}

/**
 * Runs a program to its end.
 *
 * @throws CommandError when it cannot be started, is over its time, or (unless `check` is false) fails.
 */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const [program, ...args] = argv;
  if (program === undefined) throw new Error('run: an empty command');
  options.signal?.throwIfAborted();
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: mergeEnvironment(options.env),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  keepTrack(child);
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  if (options.onLine !== undefined) {
    for (const stream of [child.stdout, child.stderr]) forEachLine(stream, options.onLine);
  }
  // A program may end without reading its input; its exit code says more than the broken pipe.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');

  let late = false;
  const timer =
    options.timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          late = true;
          child.kill('SIGKILL');
          // A grandchild may hold the pipes open; without this 'close' would wait for it.
          child.stdout.destroy();
          child.stderr.destroy();
        }, options.timeoutMs);
  const onAbort = (): void => void child.kill('SIGTERM');
  options.signal?.addEventListener('abort', onAbort, { once: true });
  const collected = (code: number): RunResult => ({
    code,
    stdout: Buffer.concat(out).toString('utf8'),
    stderr: Buffer.concat(err).toString('utf8'),
  });
  try {
    const ended = await new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
      child.once('error', (error) => reject(new CommandError(argv, error.message, collected(127))));
      child.once('close', (code, signal) => resolve({ code, signal }));
    });
    const result = collected(ended.code ?? 128);
    options.signal?.throwIfAborted();
    if (late) throw new CommandError(argv, `not finished after ${options.timeoutMs} ms, killed`, result);
    if (options.check !== false && (ended.code !== 0 || ended.signal !== null)) {
      throw new CommandError(
        argv,
        ended.signal === null ? `exit code ${ended.code}` : `ended by ${ended.signal}`,
        result,
      );
    }
    return result;
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', onAbort);
  }
}

/** PATH, with the directories of system programs even if a user's does not have them. */
export function systemPath(given: string = process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'): string {
  const dirs = given.split(':').filter((dir) => dir !== '');
  return [...dirs, ...['/usr/local/sbin', '/usr/sbin', '/sbin'].filter((dir) => !dirs.includes(dir))].join(':');
}

function mergeEnvironment(changes: Record<string, string | undefined> | undefined): NodeJS.ProcessEnv {
  const merged: NodeJS.ProcessEnv = { ...process.env, PATH: systemPath(), ...changes };
  for (const key of Object.keys(merged)) if (merged[key] === undefined) delete merged[key];
  return merged;
}

function forEachLine(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = '';
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString('utf8')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') onLine(line.trimEnd());
  });
  stream.on('end', () => {
    if (rest.trim() !== '') onLine(rest.trimEnd());
  });
}
