import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildImages } from '../../scripts/images/build.ts';
import type { CliResult } from '../support/cli.ts';
import { Cluster, unsupported } from '../support/cluster.ts';
import { listenOn } from '../support/host-programs.ts';

interface Found {
  level: string;
  text: string;
  hint?: string;
  node?: string;
}

/**
 * The nodes are asked by a job in their own network. The kernel and the clock are one for all hosts of the lab:
 * thresholds make them fail.
 */
describe.skipIf(unsupported !== undefined)('check asks the hosts', () => {
  let cluster: Cluster;
  let probe: string;
  let answers: string;
  const mapCount = readFileSync('/proc/sys/vm/max_map_count', 'utf8').trim();
  const threads = readFileSync('/proc/sys/kernel/threads-max', 'utf8').trim();
  /** On the hosts, each of which has a /run of its own. */
  const SHARED = '/run/hosts-test';

  beforeAll(async () => {
    cluster = await Cluster.make('hostly');
    ({ probe } = await buildImages(cluster.lab, { only: ['probe'] }));
    const initialised = await cluster.init('node1', {
      'agents.query.nodes': 'node2',
      'agents.data.nodes': 'node3',
      'deepStorage.sharedMount': SHARED,
      'verify.probeImage': probe,
      'hosts.sysctls': `[vm.max_map_count=${mapCount},kernel.threads-max=${threads}]`,
      'hosts.diskGiB': '0.5',
    });
    expect(initialised.code, initialised.all).toBe(0);
    answers = await cluster.read('bundle.yaml');
    for (const host of ['node1', 'node2', 'node3']) {
      await cluster.lab.onHost(host, ['mkdir', '-p', SHARED]);
      // The first job would have to fetch it within its time.
      await cluster.lab.docker(host, ['pull', probe]);
    }
  });
  afterEach(() => change((text) => text));
  afterAll(async () => {
    for (const host of ['node1', 'node2', 'node3']) await cluster.lab.onHost(host, ['rmdir', SHARED], { check: false });
    await cluster.docker(['node', 'update', '--availability', 'active', 'node3'], { check: false });
    await cluster.docker(['service', 'rm', 'hostly_imply-query-1'], { check: false });
    await cluster.remove();
  });

  const jobs = async (): Promise<string[]> =>
    (await cluster.docker(['service', 'ls', '--format', '{{.Name}}'])).stdout
      .split('\n')
      .filter((name) => /^(host|pair)-check-/.test(name));
  const pairNetworks = async (): Promise<string[]> =>
    (await cluster.docker(['network', 'ls', '-q', '--filter', 'label=bundle.kind=pair-check'])).stdout
      .split('\n')
      .filter(Boolean);
  /** A job that a busy machine did not end in time tells nothing: then it is asked again, three times at most. */
  const check = async (code: number, left = 2): Promise<Found[]> => {
    const checked = await cluster.run(['check', '--json']);
    const { checks, error } = JSON.parse(checked.stdout) as {
      checks?: { name: string; findings: Found[] }[];
      error?: { details: { checks: never[] } };
    };
    const found = (checks ?? error?.details.checks ?? []).find(({ name }) => name === 'hosts')?.findings ?? [];
    expect(await jobs(), 'no job stays').toEqual([]);
    expect(await pairNetworks(), 'no network stays').toEqual([]);
    const late = found.some(
      ({ level, text }) => level === 'unsure' && /not done after \d+ s|no answer within \d+ s/.test(text),
    );
    if (late && left > 0) return check(code, left - 1);
    expect(checked.code, checked.all).toBe(code);
    return found;
  };
  const amiss = (found: Found[]): Found[] => found.filter(({ level }) => level !== 'ok');
  const change = (edit: (text: string) => string) => writeFile(join(cluster.dir, 'bundle.yaml'), edit(answers));
  /** Whether somebody on node2 has port 9095. */
  const isOpen = async (): Promise<boolean> =>
    (await cluster.lab.exec('node2', ['cat', '/proc/net/tcp', '/proc/net/tcp6'])).stdout.includes(':2387 ');
  /** Runs a check and stops it as soon as a job of this name is there. */
  const stopped = async (kill: NodeJS.Signals, name = /^host-check-/): Promise<CliResult> => {
    const stop = new AbortController();
    const running = cluster.run(['check'], { signal: stop.signal, kill });
    const isThere = async (): Promise<boolean> => (await jobs()).some((job) => name.test(job));
    for (const until = performance.now() + 120_000; !(await isThere()) && performance.now() < until;) await pause(20);
    stop.abort();
    return running;
  };

  it('three healthy hosts, with the numbers of this machine', async () => {
    const found = await check(0);
    expect(amiss(found)).toEqual([]);
    expect(found.map(({ node }) => node)).toEqual(['node1', 'node2', 'node3']);
    for (const { text } of found) {
      expect(text).toContain(`vm.max_map_count ${mapCount}, kernel.threads-max ${threads}, `);
      expect(text).toMatch(/ [0-9.]+ [GT]iB free for volumes, clock within [0-9.]+ s, MTU \d+ \(eth0\)/);
      expect(text).toContain(`${SHARED} is there`);
      expect(text).toMatch(/engine [0-9]+\.[^ ]+ on linux\//);
    }
    expect(found[0]?.text).toContain('port 9097 free');
    expect(found[1]?.text).toContain('ports 9088 and 9095 free');
  });

  it('higher thresholds fail, each with what mends it', async () => {
    const more = String(Number(mapCount) + 1);
    await change((text) =>
      text
        .replace(`sysctls: [vm.max_map_count=${mapCount}`, `sysctls: [vm.max_map_count=${more}`)
        .replace(/^ {2}diskGiB: .*$/m, '  diskGiB: 999999\n  mtu: 60000'),
    );
    const found = amiss(await check(3));
    for (const node of ['node1', 'node2', 'node3']) {
      expect(found.filter((each) => each.node === node).map(({ level }) => level)).toEqual([
        'error',
        'warning',
        'warning',
      ]);
      expect(found.find((each) => each.node === node)).toMatchObject({
        text: `${node}: vm.max_map_count is ${mapCount}; bundle.yaml wants ${more} or more`,
        hint:
          `there: sysctl -w vm.max_map_count=${more} && echo vm.max_map_count=${more} >> ` +
          '/etc/sysctl.d/90-hostly.conf',
      });
    }
  });

  it('a port that a process of a host has is found there; one of our own task is ours', async () => {
    const stop = await listenOn(cluster.lab, 'node2', 9095);
    let found: Found[];
    try {
      found = amiss(await check(3));
    } finally {
      await stop();
    }
    expect(found).toEqual([
      expect.objectContaining({
        level: 'error',
        node: 'node2',
        text: 'node2: port 9095, which imply-query-1 publishes, is taken by a process of the host',
        hint: expect.stringContaining("ss -ltnp 'sport = :9095'") as string,
      }),
    ]);

    // As its deployment would hold it; in `starting` a task waits for its health check.
    const unhealthy = ['--health-cmd', 'false', '--health-interval', '1h', '--health-start-period', '1h'];
    for (const [state, options] of [[/^Starting/, unhealthy] as const, [/^Running/, []] as const]) {
      await cluster.docker([
        ...['service', 'create', '--detach', '--init', '--name', 'hostly_imply-query-1'],
        ...['--label', 'com.docker.stack.namespace=hostly', '--constraint', 'node.hostname==node2'],
        ...['--publish', 'mode=host,published=9095,target=9095', ...options, probe, 'sleep', '600'],
      ]);
      await expect
        .poll(
          async () =>
            (await cluster.docker(['service', 'ps', '--format', '{{.CurrentState}}', 'hostly_imply-query-1'])).stdout,
          { timeout: 120_000 },
        )
        .toMatch(state);
      await expect.poll(isOpen, { timeout: 120_000 }).toBe(true);
      const ours = await check(0);
      expect(amiss(ours)).toEqual([]);
      expect(ours[1]?.text).toContain('9095 (ours) free');
      await cluster.docker(['service', 'rm', 'hostly_imply-query-1']);
      await expect.poll(isOpen, { timeout: 120_000 }).toBe(false);
    }
  });

  it('a directory that one host has not got is named there, and a drained host could not be asked', async () => {
    await cluster.lab.onHost('node2', ['rmdir', SHARED]);
    await cluster.docker(['node', 'update', '--availability', 'drain', 'node3']);
    const found = await check(3)
      .then(amiss)
      .finally(async () => {
        await cluster.docker(['node', 'update', '--availability', 'active', 'node3']);
        await cluster.lab.onHost('node2', ['mkdir', SHARED]);
      });
    expect(found).toEqual([
      expect.objectContaining({
        level: 'error',
        node: 'node2',
        text: `node2: there is no ${SHARED}, which imply-query-1 mounts: the tasks would be rejected`,
        hint: expect.stringContaining(`mkdir -p ${SHARED}`) as string,
      }),
      expect.objectContaining({
        level: 'unsure',
        node: 'node3',
        text: 'node3: could not tell: the node is set to drain and takes no task that would ask it',
        hint: 'docker node update --availability active node3',
      }),
    ]);
  });

  describe('pairs of nodes, where bundle.yaml wants it known', () => {
    beforeEach(() => change((text) => text.replace(/^hosts:\n/m, 'hosts:\n  pairs: true\n')));

    /** What is found while a host drops these packets, in and out. */
    const whileDropped = async (host: string, ...rules: string[][]): Promise<Found[]> => {
      const both = rules.flatMap((rule) => ['INPUT', 'OUTPUT'].map((chain) => [chain, ...rule, '-j', 'DROP']));
      for (const rule of both) await cluster.lab.exec(host, ['iptables', '-I', ...rule]);
      try {
        return amiss(await check(3));
      } finally {
        for (const rule of both) await cluster.lab.exec(host, ['iptables', '-D', ...rule]);
      }
    };
    const cut =
      'these nodes do not reach each other in an overlay network: node1 and node3, node2 and node3; node3 is in each pair';

    it('all reach each other', async () => {
      const found = await check(0);
      expect(amiss(found)).toEqual([]);
      expect(found.at(-1)?.text).toBe('all 3 pairs of nodes reach each other in an overlay network');
    });

    it('UDP 4789 dropped at one host', async () => {
      expect(await whileDropped('node3', ['-p', 'udp', '--dport', '4789'])).toEqual([
        {
          level: 'error',
          text: cut,
          hint: expect.stringMatching(/^the three usual causes: \(1\).*UDP 4789.*\(2\).*\(3\)/) as string,
        },
      ]);
      expect(amiss(await check(0)), 'as soon as it is mended').toEqual([]);
    });

    it('port 7946 dropped at one host: nodes that tell each other nothing', async () => {
      const found = await whileDropped('node3', ['-p', 'udp', '--dport', '7946'], ['-p', 'tcp', '--dport', '7946']);
      expect(found).toEqual([
        { level: 'error', text: cut, hint: expect.stringContaining('TCP and UDP 7946 are open') as string },
      ]);
    });

    it('a registry that is cut off: engines ask it, twice 15 s, before they start the image that they hold', async () => {
      const held = `${cluster.lab.registry.replace(/:\d+$/, '')}:5997/probe:1`;
      for (const host of ['node1', 'node2', 'node3']) await cluster.lab.docker(host, ['tag', probe, held]);
      const rule = ['INPUT', '-p', 'tcp', '--dport', '5997', '-j', 'DROP'];
      await cluster.lab.exec('switch', ['iptables', '-I', ...rule]);
      try {
        await change((text) => text.replace(/^hosts:\n/m, 'hosts:\n  pairs: true\n').replace(probe, held));
        const found = await check(0, 0);
        expect(amiss(found)).toEqual([]);
        expect(found.at(-1)?.text).toBe('all 3 pairs of nodes reach each other in an overlay network');
      } finally {
        await cluster.lab.exec('switch', ['iptables', '-D', ...rule]);
      }
    });

    it('an interrupted or killed check leaves nothing behind', async () => {
      const interrupted = await stopped('SIGINT', /^pair-check-/);
      expect(interrupted.code, interrupted.all).toBe(130);
      expect(await jobs()).toEqual([]);
      expect(await pairNetworks()).toEqual([]);

      await stopped('SIGKILL', /^pair-check-/);
      expect(await pairNetworks()).toHaveLength(1);
      expect(amiss(await check(0))).toEqual([]);
    });
  });

  it('Ctrl-C takes the jobs away; those of a killed run go with the next', async () => {
    const interrupted = await stopped('SIGINT');
    expect(interrupted.code, interrupted.all).toBe(130);
    expect(await jobs()).toEqual([]);

    await stopped('SIGKILL');
    expect((await jobs()).length).toBeGreaterThan(0);
    expect(amiss(await check(0))).toEqual([]);
  });

  it('without an image it is not run, and says so', async () => {
    await change((text) => text.replace(/^verify:\n(?: .*\n)+/m, ''));
    const found = await check(0);
    expect(found).toEqual([
      {
        level: 'not-run',
        text: '3 nodes were not asked: no verify.probeImage is set in bundle.yaml',
        hint: expect.stringContaining(`vm.max_map_count ${mapCount}`) as string,
      },
    ]);
  });
});
