import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { thisOperator } from '../../src/io/operator.ts';
import { Cluster, unsupported } from '../support/cluster.ts';
import { atTerminal } from '../support/terminal.ts';

/** Two operators, killed runs, and a swarm that changes between the plan and the deed. */
describe.skipIf(unsupported !== undefined)('several operators', () => {
  let cluster: Cluster;
  /** Prepared only. */
  let other: Cluster;
  let foreignSince = 0;

  /** The lock of an operator on another machine, who never gives a sign of life again. */
  const foreignLock = async (): Promise<void> => {
    const labels = {
      'bundle.stack': 'late',
      'bundle.kind': 'lock',
      'bundle.lock.owner': 'ann@elsewhere',
      'bundle.lock.host': 'elsewhere',
      'bundle.lock.boot': 'b',
      'bundle.lock.pid': '1',
      'bundle.lock.command': 'deploy',
    };
    await cluster.docker(
      [
        'config',
        'create',
        ...Object.entries(labels).flatMap(([key, value]) => ['-l', `${key}=${value}`]),
        'late.lock',
        '-',
      ],
      { input: 'x' },
    );
    foreignSince = Date.now();
  };
  const locks = async (): Promise<string> =>
    (await cluster.docker(['config', 'ls', '--format', '{{.Name}}', '-f', 'label=bundle.kind=lock'])).stdout.replace(
      'late.lock\n',
      '',
    );
  const secrets = async (): Promise<string[]> =>
    (await cluster.docker(['secret', 'ls', '--format', '{{.Name}}', '-f', 'label=bundle.stack=ops'])).stdout
      .split('\n')
      .filter(Boolean)
      .sort();

  beforeAll(async () => {
    cluster = await Cluster.make('ops');
    const made = await cluster.init('node2');
    expect(made.code, made.all).toBe(0);
    other = await Cluster.make('late');
    expect((await other.init('node3')).code).toBe(0);
    await foreignLock();
  });
  afterAll(async () => {
    await cluster.remove();
    await other.remove();
  });

  it('destroy takes away a lock with nothing behind it: that of a run killed at its very end', async () => {
    expect((await cluster.run(['destroy', '--yes'])).code).toBe(0);
    const { host, boot } = thisOperator();
    const { pid } = spawnSync('true');
    const labels = {
      'bundle.stack': 'ops',
      'bundle.kind': 'lock',
      'bundle.lock.host': host,
      'bundle.lock.boot': boot,
      'bundle.lock.pid': String(pid),
      'bundle.lock.command': 'destroy',
    };
    await cluster.docker(
      [
        'config',
        'create',
        ...Object.entries(labels).flatMap(([key, value]) => ['-l', `${key}=${value}`]),
        'ops.lock',
        '-',
      ],
      { input: 'x' },
    );
    const again = await cluster.run(['destroy', '--yes']);
    expect(again.code, again.all).toBe(0);
    expect(again.stdout).toContain('not deployed here');
    expect(await locks()).toBe('');
  });

  it('an operator elsewhere holds it', async () => {
    const refused = await other.run(['prepare', '--yes']);
    expect(refused.code, refused.all).toBe(8);
    expect(refused.stderr).toContain('late is held by ann@elsewhere');
    expect((await other.run(['plan'])).code, 'looking is free').toBe(0);
  });

  it('the second is refused with the name of the first, and the first is not disturbed', async () => {
    let second: ReturnType<Cluster['run']> | undefined;
    const first = cluster.run(['deploy', '--yes'], {
      onOutput: (all) => {
        if (/docker stack deploy/.test(all)) second ??= cluster.run(['deploy', '--yes', '--json'], { host: 'node3' });
      },
    });
    const done = await first;
    expect(done.code, done.all).toBe(0);
    const refused = await second;
    expect(refused?.code, refused?.all).toBe(8);
    const { error } = JSON.parse(refused?.stdout ?? '');
    expect(error.message).toMatch(
      /^ops is held by \S+@\S+ \(bundle deploy, process \d+\), last sign of life \d+ s ago$/,
    );
    expect(await locks(), 'the lock is freed').toBe('');
  });

  it('killed in the middle: the same command takes over at once and ends as if nothing had been', async () => {
    await cluster.run(['destroy', '--yes']);
    const killed = await cluster.stopAt(['deploy', '--yes'], /docker stack deploy/, 'SIGKILL');
    expect(killed.code, killed.all).toBe(128);
    expect(await locks()).toBe('ops.lock\n');
    const again = await cluster.run(['deploy', '--yes'], { host: 'node3' });
    expect(again.code, again.all).toBe(0);
    expect(again.stderr).toMatch(
      /took over the lock of ops from \S+ \(bundle deploy\): its process \d+ on this machine has ended/,
    );
    expect(await locks()).toBe('');
    expect(await secrets()).toEqual([
      'ops_imply-auth-token.v1',
      'ops_imply-ca.crt.v1',
      'ops_imply-ca.key.v1',
      'ops_store-password.v1',
    ]);
    const { releases } = JSON.parse((await cluster.run(['history', '--json'])).stdout);
    expect(releases).toMatchObject([{ number: 1, state: 'verified' }]);
    expect((await cluster.run(['plan', '--detailed-exitcode'])).code).toBe(0);
  });

  it('Ctrl-C says what goes on, ends with 130 and frees the lock', async () => {
    await cluster.run(['destroy', '--yes']);
    const stopped = await cluster.stopAt(['deploy', '--yes'], /waiting until/, 'SIGINT');
    expect(stopped.code, stopped.all).toBe(130);
    expect(stopped.stderr).toContain('the swarm goes on deploying ops by itself');
    expect(await locks()).toBe('');
  });

  it('a lock that was removed by hand stops the work: somebody else may be at it now', async () => {
    await cluster.run(['destroy', '--yes']);
    let removed: Promise<unknown> | undefined;
    const lost = await cluster.run(['deploy', '--yes'], {
      onOutput: (all) => {
        if (/docker stack deploy/.test(all)) removed ??= cluster.docker(['config', 'rm', 'ops.lock']);
      },
    });
    await removed;
    // Where the cluster ran before the next heartbeat, there was nothing left to stop.
    if (lost.code !== 0) {
      expect(lost.code, lost.all).toBe(8);
      expect(lost.stderr).toContain('stopped: the lock of ops was removed by somebody');
    }
    expect((await cluster.run(['deploy', '--yes'])).code).toBe(0);
  });

  it('what somebody changes while the operator thinks is not overrun: exit 8', async () => {
    const changed = await cluster.run(['init', '--yes', '--no-prepare', '--set', 'agents.data.gracePeriod=33s']);
    expect(changed.code, changed.all).toBe(0);
    const asked = await atTerminal(['deploy', cluster.dir], {
      env: cluster.lab.env('node1'),
      question: /Deploy ops\?/,
      answer: async () => {
        await cluster.docker(['service', 'update', '--detach', '--label-add', 'note=by-hand', 'ops_imply-query-1']);
        return 'y\r';
      },
    });
    expect(asked.screen).toMatch(/the swarm changed since the plan was shown:\s+service imply-query-1 was edited/);
    expect(asked.code).toBe(8);
    expect(await locks()).toBe('');
    const plan = await cluster.run(['plan', '--detailed-exitcode']);
    expect(plan.code, plan.all).toBe(6);
    expect(plan.stdout).toMatch(/Changed by hand since release 1 .*\n {2}! imply-query-1\n {6}label note added/);
    expect(plan.stdout).not.toContain('by-hand');
    expect((await cluster.run(['deploy', '--yes'])).code).toBe(0);
    expect((await cluster.run(['plan', '--detailed-exitcode'])).code).toBe(0);
  });

  it('a lock without a sign of life for 60 s is taken over', async () => {
    while (Date.now() - foreignSince < 61_000) await new Promise((resolve) => setTimeout(resolve, 500));
    const taken = await other.run(['prepare', '--yes']);
    expect(taken.code, taken.all).toBe(0);
    expect(taken.stderr).toMatch(
      /took over the lock of late from ann@elsewhere \(bundle deploy\): no sign of life for \d+ s/,
    );
    expect((await other.docker(['config', 'ls', '-q', '-f', 'name=late.lock'])).stdout).toBe('');
  });
});
