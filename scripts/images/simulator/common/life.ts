/**
 * How a simulator starts and ends. As process 1 of a container it gets no default handling of signals: everything is
 * explicit.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { banner } from './contract.ts';
import { type Environment, Fault, withVariableFiles } from './environment.ts';
import { type Knobs, readKnobs } from './knobs.ts';
import { createLog, type Log } from './log.ts';
import { printEnvironment } from './leak.ts';
import { onEnd } from './signals.ts';

export interface Life {
  env: Environment;
  knobs: Knobs;
  log: Log;
}

/**
 * Runs a simulator: banner, settings, the delays and crashes asked for, `main`, then until a signal ends it.
 */
export async function live(role: 'manager' | 'agent', main: (life: Life) => Promise<void>): Promise<void> {
  process.stdout.write(`${banner(role)}\n`);
  try {
    const env = withVariableFiles(process.env);
    const knobs = readKnobs(env);
    const log = createLog(`simulator-${role}`, knobs);
    onEnd((signal) => drain(signal, knobs, log));
    if (knobs.exitAfterMs !== undefined) setTimeout(() => die(log, knobs), knobs.exitAfterMs);
    log.noise();
    if (knobs.faults.has('print-environment')) printEnvironment(env, log);
    if (knobs.startDelayMs > 0) await wait(knobs.startDelayMs);
    if (knobs.faults.has('crash-before-lines')) return die(log, knobs);
    await main({ env, knobs, log });
  } catch (error) {
    fail(error);
  }
}

/** Ends the process as asked for by a fault. */
export function die(log: Log, knobs: Knobs): void {
  log(`ending with exit code ${knobs.exitCode}, as asked`, 'ERROR');
  process.exitCode = knobs.exitCode;
  leave(knobs.exitCode);
}

function fail(error: unknown): void {
  const text =
    error instanceof Fault ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`FATAL ${text}\n`);
  leave(1);
}

function drain(signal: string, knobs: Knobs, log: Log): void {
  log(`${signal}: drain started, takes ${knobs.drainMs} ms`);
  setTimeout(() => {
    log('drain ended');
    leave(0);
  }, knobs.drainMs);
}

/** Exits when what was written has left: standard output to a pipe may be asynchronous. */
function leave(code: number): void {
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
}
