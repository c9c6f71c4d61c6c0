import { describe, expect, it } from 'vitest';
import { addressesOf, refuseUndiallable } from '../../../src/run-target/addresses.ts';

describe('--address', () => {
  it('takes addresses of both families', () =>
    expect(addressesOf(['n1=10.0.0.1', 'n2=fd00::2'])).toEqual({ n1: '10.0.0.1', n2: 'fd00::2' }));

  it.each([
    [['n1'], 'not HOST=IP'],
    [['n1=n1.example'], 'not HOST=IP'],
    [['n1=fe80::1%eth0'], 'not HOST=IP'],
    [['n1=10.0.0.1', 'n1=10.0.0.2'], '--address n1=10.0.0.2: n1 has --address n1=10.0.0.1 too'],
  ])('refuses %j', (flags, message) => expect(() => addressesOf(flags)).toThrow(message));
});

describe('several hosts', () => {
  it.each(['0.0.0.0', '127.1.2.3', '::', '::1', '0:0::1', '::ffff:127.0.0.1'])(
    'have none at %s, though one alone may',
    (n2) => {
      expect(() => refuseUndiallable(['n1', 'n2'], { n1: '10.0.0.1', n2 })).toThrow(
        `n2 has the address ${n2}, which no other host can dial`,
      );
      expect(() => refuseUndiallable(['n2'], { n2 })).not.toThrow();
    },
  );

  it('have an address each, however it is written', () => {
    expect(() => refuseUndiallable(['n1', 'n2'], { n1: '10.0.0.1', n2: '10.0.0.1' })).toThrow(
      'n1 and n2 both have the address 10.0.0.1',
    );
    expect(() => refuseUndiallable(['n1', 'n2'], { n1: 'fd00::1', n2: 'FD00:0::1' })).toThrow(
      'n1 and n2 both have the address FD00:0::1',
    );
    expect(() => refuseUndiallable(['n1', 'n2'], { n1: '10.0.0.1', n2: '10.0.0.2', gone: '10.0.0.2' })).not.toThrow();
  });
});
