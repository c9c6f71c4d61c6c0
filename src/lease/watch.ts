import { BundleError, EXIT } from '../errors.ts';
import type { Engine, SwarmConfig } from '../engine/port.ts';
import { spanText } from '../span.ts';
import { SET_CLOCK, type Clock } from '../swarm/clock.ts';
import { interruptedWith } from '../ui/interrupted.ts';
import { HEARTBEAT_MS, holderOf, judgeLock, readLock, STALE_MS } from './record.ts';

export interface WatchOptions {
  engine: Engine;
  stack: string;
  /** This machine. */
  me: { host: string; boot: string; isAlive: (pid: number) => boolean };
  clock: Clock;
  signal: AbortSignal;
  /** One line: that the lock is watched, why, and for how long. */
  onWatch: (text: string) => void;
}

const LOOK_MS = HEARTBEAT_MS / 2;

/**
 * Why the holder of a lock is taken for dead. A lock of which its date alone says so is watched by this machine's own
 * clock, and dead only if nobody wrote to it meanwhile.
 * @returns undefined if the lock was freed while it was watched
 * @throws BundleError `held` (exit 8) as soon as its holder is known to live; the signal's reason
 */
export async function whyDead(lock: SwarmConfig, options: WatchOptions): Promise<string | undefined> {
  const { engine, stack, me, clock, signal, onWatch } = options;
  const verdict = judgeLock(lock, await managersNow(engine), me);
  if (verdict.is === 'held') throw heldBy(stack, lock, verdict.ageMs);
  if (verdict.is === 'stale') return verdict.why;

  const { ageMs, watchMs } = verdict;
  const { owner, command } = holderOf(lock);
  const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;
  const ahead = `it is dated ${spanText(-ageMs)} ahead, so managers’ clocks differ`;
  const sign = ageMs > 0 ? `no sign of life for ${seconds(ageMs)}, if managers’ clocks agree` : ahead;
  onWatch(`the lock of ${stack} by ${owner} (bundle ${command}): ${sign}; watching it for ${seconds(watchMs)}`);
  const until = clock.now() + watchMs;
  while (clock.now() < until) {
    await clock.sleep(LOOK_MS, signal).catch((error: unknown) => {
      throw interruptedWith(error, { words: 'nothing was changed in the swarm' });
    });
    const found = await readLock(engine, stack);
    if (found === undefined) return undefined;
    if (found.version !== lock.version) throw heldBy(stack, found, 0, await apart(found, engine));
  }
  return ageMs > 0
    ? `no sign of life for ${seconds(ageMs + watchMs)}, ${seconds(watchMs)} of it watched`
    : `no sign of life for ${seconds(watchMs)}, all of it watched; ${ahead}`;
}

async function managersNow(engine: Engine): Promise<number> {
  return Date.parse((await engine.info()).systemTime);
}

/** A hint that two managers' clocks differ, from a lock that was written just now; undefined if they are near. */
async function apart({ updatedAt }: SwarmConfig, engine: Engine): Promise<string | undefined> {
  const ahead = (await managersNow(engine)) - Date.parse(updatedAt);
  if (Math.abs(ahead) < STALE_MS) return undefined;
  return (
    `the clock of the manager at ${engine.address.url} is about ${spanText(Math.abs(ahead))} ` +
    `${ahead > 0 ? 'ahead of' : 'behind'} that of the swarm’s leader: ${SET_CLOCK}`
  );
}

function heldBy(stack: string, lock: SwarmConfig, ageMs: number, clocks?: string): BundleError {
  const { owner, host, pid, command } = holderOf(lock);
  const ageSeconds = Math.round(ageMs / 1000);
  return new BundleError(
    'held',
    `${stack} is held by ${owner} (bundle ${command}, process ${pid}), last sign of life ${ageSeconds} s ago`,
    {
      exit: EXIT.held,
      hints: [
        'wait until it has ended; this command changed nothing in the swarm',
        'a lock whose holder died is taken over after 60 s, on the holder’s own machine at once',
        ...(clocks === undefined ? [] : [clocks]),
      ],
      details: { owner, host, pid, command, ageSeconds },
    },
  );
}
