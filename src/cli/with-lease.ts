import type { Engine } from '../engine/port.ts';
import { isAlive, thisOperator } from '../io/operator.ts';
import { withLock } from '../lease/hold.ts';
import type { CommandIo } from './io.ts';
import { reporterOf } from './reporter.ts';
import { requireManager } from './session.ts';

/**
 * Does `work` while no other operator can change this stack with bundle. The work gets an io whose signal also ends
 * where the lock is lost.
 * @throws BundleError `held`, `lock-lost` (exit 8), `engine-not-manager` (exit 3)
 */
export async function locked<T>(
  engine: Engine,
  stack: string,
  command: string,
  io: CommandIo,
  work: (io: CommandIo) => Promise<T>,
): Promise<T> {
  requireManager(engine, await engine.info());
  const me = { ...(await thisOperator()), isAlive };
  const onTakeover = (text: string): void => reporterOf(io).warn(text);
  return withLock({ engine, stack, command, me, signal: io.signal, onTakeover }, (signal) => work({ ...io, signal }));
}
