import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface CliResult {
  code: number;
  stdout: string;
  stderr: string;
  /** Both, as they came. */
  all: string;
}

const entry = fileURLToPath(new URL('../../dist/bundle.mjs', import.meta.url));

/**
 * Runs the built `bundle` as a user would, without a terminal.
 * @param env added to a bare environment: PATH and HOME only, so that no engine of the machine is met by accident
 */
export function bundle(args: string[], options: { cwd?: string; env?: NodeJS.ProcessEnv; input?: string; signal?: AbortSignal } = {}): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [entry, ...args], {
      cwd: options.cwd,
      env: { PATH: process.env['PATH'], HOME: '/nonexistent', DOCKER_HOST: 'unix:///nonexistent/docker.sock', ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    let all = '';
    child.stdout.on('data', (chunk: Buffer) => { stdout += chunk.toString(); all += chunk.toString(); });
    child.stderr.on('data', (chunk: Buffer) => { stderr += chunk.toString(); all += chunk.toString(); });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code: code ?? (signal === null ? -1 : 128), stdout, stderr, all }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    options.signal?.addEventListener('abort', () => child.kill('SIGINT'));
  });
}
