import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { poll } from '../../scripts/lab/poll.ts';
import { Cluster, images, unsupported } from '../support/cluster.ts';

const OUTSIDE = 'other-mysql';
const PASSWORD = 'root-of-the-store-outside';
const PORT = '13307';
/** No cluster was made in any of these stores: nothing is left behind. */
const SWITCH = ['--ignore', 'left-data'];

/** A store outside and the MySQL of the stack in turn: both passwords are the secret `store-password`. */
describe.skipIf(unsupported !== undefined)('another store', () => {
  let cluster: Cluster;
  let outside: Record<string, string>;

  const set = (answers: Record<string, string>, ...flags: string[]) =>
    cluster.run([
      ...['init', '--yes', '--no-prepare', ...flags],
      ...Object.entries(answers).flatMap(([path, value]) => ['--set', `${path}=${value}`]),
    ]);
  const mounted = async (): Promise<string> =>
    (
      await cluster.docker([
        ...['service', 'inspect', 'other_imply-manager', '--format'],
        '{{range .Spec.TaskTemplate.ContainerSpec.Secrets}}{{.SecretName}} {{end}}',
      ])
    ).stdout;
  const done = async (args: string[]): Promise<void> => {
    const { code, all } = await cluster.run([...args, '--yes']);
    expect(code, all).toBe(0);
  };

  beforeAll(async () => {
    cluster = await Cluster.make('other');
    const run = ['run', '-d', '--name', OUTSIDE, '-p', `${PORT}:3306`, '-e', `MYSQL_ROOT_PASSWORD=${PASSWORD}`];
    await cluster.docker([...run, images.mysql]);
    const ask = ['exec', '-e', `MYSQL_PWD=${PASSWORD}`, OUTSIDE, 'mysql', '-h127.0.0.1', '-uroot', '-e', 'SELECT 1'];
    await poll('the store outside answers', 180_000, async () =>
      (await cluster.docker(ask, { check: false })).code === 0 ? true : undefined,
    );
    const file = join(cluster.parent, 'password');
    await writeFile(file, PASSWORD);
    outside = {
      'store.embedded': 'false',
      'store.host': cluster.lab.host('node1').address,
      'store.port': PORT,
      'store.user': 'root',
      'secretFiles.storePassword': file,
    };
    const made = await cluster.init('node1', outside);
    expect(made.code, made.all).toBe(0);
    await done(['deploy']);
  });
  afterAll(async () => {
    await cluster.docker(['rm', '-f', '-v', OUTSIDE], { check: false });
    await cluster.remove();
  });

  it('the MySQL of the stack, which has no data yet, takes a new password: nobody is to be told', async () => {
    expect((await set({ 'store.embedded': 'true' })).stderr).toContain('store-password stays the one that was given');
    await rm(join(cluster.dir, 'secrets/store-password'));
    const made = await set({}, '--new-secrets');
    expect(made.code, made.all).toBe(0);
    const stopped = await cluster.run(['deploy', '--yes']);
    expect(stopped.code, stopped.all).toBe(3);
    expect(stopped.stderr).toContain('left-data');
    await done(['deploy', ...SWITCH]);
    expect(await mounted()).toContain('other_store-password.v2');
  });

  it('after the store outside, its data takes no other one; the way back has the one that it goes by', async () => {
    const turned = await set(outside);
    expect(turned.stderr).toMatch(/it is kept as secrets\/store-password\.v2/);
    await done(['deploy', ...SWITCH]);
    expect(await mounted()).toContain('other_store-password.v3');
    expect((await set({ 'store.embedded': 'true' })).code).toBe(0);
    const refused = await cluster.run(['deploy', '--yes', ...SWITCH]);
    expect(refused.code, refused.all).toBe(3);
    expect(refused.stderr).toMatch(/data in\s+other_mysql-data\s+goes by version 2 of\s+store-password/);
    expect(await mounted(), 'nothing restarted').toContain('other_store-password.v3');
    await done(['rollback', ...SWITCH]);
    expect(await mounted()).toContain('other_store-password.v2');
  });
});
