import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/swarm/clock.ts';
import { resolveEngine } from '../../src/engine/address.ts';
import { connect } from '../../src/engine/docker.ts';
import type { Engine, SwarmTask } from '../../src/engine/port.ts';
import { limitConcurrency } from '../../src/verify/at-once.ts';
import { findLines } from '../../src/verify/tasks/logs.ts';
import type { LineResult } from '../../src/verify/tasks/search.ts';
import type { Lab } from '../../scripts/lab/lab.ts';
import { poll } from '../../scripts/lab/poll.ts';
import { Cluster, images, sharedLab, unsupported } from '../support/cluster.ts';
import { loudEngine } from '../support/loud-engine.ts';
import { parsePrometheus } from '../support/prometheus.ts';

const LINE = 'TLS: Enabled';
const MEGABYTE = 2 ** 20;

interface Case {
  /** Options of `docker service create`. */
  options: string[];
  /** What the task runs, in a shell; then it stays. */
  writes: string;
  is: LineResult['is'];
  says?: RegExp;
  /** The line is there at first, and gone once the noise has been written. */
  rotates?: true;
}

const noise = (megabytes: number) => `yes "$(head -c 1000 /dev/zero | tr '\\0' x)" | head -c ${megabytes * MEGABYTE}`;
const driver = (name: string, ...options: string[]) => [
  '--log-driver',
  name,
  ...options.flatMap((option) => ['--log-opt', option]),
];
const AS_STACK = driver('json-file', 'max-size=50m', 'max-file=5');
const NOWHERE = 'gelf-address=udp://127.0.0.1:9';

/** What a task writes under which driver, and what may be said of it. */
const CASES: Record<string, Case> = {
  'in-pieces': { options: AS_STACK, writes: `printf 'TLS: '; sleep 1; echo Enabled`, is: 'found' },
  'in-colours': {
    options: AS_STACK,
    writes: String.raw`printf '\033[32mTLS:\033[0m \033[1mEnabled\033[0m\n' >&2`,
    is: 'found',
  },
  'as-json': {
    options: AS_STACK,
    writes: String.raw`printf '%s\n' '{"at":"2026","msg":"\u001b[32mTLS:\u0020Enabled"}'`,
    is: 'found',
  },
  'long-line': { options: AS_STACK, writes: `head -c 16379 /dev/zero | tr '\\0' x; echo '${LINE}'`, is: 'found' },
  'after-50-mb': { options: AS_STACK, writes: `${noise(50)}; echo '${LINE}'`, is: 'found' },
  'slow-start': { options: AS_STACK, writes: `sleep 4; echo '${LINE}'`, is: 'found' },
  'on-a-terminal': { options: [...AS_STACK, '--tty'], writes: `echo '${LINE}'`, is: 'found' },
  never: { options: AS_STACK, writes: 'echo TLS: Disabled', is: 'missing', says: /no such line in the whole log/ },
  nothing: { options: AS_STACK, writes: 'true', is: 'missing', says: /has written nothing/ },
  local: { options: driver('local'), writes: `echo '${LINE}'`, is: 'found' },
  'local-never': { options: driver('local', 'max-size=10m', 'max-file=3'), writes: 'echo no', is: 'missing' },
  'node-default': { options: [], writes: `echo '${LINE}'`, is: 'found' },
  'rotated-away': {
    options: driver('json-file', 'max-size=100k', 'max-file=2'),
    writes: `echo '${LINE}'; ${noise(1)}; echo written`,
    is: 'unsure',
    says: /keeps 2 × 100k.*verify it soon after its start/,
    rotates: true,
  },
  'rotated-local': {
    options: driver('local', 'max-size=100k', 'max-file=2'),
    writes: `echo '${LINE}'; ${noise(1)}; echo written`,
    is: 'unsure',
    says: /keeps 2 × 100k/,
    rotates: true,
  },
  none: {
    options: driver('none'),
    writes: `echo '${LINE}'`,
    is: 'unsure',
    says: /"none", which keeps nothing.*bundle deploy/,
  },
  'gelf-never': {
    options: driver('gelf', NOWHERE),
    writes: 'echo no; echo no',
    is: 'unsure',
    says: /could not be delivered.*look where "gelf"/,
  },
  'gelf-no-copy': {
    options: driver('gelf', NOWHERE, 'cache-disabled=true'),
    writes: `echo '${LINE}'`,
    is: 'unsure',
    says: /cache-disabled/,
  },
};

