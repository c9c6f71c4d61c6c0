import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { LogsOptions } from '../../../src/commands/logs/command.ts';
import { run } from '../../../src/commands/logs/run.ts';
import { label, sourcesOf } from '../../../src/commands/logs/sources.ts';
import type { SwarmService, SwarmTask } from '../../../src/engine/port.ts';
import { node, service, task } from '../../support/check-context.ts';
import { problemsOf } from '../../support/json-documents.ts';
import { fakeEngine } from '../engine/fake-engine.ts';
import { init, NODES, recordedIo, workplace } from '../init/support.ts';

let cwd: string;
beforeEach(async () => {
  cwd = workplace();
  expect((await init(cwd, { yes: true, set: NODES })).error).toBeUndefined();
});

describe('logs of a checkout that lacks a secret', () => {
  const logs = async (options: LogsOptions, from = cwd, json = false) => {
    rmSync(join(cwd, 'prod/secrets/imply-auth-token'));
    const recorded = recordedIo(from, { json });
    return { exit: await run(options, recorded.io), out: recorded.out() };
  };

  it('are the docker commands, with what was asked for', async () => {
    expect(await logs({ dir: 'prod', service: 'imply-manager', follow: true, since: '10m' })).toEqual({
      exit: 0,
      out: 'docker service logs --follow --since 10m prod_imply-manager\n',
    });
  });

  it('at the engine that was named', async () => {
    expect((await logs({ dir: 'prod', service: 'mysql', host: 'ssh://root@m1' })).out).toBe(
      'docker --host ssh://root@m1 service logs prod_mysql\n',
    );
  });

  it.each<[string, number]>([
    ['2d', Date.now() - 2 * 86_400_000],
    ['2026-01-31T09:00:00+0100', Date.parse('2026-01-31T08:00:00Z')],
  ])('with a time that docker reads: since %s', async (since, time) => {
    const { out } = await logs({ dir: 'prod', service: 'mysql', since });
    const [, given = ''] = /^docker service logs --since (\d{4}-\d\d-\d\dT\S+Z) prod_mysql\n$/.exec(out) ?? [];
    expect(Math.abs(Date.parse(given) - time), out).toBeLessThan(60_000);
  });

  it('of all services, and in the bundle’s own directory of the one that is named', async () => {
    expect((await logs({ dir: 'imply-manager' }, join(cwd, 'prod'))).out).toBe(
      'docker service logs prod_imply-manager\n',
    );
  });

  it('whatever became of stack.yml', async () => {
    rmSync(join(cwd, 'prod/stack.yml'));
    expect((await logs({ dir: 'prod', service: 'mysql' })).out).toBe('docker service logs prod_mysql\n');
  });

  it('as the published document', async () => {
    const document = JSON.parse((await logs({ dir: 'prod' }, cwd, true)).out) as { commands: string[] };
    expect(problemsOf('logs', document)).toEqual([]);
    expect(document.commands).toContain('docker service logs prod_mysql');
  });
});

it.each<[string, LogsOptions, string]>([
  ['a service that is not there', { dir: 'prod', service: 'manager' }, 'prod has no service "manager"'],
  ['a time that is none', { dir: 'prod', since: 'yesterday' }, '--since yesterday: not a span of time'],
  ['a directory that is no bundle', { dir: 'nowhere' }, 'nowhere is not a bundle'],
  ['a day without a time', { dir: 'prod', since: '2026-01-31' }, '--since 2026-01-31: not a span of time'],
])('refuses %s', async (_what, options, message) => {
  await expect(run(options, recordedIo(cwd).io)).rejects.toThrow(message);
});

it('tells who wrote another time that it may be a time of day as well', async () => {
  const hint = expect.stringMatching(/10m.*or a time such as \d{4}-\d\d-\d\dT/) as string;
  await expect(run({ dir: 'prod', since: 'yesterday' }, recordedIo(cwd).io)).rejects.toMatchObject({ hints: [hint] });
});

