/** Credential helpers, asked as the docker CLI asks them (docker/docker-credential-helpers: client/client.go). */
import { spawn } from 'node:child_process';
import * as z from 'zod';
import type { Login } from './docker-config.ts';

/** A helper may ask a key ring on another machine; one that waits for a person is not waited for. */
export const HELPER_TIMEOUT = 10_000;

/** `login` may be absent: the helper works, and knows no log-in for that registry. */
export type HelperAnswer = { login?: Login; failed?: undefined } | { failed: string; login?: undefined };

const Credentials = z.object({ Username: z.string(), Secret: z.string() });
/** docker/docker-credential-helpers: credentials/error.go */
const NOT_FOUND = /credentials not found in native keychain/;

/**
 * Runs `docker-credential-NAME get` with the registry on standard input. Never throws: a helper that is missing, fails,
 * answers something else or takes longer than `timeout` is an answer too. What a helper that succeeds prints is never
 * quoted.
 */
export async function askHelper(
  name: string,
  registry: string,
  env: NodeJS.ProcessEnv,
  timeout = HELPER_TIMEOUT,
): Promise<HelperAnswer> {
  const program = `docker-credential-${name}`;
  if (!/^[\w.-]+$/.test(name)) return { failed: `"${name}" is no name of a helper` };
  const { code, output, trouble } = await runHelper(program, registry, env, timeout);
  if (trouble !== undefined) return { failed: trouble };
  if (code !== 0) {
    if (NOT_FOUND.test(output)) return {};
    const line = output
      .split('\n')
      .map((each) => each.trim())
      .find((each) => each !== '')
      ?.slice(0, 200);
    return {
      failed:
        `${program} ended with ` +
        `${code === null ? 'a signal' : `code ${String(code)}`}${line === undefined ? '' : `: ${line}`}`,
    };
  }
  try {
    const { Username, Secret } = Credentials.parse(JSON.parse(output));
    return { login: Username === '<token>' ? { identitytoken: Secret } : { username: Username, password: Secret } };
  } catch {
    return { failed: `${program} answers something that is no log-in` };
  }
}

function runHelper(
  program: string,
  registry: string,
  env: NodeJS.ProcessEnv,
  timeout: number,
): Promise<{ code?: number | null; output: string; trouble?: string }> {
  return new Promise((resolve) => {
    const child = spawn(program, ['get'], { env, stdio: ['pipe', 'pipe', 'ignore'] });
    const chunks: Buffer[] = [];
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      // What the helper started itself may hold the pipe for as long as it likes.
      child.stdout.destroy();
      child.unref();
      resolve({ output: '', trouble: `${program} gave no answer within ${String(timeout / 1000)} s` });
    }, timeout);
    const end = (result: { code?: number | null; output: string; trouble?: string }): void => {
      clearTimeout(timer);
      resolve(result);
    };
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stdin.on('error', () => undefined);
    child.on('error', (error: NodeJS.ErrnoException) =>
      end({
        output: '',
        trouble:
          error.code === 'ENOENT'
            ? `there is no ${program} on the PATH`
            : `${program} cannot be started: ${error.message}`,
      }),
    );
    child.on('close', (code) => end({ code, output: Buffer.concat(chunks).toString('utf8') }));
    child.stdin.end(registry);
  });
}
