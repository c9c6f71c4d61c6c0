import { describe, expect, it, test } from 'vitest';
import { PHASES, seenToRun, type Deployment } from '../../../src/deploy/apply.ts';
import { BundleError, EXIT } from '../../../src/errors.ts';
import { Account } from '../../../src/quorum/account.ts';
import type { Step } from '../../../src/swarm/steps/step.ts';
import { interruptedWith } from '../../../src/ui/interrupted.ts';
import { verification, type CheckStatus } from '../../../src/verify/result.ts';

const step = (text: string): Step => ({ describe: () => text, run: async () => undefined });
const STEPS = {
  secrets: [step('make secret a')],
  labels: [step('label node b')],
  stack: [step('deploy c')],
  orphans: [step('remove service d')],
  staleLabels: [step('unlabel node e')],
};

const stopped = (): BundleError => new BundleError('interrupted', 'interrupted', { exit: EXIT.interrupted });

/** An interruption after so many steps, in the phase of that title, as the user reads it. */
function told(title: string, done: number, more: Partial<Deployment> = {}, by = stopped()): BundleError {
  const phase = PHASES.find((one) => one.title === title);
  if (phase === undefined) throw new Error(`there is no phase "${title}"`);
  const made = Object.values(STEPS)
    .flat()
    .slice(0, done)
    .map((one) => one.describe());
  const seen = { plan: { stack: 'prod' } };
  const release = { number: 3, state: 'converged' };
  const on = { steps: STEPS, made, release, seen, options: {}, ...more } as unknown as Deployment;
  const error = interruptedWith(by, { ...phase.interrupted(on) });
  if (!(error instanceof BundleError)) throw error;
  return error;
}

describe('an interruption of a deployment says what was and what was not done', () => {
  test.each<[title: string, done: number, words: string, more?: Partial<Deployment>]>([
    ['issue certificates again', 0, 'nothing was made yet'],
    ['record the release', 0, 'nothing was made yet'],
    ['remove quorum probes that a killed run left behind', 0, 'nothing was made yet'],
    ['make secrets', 0, 'not done, or not to its end:\n  make secret a\n  label node b'],
    ['label nodes', 1, 'done:\n  make secret a\nnot done, or not to its end:\n  label node b\n  deploy c'],
    ['docker stack deploy', 2, '  label node b\nnot done, or not to its end:\n  deploy c\n  remove service d'],
    ['remove services that stack.yml no longer has', 3, 'not done, or not to its end:\n  remove service d'],
    ['remove node labels that nothing needs any more', 4, 'not done, or not to its end:\n  unlabel node e'],
    ['read the swarm again: it holds what stack.yml says', 5, 'made so far: make secret a; label node b; deploy c; '],
    ['wait until every task runs and stays up', 5, 'release 3 is deployed; made so far: make secret a; '],
    ['verify', 5, 'release 3 is deployed and all its tasks were seen to run, but it is not marked as verified'],
    ['replace tasks that may run without their secrets, and verify again', 5, 'it is not marked as verified'],
    ['mark the release', 5, 'it is not marked as verified'],
    [
      'remove releases and secrets that are no longer kept',
      5,
      'release 3 is deployed and marked as verified; of what no kept release needs some may be left',
      { release: { number: 3, state: 'verified' } as NonNullable<Deployment['release']> },
    ],
    ['remove releases and secrets that are no longer kept', 5, 'release 3 is deployed and marked as converged'],
  ])('in the phase "%s", after %i steps', (title, done, words, more) => {
    const { message, exit } = told(title, done, more);
    expect(message).toContain(words);
    expect(exit).toBe(EXIT.interrupted);
    if (done > 0) expect(message).not.toContain('nothing was');
  });

  it('of every phase there is', () => {
    const said = PHASES.map(({ title }) => told(title, 5).message);
    expect(said.filter((message) => message === 'interrupted')).toEqual([]);
  });
});

describe('how an interruption is gone on with', () => {
  const LAST = 'remove releases and secrets that are no longer kept';
  const WAIT = 'wait until every task runs and stays up';
  const back = { options: { rollbackOf: 1 } } as unknown as Partial<Deployment>;

  it.each(PHASES.map(({ title }) => title).filter((title) => title !== LAST))(
    'a rollback by `bundle rollback`, whoever began it, in the phase "%s"',
    (title) => {
      const hints = told(title, 3, back).hints.join('\n');
      expect(hints).toContain('`bundle rollback` with the same options goes on');
      // The one may be `bundle deploy --rollback-on-failure`; the other looks at what was left.
      expect(hints).not.toMatch(/same command|bundle verify/);
    },
  );

  it('a rollback that is marked by nothing: once more it would leave what it brought back', () => {
    expect(told(LAST, 5, back).hints).toEqual(['the next deployment removes what is left']);
    expect(told(LAST, 5).hints).toEqual([expect.stringContaining('run the same command again')]);
  });

  it.each([WAIT, 'verify', 'mark the release'])('a deployment by `bundle verify` once all is there: "%s"', (title) => {
    expect(told(title, 5).hints.at(-1)).toContain('`bundle verify` waits, tells whether it works');
    expect(told('docker stack deploy', 2).hints).toEqual([expect.stringContaining('run the same command again')]);
  });

  it('the phase says it, also if the work in it was stopped in words of its own', () => {
    const byAccount = told('docker stack deploy', 2, back, new Account(['c', 'd']).interrupted('prod'));
    expect(byAccount.message).toContain('not touched: c, d');
    expect(byAccount.hints).toEqual([expect.stringContaining('`bundle rollback` with the same options')]);
    expect(told(WAIT, 5, back).hints[0]).toBe('docker stack ps prod shows its tasks');
  });
});

test.each<[string, boolean, CheckStatus | undefined, boolean]>([
  ['whose tasks run', true, undefined, true],
  ['that was verified', true, 'passed', true],
  ['of which verification could not tell', true, 'unsure', true],
  ['that failed its verification', true, 'failed', false],
  ['whose tasks are awaited', false, undefined, false],
])('whether trouble of the engine leaves a release good: one %s', (_what, converged, status, well) => {
  const verified = status && verification('prod', [{ service: 'app', check: 'TLS', status, detail: '' }]);
  expect(seenToRun({ converged, verification: verified })).toBe(well);
});
