import { LABEL } from '../bundle/names.ts';
import type { Engine, SwarmConfig } from '../engine/port.ts';

/** What the labels of a lock say. */
export interface LockHolder {
  /** user@host */
  owner: string;
  host: string;
  boot: string;
  pid: number;
  /** What it is doing: deploy, prepare, rollback, destroy. */
  command: string;
  /** Tells one taking of the lock from the next. */
  token: string;
}

const KEY = {
  owner: 'bundle.lock.owner',
  host: 'bundle.lock.host',
  boot: 'bundle.lock.boot',
  pid: 'bundle.lock.pid',
  command: 'bundle.lock.command',
  token: 'bundle.lock.token',
  heartbeat: 'bundle.lock.heartbeat',
} as const;

export const LOCK_KIND = 'lock';
/** A heartbeat is due each 10 s; after 60 s without one the holder is taken for dead. */
export const HEARTBEAT_MS = 10_000;
export const STALE_MS = 60_000;
/**
 * So long a lock is watched whose date is old: two heartbeats and more, since one is lost while the managers elect a
 * leader.
 */
export const WATCH_MS = 2.5 * HEARTBEAT_MS;

/** Unique in the swarm, so creating it is the atomic taking of the lock. */
export function lockName(stack: string): string {
  return `${stack}.lock`;
}

/** @param heartbeat ISO 8601, by the holder's clock: to be read by people; age is told by managers' clocks */
export function lockLabels(stack: string, holder: LockHolder, heartbeat: string): Record<string, string> {
  const { pid, ...words } = holder;
  const own = Object.entries({ ...words, pid: String(pid), heartbeat }).map(([key, value]) => [
    KEY[key as keyof typeof KEY],
    value,
  ]);
  return { [LABEL.stack]: stack, [LABEL.kind]: LOCK_KIND, ...(Object.fromEntries(own) as Record<string, string>) };
}

export function holderOf({ labels }: Pick<SwarmConfig, 'labels'>): LockHolder {
  const text = (key: keyof typeof KEY): string => labels[KEY[key]] ?? '';
  return {
    owner: text('owner') || 'somebody unknown',
    host: text('host'),
    boot: text('boot'),
    pid: Number(text('pid')),
    command: text('command'),
    token: text('token'),
  };
}

/** The lock as it is now; undefined if nobody holds it. */
export async function readLock(engine: Engine, stack: string): Promise<SwarmConfig | undefined> {
  return (await engine.configs({ owner: stack, kind: LOCK_KIND })).find((config) => config.name === lockName(stack));
}

export type LockVerdict =
  | { is: 'held'; ageMs: number }
  | { is: 'stale'; why: string }
  /**
   * By its date it is old, or of a time to come. That is told by two managers’ clocks, which may differ: who sees it
   * unchanged for `watchMs` knows that nobody renews it.
   */
  | { is: 'silent'; ageMs: number; watchMs: number };

/**
 * Whether a lock's holder is still at work.
 * @param now by the clock of the manager that is asked, in ms; heartbeats are dated by the leader's
 * @param me this machine, on which a dead process can be told at once
 */
export function judgeLock(
  lock: Pick<SwarmConfig, 'labels' | 'updatedAt'>,
  now: number,
  me: { host: string; boot: string; isAlive: (pid: number) => boolean },
): LockVerdict {
  const holder = holderOf(lock);
  const here = holder.host === me.host && holder.boot === me.boot && me.boot !== '';
  if (here && holder.pid > 0 && !me.isAlive(holder.pid))
    return { is: 'stale', why: `its process ${holder.pid} on this machine has ended` };
  const ageMs = now - Date.parse(lock.updatedAt);
  if (ageMs >= STALE_MS) return { is: 'silent', ageMs, watchMs: WATCH_MS };
  // So far ahead its age says nothing at all.
  if (ageMs <= -STALE_MS) return { is: 'silent', ageMs, watchMs: STALE_MS };
  return { is: 'held', ageMs: Math.max(0, ageMs) };
}
