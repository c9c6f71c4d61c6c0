import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checks } from '../../../src/checks/index.ts';
import { run as runCheck } from '../../../src/commands/check/run.ts';
import { run } from '../../../src/commands/prepare/run.ts';
import { EXIT } from '../../../src/errors.ts';
import { problemsOf } from '../../support/json-documents.ts';
import type { Answer } from '../engine/fake-engine.ts';
import { init, NODES as IMPLY, recordedIo, workplace } from '../init/support.ts';
import { loaded, swarm, zookeeper } from './zookeeper-swarm.ts';

/** Of checks that no swarm is there for. */
const IGNORED = checks.map(({ name }) => name).filter((name) => name !== 'quorum-rules');

/** Secrets without a label of ours, which are found by their names alone. */
const unlabelled =
  (names: readonly string[]): Answer =>
  ({ url }) => ({
    json: decodeURIComponent(url).includes('"label"')
      ? []
      : names.map((Name) => ({ ID: Name, Version: { Index: 1 }, CreatedAt: '', UpdatedAt: '', Spec: { Name } })),
  });

/** What `bundle prepare` says if all that it makes is there already. */
async function prepare(
  { cwd, host }: { cwd: string; host: string },
  json = false,
  config: object = {},
): Promise<string> {
  writeFileSync(join(cwd, 'config.json'), JSON.stringify(config));
  const { io, out } = recordedIo(cwd, { json, env: { DOCKER_CONFIG: cwd }, ...(json && { program: 'npx bundle' }) });
  expect(await run({ dir: 'prod', ignore: IGNORED, yes: true, host }, io)).toBe(EXIT.done);
  return out();
}

it('names commands that run where they were printed, for what one call may do', async () => {
  const first = await zookeeper(0, 3);
  expect(await prepare(first)).toBe(
    'prod: all that touches nothing that runs is there already; next: ' +
      `\`bundle deploy prod --host ${first.host}\`, or by hand:\n` +
      `  docker --host ${first.host} stack deploy -c prod/stack.yml prod\n`,
  );
  // Alone with its work, it is down in any order.
  expect(await prepare(await zookeeper(1, 1, ['heapMb=600']))).toContain(' stack deploy ');
  expect(await prepare(await zookeeper(1, 1))).toBe('prod: already up to date\n');
});

it('has docker send a log-in only if this machine has one for a registry of the images', async () => {
  const first = await zookeeper(0, 3);
  const login = { auth: Buffer.from('me:word').toString('base64') };
  const deployed = async (registry: string): Promise<string | undefined> =>
    / stack deploy (.*)$/m.exec(await prepare(first, false, { auths: { [registry]: login } }))?.[1];
  expect(await deployed('https://index.docker.io/v1/')).toBe('--with-registry-auth -c prod/stack.yml prod');
  expect(await deployed('registry.example')).toBe('-c prod/stack.yml prod');
});

it('leaves to `bundle deploy` what one call would take a log-in from: one service’s image changes its registry', async () => {
  const cwd = workplace();
  expect((await init(cwd, { yes: true, stack: 'zookeeper', set: ['servers=3', 'nodes=[n1]'] })).error).toBeUndefined();
  const wanted = await loaded(cwd);
  const services = { ...wanted.document.services };
  const first = services['zookeeper-1']!;
  services['zookeeper-1'] = { ...first, image: `registry.example/${first.image}` };
  const host = await swarm({ ...wanted, document: { ...wanted.document, services } }, wanted);
  const { reasons } = JSON.parse(await prepare({ cwd, host }, true)) as { reasons: string[] };
  expect(reasons).toContain(
    'zookeeper-2, zookeeper-3 would lose a log-in that nodes pull the image by, if they have one: none is on this machine',
  );
});

it('has no reason where nothing is to be deployed, though this machine has a log-in for one registry of two', async () => {
  const cwd = workplace();
  const set = [...IMPLY, 'images.mysql=registry.example/mysql:8.4.11'];
  expect((await init(cwd, { yes: true, set })).error).toBeUndefined();
  const wanted = await loaded(cwd);
  const names = Object.values(wanted.document.secrets).map(({ name }) => name);
  const host = await swarm(wanted, wanted, { 'GET /secrets': unlabelled(names) });
  const login = { auth: Buffer.from('me:word').toString('base64') };
  const prepared = await prepare({ cwd, host }, true, { auths: { 'registry.example': login } });
  expect(JSON.parse(prepared)).toMatchObject({ next: [], reasons: [] });
});

