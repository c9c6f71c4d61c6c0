import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { run as render } from '../../../src/commands/render/run.ts';
import { run as verify } from '../../../src/commands/verify/run.ts';
import { EXIT } from '../../../src/errors.ts';
import { fakeEngine, type FakeEngine } from '../engine/fake-engine.ts';
import { init, recordedIo, workplace } from './support.ts';

const engines: FakeEngine[] = [];
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close();
});

it('an engine that does not answer leaves its own host’s services unsure, and the others are looked at', async () => {
  const cwd = workplace();
  const set = [
    'tls.keyBits=2048',
    'manager.nodes=n1',
    'agents.master.nodes=n1',
    'agents.query.nodes=n2',
    'agents.data.nodes=n3',
    'deepStorage.type=s3',
    'deepStorage.path=s3://b/p',
  ];
  expect((await init(cwd, { yes: true, set })).error).toBeUndefined();
  await render(
    { dir: 'prod', target: 'run', address: ['n1=10.0.0.1', 'n2=10.0.0.2', 'n3=10.0.0.3'] },
    recordedIo(cwd).io,
  );
  const engine = await fakeEngine({ 'GET /containers/json': () => ({ json: [] }) });
  engines.push(engine);
  const recorded = recordedIo(cwd, { json: true });
  const named = [`n1=unix://${engine.socket}`, `n2=unix://${engine.socket}`, `n3=unix://${join(cwd, 'none.sock')}`];
  expect(
    await verify({ dir: 'prod', target: 'run', engine: named, timeout: '1s', only: [], skip: [] }, recorded.io),
  ).toBe(EXIT.verification);
  const { results } = JSON.parse(recorded.out()) as { results: { service: string; status: string; detail: string }[] };
  expect(results.find(({ service }) => service === 'imply-data-1')).toMatchObject({
    node: 'n3',
    status: 'unsure',
    detail: expect.stringContaining('none.sock') as string,
  });
  expect(results.find(({ service }) => service === 'imply-query-1')).toMatchObject({
    check: 'tasks',
    status: 'failed',
  });
}, 30_000);
