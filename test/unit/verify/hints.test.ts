import { describe, expect, it } from 'vitest';
import { withHints } from '../../../src/verify/hints.ts';
import type { CheckResult } from '../../../src/verify/result.ts';

const expectations = [
  {
    service: 'web',
    logs: [
      { name: 'TLS', contains: 'TLS on' },
      { name: 'Up', contains: 'up', remedy: 'look at its peers' },
    ],
    endpoints: [
      { kind: 'tcp', name: 'port', port: 80 } as const,
      { kind: 'tcp', name: 'admin', port: 81, remedy: 'start it in its own page' } as const,
    ],
  },
];
const result = (check: string, status: CheckResult['status'], service = 'web'): CheckResult => ({
  service,
  check,
  status,
  detail: 'x',
});
const LOGS = "`bundle logs 'my prod' web --host ssh://m` shows what it wrote";
const PLAN = "`bundle plan 'my prod' --host ssh://m` shows what a deployment would put right";

describe('what to do about a check that did not pass', () => {
  it.each([
    ['its definition says it', result('admin', 'failed'), 'start it in its own page'],
    ['so it does of what could not be told', result('admin', 'unsure'), 'start it in its own page'],
    ['a port of which it says nothing', result('port', 'failed'), LOGS],
    ['a line of the log that is missing', result('TLS', 'failed'), LOGS],
    ['what could not be told says itself why', result('TLS', 'unsure'), undefined],
    ['a line that its definition has words for', result('Up', 'failed'), `look at its peers; ${LOGS}`],
    ['but not if the log could not be read', result('Up', 'unsure'), undefined],
    ['another secret', result('secrets', 'failed'), PLAN],
    ['another content', result('content', 'failed', 'token'), PLAN],
    ['a task that is missing says it itself', result('tasks', 'failed'), undefined],
    ['a check of another service with that name', result('admin', 'failed', 'db'), undefined],
    ['what passed needs nothing', result('admin', 'passed'), undefined],
    ['nor does what was not asked', result('admin', 'not-run'), undefined],
  ])('%s', (_what, given, hint) =>
    expect(withHints([given], expectations, { dir: 'my prod', host: 'ssh://m' })[0]?.hint).toBe(hint),
  );
});
