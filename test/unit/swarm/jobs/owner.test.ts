import { expect, test } from 'vitest';
import { isLeftOver, ownerLabels } from '../../../../src/swarm/jobs/owner.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const me = { host: 'here', boot: 'b', isAlive: (pid: number) => pid === 7 };

test.each([
  ['in its time, its owner alive', ownerLabels({ host: 'here', boot: 'b', pid: 7 }, NOW + 1_000), false],
  ['in its time, its owner dead', ownerLabels({ host: 'here', boot: 'b', pid: 8 }, NOW + 1_000), true],
  ['in its time, its owner elsewhere', ownerLabels({ host: 'there', boot: 'c', pid: 8 }, NOW + 1_000), false],
  [
    'in its time, of a machine that cannot be told',
    ownerLabels({ host: 'here', boot: '', pid: 8 }, NOW + 1_000),
    false,
  ],
  ['a little late', ownerLabels({ host: 'there', boot: 'c', pid: 8 }, NOW - 59_000), false],
  ['late', ownerLabels({ host: 'here', boot: 'b', pid: 7 }, NOW - 61_000), true],
  ['without a word', {}, true],
])('a job %s', (_what, labels, left) => {
  expect(isLeftOver(labels, NOW, me)).toBe(left);
});

test('one of a build that wrote no owner is left over once none runs so long', () => {
  expect(isLeftOver({}, NOW, me, '2025-12-31T23:50:00Z')).toBe(false);
  expect(isLeftOver({}, NOW, me, '2025-12-31T23:40:00Z')).toBe(true);
});
