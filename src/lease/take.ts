import { randomUUID } from 'node:crypto';
import { BundleError, EXIT } from '../errors.ts';
import type { SwarmConfig } from '../engine/port.ts';
import { holderOf, lockLabels, lockName, readLock, type LockHolder } from './record.ts';
import { whyDead, type WatchOptions } from './watch.ts';

export interface TakeOptions extends WatchOptions {
  command: string;
  me: WatchOptions['me'] & { name: string; pid: number };
  /** One line: whose lock was taken over, and why. */
  onTakeover: (text: string) => void;
}

/** Another operator may take or free the lock between our look and our write. */
const ATTEMPTS = 5;

/**
 * Takes the lock of a stack: the swarm config `<stack>.lock`. Creating it is atomic, since the swarm holds names
 * unique; taking over a stale one is too, since its update names the version that was judged.
 * @returns whose it is now: us
 * @throws BundleError `held` (exit 8) with the owner's name and the age of its last sign of life; the signal's reason
 */
export async function takeLock(options: TakeOptions): Promise<LockHolder> {
  const { engine, stack, command, me, onTakeover } = options;
  const holder: LockHolder = {
    owner: me.name,
    host: me.host,
    boot: me.boot,
    pid: me.pid,
    command,
    token: randomUUID(),
  };
  for (let attempt = 1; ; attempt++) {
    const labels = (): Record<string, string> => lockLabels(stack, holder, new Date().toISOString());
    const created = await unlessConflict(() =>
      engine.createConfig({
        name: lockName(stack),
        labels: labels(),
        data: Buffer.from('the lock of a bundle: who holds it is in its labels\n'),
      }),
    );
    if (created) return holder;
    const lock = await readLock(engine, stack);
    if (lock) {
      const why = await whyDead(lock, options);
      if (why !== undefined && (await unlessConflict(() => engine.updateConfigLabels(lock, labels())))) {
        const { owner, command: doing } = holderOf(lock);
        onTakeover(`took over the lock of ${stack} from ${owner} (bundle ${doing}): ${why}`);
        return holder;
      }
    }
    if (attempt === ATTEMPTS) throw strangeLock(stack, lock);
  }
}

/** False if somebody else was faster, or if what we looked at is gone. */
async function unlessConflict(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (error instanceof BundleError && (error.code === 'engine-conflict' || error.code === 'engine-not-found'))
      return false;
    throw error;
  }
}

function strangeLock(stack: string, lock: SwarmConfig | undefined): BundleError {
  if (lock)
    return new BundleError('held', `the lock of ${stack} changes hands faster than it can be taken`, {
      exit: EXIT.held,
      hints: ['try again in a moment'],
    });
  return new BundleError('held', `the swarm has a config called ${lockName(stack)} that is no lock of bundle’s`, {
    exit: EXIT.held,
    hints: [`look at it: docker config inspect ${lockName(stack)}; remove it if nobody needs it`],
  });
}
