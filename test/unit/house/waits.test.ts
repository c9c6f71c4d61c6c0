import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = join(import.meta.dirname, '../../../src');
const read = (file: string): string => readFileSync(join(SRC, file), 'utf8');
const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

/** The longest that may be waited in silence, in ms. */
const SILENCE_MS = 30_000;

/** A constant of milliseconds, seconds or a limit, with its value. */
function constants(file: string): { name: string; ms: number }[] {
  const found = read(file).matchAll(
    /^(?:export )?const ([A-Z][A-Z_]*(?:_MS|_SECONDS|TIMEOUT|PATIENCE)) = ([\d_ *]+);/gm,
  );
  return [...found].map(([, name = '', product = '']) => {
    const value = product.split('*').reduce((all, factor) => all * Number(factor.replaceAll('_', '')), 1);
    return { name, ms: name.endsWith('_SECONDS') ? value * 1000 : value };
  });
}

/**
 * Each time of more than 30 s in src/: what is not waited for, or else where it is said what is waited for, in words
 * that must stand in that file.
 */
const TOLD: Record<string, 'no wait' | { in: string; says: RegExp }> = {
  'converge/stability.ts TWO_ENDS_MS': 'no wait',
  'converge/stability.ts LONGEST_WINDOW_MS': 'no wait',
  'days.ts DAY_MS': 'no wait',
  'engine/election.ts ANEW_MS': 'no wait',
  'io/write-lock.ts LONGEST_MS': 'no wait',
  'lease/hold.ts LONGEST_SLEEP_MS': 'no wait',
  'lease/record.ts STALE_MS': 'no wait',
  'swarm/jobs/owner.ts LONGEST_MS': 'no wait',
  'swarm/clock.ts APART_MS': 'no wait',
  'quorum/group.ts LOOK_AGAIN_MS': 'no wait',
  'swarm/jobs/owner.ts MARGIN_MS': 'no wait',
  'deploy/destroy-texts.ts LONG_SECONDS': 'no wait',
  'swarm/former-tasks.ts SWARM_WAITS_SECONDS': 'no wait',
  'bundle/own-expectations.ts START_SECONDS': { in: 'verify/bundle/progress.ts', says: /new WaitLines/ },
  'checks/hosts.ts HOSTS_SECONDS': { in: 'checks/report.ts', says: /onWaiting: \(text: string\) => reporter/ },
  'swarm/jobs/time-up.ts PREPARING_MS': { in: 'checks/report.ts', says: /onWaiting: \(text: string\) => reporter/ },
  'checks/kept-volumes.ts READ_SECONDS': { in: 'checks/report.ts', says: /onWaiting: \(text: string\) => reporter/ },
  'converge/progress.ts DEFAULT_GRACE_SECONDS': { in: 'converge/seconds.ts', says: /new WaitLines/ },
  'converge/unplaceable.ts CONTRADICTED_MS': { in: 'converge/seconds.ts', says: /new WaitLines/ },
  'converge/watch.ts PAUSED_MS': { in: 'converge/watch.ts', says: /phase: 'the swarm paused the update; watching/ },
  'deploy/phases.ts VERIFY_MS': { in: 'verify/bundle/progress.ts', says: /new WaitLines/ },
  'engine/deploy-stack.ts REMAINS_MS': {
    in: 'engine/deploy-stack.ts',
    says: /waiting for what is left of the removed/,
  },
  'engine/deploy-stack.ts SILENT_MS': {
    in: 'engine/deploy-stack.ts',
    says: /docker stack deploy has not answered for/,
  },
  'run-target/restarts.ts LONGEST_MS': { in: 'run-target/restarts.ts', says: /options\.onWaiting\?\.\(/ },
  'quorum/await-ends.ts BEYOND_GRACE_MS': { in: 'quorum/await-ends.ts', says: /onWaiting\?\.\(progress, waited\)/ },
  'swarm/steps/tell-secret.ts COMING_UP_MS': { in: 'swarm/steps/tell-secret.ts', says: /onAgain\(/ },
  'quorum/group.ts LEAST_CHECKS_MS': { in: 'quorum/group.ts', says: /gate\(\[name\], \{ timeoutMs, patient: true,/ },
};

it('a pause that a signal ends throws its reason: Node’s own, which does not, is behind one function', () => {
  expect(files.filter((file) => read(file).includes('timers/promises'))).toEqual(['pause.ts']);
});

describe('no wait of more than 30 s is silent', () => {
  const long = files.flatMap((file) =>
    constants(file)
      .filter(({ ms }) => ms > SILENCE_MS)
      .map(({ name }) => `${file} ${name}`),
  );

  it('all long times of src/ are known, and none is that is gone', () => {
    expect(long.sort()).toEqual(Object.keys(TOLD).sort());
  });

  it.each(Object.entries(TOLD).filter(([, told]) => told !== 'no wait'))('%s', (_which, told) => {
    if (told === 'no wait') return;
    expect(read(told.in)).toMatch(told.says);
  });

  it('one after the other: every call of the engine, every check, and what is still in use is told before 30 s', () => {
    expect(read('cli/with-engine.ts')).toContain('onSlow');
    expect(read('checks/run.ts')).toContain('tellWaiting(');
    expect(read('swarm/steps/remains.ts')).toMatch(/waiting until it is free/);
  });
});
