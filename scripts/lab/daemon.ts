/** Starting the lab's long-running programs: on their own, output to a file, followed until they answer. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { systemPath } from './exec.ts';
import { poll } from './poll.ts';
import { netnsFile } from './processes.ts';

/**
 * Starts a program in a network namespace, apart from this process (it outlives it), its output appended to `logFile`,
 * and waits until `ready` says true.
 *
 * @throws Error with the end of the log when the program ends, or is not ready after `timeoutMs`.
 */
export async function startDaemon(options: {
  what: string;
  netns: string;
  argv: readonly string[];
  env?: Record<string, string>;
  logFile: string;
  timeoutMs: number;
  ready: () => Promise<boolean>;
  signal?: AbortSignal | undefined;
}): Promise<void> {
  const { what, netns, logFile } = options;
  options.signal?.throwIfAborted();
  const log = openSync(logFile, 'a');
  let ended: string | undefined;
  let child: ChildProcess;
  try {
    child = spawn('nsenter', [`--net=${netnsFile(netns)}`, '--', ...options.argv], {
      cwd: '/',
      detached: true,
      stdio: ['ignore', log, log],
      // Nothing of the caller's: variables of theirs (DOCKER_*, REGISTRY_*, proxies) would be settings here.
      env: { PATH: systemPath(), HOME: '/root', LANG: 'C.UTF-8', ...options.env },
    });
  } finally {
    closeSync(log);
  }
  child.once('error', (error) => (ended = error.message));
  child.once('exit', (code, signal) => (ended = signal === null ? `exit code ${code}` : `ended by ${signal}`));
  child.unref();
  await poll(
    `${what} answers`,
    options.timeoutMs,
    async () => {
      if (ended !== undefined) throw new Error(`${what} ended while starting (${ended})\n${tail(logFile)}`);
      return (await options.ready()) ? true : undefined;
    },
    () => tail(logFile),
    options.signal,
  );
}

/** The last lines of a log file, with its name; empty when there is none. */
export function tail(file: string, lines = 15): string {
  try {
    return `last lines of ${file}:\n${readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n')}`;
  } catch {
    return '';
  }
}
