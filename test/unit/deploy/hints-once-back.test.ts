import { expect, it } from 'vitest';
import { hintsOnceBack } from '../../../src/deploy/rollback.ts';

it('once the last good release runs again, advice on the cause stays and that of going on does not', () => {
  const hints = hintsOnceBack([
    'docker pull it by hand',
    'the members that were not touched run on; fix the cause, then run the same command again: it goes on with ' +
      'those that are not well',
    'or `bundle rollback`, which goes back to the version that the running services have',
  ]);
  expect(hints[0]).toBe('docker pull it by hand');
  expect(hints).toHaveLength(2);
  expect(hints[1]).toMatch(/still says what failed: correct the cause, then `bundle deploy`/);
});
