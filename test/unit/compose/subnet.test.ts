import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addressesNeeded,
  addressNumber,
  demandText,
  holds,
  overlap,
  parseSubnet,
  usable,
  type Subnet,
} from '../../../src/compose/subnet.ts';

const subnet = (text: string): Subnet => {
  const parsed = parseSubnet(text);
  if (!parsed) throw new Error(`${text} is no subnet`);
  return parsed;
};

describe('parseSubnet', () => {
  it.each(['10.20.0.0/24', '192.168.4.0/22', '128.0.0.0/1', '10.0.0.5/32'])('takes %s', (text) =>
    expect(parseSubnet(text)?.text).toBe(text),
  );
  it.each([
    '10.20.0.7/24',
    '10.20.0.0',
    '10.20.0.0/33',
    '10.20.0.0/0',
    '10.20.0.0/024',
    '10.20.0.0/24/1',
    '256.0.0.0/8',
    '10.20.0/24',
    'fd00::/64',
    ' 10.20.0.0/24',
    '0.0.0.0/8',
    '',
  ])('refuses %j', (text) => expect(parseSubnet(text)).toBeUndefined());
});

describe('a subnet', () => {
  it('has its size less the network’s address and that of broadcast', () => {
    expect([
      usable(subnet('10.0.0.0/24')),
      usable(subnet('10.0.0.0/16')),
      usable(subnet('10.0.0.0/31')),
      usable(subnet('10.0.0.0/32')),
    ]).toEqual([254, 65534, 0, 0]);
  });

  it('meets another where one holds the other’s first address, whichever is asked', () => {
    const any = fc
      .tuple(fc.integer({ min: 1, max: 2 ** 32 - 1 }), fc.integer({ min: 4, max: 32 }))
      .map(([number, length]): Subnet => {
        const size = 2 ** (32 - length);
        const first = Math.max(size, number - (number % size));
        const text = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.');
        return subnet(`${text}/${length}`);
      });
    fc.assert(
      fc.property(any, any, (one, other) => {
        const address = ({ text }: Subnet) => text.split('/')[0] ?? '';
        expect(overlap(one, other)).toBe(holds(one, address(other)) || holds(other, address(one)));
        expect(overlap(one, other)).toBe(overlap(other, one));
      }),
    );
  });

  it('holds no name, no IPv6 address and not 0.0.0.0', () => {
    expect(
      ['10.0.0.9', 'fd00::1', 'node1', '0.0.0.0', '10.0.1.0'].map((address) => holds(subnet('10.0.0.0/24'), address)),
    ).toEqual([true, false, false, false, false]);
    expect(addressNumber('255.255.255.255')).toBe(2 ** 32 - 1);
  });
});

it('counts a task twice, and one address for each node', () => {
  const demand = { tasks: 8, virtualIps: 1, nodes: 3 };
  expect(addressesNeeded(demand)).toBe(21);
  expect(demandText(demand)).toBe(
    '21 addresses: 2 for each of 8 tasks (an update needs both), 1 virtual IP, 1 for each of 3 nodes, the gateway',
  );
});