describe('the tasks whose logs are shown', () => {
  const nodes = [...['n1', 'n2'].map((name) => node(name)), node('n3', { state: 'down' })];
  const web = service('prod_web');
  const job = service('prod_web', { mode: { kind: 'replicated-job', replicas: 1 }, jobIteration: 2 });
  const everywhere = service('prod_web', { mode: { kind: 'global', replicas: 0 } });
  /** Tasks of the one slot, or of the nodes they name, oldest first. */
  const labels = (of: SwarmService, ...tasks: Partial<SwarmTask>[]): string[] =>
    sourcesOf('prod', ['web'], {
      services: [of],
      nodes,
      tasks: tasks.map((more, at) =>
        task(of.id, 'id-n1', { id: `t${at}`, createdAt: `2026-01-01T00:00:0${at}Z`, containerId: 'c', ...more }),
      ),
    }).map((source) => `${label(source)} ${source.task.id}`);
  const failed = { desiredState: 'shutdown', state: 'failed', exitCode: 1 } as const;
  const ready = { desiredState: 'ready', state: 'ready', nodeId: 'id-n2' } as const;

  it.each<[string, SwarmService, Partial<SwarmTask>[], string[]]>([
    ['the one that runs', web, [failed, {}], ['web@n1 t1']],
    ['the one that failed, while the next waits for its restart', web, [failed, failed, ready], ['web@n1 (failed) t1']],
    ['the last one with a log', web, [failed, { ...failed, state: 'rejected' }, ready], ['web@n1 (failed) t0']],
    [
      'the one that stops, while the next pulls its image elsewhere',
      web,
      [{ desiredState: 'shutdown' }, { state: 'preparing', nodeId: 'id-n2' }],
      ['web@n1 (stopping) t0'],
    ],
    [
      'not one on a node that is down, while the next finds no place',
      web,
      [
        { desiredState: 'shutdown', nodeId: 'id-n3' },
        { state: 'pending', nodeId: '' },
      ],
      [],
    ],
    ['not what failed on a node that is down', web, [{ ...failed, nodeId: 'id-n3' }, ready], []],
    ['the one that failed and is not replaced', web, [failed], ['web@n1 (failed) t0']],
    ['a job that is done', job, [{ desiredState: 'complete', state: 'complete' }], ['web@n1 (complete) t0']],
    ['a job that failed for good', job, [failed, failed], ['web@n1 (failed) t1']],
    [
      'of a job its newest run alone',
      job,
      [
        { desiredState: 'complete', state: 'complete', jobIteration: 1 },
        { desiredState: 'complete', state: 'preparing', jobIteration: 2 },
      ],
      [],
    ],
    [
      'of each node',
      everywhere,
      [{ ...failed, nodeId: 'id-n2' }, { nodeId: 'id-n1' }, { ...ready, nodeId: 'id-n2' }],
      ['web@n1 t1', 'web@n2 (failed) t0'],
    ],
    ['not of a node that was drained', everywhere, [{ desiredState: 'shutdown', state: 'shutdown' }], []],
    ['not of a slot that was scaled away', web, [{}, { ...failed, slot: 2, desiredState: 'remove' }], ['web@n1 t0']],
    ['not one that never started', web, [{ state: 'pending', nodeId: '' }], []],
  ])('%s', (_what, of, tasks, expected) => {
    expect(labels(of, ...tasks)).toEqual(expected);
  });
});

it('of a service that waits for its restart are the last words of the task that failed, and no more is waited for', async () => {
  const one = (id: string, more: { DesiredState: string; Status: object }) => ({
    ...{ ID: id, CreatedAt: `2026-01-01T00:00:0${id}Z`, ServiceID: 's', NodeID: 'n', Slot: 1, Spec: {}, ...more },
  });
  const ContainerSpec: { Secrets?: { SecretName: string }[] } = {};
  const fake = await fakeEngine({
    'GET /secrets': () => ({
      json: [
        {
          ID: 'x',
          Version: { Index: 1 },
          CreatedAt: '',
          Spec: { Name: 'prod_store-password.v2', Labels: { 'bundle.fingerprint': '0'.repeat(64) } },
        },
      ],
    }),
    'GET /info': () => ({ json: { Swarm: { NodeID: 'n', LocalNodeState: 'active', ControlAvailable: true } } }),
    'GET /services': () => ({
      json: [{ ID: 's', Version: { Index: 1 }, Spec: { Name: 'prod_mysql', TaskTemplate: { ContainerSpec } } }],
    }),
    'GET /nodes': () => ({
      json: [
        {
          ...{ ID: 'n', Version: { Index: 1 }, Status: { State: 'ready' }, Description: { Hostname: 'n1' } },
          Spec: { Labels: {}, Role: 'manager', Availability: 'active' },
        },
      ],
    }),
    'GET /tasks': () => ({
      json: [
        one('1', {
          DesiredState: 'shutdown',
          Status: { State: 'failed', ContainerStatus: { ContainerID: 'c', ExitCode: 1 } },
        }),
        one('2', { DesiredState: 'ready', Status: { State: 'ready' } }),
      ],
    }),
    'GET /tasks/1/logs': (_seen, response) => {
      const line = Buffer.from('2026-01-01T00:00:02Z no room on the disk\n');
      response.end(Buffer.concat([Buffer.from([2, 0, 0, 0, 0, 0, 0, line.length]), line]));
    },
  });
  onTestFinished(() => fake.close());
  const logs = async (options: Partial<LogsOptions>, json = false) => {
    const recorded = recordedIo(cwd, { json });
    const exit = await run({ dir: 'prod', service: 'mysql', host: `unix://${fake.socket}`, ...options }, recorded.io);
    return { exit, out: recorded.out(), err: recorded.err() };
  };
  expect(await logs({ follow: true })).toEqual({ exit: 0, out: 'mysql@n1 (failed) | no room on the disk\n', err: '' });
  expect(fake.seen.filter(({ url }) => url.includes('/logs')).map(({ url }) => /follow=\w+/.exec(url)?.[0])).toEqual([
    'follow=false',
  ]);
  const document = JSON.parse((await logs({}, true)).out) as { tasks: object[] };
  expect(problemsOf('logs', document)).toEqual([]);
  expect(document.tasks).toMatchObject([{ task: '1', state: 'failed', lines: [{ text: 'no room on the disk' }] }]);
  // Another operator replaced the password; this machine has the former one only.
  ContainerSpec.Secrets = [{ SecretName: 'prod_store-password.v2' }];
  const asked = fake.seen.length;
  expect(await logs({})).toEqual({
    exit: 0,
    out: `docker --host unix://${fake.socket} service logs prod_mysql\n`,
    err:
      'note: no log is quoted here, since secrets/ here has not what prod_store-password.v2 was made from, which a ' +
      'service has or is to get. These show it as it is:\n',
  });
  expect(fake.seen.slice(asked).filter(({ url }) => url.includes('/logs'))).toEqual([]);
});
