import { expect, test } from 'vitest';
import type { SwarmTask } from '../../../../src/engine/port.ts';
import { bareTasks } from '../../../../src/verify/tasks/bare-tasks.ts';
import { task } from '../../../support/check-context.ts';

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
const secrets = [{ id: 's', name: 'prod_token.v1', target: 'token' }];
/** Made at 10, running since 20. */
const agent = task('agent', 'n1', { id: 'agent', state: 'running', createdAt: at(10), stateAt: at(20), secrets });
const died = (second: number, more: Partial<SwarmTask> = {}) =>
  task('other', 'n1', { id: 'other', state: 'failed', exitCode: 255, createdAt: at(0), stateAt: at(second), ...more });
const failed = { results: [{ service: 'agent', task: 'agent', check: 'TLS', status: 'failed' as const, detail: '' }] };

test.each([
  ['another died with the engine before it started', agent, died(15), failed, true],
  ['another’s death was reported after it started', agent, died(21), failed, true],
  ['another died before it was made', agent, died(9), failed, false],
  ['another died of something else', agent, died(15, { exitCode: 1 }), failed, false],
  ['another died on another node', agent, died(15, { nodeId: 'n2' }), failed, false],
  ['it has no secrets', { ...agent, secrets: [] }, died(15), failed, false],
  ['it does not run', { ...agent, state: 'starting' as const }, died(15), failed, false],
  [
    'it passed',
    agent,
    died(15),
    { results: failed.results.map((result) => ({ ...result, status: 'passed' as const })) },
    false,
  ],
])('a task whose engine was killed while it was made: %s', (_name, one, other, verified, expected) => {
  expect(bareTasks(verified, [one, other]).map(({ id }) => id)).toEqual(expected ? ['agent'] : []);
});
