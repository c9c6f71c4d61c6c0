import { afterEach, expect, it } from 'vitest';
import { livingPrograms, run } from '../../../scripts/lab/exec.ts';
import { endLeft } from '../../support/left-commands.ts';

const mine = (argv: readonly string[]): boolean => argv.some((word) => word.includes('of-the-test'));
const left = (script: string) => run(['sh', '-c', `: of-the-test; ${script}`], { check: false });
const living = (): number => livingPrograms().filter(({ spawnargs }) => mine(spawnargs)).length;

afterEach(() => endLeft(mine, 0));

it('a command that a test left running is ended, and what waits for it goes on', async () => {
  const ended = left('exec sleep 600');
  expect(living()).toBe(1);
  expect(await endLeft(mine)).toBe(1);
  expect((await ended).code).not.toBe(0);
  expect(living()).toBe(0);
});

it('also one that does not obey', async () => {
  let obeys = true;
  const ended = run(['sh', '-c', ": of-the-test; trap '' TERM; echo deaf; while :; do sleep 0.05; done"], {
    check: false,
    onLine: () => (obeys = false),
  });
  while (obeys) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(await endLeft(mine, 200)).toBe(1);
  await ended;
});

it('others are let be, and one that ended is none', async () => {
  await left('exit 3');
  expect(await endLeft(mine)).toBe(0);
  const ended = left('exec sleep 600');
  expect(await endLeft((argv) => argv.includes('/nowhere'))).toBe(0);
  expect(living()).toBe(1);
  await endLeft(mine);
  await ended;
});
