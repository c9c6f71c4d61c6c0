/**
 * Measures and prints ratios against a baseline of the same run: `npm run bench`.
 *  1. `bundle --version` and `bundle render` against an empty Node script (wall time, median).
 *  2. `bundle deploy` to verified for 36 tasks on three hosts, against a bare `docker stack deploy` of the same stack, polled until all
 *     tasks have run for the same monitor window.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildBundle } from './build.mjs';
import { buildImages } from './images/build.ts';
import { dockerCli, down, unsupportedReason, up, type Lab } from './lab/lab.ts';

const RUNS = 21;
const LAB = 'bench';
const entry = fileURLToPath(new URL('../dist/bundle.mjs', import.meta.url));
/** Swarm's own default: a task that ran for so long is taken to stay. */
const MONITOR_MS = 5_000;
const TASKS = 36;

const log = (line: string) => process.stderr.write(`bench: ${line}\n`);
const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

function wall(argv: string[]): number {
  const started = performance.now();
  const done = spawnSync(process.execPath, argv, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (done.status !== 0) throw new Error(`${argv.join(' ')} ended with ${done.status}`);
  return performance.now() - started;
}

async function startTimes(dir: string): Promise<void> {
  const empty = join(dir, 'empty.mjs');
  const cluster = join(dir, 'speed');
  await writeFile(empty, '');
  const nodes = ['manager', 'agents.master', 'agents.query', 'agents.data'].flatMap((role) => ['--set', `${role}.nodes=node1`]);
  wall([entry, 'init', cluster, '--yes', '--no-prepare', '--quiet', '--host', 'unix:///nonexistent', ...nodes]);
  const rows: [string, string[]][] = [['empty Node script', [empty]], ['bundle --version', [entry, '--version']], ['bundle render', [entry, 'render', cluster]]];
  const times = new Map(rows.map(([name]) => [name, [] as number[]]));
  // Interleaved, so that a slow moment of the machine hits all alike.
  for (let run = 0; run < RUNS; run++) for (const [name, argv] of rows) times.get(name)?.push(wall(argv));
  const base = median(times.get('empty Node script') ?? []);
  for (const [name, values] of times) print(name, median(values), base);
}

function print(name: string, ms: number, base: number): void {
  const time = ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(1)} s`;
  process.stdout.write(`${name.padEnd(44)} ${time.padStart(8)}  ${(ms / base).toFixed(2)}×\n`);
}

const run = (lab: Lab, command: string, argv: string[], quiet = true): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, argv, { stdio: ['ignore', quiet ? 'ignore' : 'inherit', 'inherit'], env: { ...process.env, ...lab.env('node1') } });
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`${argv.slice(0, 3).join(' ')} ended with ${code}`))));
  });

/** 36 tasks: manager, MySQL, ZooKeeper, a master, a query and 31 data agents, on three hosts. */
async function initCluster(lab: Lab, images: Record<string, string>, cluster: string): Promise<void> {
  const spread = Array.from({ length: TASKS - 5 }, (_unused, index) => `node${(index % 3) + 1}`);
  const small = ['manager', 'agents.master', 'agents.query', 'agents.data'].flatMap((role) => [`${role}.reserve.cpus="0.01"`, `${role}.reserve.memory=16M`]);
  const sets = [
    'name=bench', ...Object.entries(images).map(([key, image]) => `images.${key}=${image}`), ...small,
    'manager.nodes=node1', 'agents.master.nodes=node2', 'agents.query.nodes=node3', `agents.data.replicas=${spread.length}`, `agents.data.nodes=[${spread.join(',')}]`,
    'agents.data.gracePeriod=10s', 'deepStorage.type=s3', 'deepStorage.path=s3://bench/segments',
  ];
  await run(lab, process.execPath, [entry, 'init', cluster, '--yes', '--no-prepare', '--quiet', ...sets.flatMap((answer) => ['--set', answer])]);
  await run(lab, process.execPath, [entry, 'prepare', cluster, '--yes', '--quiet']);
}

/** What a shell script would do: deploy, then poll until every task has been running for the monitor window. */
async function bareDeploy(lab: Lab, cluster: string): Promise<number> {
  const started = performance.now();
  await run(lab, await dockerCli(), ['stack', 'deploy', '--with-registry-auth', '-c', join(cluster, 'stack.yml'), 'bench']);
  const since = new Map<string, number>();
  for (;;) {
    const { stdout } = await lab.docker('node1', ['stack', 'ps', 'bench', '--no-trunc', '--filter', 'desired-state=running', '--format', '{{.ID}} {{.CurrentState}}']);
    const running = new Set(stdout.split('\n').filter((line) => / Running /.test(line)).map((line) => line.split(' ')[0] ?? ''));
    for (const id of since.keys()) if (!running.has(id)) since.delete(id);
    for (const id of running) if (!since.has(id)) since.set(id, performance.now());
    if (since.size === TASKS && [...since.values()].every((at) => performance.now() - at >= MONITOR_MS)) return performance.now() - started;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function deployTimes(dir: string): Promise<void> {
  const lab = await up({ id: LAB, hosts: 3, log });
  try {
    const images = await buildImages(lab, { log, only: ['manager', 'agent', 'mysql', 'zookeeper'] });
    const cluster = join(dir, 'bench');
    await initCluster(lab, images, cluster);
    const destroy = () => run(lab, process.execPath, [entry, 'destroy', cluster, '--yes', '--volumes', '--quiet']);
    // First pulls are not what is measured.
    await bareDeploy(lab, cluster);
    const bare: number[] = [];
    const bundled: number[] = [];
    for (let round = 0; round < 3; round++) {
      await destroy();
      await run(lab, process.execPath, [entry, 'prepare', cluster, '--yes', '--quiet']);
      log(`round ${round + 1}: bare docker stack deploy`);
      bare.push(await bareDeploy(lab, cluster));
      await destroy();
      await run(lab, process.execPath, [entry, 'prepare', cluster, '--yes', '--quiet']);
      log(`round ${round + 1}: bundle deploy`);
      const started = performance.now();
      await run(lab, process.execPath, [entry, 'deploy', cluster, '--yes', '--quiet']);
      bundled.push(performance.now() - started);
    }
    print(`docker stack deploy of ${TASKS} tasks, polled`, median(bare), median(bare));
    print(`bundle deploy of the same, to verified`, median(bundled), median(bare));
  } finally {
    await down(LAB);
  }
}

const dir = await mkdtemp(join(tmpdir(), 'bundle-bench-'));
try {
  await buildBundle();
  await startTimes(dir);
  const why = unsupportedReason();
  if (why === undefined) await deployTimes(dir);
  else process.stdout.write(`deployments were not measured: ${why}\n`);
} finally {
  await rm(dir, { recursive: true, force: true });
}
