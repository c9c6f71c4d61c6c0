import { describe, expect, it } from 'vitest';
import { clocksFault } from '../../../src/swarm/clocks-fault.ts';

const at = (hour: number): Date => new Date(Date.UTC(2026, 0, 1, hour));
const from = (hour: number) => [['front', { facts: { notBefore: at(hour).toISOString() } }]] as const;

describe('nothing is issued while two clocks are apart', () => {
  it('if what this machine issues is not valid yet where it is needed', () => {
    expect(clocksFault(from(11), { here: at(12), there: at(6) })).toMatchObject({
      code: 'clocks-apart',
      exit: 3,
      message:
        'no certificate is issued while two clocks are apart: "front" is valid from 2026-01-01T11:00:00.000Z, which is ' +
        'past by this machine’s clock (2026-01-01T12:00:00.000Z) and not yet by the swarm manager’s ' +
        '(2026-01-01T06:00:00.000Z)',
      hints: [expect.stringContaining('timedatectl'), expect.stringContaining('nothing was changed')],
    });
  });

  it('if by this one, which is behind, a sound certificate would be replaced', () => {
    expect(clocksFault(from(8), { here: at(6), there: at(12) })?.message).toContain(
      'which is past by the swarm manager’s (2026-01-01T12:00:00.000Z) and not yet by this machine’s clock',
    );
  });

  it.each<[string, Parameters<typeof clocksFault>]>([
    ['both say that it has begun', [from(5), { here: at(12), there: at(6) }]],
    ['neither does', [from(13), { here: at(12), there: at(6) }]],
    ['one clock alone is known', [from(13), { here: at(12) }]],
    ['its dates are not known', [[['front', { facts: {} }], ['token', undefined]], { here: at(12), there: at(6) }]], // prettier-ignore
  ])('not if %s', (_what, given) => {
    expect(clocksFault(...given)).toBeUndefined();
  });
});
