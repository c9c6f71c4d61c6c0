import { describe, expect, it } from 'vitest';
import { holderOf, judgeLock, lockLabels } from '../../../src/lease/record.ts';

const NOW = Date.parse('2026-01-01T00:01:00Z');
const holder = { owner: 'ann@ops1', host: 'ops1', boot: 'boot-1', pid: 77, command: 'deploy', token: 't' };
/** A lock last written so many seconds ago. */
const lock = (secondsAgo: number, more: Partial<typeof holder> = {}) => ({
  labels: lockLabels('prod', { ...holder, ...more }, '1999-01-01T00:00:00Z'),
  updatedAt: new Date(NOW - secondsAgo * 1000).toISOString(),
});
const dead = { host: 'ops1', boot: 'boot-1', isAlive: () => false };
const alive = { ...dead, isAlive: () => true };
const elsewhere = { host: 'ops2', boot: 'boot-9', isAlive: () => false };

describe('a lock', () => {
  it('gives back what was written into its labels', () => {
    expect(holderOf(lock(0))).toEqual(holder);
  });

  it.each([
    ['an operator elsewhere, fresh', lock(59), elsewhere, 'held'],
    ['an operator elsewhere, 60 s without a sign of life', lock(60), elsewhere, 'silent'],
    ['this machine, alive', lock(59), alive, 'held'],
    ['this machine, alive, but silent for 60 s', lock(60), alive, 'silent'],
    ['this machine, its process has ended', lock(0), dead, 'stale'],
    ['this machine, its process has ended long ago', lock(60), dead, 'stale'],
    ['a clock that is a little ahead of the asked one’s', lock(-59), elsewhere, 'held'],
    ['a clock that is far ahead of it', lock(-60), elsewhere, 'silent'],
    ['this host name, but since started anew: its pids mean nothing', lock(0, { boot: 'boot-0' }), dead, 'held'],
    ['a machine without a boot id is never judged by pid', lock(0, { boot: '' }), { ...dead, boot: '' }, 'held'],
    ['labels that somebody took off', { labels: {}, updatedAt: new Date(NOW).toISOString() }, elsewhere, 'held'],
  ])('%s → %s', (_what, found, me, verdict) => {
    expect(judgeLock(found, NOW, me).is).toBe(verdict);
  });

  it('is never younger than nothing', () => {
    expect(judgeLock(lock(-5), NOW, elsewhere)).toEqual({ is: 'held', ageMs: 0 });
  });

  it('is watched for longer if its date is of a time to come, since its age says nothing then', () => {
    expect(judgeLock(lock(75), NOW, elsewhere)).toEqual({ is: 'silent', ageMs: 75_000, watchMs: 25_000 });
    expect(judgeLock(lock(-1800), NOW, elsewhere)).toEqual({ is: 'silent', ageMs: -1_800_000, watchMs: 60_000 });
  });
});
