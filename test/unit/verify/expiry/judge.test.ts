import { describe, expect, it } from 'vitest';
import { spanOption } from '../../../../src/duration-option.ts';
import { endingsSeen, judgeEnding, STILL_GOOD } from '../../../../src/verify/expiry/judge.ts';
import type { CheckResult } from '../../../../src/verify/result.ts';

const HERE = new Date('2026-01-01T12:00:00Z');
const NOW = { here: HERE };
const DAY = 86_400_000;
const ending = (days: number) => ({
  subject: `CN=${days}`,
  names: [],
  issuer: 'CN=ca',
  notAfter: new Date(HERE.getTime() + days * DAY).toISOString(),
  daysLeft: Math.floor(days),
});

describe('how long a certificate must hold', () => {
  it.each([
    [30, '30d', 'passed', '30 days left, until 2026-01-31'],
    [29.9, '30d', 'failed', '29 days left, until 2026-01-31: it ends sooner than in 30d'],
    [-1, '30d', 'failed', 'expired on 2025-12-31'],
    [0.1, '0d', 'passed', '0 days left, until 2026-01-01'],
    [1, '36h', 'failed', '1 days left, until 2026-01-02: it ends sooner than in 36h'],
  ])('%f days against %s', (days, text, status, detail) => {
    expect(judgeEnding(ending(days), { ms: spanOption('--expiry', text), text }, NOW)).toEqual({ status, detail });
  });

  it('cannot be told where it does by one of two clocks', () => {
    const inTwoDays = { here: HERE, there: new Date(HERE.getTime() + 2 * DAY) };
    expect(judgeEnding(ending(1), STILL_GOOD, inTwoDays)).toEqual({
      status: 'unsure',
      detail:
        'two clocks are apart: by this machine’s 1 days left, until 2026-01-02; by the engine’s expired on 2026-01-02',
    });
    expect(judgeEnding(ending(3), STILL_GOOD, inTwoDays).status).toBe('passed');
    expect(judgeEnding(ending(-1), STILL_GOOD, inTwoDays).status).toBe('failed');
  });

  it('is nothing before it begins', () => {
    const early = { ...ending(90), notBefore: '2026-01-02T00:00:00Z' };
    expect(judgeEnding(early, STILL_GOOD, NOW)).toEqual({ status: 'failed', detail: 'valid only from 2026-01-02T00:00:00Z' }); // prettier-ignore
    const later = new Date(HERE.getTime() + DAY);
    expect(judgeEnding(early, STILL_GOOD, { here: later, there: HERE }).status).toBe('unsure');
    expect(judgeEnding(early, STILL_GOOD, { here: later }).status).toBe('passed');
  });

  it('is what has not expired, where nothing else is asked', () => {
    expect(judgeEnding(ending(1), STILL_GOOD, NOW).status).toBe('passed');
    expect(judgeEnding(ending(-1), STILL_GOOD, NOW).status).toBe('failed');
  });

  it.each(['30', '-1d', '1.5d', 'month', ''])('is asked in days or hours, not as "%s"', (text) => {
    expect(() => spanOption('--expiry', text)).toThrow(
      expect.objectContaining({ exit: 2, message: expect.stringContaining(`--expiry ${text}`) as string }),
    );
  });
});

describe('certificates seen at endpoints', () => {
  it.each([
    ['CN=a', ['b'], 'CN=a, seen by https'],
    ['', ['b', 'c'], 'b, c, seen by https'],
    ['', [], 'no subject, seen by https'],
  ])('calls one with the subject "%s" and the names %j so', (subject, names, words) => {
    const seen: CheckResult = { service: 's', check: 'https', status: 'passed', detail: '' };
    const [result] = endingsSeen([{ ...seen, certificate: { ...ending(90), subject, names } }], STILL_GOOD, NOW);
    expect(result?.detail).toContain(words);
  });

  it('tells of each task the one that ends first, whatever the check said', () => {
    const manager = { service: 'imply-manager', task: 't1', slot: 1, node: 'node1' };
    const results: CheckResult[] = [
      { ...manager, check: 'https', status: 'passed', detail: '', certificate: ending(90) },
      { ...manager, check: 'agents', status: 'failed', detail: '', certificate: ending(10) },
      { ...manager, check: 'TLS', status: 'passed', detail: '' },
      { service: 'imply-query-1', task: 't2', check: 'https', status: 'passed', detail: '', certificate: ending(40) },
    ];
    expect(endingsSeen(results, { ms: 30 * DAY, text: '30d' }, NOW)).toEqual([
      {
        ...manager,
        check: 'expiry',
        status: 'failed',
        detail: 'CN=10, seen by agents: 10 days left, until 2026-01-11: it ends sooner than in 30d',
      },
      {
        service: 'imply-query-1',
        task: 't2',
        check: 'expiry',
        status: 'passed',
        detail: 'CN=40, seen by https: 40 days left, until 2026-02-10',
      },
    ]);
  });
});
