import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { thisOperator } from '../../src/io/operator.ts';
import { issue } from '../support/certificates.ts';
import { Cluster, images, unsupported, variant } from '../support/cluster.ts';
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
    await foreignLock();
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
    // Two heartbeats of the lock, and more, before anything can be verified.
    const slow = await variant(cluster.lab, images.agent, 'starts-slowly', { SIMULATOR_START_DELAY: '25' });
    const use = (agent: string) => cluster.run(['init', '--yes', '--no-prepare', '--set', `images.agent=${agent}`]);
    expect((await use(slow)).code).toBe(0);
    let removed: Promise<unknown> | undefined;
    const lost = await cluster.run(['deploy', '--yes'], {
      onOutput: (all) => {
        if (/docker stack deploy/.test(all)) removed ??= cluster.docker(['config', 'rm', 'ops.lock']);
      },
    });
    await removed;
    expect(lost.code, lost.all).toBe(8);
    expect(lost.stderr).toContain('stopped: the lock of ops was removed by somebody');
    await cluster.run(['destroy', '--yes']);
    expect((await use(images.agent)).code).toBe(0);
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

/** How users reach a manager from their own machine, and from CI (docs/tutorial.md, docs/ci.md). */
describe.skipIf(unsupported !== undefined)('an operator on another machine', () => {
  let cluster: Cluster;
  let proxy: ChildProcess | undefined;

  beforeAll(async () => {
    cluster = await Cluster.make('far');
  });
  afterAll(async () => {
    proxy?.kill();
    cluster.env = {};
    await cluster.remove();
  });

  /** An `ssh` that runs the command it is given on this machine: the real `docker system dial-stdio`, at the engine. */
  async function bySsh(): Promise<void> {
    const { DOCKER_HOST = '' } = cluster.lab.env('node1');
    const docker = `docker() { DOCKER_HOST='${DOCKER_HOST}' exec '${await cluster.lab.cli()}' "$@"; }`;
    const command = 'while [ "$1" != docker ]; do shift; done';
    await writeFile(join(cluster.parent, 'ssh'), `#!/bin/sh\n${docker}\n${command}\neval "$*"\n`);
    await chmod(join(cluster.parent, 'ssh'), 0o755);
    cluster.env = { DOCKER_HOST: 'ssh://far', PATH: `${cluster.parent}:${process.env['PATH'] ?? ''}` };
  }

  /** What ends TLS before the engine's socket and wants a client's certificate, beside the command's network. */
  async function byTls(): Promise<void> {
    const { authority, certificate, key } = issue('IP:127.0.0.1');
    const files = { 'ca.pem': authority, 'cert.pem': certificate, 'key.pem': key };
    for (const [name, content] of Object.entries(files)) await writeFile(join(cluster.parent, name), content);
    const socket = cluster.lab.host('node1').socket.replace('unix://', '');
    const script = `
      const read = (name) => require('node:fs').readFileSync(name);
      const files = { ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') };
      const server = require('node:tls').createServer({ ...files, requestCert: true, rejectUnauthorized: true });
      server.on('secureConnection', (near) => {
        const far = require('node:net').connect('${socket}');
        near.pipe(far).pipe(near);
        for (const each of [near, far]) each.on('error', () => { near.destroy(); far.destroy(); });
      });
      server.listen(0, '127.0.0.1', () => console.log(server.address().port));`;
    proxy = spawn('nsenter', [`--net=${cluster.netns}`, '--', process.execPath, '-e', script], {
      cwd: cluster.parent,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (proxy.stdout === null) throw new Error('a pipe');
    const [port] = (await once(proxy.stdout, 'data')) as [Buffer];
    cluster.env = {
      ...{ DOCKER_HOST: `tcp://127.0.0.1:${port.toString().trim()}`, DOCKER_TLS_VERIFY: '1' },
      DOCKER_CERT_PATH: cluster.parent,
    };
  }

  async function succeed(...args: string[]): Promise<string> {
    const done = await cluster.run(args);
    expect(done.code, done.all).toBe(0);
    return done.all;
  }
  async function init(): Promise<string> {
    const answers = ['servers=1', 'nodes=node1', `image=${images.zookeeper}`, 'heapMb=96', 'reserve.memory=128M'];
    return succeed('init', '--yes', '--stack', 'zookeeper', ...answers.flatMap((answer) => ['--set', answer]));
  }
  const listed = async (...args: string[]): Promise<string> => (await cluster.docker(args)).stdout;
  const locks = (): Promise<string> =>
    listed('config', 'ls', '-q', '-f', 'label=bundle.kind=lock', '-f', 'name=far.lock');

  it.each([
    ['TLS, with a client’s certificate', byTls],
    ['ssh', bySsh],
  ])('has all of it over %s', async (_how, reach) => {
    await reach();
    await init();
    await succeed('deploy', '--yes');
    await succeed('verify');
    expect(await succeed('logs', 'zookeeper-1')).toMatch(/zookeeper-1/);
    await succeed('destroy', '--yes', '--volumes');
    expect(await listed('service', 'ls', '-q', '-f', 'name=far_')).toBe('');
  });

  it.each(['docker stack deploy', 'waiting until'])(
    'may press Ctrl-C over ssh at “%s”: it ends with 130, and leaves no lock',
    async (moment) => {
      await bySsh();
      await init();
      const pressed = new AbortController();
      const stopped = await cluster.run(['deploy', '--yes'], {
        signal: pressed.signal,
        group: true,
        onOutput: (all) => {
          if (all.includes(moment)) pressed.abort();
        },
      });
      expect(stopped.code, stopped.all).toBe(130);
      expect(stopped.stderr).not.toContain('no engine answers');
      expect(await locks()).toBe('');
    },
  );
});
