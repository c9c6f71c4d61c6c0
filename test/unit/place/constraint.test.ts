import { describe, expect, it } from 'vitest';
import { unmet } from '../../../src/place/constraint.ts';
import { node } from '../../support/check-context.ts';

const here = node('Host-1', {
  id: 'abc',
  role: 'worker',
  address: '10.0.0.7',
  labels: { zone: 'East', 'a.b': '1' },
  engineLabels: { disk: 'ssd' },
});

/** As moby/swarmkit: manager/constraint/constraint_test.go and manager/scheduler/constraint_test.go have it. */
describe('constraints', () => {
  it.each([
    'node.id == abc',
    'node.id!=abd',
    'node.hostname == host-1',
    'NODE.Hostname==HOST-1',
    'node.role==worker',
    'node.role != manager',
    'node.labels.zone == east',
    'Node.Labels.zone==EAST',
    'node.labels.Zone != east',
    'node.labels.none != x',
    'node.labels.a.b == 1',
    'engine.labels.disk == SSD',
    'engine.labels.other!=x',
    'node.platform.os == linux',
    'node.platform.arch == x86_64',
    'node.ip == 10.0.0.7',
    'node.ip == 10.0.0.0/24',
    'node.ip != 10.0.1.0/24',
    'node.ip != 10.0.0.8',
    'node.ip != 2001:db8::/32',
  ])('%s is met', (constraint) => {
    expect(unmet([constraint], here)).toEqual([]);
  });

  it.each([
    ['node.id == abd', '(is "abc")'],
    ['node.hostname != HOST-1', '(is "Host-1")'],
    ['node.role == manager', '(is "worker")'],
    // Values ignore case, label names do not.
    ['node.labels.Zone == east', '(not set)'],
    ['node.labels.zone != EAST', '(is "East")'],
    ['engine.labels.disk != ssd', '(is "ssd")'],
    // Not normalised here, other than an image's platform.
    ['node.platform.arch == amd64', '(is "x86_64")'],
    ['node.ip == 10.0.0.8', '(is "10.0.0.7")'],
    ['node.ip != 10.0.0.0/8', '(is "10.0.0.7")'],
    ['node.ip == 2001:db8::1', '(is "10.0.0.7")'],
    // Whatever the operator, these match no node.
    ['node.ip != 300.1.1.1', '("300.1.1.1" is no address or network)'],
    ['node.ip != 10.0.0.0/33', '("10.0.0.0/33" is no address or network)'],
    ['node.colour != red', '(swarm knows no "node.colour")'],
    ['node.labels. != x', '(swarm knows no "node.labels.")'],
    ['node.role', '(not understood)'],
  ])('%s is not: %s', (constraint, why) => {
    expect(unmet([constraint], here)).toEqual([`${constraint} ${why}`]);
  });

  it('all of several must be met, and each that is not is named', () => {
    expect(unmet(['node.role == manager', 'node.id == abc', 'node.labels.x == y'], here)).toEqual([
      'node.role == manager (is "worker")',
      'node.labels.x == y (not set)',
    ]);
  });
});
