import { describe, expect, test } from 'vitest';
import { interruptedWith, soFar } from '../../../src/ui/interrupted.ts';
import { BundleError, EXIT } from '../../../src/errors.ts';
import { systemClock } from '../../../src/swarm/clock.ts';

const interrupted = (message: string, hints: string[] = []): BundleError =>
  new BundleError('interrupted', message, { exit: EXIT.terminated, hints });
const told = { words: 'made so far: a secret', hints: ['run it again'] };

describe('an interruption', () => {
  test.each([
    ['interrupted', 'interrupted; made so far: a secret'],
    ['stopped verifying prod', 'stopped verifying prod; made so far: a secret'],
    ['stopped in the middle\n  done: a', 'stopped in the middle\n  done: a\nmade so far: a secret'],
  ])('%j: its command words what was done', (message, words) => {
    expect(interruptedWith(interrupted(message), told)).toMatchObject({
      message: words,
      code: 'interrupted',
      exit: EXIT.terminated,
      hints: ['run it again'],
    });
  });

  test('which tells all itself only gets advice', () => {
    expect(interruptedWith(interrupted('stopped'), { hints: ['run it again'] })).toMatchObject({
      message: 'stopped',
      hints: ['run it again'],
    });
  });

  test.each(['deploy-interrupted', 'lock-lost'])('by another code too: %s', (code) => {
    const error = new BundleError(code, 'stopped', { exit: EXIT.held });
    expect(interruptedWith(error, told)).toMatchObject({
      code,
      exit: EXIT.held,
      message: 'stopped; made so far: a secret',
    });
  });

  test('what it advises itself stays alone', () => {
    expect(interruptedWith(interrupted('stopped', ['see the tasks']), told)).toMatchObject({
      hints: ['see the tasks'],
    });
  });

  test('of a pause too', async () => {
    const signal = AbortSignal.abort(interrupted('interrupted'));
    const error: unknown = await systemClock.sleep(1_000, signal).catch((thrown: unknown) => thrown);
    expect(interruptedWith(error, told)).toMatchObject({ message: 'interrupted; made so far: a secret' });
  });

  test('any other error stays as it is', () => {
    const errors = [new BundleError('held', 'x'), new Error('y'), 'z', undefined];
    expect(errors.map((error) => interruptedWith(error, told))).toEqual(errors);
  });
});

test('what was done by then', () => {
  expect(soFar('removed', [])).toBe('nothing was removed yet');
  expect(soFar('removed', ['3 services', '1 network'])).toBe('removed so far: 3 services; 1 network');
});
