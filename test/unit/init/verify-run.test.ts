import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { run as render } from '../../../src/commands/render/run.ts';
import { run as verify } from '../../../src/commands/verify/run.ts';
import { EXIT } from '../../../src/errors.ts';
import type { CheckResult } from '../../../src/verify/result.ts';
import { fakeEngine, type FakeEngine } from '../engine/fake-engine.ts';
import { init, recordedIo, workplace } from './support.ts';

const engines: FakeEngine[] = [];
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close();
});

/** A bundle of three hosts, rendered for `docker run`, and an engine without containers. */
async function rendered() {
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
  const address = ['n1=10.0.0.1', 'n2=10.0.0.2', 'n3=10.0.0.3'];
  await render({ dir: 'prod', target: 'run', address }, recordedIo(cwd).io);
  const engine = await fakeEngine({ 'GET /containers/json': () => ({ json: [] }) });
  engines.push(engine);
  const at = (host: string, socket = engine.socket): string => `${host}=unix://${socket}`;
  const look = async (named: string[], only: string[] = []) => {
    const recorded = recordedIo(cwd, { json: true });
    const flags = { dir: 'prod', target: 'run' as const, engine: named, timeout: '1s', only, skip: [] };
    const exit = await verify(flags, recorded.io);
    const { results } = JSON.parse(recorded.out()) as { results: CheckResult[] };
    return { exit, results, err: recorded.err() };
  };
  return { cwd, at, look };
}

it('an engine that does not answer leaves its own host’s services unsure, and the others are looked at', async () => {
  const { cwd, at, look } = await rendered();
  const { exit, results } = await look([at('n1'), at('n2'), at('n3', join(cwd, 'none.sock'))]);
  expect(exit).toBe(EXIT.verification);
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

it('--list of a swarm’s checks does not ask stack.yml either: it lists what the answers give', async () => {
  const { cwd } = await rendered();
  rmSync(join(cwd, 'prod/stack.yml'));
  const recorded = recordedIo(cwd, { json: true });
  const flags = { dir: 'prod', target: 'swarm' as const, engine: [], timeout: '1s', only: [], skip: [], list: true };
  expect(await verify(flags, recorded.io)).toBe(EXIT.done);
  expect(recorded.out()).toContain('"imply-data-1"');
  expect(recorded.err()).not.toContain('stack.yml');
  // What is compared with a swarm is told that the file is another.
  await expect(verify({ ...flags, list: false }, recorded.io)).rejects.toMatchObject({
    code: expect.stringMatching(/^engine-/) as string,
  });
  expect(recorded.err()).toContain('stack.yml is missing');
}, 30_000);

it('a host that lost its last service is told until it is seen that nothing is left; stack.yml is not asked', async () => {
  const { cwd, at, look } = await rendered();
  const answers = join(cwd, 'prod/bundle.yaml');
  const settings = () => JSON.parse(readFileSync(join(cwd, 'prod/run/run.json'), 'utf8')) as { former: string[] };
  const now = [at('n1'), at('n2'), at('n4')];
  const ofFormer = ({ results }: { results: CheckResult[] }) => results.filter(({ node }) => node === 'n3');
  writeFileSync(answers, readFileSync(answers, 'utf8').replace('nodes: [n3]', 'nodes: [n4]'));
  rmSync(join(cwd, 'prod/stack.yml'));
  const untold = {
    service: 'prod',
    node: 'n3',
    check: 'tasks',
    status: 'unsure',
    detail: 'whether n3 still runs what earlier renderings had there: no engine of n3 was named: --engine n3=URL',
  };
  expect(ofFormer(await look(now))).toEqual([
    { ...untold, hint: 'prod/run is of other answers: `bundle render --target run` first' },
  ]);
  await render({ dir: 'prod', target: 'run', address: ['n4=10.0.0.4'] }, recordedIo(cwd).io);
  expect(ofFormer(await look(now))).toEqual([
    {
      ...untold,
      hint:
        'once it sees that nothing is left there, verify forgets n3; if that is gone for good, or has another name ' +
        'now, take it out of "former" in prod/run/run.json',
    },
  ]);
  expect(ofFormer(await look(now, ['imply-query-1']))).toEqual([]);
  expect(ofFormer(await look([...now, at('n3', join(cwd, 'none.sock'))]))).toMatchObject([
    { status: 'unsure', detail: expect.stringContaining('none.sock') as string },
  ]);
  expect(settings().former).toEqual(['n3']);
  const last = await look([...now, at('n3')]);
  expect(ofFormer(last)).toEqual([]);
  expect(last.err).toContain('note: nothing is left on n3: no longer among "former" in prod/run/run.json');
  expect(settings().former).toEqual([]);
  expect(ofFormer(await look(now))).toEqual([]);
}, 60_000);
