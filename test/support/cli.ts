import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { keepTrack } from '../../scripts/lab/exec.ts';
import { commandCaches } from './command-caches.ts';
import { expectPublished } from './json-documents.ts';

export interface CliResult {
  code: number;
  stdout: string;
  stderr: string;
  /** Both, as they came. */
  all: string;
}

export const builtEntry = fileURLToPath(new URL('../../dist/bundle.cjs', import.meta.url));

/**
 * Runs the built `bundle` as a user would, without a terminal. What it prints with --json is held to the schema that is
 * published for it.
 * @param signal sends `kill` (SIGINT) when it is aborted
 * @param group it has a process group of its own, which the signal is sent to, as by a terminal
 * @param entry another build of it, with a catalogue of its own
 * @param netns file of the network namespace it runs in: published ports of a lab are open from its switch only
 * @param env added to a bare environment: PATH, HOME and a cache directory, so that no engine of the machine is met by
 *   accident
 */
export function bundle(
  args: string[],
  options: {
    cwd?: string;
    entry?: string;
    netns?: string;
    env?: NodeJS.ProcessEnv;
    input?: string;
    signal?: AbortSignal;
    kill?: NodeJS.Signals;
    group?: boolean;
    onOutput?: (all: string) => void;
  } = {},
): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    // nsenter without --fork becomes the program: a signal to the child reaches bundle itself.
    const [program, ...own] = [
      ...(options.netns === undefined ? [] : ['nsenter', `--net=${options.netns}`, '--']),
      process.execPath,
      options.entry ?? builtEntry,
    ];
    const child = spawn(program ?? '', [...own, ...args], {
      cwd: options.cwd,
      env: {
        PATH: process.env['PATH'],
        HOME: '/nonexistent',
        XDG_CACHE_HOME: commandCaches,
        DOCKER_HOST: 'unix:///nonexistent/docker.sock',
        // What is said is looked at here; how it is laid out, in test/screens.
        COLUMNS: '2000',
        ...options.env,
      },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: options.group === true,
    });
    keepTrack(child);
    let stdout = '';
    let stderr = '';
    let all = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      all += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
      all += chunk.toString();
    });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', () => options.onOutput?.(all));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      try {
        // A killed one has no last word.
        if (signal === null) expectPublished(args, stdout);
        resolve({ code: code ?? (signal === null ? -1 : 128), stdout, stderr, all });
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    options.signal?.addEventListener('abort', () => {
      const signal = options.kill ?? 'SIGINT';
      if (options.group === true && child.pid !== undefined) process.kill(-child.pid, signal);
      else child.kill(signal);
    });
  });
}