it('leaves what may only be done in stages to `bundle deploy`, and says why', async () => {
  const grown = await zookeeper(1, 3);
  const deploy = `bundle deploy prod --host ${grown.host}`;
  const why = 'zookeeper-2, zookeeper-3, zookeeper-1 of ZooKeeper must start in turn, not all at once';
  expect(await prepare(grown)).toBe(
    `prod: all that touches nothing that runs is there already; next: \`${deploy}\`, and not ` +
      `\`docker stack deploy\`:\n  ${why}\n`,
  );
  const document = JSON.parse(await prepare(grown, true)) as object;
  expect(document).toEqual({ stack: 'prod', done: [], next: [`npx ${deploy}`], reasons: [why] });
  expect(problemsOf('prepare', document)).toEqual([]);
});

it('leaves to `bundle deploy` what may take longer to stop than the swarm waits: it would run beside its successor', async () => {
  const cwd = workplace();
  expect((await init(cwd, { yes: true, stack: 'zookeeper', set: ['servers=1', 'nodes=[n1]'] })).error).toBeUndefined();
  const wanted = await loaded(cwd);
  const { services } = wanted.document;
  // Somebody gave it more time than bundle.yaml does.
  const patient = Object.entries(services).map(([name, service]) => [name, { ...service, stopGracePeriod: '2m' }]);
  const document = { ...wanted.document, services: Object.fromEntries(patient) as typeof services };
  const host = await swarm({ ...wanted, document }, wanted);
  const prepared = JSON.parse(await prepare({ cwd, host }, true)) as object;
  expect(prepared).toMatchObject({
    next: [`npx bundle deploy prod --host ${host}`],
    reasons: [expect.stringMatching(/^zookeeper-1 may take up to 2 min to stop, and after a minute the swarm would/)],
  });
});

it('refuses what `bundle deploy` would refuse, and `bundle check` says so beforehand', async () => {
  const shrunk = await zookeeper(3, 1);
  const why = 'ZooKeeper would shrink from 3 to 1 servers (without zookeeper-2, zookeeper-3)';
  await expect(prepare(shrunk)).rejects.toMatchObject({
    ...{ code: 'ensemble-shrinks', exit: EXIT.preflight, message: expect.stringContaining(why) },
  });
  const { io, out } = recordedIo(shrunk.cwd, { env: { COLUMNS: '2000' } });
  const checked = runCheck({ dir: 'prod', ignore: IGNORED, host: shrunk.host }, io);
  await expect(checked).rejects.toMatchObject({ code: 'check-failed', message: 'a check failed: quorum-rules' });
  expect(out()).toContain(why);
});

it('refuses to hand out a command for which this machine lacks a value, as `bundle deploy` does', async () => {
  const cwd = workplace();
  expect((await init(cwd, { yes: true, set: [...IMPLY, 'secretDelivery=env'] })).error).toBeUndefined();
  rmSync(join(cwd, 'prod/secrets/store-password'));
  const wanted = await loaded(cwd);
  const host = await swarm({ ...wanted, document: { ...wanted.document, services: {} } }, wanted);
  await expect(prepare({ cwd, host })).rejects.toMatchObject({ code: 'environment-lacking', exit: EXIT.preflight });
});

it('takes over what somebody else made with --adopt alone: where the check is ignored it stays theirs', async () => {
  const cwd = workplace();
  expect((await init(cwd, { yes: true, set: IMPLY })).error).toBeUndefined();
  const wanted = await loaded(cwd);
  const names = Object.values(wanted.document.secrets).map(({ name }) => name);
  expect(names.length).toBeGreaterThan(0);
  const host = await swarm(wanted, wanted, {
    'GET /secrets': unlabelled(names),
    'POST /configs/create': () => ({ status: 500, json: { message: 'the lock is asked for' } }),
  });
  const call = async (adopt: boolean): Promise<string> => {
    const { io, err } = recordedIo(cwd);
    const options = { dir: 'prod', ignore: checks.map(({ name }) => name), yes: true, host, adopt };
    await run(options, io).catch((error: Error) => expect(error.message).toContain('the lock is asked for'));
    return err();
  };
  expect(await call(true)).toContain(`take over secret ${names[0]} as it is`);
  expect(await call(false)).not.toContain('take over');
  expect(await prepare({ cwd, host })).toBe('prod: already up to date\n');
});
