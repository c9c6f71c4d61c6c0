import { expect, it } from 'vitest';
import { deployTimeouts } from '../../src/duration-option.ts';

it('what stops first is waited for as long as its grace allows, unless --timeout says how long', () => {
  expect(deployTimeouts(undefined)).toEqual({ timeoutMs: 600_000 });
  expect(deployTimeouts('10m')).toEqual({ timeoutMs: 600_000, stopMs: 600_000 });
  expect(() => deployTimeouts('ten')).toThrow('--timeout ten: not a duration');
});
