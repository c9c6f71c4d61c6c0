import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import type { Engine } from '../../../../src/engine/port.ts';
import { BundleError } from '../../../../src/errors.ts';
import type { Loaded } from '../../../../src/project/bundle-dir.ts';
import { ownerLabels } from '../../../../src/swarm/jobs/owner.ts';
import { readForeignMounts } from '../../../../src/verify/bundle/inside.ts';
import { service } from '../../../support/check-context.ts';

const NOW = Date.parse('2026-11-28T12:00:00Z');
const elsewhere = { host: `not-${hostname()}`, boot: 'b', pid: 7 };
const running = ownerLabels(elsewhere, NOW + 20_000);
const ended = ownerLabels(elsewhere, NOW - 120_000);

/** What is said of a job with these labels that mounts the password, and whether it was removed. */
async function verdict(labels: Record<string, string>, createdAt: string, refusal?: BundleError) {
  const removed: string[] = [];
  const job = service('ensemble-probe-prod-1', {
    createdAt,
    labels: { ...labels, 'bundle.kind': 'ensemble-probe' },
    spec: { TaskTemplate: { ContainerSpec: { Secrets: [{ SecretID: 's1' }] } } },
  });
  const engine = {
    services: async () => [job],
    secrets: async () => [{ id: 's1', name: 'prod_password.v1' }],
    info: async () => ({ systemTime: new Date(NOW).toISOString() }),
    removeService: async (id: string) => {
      if (refusal !== undefined) throw refusal;
      removed.push(id);
    },
  } as unknown as Engine;
  const loaded = { directory: { bundle: { name: 'prod' } }, document: { services: {} } } as unknown as Loaded;
  const results = await readForeignMounts(engine, loaded, [], engine.info());
  return [results.map(({ status }) => status).join(), removed.length];
}

const own = { 'bundle.stack': 'prod' };
const JUST_NOW = '2026-11-28T11:59:50Z';
const HOURS_AGO = '2026-11-28T09:00:00Z';

test.each([
  ['another operator’s, under way', { ...own, ...running }, JUST_NOW, ['passed', 0]],
  ['one whose time is over is removed', { ...own, ...ended }, HOURS_AGO, ['passed', 1]],
  ['one of an older build, under way', own, JUST_NOW, ['passed', 0]],
  ['one of an older build that was left is removed', own, HOURS_AGO, ['passed', 1]],
  [
    'a service of a stack that bears its labels is none, and stays',
    { ...own, ...ended, 'com.docker.stack.namespace': 'prod' },
    HOURS_AGO,
    ['failed', 0],
  ],
  ['one of another stack', { 'bundle.stack': 'test', ...running }, JUST_NOW, ['failed', 0]],
])('a job of bundle of whatever kind: %s', async (_what, labels, createdAt, said) => {
  expect(await verdict(labels, createdAt)).toEqual(said);
});

test('one that cannot be removed is told', async () => {
  const refusal = new BundleError('engine-error', 'context deadline exceeded');
  expect(await verdict({ ...own, ...ended }, HOURS_AGO, refusal)).toEqual(['failed', 0]);
});
