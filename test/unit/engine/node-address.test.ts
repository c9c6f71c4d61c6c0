import { describe, expect, test } from 'vitest';
import { nodeAddress, raftAddress } from '../../../src/engine/node-address.ts';
import { isLoopback, isUnspecified } from '../../../src/image/own-address.ts';

describe('where a node is dialled', () => {
  test.each([
    ['10.0.0.1', '10.0.0.1:2377', '10.0.0.1'],
    ['0.0.0.0', '10.0.0.1:2377', '10.0.0.1'],
    ['::', '[fd00::1]:2377', 'fd00::1'],
    ['', '10.0.0.1:2377', '10.0.0.1'],
    ['127.0.0.1', '10.0.0.1:2377', '10.0.0.1'],
    ['::1', '[fd00::1]:2377', 'fd00::1'],
    ['0.0.0.0', '127.0.0.1:2377', '127.0.0.1'],
    ['127.0.0.1', '127.0.0.1:2377', '127.0.0.1'],
    ['127.0.0.1', '0.0.0.0:2377', '127.0.0.1'],
    ['10.0.0.9', '127.0.0.1:2377', '10.0.0.9'],
    ['10.0.0.9', '', '10.0.0.9'],
    ['0.0.0.0', '0.0.0.0:2377', ''],
    ['::', '[::]:2377', ''],
    ['0.0.0.0', '', ''],
    ['', '', ''],
  ])('seen at %j, raft at %j: %j', (seen, raft, address) => {
    expect(nodeAddress(seen, raft)).toBe(address);
  });

  test.each([
    ['10.0.0.1:2377', '10.0.0.9', '10.0.0.1:2377'],
    ['0.0.0.0:2377', '10.0.0.9', '10.0.0.9:2377'],
    ['[::]:2377', 'fd00::9', '[fd00::9]:2377'],
    ['0.0.0.0:2377', '', undefined],
    ['', '10.0.0.9', undefined],
  ])('the raft at %j of a node at %j: %j', (raft, host, address) => {
    expect(raftAddress(raft, host)).toBe(address);
  });
});

test('addresses that mean "any", and those that each machine takes for itself', () => {
  expect(['0.0.0.0', '::', '0:0:0:0:0:0:0:0', '::ffff:0.0.0.0'].filter((one) => !isUnspecified(one))).toEqual([]);
  expect(['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1'].filter((one) => !isLoopback(one))).toEqual([]);
  const others = ['10.0.0.1', '128.0.0.1', '::2', 'fd00::', 'node1', '', '127.0.0.1:80'];
  expect(others.filter((one) => isUnspecified(one) || isLoopback(one))).toEqual([]);
});
