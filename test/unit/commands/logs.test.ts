import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { LogsOptions } from '../../../src/commands/logs/command.ts';
import { run } from '../../../src/commands/logs/run.ts';
import { problemsOf } from '../../support/json-documents.ts';
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

  it('of all services, and in the bundle’s own directory of the one that is named', async () => {
    expect((await logs({ dir: 'imply-manager' }, join(cwd, 'prod'))).out).toBe(
      'docker service logs prod_imply-manager\n',
    );
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
