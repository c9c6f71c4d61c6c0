import { writeFile } from 'node:fs/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle, type CliResult } from '../support/cli.ts';
import { Cluster, unsupported } from '../support/cluster.ts';
import { olderBuild } from '../support/older-build.ts';

/** One operator on the build before, one on this one: the same swarm and the same bundle directory. */
describe.skipIf(unsupported !== undefined)('an operator on the older build beside one on this one', () => {
  let older: Awaited<ReturnType<typeof olderBuild>>;
  let cluster: Cluster;
  type Options = Parameters<Cluster['run']>[1];
  const by = {
    older: (args: string[], options: Options = {}) => withEntry(older.entry, args, options),
    newer: (args: string[], options: Options = {}) => withEntry(undefined, args, options),
  };

  beforeAll(async () => {
    older = await olderBuild();
    cluster = await Cluster.make('two');
  });
  afterAll(async () => {
    await cluster?.remove();
    await older?.remove();
  });

  function withEntry(
    entry: string | undefined,
    [command = '', ...rest]: string[],
    options: Options,
  ): Promise<CliResult> {
    return bundle([command, cluster.dir, ...rest], {
      ...options,
      cwd: cluster.parent,
      netns: cluster.netns,
      ...(entry === undefined ? {} : { entry }),
      env: cluster.lab.env(options?.host ?? 'node1'),
    });
  }
  async function done(result: Promise<CliResult>, code = 0): Promise<CliResult> {
    const ended = await result;
    expect(ended.code, ended.all).toBe(code);
    return ended;
  }
  /** A command of one build, and what the other one says to `deploy` meanwhile. */
  async function during(first: 'older' | 'newer', args: string[]): Promise<CliResult> {
    const second = first === 'older' ? 'newer' : 'older';
    let refused: Promise<CliResult> | undefined;
    await done(
      by[first](args, {
        onOutput: (all) => {
          if (/docker stack deploy/.test(all)) refused ??= by[second](['deploy', '--yes'], { host: 'node3' });
        },
      }),
    );
    if (!refused) throw new Error(`the ${first} build did not get as far as to deploy`);
    return done(refused, 8);
  }
  /** Ids of the tasks that run: others, if anything was restarted. */
  const tasks = async (): Promise<string[]> =>
    (await cluster.docker(['stack', 'ps', 'two', '-q', '--no-trunc', '-f', 'desired-state=running'])).stdout
      .split('\n')
      .filter(Boolean)
      .sort();
  const releases = async (): Promise<{ number: number; state: string; rollbackOf?: number }[]> =>
    JSON.parse((await done(by.newer(['history', '--json']))).stdout).releases;
  const planIsEmpty = async (): Promise<void> => {
    await done(by.older(['plan', '--detailed-exitcode']));
    await done(by.newer(['plan', '--detailed-exitcode']));
  };

  it('what the older one made and deployed is nothing to do for this one, and nothing restarts', async () => {
    await done(by.older(['init', '--yes', '--no-prepare', ...cluster.answers('node2')]));
    await done(by.older(['deploy', '--yes']));
    const before = await tasks();
    await planIsEmpty();
    await done(by.newer(['deploy', '--yes']));
    await done(by.newer(['verify']));
    expect(await tasks()).toEqual(before);
    expect(await releases()).toMatchObject([{ number: 1, state: 'verified' }]);
  });

  it('while this one deploys, the older one is refused with its name; then it finds nothing to do', async () => {
    await done(by.newer(['init', '--yes', '--no-prepare', '--set', 'agents.data.gracePeriod=31s']));
    const refused = await during('newer', ['deploy', '--yes']);
    expect(refused.stderr).toMatch(/two is held by \S+@\S+ \(bundle deploy, process \d+\)/);
    await planIsEmpty();
    const before = await tasks();
    await done(by.older(['deploy', '--yes']));
    await done(by.older(['verify']));
    await done(by.older(['status']));
    expect(await tasks()).toEqual(before);
    expect(await releases()).toMatchObject([
      { number: 2, state: 'verified' },
      { number: 1, state: 'verified' },
    ]);
  });

  it('the older one rolls back to before the other’s release, which is refused meanwhile', async () => {
    const refused = await during('older', ['rollback', '--yes']);
    expect(refused.stderr).toMatch(/two is held by \S+@\S+ \(bundle rollback, process \d+\)/);
    expect((await releases())[0]).toMatchObject({ number: 3, state: 'verified', rollbackOf: 1 });
    // bundle.yaml says what release 2 did: both see the same of it.
    await done(by.older(['plan', '--detailed-exitcode']), 6);
    await done(by.newer(['plan', '--detailed-exitcode']), 6);
  });

  it('this one rolls forward again over the older one’s release, and both find it done', async () => {
    await done(by.newer(['rollback', '--to', '2', '--yes']));
    expect((await releases())[0]).toMatchObject({ number: 4, state: 'verified', rollbackOf: 2 });
    await planIsEmpty();
  });

  it('a release record of the second format is unreadable to the older one, which says so and goes around it', async () => {
    const config = JSON.parse((await cluster.docker(['config', 'inspect', 'two.release.4'])).stdout)[0];
    const data = JSON.parse(gunzipSync(Buffer.from(config.Spec.Data, 'base64')).toString()) as object;
    expect(data).toMatchObject({ format: 1 });
    const labels = Object.entries(config.Spec.Labels as Record<string, string>);
    const file = `${cluster.parent}/release`;
    await writeFile(file, gzipSync(JSON.stringify({ ...data, format: 2, number: 5 })));
    await cluster.docker([
      ...['config', 'create', ...labels.flatMap(([key, value]) => ['-l', `${key}=${value}`])],
      ...['two.release.5', file],
    ]);
    expect((await releases())[0]).toMatchObject({ number: 5 });

    const history = await done(by.older(['history']));
    expect(history.all).toMatch(/two\.release\.5/);
    const refused = await done(by.older(['rollback', '--to', '5', '--yes']), 2);
    expect(refused.stderr).toContain('there is no release 5 of two');
    // It takes no number that is taken.
    await done(by.older(['rollback', '--to', '1', '--yes']));
    expect((await releases())[0]).toMatchObject({ number: 6, state: 'verified', rollbackOf: 1 });
  });
});
