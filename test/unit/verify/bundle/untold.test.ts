import { expect, test } from 'vitest';
import { emptyLock } from '../../../../src/bundle/lock.ts';
import { answerError, socketError } from '../../../../src/engine/errors.ts';
import type { Engine } from '../../../../src/engine/port.ts';
import { BundleError, EXIT } from '../../../../src/errors.ts';
import type { Loaded } from '../../../../src/project/bundle-dir.ts';
import { expiryResults } from '../../../../src/verify/bundle/expiry.ts';
import { orUntold } from '../../../../src/verify/bundle/untold.ts';
import { EVERYTHING } from '../../../../src/verify/select.ts';
import { DAY_MS } from '../../../../src/days.ts';

const OF = { service: 'swarm', check: 'expiry' };
const WHAT = 'ask for the swarm’s certificate authority';
const PLACE = { url: 'tcp://m1:2376', source: 'DOCKER_HOST' };
const refused = answerError(WHAT, 403, '<h1>Forbidden</h1>', 'GET /swarm');
const away = socketError(WHAT, PLACE, Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
const failed = answerError(WHAT, 500, '{"message":"rpc error: context deadline exceeded"}', 'GET /swarm');

test.each([
  ['a proxy refuses it each time', refused, 'not-run', '403 from GET /swarm'],
  ['the engine is away', away, 'unsure', 'no engine answers at tcp://m1:2376'],
  ['the engine fails', failed, 'unsure', 'context deadline exceeded'],
])('what the engine does not tell is one result, with its words: %s', async (_what, error, status, words) => {
  expect(await orUntold(OF, () => Promise.reject(error))).toEqual([
    { ...OF, status, detail: expect.stringContaining(words) as string },
  ]);
});

test('an interruption, and a bug, are none of the engine’s', async () => {
  const stopped = new BundleError('interrupted', 'stopped', { exit: EXIT.interrupted });
  await expect(orUntold(OF, () => Promise.reject(stopped))).rejects.toBe(stopped);
  await expect(orUntold(OF, () => Promise.reject(new TypeError('bug')))).rejects.toThrow('bug');
});

test.each([
  ['without --expiry', undefined],
  ['with it', { ms: 30 * DAY_MS, text: '30d' }],
])('the swarm’s certificates are not told by one result, %s', async (_what, limit) => {
  const engine = {
    swarmTrust: () => Promise.reject(refused),
    nodes: async () => [],
  } as unknown as Engine;
  const loaded = {
    directory: { bundle: { name: 'prod' }, lock: emptyLock(), plan: { secrets: [], expectations: [], ensembles: [] } },
    document: { services: {} },
  } as unknown as Loaded;
  const signal = new AbortController().signal;
  const info = Promise.resolve({ systemTime: new Date().toISOString() });
  const results = await expiryResults(engine, loaded, [], { limit, selection: EVERYTHING, signal, info });
  expect(results).toEqual([{ ...OF, status: 'not-run', detail: expect.stringContaining('403') as string }]);
});
