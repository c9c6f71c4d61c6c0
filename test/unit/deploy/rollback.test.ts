import { expect, it } from 'vitest';
import { convergenceError, UNSTABLE_ADVICE, type Outcome } from '../../../src/converge/outcome.ts';
import { endedMeanwhile } from '../../../src/converge/unstable.ts';
import { hintsOnceBack, verifiedText } from '../../../src/deploy/rollback.ts';
import { BundleError, EXIT, type BundleErrorOptions } from '../../../src/errors.ts';
import { Account } from '../../../src/quorum/account.ts';

const after = (options: BundleErrorOptions): string[] => hintsOnceBack(new BundleError('not-converged', 'x', options));

it('once the last good release runs again, advice on the cause stays and that of going on does not', () => {
  const given = { hints: ['docker pull it by hand'], midway: ['fix it, then run the same command again'] };
  expect(new BundleError('not-converged', 'x', given).hints).toEqual([...given.hints, ...given.midway]);
  const hints = after(given);
  expect(hints[0]).toBe('docker pull it by hand');
  expect(hints).toHaveLength(2);
  expect(hints[1]).toMatch(/still says what failed: correct the cause, then `bundle deploy`/);
});

it('no word of a hint decides', () => {
  expect(after({ hints: ['the same command again, or `bundle rollback`'] })).toHaveLength(2);
  expect(after({ midway: ['whatever it says'] })).toHaveLength(1);
});

it('what does not stay up is not to be rolled back once more, however its error was passed on', () => {
  const outcome: Outcome = { service: 'app', kind: 'unstable', text: 'ends', hints: ['look'], logLines: [] };
  const error = convergenceError('prod', [outcome]);
  expect(error?.hints).toEqual(['look', UNSTABLE_ADVICE]);
  const passedOn = new Account(['app']).notConverged(error as BundleError);
  expect(passedOn.hints).toEqual(['look', UNSTABLE_ADVICE]);
  expect(hintsOnceBack(passedOn)).toEqual(['look', expect.stringContaining('correct the cause')]);

  const result = { service: 'app', check: 'stable', status: 'failed', detail: 'ends' } as const;
  const ended = endedMeanwhile({ stack: 'prod', results: [result], leftOut: 0, exit: 5 });
  expect(ended?.hints).toHaveLength(1);
  expect(ended?.midway).toEqual(ended?.hints);
});

it('what came back and could not be verified is not said to have failed', () => {
  expect(verifiedText({ exit: EXIT.done })).toBe('and is verified');
  expect(verifiedText({ exit: EXIT.verification })).toContain('does not pass its checks either');
  expect(verifiedText({ exit: EXIT.unsure })).toContain('could not be verified from here');
});
