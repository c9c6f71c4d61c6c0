import { expect, it } from 'vitest';
import { toldLate } from '../../support/told-late.ts';

const JOB = 'the job is not done after 30 s; its task is pending';
const verified = (code: number, status: string, detail: string) => {
  const stdout = JSON.stringify({ results: [{ status, detail }] });
  return { code, stdout, all: stdout };
};
const checked = (level: string, text: string) => {
  const checks = [{ name: 'hosts', findings: [{ level, text }] }];
  const stdout = JSON.stringify({ checks });
  return { code: 0, stdout, all: stdout };
};
const said = (code: number, all: string) => ({ code, stdout: all, all });

it.each([
  ['a check of verify', ['verify', '--json'], verified(7, 'unsure', JOB)],
  ['one beside a failure', ['verify', '--json'], verified(5, 'unsure', JOB)],
  ['a task that is young', ['verify', '--json'], verified(7, 'unsure', 'it may still be starting: verify again then')],
  ['verify in words', ['verify'], said(7, `? app tasks: ${JOB}`)],
  ['a finding of check', ['check', '--json'], checked('unsure', 'node1: no answer within 20 s')],
  ['the verification of a deployment', ['deploy', '--yes'], said(7, JOB)],
])('what was not told for want of time may be run again: %s', (_what, args, told) => {
  expect(toldLate(args, told)).toBe(true);
});

it.each([
  ['another reason', ['verify', '--json'], verified(7, 'unsure', 'did not end well: No such image')],
  ['a failure that says so', ['verify', '--json'], verified(5, 'failed', JOB)],
  ['a young task beside a failure', ['verify', '--json'], verified(5, 'unsure', 'starting: verify again then')],
  ['a failure in words', ['verify'], said(5, JOB)],
  ['a finding that is told', ['check', '--json'], checked('error', 'helper gave no answer within 10 s')],
  ['check in words', ['check'], said(3, 'docker-credential-lab gave no answer within 10 s')],
  ['a deployment that goes back', ['deploy', '--yes', '--rollback-on-failure'], said(7, JOB)],
  ['a deployment that failed', ['deploy', '--yes'], said(4, JOB)],
  ['what changes something', ['rollback', '--yes'], said(7, JOB)],
  ['nothing at all', ['verify', '--json'], said(128, '')],
])('nothing else is: %s', (_what, args, told) => {
  expect(toldLate(args, told)).toBe(false);
});
