import { randomUUID } from 'node:crypto';
import { BundleError, EXIT } from '../errors.ts';
import type { Engine, SwarmConfig } from '../engine/port.ts';
import { holderOf, judgeLock, lockLabels, lockName, LOCK_KIND, type LockHolder } from './record.ts';

export interface TakeOptions {
  engine: Engine;
  stack: string;
  command: string;
  me: { name: string; host: string; boot: string; pid: number; isAlive: (pid: number) => boolean };
  /** One line: whose lock was taken over, and why. */
  onTakeover: (text: string) => void;
}

/** Another operator may take or free the lock between our look and our write. */
const ATTEMPTS = 5;

/**
 * Takes the lock of a stack: the swarm config `<stack>.lock`. Creating it is atomic, since the swarm holds names
 * unique; taking over a stale one is too, since its update names the version that was judged.
 * @returns whose it is now: us
 * @throws BundleError `held` (exit 8) with the owner's name and the age of its last sign of life
 */
export async function takeLock({ engine, stack, command, me, onTakeover }: TakeOptions): Promise<LockHolder> {
  const holder: LockHolder = {
    owner: me.name,
    host: me.host,
    boot: me.boot,
    pid: me.pid,
    command,
    token: randomUUID(),
  };
  for (let attempt = 1; ; attempt++) {
    const labels = lockLabels(stack, holder, new Date().toISOString());
    const created = await unlessConflict(() =>
      engine.createConfig({
        name: lockName(stack),
        labels,
        data: Buffer.from('the lock of a bundle: who holds it is in its labels\n'),
      }),
    );
    if (created) return holder;
    const lock = await readLock(engine, stack);
    if (lock) {
      const verdict = judgeLock(lock, Date.parse((await engine.info()).systemTime), me);
      if (verdict.is === 'held') throw heldBy(stack, holderOf(lock), verdict.ageMs);
      if (await unlessConflict(() => engine.updateConfigLabels(lock, labels))) {
        const { owner, command: doing } = holderOf(lock);
        onTakeover(`took over the lock of ${stack} from ${owner} (bundle ${doing}): ${verdict.why}`);
        return holder;
      }
    }
    if (attempt === ATTEMPTS) throw strangeLock(stack, lock);
  }
}

/** The lock as it is now; undefined if nobody holds it. */
export async function readLock(engine: Engine, stack: string): Promise<SwarmConfig | undefined> {
  return (await engine.configs({ owner: stack, kind: LOCK_KIND })).find((config) => config.name === lockName(stack));
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

function heldBy(stack: string, holder: LockHolder, ageMs: number): BundleError {
  const age = Math.round(ageMs / 1000);
  return new BundleError(
    'held',
    `${stack} is held by ${holder.owner} (bundle ${holder.command}, process ${holder.pid}), last sign of life ` +
      `${age} s ago`,
    {
      exit: EXIT.held,
      hints: [
        'wait until it has ended; this command changed nothing in the swarm',
        'a lock whose holder died is taken over after 60 s, on the holder’s own machine at once',
      ],
      details: { owner: holder.owner, host: holder.host, pid: holder.pid, command: holder.command, ageSeconds: age },
    },
  );
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
