import { LABEL } from '../bundle/names.ts';
import type { SwarmConfig } from '../engine/port.ts';

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

/** Unique in the swarm, so creating it is the atomic taking of the lock. */
export function lockName(stack: string): string {
  return `${stack}.lock`;
}

/** @param heartbeat ISO 8601, by the holder's clock: to be read by people; age is told by the swarm's clock */
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

export type LockVerdict = { is: 'held'; ageMs: number } | { is: 'stale'; why: string };

/**
 * Whether a lock's holder is still at work.
 * @param now the swarm's clock in ms: heartbeats are dated by it, so operators' clocks need not agree
 * @param me this machine, on which a dead process can be told at once
 */
export function judgeLock(
  lock: Pick<SwarmConfig, 'labels' | 'updatedAt'>,
  now: number,
  me: { host: string; boot: string; isAlive: (pid: number) => boolean },
): LockVerdict {
  const holder = holderOf(lock);
  const ageMs = Math.max(0, now - Date.parse(lock.updatedAt));
  if (ageMs >= STALE_MS) return { is: 'stale', why: `no sign of life for ${Math.round(ageMs / 1000)} s` };
  const here = holder.host === me.host && holder.boot === me.boot && me.boot !== '';
  if (here && holder.pid > 0 && !me.isAlive(holder.pid))
    return { is: 'stale', why: `its process ${holder.pid} on this machine has ended` };
  return { is: 'held', ageMs };
}
