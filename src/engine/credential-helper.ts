/** Credential helpers, asked as the docker CLI asks them (docker/docker-credential-helpers: client/client.go). */
import { spawn } from 'node:child_process';
import * as z from 'zod';
import type { Login } from './docker-config.ts';
import { onOneLine } from './first-words.ts';

/** A helper may ask a key ring on another machine; one that waits for a person is not waited for. */
const HELPER_TIMEOUT = 10_000;

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
  const { output, said, end, trouble } = await runHelper(program, registry, env, timeout);
  if (trouble !== undefined) return { failed: trouble };
  if (end !== undefined) {
    if (NOT_FOUND.test(output)) return {};
    const words = reason(output, said);
    return { failed: `${program} ended with ${end}${words === undefined ? '' : `: ${words}`}` };
  }
  try {
    const { Username, Secret } = Credentials.parse(JSON.parse(output));
    return { login: Username === '<token>' ? { identitytoken: Secret } : { username: Username, password: Secret } };
  } catch {
    return { failed: `${program} answers something that is no log-in` };
  }
}

/** Fields of a log-in: a helper that fails may have printed one before. */
const SECRET_FIELD = /secret|password|token/i;

/**
 * Why it failed, in its own words: a helper tells it on standard output (credentials/credentials.go), what it was made
 * of on standard error.
 */
function reason(...streams: string[]): string | undefined {
  if (streams.some((text) => /[{}]/.test(text) && SECRET_FIELD.test(text))) return undefined;
  const lines = streams.flatMap((text) => text.split('\n')).map(onOneLine);
  return lines.find((line) => line !== '')?.slice(0, 200);
}

interface HelperEnd {
  /** Standard output. */
  output: string;
  /** Standard error. */
  said: string;
  /** How it ended, if not with code 0. */
  end?: string;
  /** Why there is no answer at all. */
  trouble?: string;
}

/** More than any log-in: what prints without end is cut off. */
const MAX_OUTPUT = 1_000_000;

function runHelper(program: string, registry: string, env: NodeJS.ProcessEnv, timeout: number): Promise<HelperEnd> {
  return new Promise((resolve) => {
    const child = spawn(program, ['get'], { env, stdio: ['pipe', 'pipe', 'pipe'] });
    const read = { output: '', said: '' };
    const end = (result: Partial<HelperEnd>): void => {
      clearTimeout(timer);
      resolve({ ...read, ...result });
    };
    const giveUp = (trouble: string): void => {
      child.kill('SIGKILL');
      // What the helper started itself may hold the pipes for as long as it likes.
      child.stdout.destroy();
      child.stderr.destroy();
      child.unref();
      end({ trouble });
    };
    const timer = setTimeout(() => giveUp(`${program} gave no answer within ${String(timeout / 1000)} s`), timeout);
    const take = (part: 'output' | 'said') => (chunk: string) => {
      read[part] += chunk;
      if (read[part].length > MAX_OUTPUT) giveUp(`${program} prints without end`);
    };
    child.stdout.setEncoding('utf8').on('data', take('output'));
    child.stderr.setEncoding('utf8').on('data', take('said'));
    child.stdin.on('error', () => undefined);
    child.on('error', (error: NodeJS.ErrnoException) =>
      end({
        trouble:
          error.code === 'ENOENT'
            ? `there is no ${program} on the PATH`
            : `${program} cannot be started: ${error.message}`,
      }),
    );
    child.on('close', (code, signal) =>
      end(code === 0 ? {} : { end: code === null ? `signal ${String(signal)}` : `code ${String(code)}` }),
    );
    child.stdin.end(registry);
  });
}
