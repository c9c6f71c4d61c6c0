/** Registering with the manager: again and again, for an agent never gives up. */
import { setTimeout as wait } from 'node:timers/promises';
import { SIMULATOR_PATHS } from '../common/contract.ts';
import { call, type Target } from '../common/http.ts';
import type { Log } from '../common/log.ts';
import type { Registration, Welcome } from '../common/registration.ts';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2000;

export interface Registrar {
  manager: Target;
  token: string | undefined;
  /** What to send this time. */
  registration: () => Registration;
  onWelcome: (welcome: Welcome) => Promise<void>;
  log: Log;
}

/** Never resolves. */
export async function keepRegistering({ manager, token, registration, onWelcome, log }: Registrar): Promise<never> {
  const where = `manager ${manager.host}:${manager.port}`;
  let registered = false;
  for (let pause = FIRST_PAUSE_MS; ;) {
    try {
      const { status, body } = await call(manager, 'POST', SIMULATOR_PATHS.agents, { token, body: registration() });
      if (status !== 200)
        throw new Error(
          status === 401 ? 'the token is refused (401)' : `answered with ${status} ${JSON.stringify(body)}`,
        );
      const welcome = body as Welcome;
      if (!registered) log(`now registered with ${where}`);
      registered = true;
      await onWelcome(welcome);
      pause = FIRST_PAUSE_MS;
      await wait(welcome.heartbeatMs);
    } catch (error) {
      registered = false;
      log(`cannot register with ${where}: ${reasonOf(error)}; trying again in ${pause} ms`, 'WARN');
      await wait(pause);
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  // OpenSSL's messages have line ends in them.
  const text = error.message.trim().replace(/\s+/g, ' ');
  return code === undefined || text.includes(code) ? text : `${text} (${code})`;
}