describe.skipIf(unsupported !== undefined)('what is said of logs', () => {
  let lab: Lab;
  let engine: Engine;
  const name = (one: string) => `log-${one}`;

  beforeAll(async () => {
    lab = await sharedLab();
    engine = await connect(
      await resolveEngine({ host: lab.host('node1').socket, env: { ...process.env, ...lab.env('node1') } }),
    );
    for (const [one, { options, writes }] of Object.entries(CASES)) {
      const args = [
        'service',
        'create',
        '--detach',
        '--quiet',
        '--name',
        name(one),
        '--constraint',
        'node.hostname==node2',
        '--restart-condition',
        'none',
        '--stop-grace-period',
        '1s',
      ];
      await lab.docker('node1', [
        ...args,
        ...options,
        '--entrypoint',
        'sh',
        images.mysql,
        '-c',
        `${writes}; exec sleep 3600`,
      ]);
    }
  });
  afterAll(async () => {
    await lab.docker('node1', ['service', 'rm', ...Object.keys(CASES).map(name)]);
    await engine.close();
  });

  const running = async (one: string): Promise<{ task: SwarmTask; tty: boolean }> => {
    const service = (await engine.services()).find((each) => each.name === name(one));
    for (
      const until = performance.now() + 300_000;
      performance.now() < until;
      await new Promise((resolve) => setTimeout(resolve, 200))
    ) {
      const task = (await engine.tasks({ serviceId: service?.id ?? '' })).find(({ state }) => state === 'running');
      if (task !== undefined) return { task, tty: service?.tty ?? false };
    }
    throw new Error(`${one} does not run`);
  };

  it.concurrent.each(Object.entries(CASES))('%s', async (one, { is, says, rotates }) => {
    const { task, tty } = await running(one);
    if (rotates) {
      await poll(`the log of ${one} has rotated`, 300_000, async () => {
        const { stdout } = await lab.docker('node1', ['service', 'logs', '--raw', name(one)], { check: false });
        return stdout.includes('written') && !stdout.includes(LINE) ? true : undefined;
      });
    }
    const now = systemClock.now();
    const wait = is === 'found' ? 240_000 : 20_000;
    const found = await findLines(engine, task, [LINE], {
      deadline: now + wait,
      giveUpAt: now + 300_000,
      tty,
      inTurn: limitConcurrency(16),
      clock: systemClock,
    });
    expect(found.get(LINE)).toMatchObject({
      is,
      ...(says === undefined ? {} : { reason: expect.stringMatching(says) as string }),
    });
  });
});

describe.skipIf(unsupported !== undefined)('one cluster', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.make('loud');
    expect((await cluster.init('node2')).code).toBe(0);
    const deployed = await cluster.run(['deploy', '--yes', '--no-verify']);
    expect(deployed.code, deployed.all).toBe(0);
  });
  afterAll(async () => {
    await cluster.remove();
  });

  it('verify reads 1 GB of log in less than 150 MB of memory', async () => {
    const [socket, hook, told] = ['docker.sock', 'hook.cjs', 'memory'].map((file) => join(cluster.parent, file)) as [
      string,
      string,
      string,
    ];
    const close = await loudEngine(cluster.lab.host('node1').socket.replace('unix://', ''), socket, 1024 * MEGABYTE);
    // The most it ever held, asked of the kernel as it ends.
    await writeFile(
      hook,
      `process.on('exit', () => { const fs = require('fs'); fs.writeFileSync(${JSON.stringify(told)}, ` +
        `/VmHWM:\\s*(\\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1]); });`,
    );
    cluster.env = { DOCKER_HOST: `unix://${socket}`, NODE_OPTIONS: `--require ${hook}` };
    try {
      const started = performance.now();
      const verified = await cluster.run(['verify', '--only', 'TLS', '--timeout', '7m']);
      expect(verified.code, verified.all).toBe(0);
      const megabytes = Number(await readFile(told, 'utf8')) / 1024;
      process.stderr.write(
        `1 GB of log: ${megabytes.toFixed(0)} MB, ${((performance.now() - started) / 1000).toFixed(0)} s\n`,
      );
      expect(megabytes).toBeLessThan(150);
      expect(megabytes, 'it was measured').toBeGreaterThan(20);
    } finally {
      cluster.env = {};
      await close();
    }
  });

  it('tells which certificates end within a time: the swarm’s of 90 days, the CA’s, those seen', async () => {
    const soon = await cluster.run(['verify', '--expiry', '30d', '--format', 'prometheus']);
    expect(soon.code, soon.all).toBe(0);
    const samples = parsePrometheus(soon.stdout);
    const ends = samples.filter(({ metric }) => metric === 'bundle_certificate_expiry_timestamp_seconds');
    const days = ({ value }: { value: number }) => (value - Date.now() / 1000) / 86_400;
    const of = (service: string, node?: string) =>
      ends.filter(({ labels }) => labels['service'] === service && labels['node'] === node);
    expect(of('swarm')).toHaveLength(1);
    expect(days(of('swarm')[0]!)).toBeGreaterThan(7_000);
    const managers = (
      await cluster.docker(['node', 'ls', '--filter', 'role=manager', '--format', '{{.Hostname}}'])
    ).stdout
      .trim()
      .split('\n');
    for (const host of managers) expect(days(of('swarm', host)[0]!)).toBeCloseTo(90, 0);
    expect(ends.some(({ labels }) => labels['subject']?.includes('CN=') && labels['service'] === 'imply-manager')).toBe(
      true,
    );
    expect(samples.find(({ metric }) => metric === 'bundle_verify_exit_code')).toMatchObject({
      labels: { stack: 'loud' },
      value: 0,
    });

    const later = await cluster.run(['verify', '--expiry', '91d', '--only', 'expiry', '--json']);
    expect(later.code, later.all).toBe(0);
    const { results } = JSON.parse(later.stdout) as { results: { service: string; node?: string; detail: string }[] };
    expect(results.find(({ service, node }) => service === 'swarm' && node === 'node1')?.detail).toMatch(
      /^node1: 89 days left, until .*; the swarm renews it by itself, at the latest with 18 days left$/,
    );

    const status = await cluster.run(['status']);
    expect(status.stdout).toMatch(/swarm’s root CN=swarm-ca +7\d\d\d/);
  });
});
