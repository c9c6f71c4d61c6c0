import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, type TestContext } from 'vitest';
import type { CliResult } from '../support/cli.ts';
import { Cluster, images, sharedLab, unsupported } from '../support/cluster.ts';

/**
 * What a deployment would meet is told before its first write: exit 3, and nothing in the swarm is changed. Side by
 * side, since most of it waits for what does not answer; the two that deploy are on nodes of their own.
 */
describe.skipIf(unsupported !== undefined)('preflight', () => {
  /** A bundle that is taken off the swarm as soon as its test is over. */
  const make = async (test: TestContext, name: string, node: string, more: Record<string, string> = {}) => {
    const cluster = await Cluster.make(name);
    test.onTestFinished(() => cluster.remove(), 600_000);
    const made = await cluster.init(node, more);
    expect(made.code, made.all).toBe(0);
    return cluster;
  };

  const never = (image: string): string => image.replace(/:[^:/]+$/, ':never-made');
  /** Ids of the stack's tasks that run. */
  const running = async (cluster: Cluster): Promise<string[]> =>
    (
      await cluster.docker([
        'stack',
        'ps',
        '--no-trunc',
        '-f',
        'desired-state=running',
        '--format',
        '{{.ID}} {{.CurrentState}}',
        cluster.name,
      ])
    ).stdout
      .split('\n')
      .filter((line) => line.includes('Running'))
      .map((line) => line.split(' ')[0] ?? '')
      .sort();
  const madeNothing = async (cluster: Cluster): Promise<void> => {
    for (const kind of ['secret', 'config'])
      expect((await cluster.docker([kind, 'ls', '-q', '-f', `label=bundle.stack=${cluster.name}`])).stdout, kind).toBe(
        '',
      );
    expect((await cluster.docker(['network', 'ls', '-q', '-f', `name=${cluster.name}_`])).stdout).toBe('');
    const nodes = cluster.lab.hosts.map(({ name }) => name);
    expect(
      (await cluster.docker(['node', 'inspect', ...nodes, '--format', '{{json .Spec.Labels}}'])).stdout,
    ).not.toContain(`bundle.${cluster.name}.`);
  };

  it.concurrent('a tag that the registry denies: exit 3, and no running agent is stopped for it', async (test) => {
    const cluster = await make(test, 'denied', 'node1');
    const first = await cluster.run(['deploy', '--yes']);
    expect(first.code, first.all).toBe(0);
    const before = await running(cluster);
    expect(before.length).toBeGreaterThanOrEqual(6);
    const set = await cluster.run(['init', '--yes', '--no-prepare', '--set', `images.agent=${never(images.agent)}`]);
    expect(set.code, set.all).toBe(0);

    const denied = await cluster.run(['deploy', '--yes']);
    expect(denied.code, denied.all).toBe(3);
    expect(denied.stderr).toContain(
      `${never(images.agent)}: its registry has no such image (manifest unknown); it is not known to be on node1`,
    );
    expect(denied.stderr).toContain('--ignore images');
    expect(await running(cluster)).toEqual(before);

    // One repository further: the name itself is unknown.
    const nobody = images.agent.replace(/\/[^/]+$/, '/nobody/has-this:1');
    expect((await cluster.run(['init', '--yes', '--no-prepare', '--set', `images.agent=${nobody}`])).code).toBe(0);
    expect((await cluster.run(['check'])).code).toBe(3);

    // The node of the engine that is asked holds it: a warning, and the deployment goes through.
    await cluster.docker(['pull', '-q', images.agent]);
    await cluster.docker(['tag', images.agent, never(images.agent)]);
    try {
      expect(
        (await cluster.run(['init', '--yes', '--no-prepare', '--set', `images.agent=${never(images.agent)}`])).code,
      ).toBe(0);
      const held = await cluster.run(['deploy', '--yes']);
      expect(held.stderr).toContain('every node that will run it holds it: node1 (its engine lists it)');
      expect(held.code, held.all).toBe(0);
      // Asked through another engine, only the running tasks prove it.
      const other = await cluster.run(['check'], { host: 'node2' });
      expect(other.stdout).toContain('node1 (a task of it runs there)');
      expect(other.code, other.all).toBe(0);
    } finally {
      await cluster.docker(['rmi', '--no-prune', never(images.agent)], { check: false });
    }
  });

  /** A docker CLI, or a credential helper that config.json names for all registries, of the given shell script. */
  const client = async (
    cluster: Cluster,
    parts: { docker?: string; helper?: string; config?: string },
  ): Promise<NodeJS.ProcessEnv> => {
    const bin = join(cluster.parent, 'bin');
    await mkdir(bin, { recursive: true });
    for (const [name, script] of [
      ['docker', parts.docker],
      ['docker-credential-lab', parts.helper],
    ] as const) {
      if (script !== undefined) await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
    if (parts.config !== undefined) await writeFile(join(bin, 'config.json'), parts.config);
    return {
      PATH: `${bin}:${process.env['PATH'] ?? ''}`,
      ...(parts.config === undefined ? {} : { DOCKER_CONFIG: bin }),
      ...(parts.docker === undefined ? {} : { BUNDLE_DOCKER_CLI: join(bin, 'docker') }),
    };
  };
  const STORE = '{"credsStore":"lab"}';

  it.concurrent.for([
    [
      'a CLI that is too old for stacks',
      { docker: 'echo Docker version 18.09.1, build x' },
      /needs a docker CLI of 19\.03 or newer/,
    ],
    [
      'a CLI that the engine refuses',
      {
        docker:
          '[ "$1" = --version ] && echo Docker version 29.0.0, build x && exit; echo "Error response from ' +
          'daemon: client version 1.44 is too new. Maximum supported API version is 1.41" >&2; exit 1',
      },
      /share no version of the API/,
    ],
    ['a helper that is missing', { config: STORE }, /there is no docker-credential-lab on the PATH/],
    [
      'a helper that fails',
      { config: STORE, helper: 'echo gpg: decryption failed; exit 1' },
      /docker-credential-lab ended with code 1: gpg: decryption failed/,
    ],
    ['a helper that hangs', { config: STORE, helper: 'sleep 600' }, /docker-credential-lab gave no answer within 10 s/],
  ] as [string, Parameters<typeof client>[1], RegExp][])(
    '%s: exit 3, and nothing is made',
    async ([which, parts, words], test) => {
      const cluster = await make(test, which.replace(/[^a-z]/g, '').slice(0, 16), 'node3');
      cluster.env = await client(cluster, parts);
      for (const args of [['check'], ['deploy', '--yes']]) {
        const started = performance.now();
        const done = await cluster.run(args);
        expect(done.code, done.all).toBe(3);
        expect(done.all).toMatch(words);
        if (words.source.includes('within'))
          expect(done.stderr).toMatch(/waiting for .*credential helpers to answer, no longer than 10 s/);
        expect((performance.now() - started) / 1000).toBeLessThan(60);
      }
      await madeNothing(cluster);
      cluster.env = {};
    },
  );

  it.concurrent('no docker CLI: exit 3, and nothing is made; prepare, which deploys nothing, goes on', async (test) => {
    const cluster = await make(test, 'noclient', 'node3');
    cluster.env = { BUNDLE_DOCKER_CLI: '/nowhere/docker' };
    const deployed = await cluster.run(['deploy', '--yes']);
    expect(deployed.code, deployed.all).toBe(3);
    expect(deployed.stderr).toContain('there is no /nowhere/docker');
    await madeNothing(cluster);
    expect((await cluster.run(['prepare', '--yes'])).code).toBe(0);
    cluster.env = {};
  });

  it.concurrent(
    'a helper that knows no log-in, a configuration that is broken, a version of the API that only the CLI would ' +
      'obey: nothing of it matters',
    async (test) => {
      const cluster = await make(test, 'fine', 'node4');
      cluster.env = {
        ...(await client(cluster, { config: STORE, helper: 'echo credentials not found in native keychain; exit 1' })),
        DOCKER_API_VERSION: '1.99',
      };
      const checked = await cluster.run(['check']);
      expect(checked.code, checked.all).toBe(0);
      cluster.env = { ...(await client(cluster, { config: '\uFEFF{}' })), DOCKER_API_VERSION: '1.99' };
      const deployed = await cluster.run(['deploy', '--yes', '--no-verify']);
      expect(deployed.code, deployed.all).toBe(0);
      expect(deployed.stderr).toContain('config.json is ignored, as docker does: it begins with a byte order mark');
      cluster.env = {};
    },
  );

  // By itself: its times are compared with limits.
  describe('a registry that is cut off', () => {
    let silent: string;
    beforeAll(async () => {
      const lab = await sharedLab();
      silent = `${lab.registry.replace(/:\d+$/, '')}:5998`;
      await lab.exec('switch', ['iptables', '-I', 'INPUT', '-p', 'tcp', '--dport', '5998', '-j', 'DROP']);
      return async () =>
        void (await lab.exec('switch', ['iptables', '-D', 'INPUT', '-p', 'tcp', '--dport', '5998', '-j', 'DROP']));
    });
    const away = (): Record<string, string> =>
      Object.fromEntries(
        ['manager', 'agent', 'mysql', 'zookeeper'].map((key) => [`images.${key}`, `${silent}/${key}:1`]),
      );

    /** Runs it. @returns for how long it went on once it had told of the wait, which is a second after that began */
    const afterTelling = async (cluster: Cluster, args: string[]): Promise<{ done: CliResult; seconds: number }> => {
      let told = Infinity;
      const onOutput = (all: string): void => {
        if (/waiting for .*:5998/.test(all)) told = Math.min(told, performance.now());
      };
      const done = await cluster.run(args, { onOutput });
      return { done, seconds: (performance.now() - told) / 1000 };
    };

    it('check and prepare: a warning for each image after one wait, which is told', async (test) => {
      const cluster = await make(test, 'cutoff', 'node2', away());
      for (const args of [['check'], ['prepare', '--yes']]) {
        const { done, seconds } = await afterTelling(cluster, args);
        expect(done.code, done.all).toBe(0);
        // The engine alone would take 30 s for each; two rounds of 20 s would take 40.
        expect(seconds, args.join(' ')).toBeLessThan(39);
        expect(done.stderr).toMatch(/waiting for .*registry \S+:5998 to answer, no longer than 20 s/);
        for (const key of ['manager', 'agent', 'mysql', 'zookeeper'])
          expect(done.all).toContain(`${silent}/${key}:1: its registry does not answer`);
      }
    });

    it('an update: nothing is stopped for an image that may not come; one that nodes hold has no digest, which is told', async (test) => {
      const cluster = await make(test, 'cutupdate', 'node1');
      const first = await cluster.run(['deploy', '--yes', '--no-verify']);
      expect(first.code, first.all).toBe(0);
      expect(first.all).not.toContain('without a digest');
      const before = await running(cluster);
      const next = never(images.agent);
      await cluster.docker(['pull', '-q', images.agent]);
      const port = cluster.lab.registry.replace(/^.*:/, '');
      const refuse = ['INPUT', '-p', 'tcp', '--dport', port, '-j', 'REJECT', '--reject-with', 'tcp-reset'];
      await cluster.lab.exec('switch', ['iptables', '-I', ...refuse]);
      try {
        const set = await cluster.run(['init', '--yes', '--no-prepare', '--set', `images.agent=${next}`]);
        expect(set.code, set.all).toBe(0);
        const refused = await cluster.run(['deploy', '--yes', '--no-verify']);
        expect(refused.code, refused.all).toBe(3);
        expect(refused.stderr).toMatch(
          /its registry does not answer .*to be stopped for it: imply-[^;]*; it is not known/s,
        );
        expect(await running(cluster)).toEqual(before);

        await cluster.docker(['tag', images.agent, next]);
        const held = await cluster.run(['deploy', '--yes', '--no-verify', '--json']);
        expect(held.code, held.all).toBe(0);
        const { warnings } = JSON.parse(held.stdout) as { warnings: { text: string; hint: string }[] };
        expect(warnings.map(({ text }) => text)).toEqual([
          expect.stringMatching(/^imply-\S+, imply-\S+ and imply-\S+ run \S+:never-made without a digest/),
        ]);
      } finally {
        await cluster.lab.exec('switch', ['iptables', '-D', ...refuse]);
        await cluster.docker(['rmi', '--no-prune', next], { check: false });
      }
    });

    it('init that prepares: one wait for both', async (test) => {
      const cluster = await Cluster.make('cutinit');
      test.onTestFinished(() => cluster.remove(), 600_000);
      const { done: made, seconds } = await afterTelling(cluster, [
        'init',
        '--yes',
        ...cluster.answers('node2', away()),
      ]);
      expect(made.code, made.all).toBe(0);
      expect(seconds).toBeLessThan(39);
      expect(made.stderr).toMatch(/waiting for .*registry \S+:5998 to answer/);
    });
  });
});
