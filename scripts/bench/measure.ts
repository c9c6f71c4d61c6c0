import { spawn, spawnSync } from 'node:child_process';
import { availableParallelism, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Lab } from '../lab/lab.ts';
import { netnsFile } from '../lab/processes.ts';
import { labId } from '../../test/support/lab-id.ts';

/** What users start. */
export const entry = fileURLToPath(new URL('../../scripts/bundle.cjs', import.meta.url));
export const LAB = labId('bench');
/** Swarm's own default: a task that ran for so long is taken to stay. */
export const MONITOR_MS = 5_000;

export const log = (line: string) => process.stderr.write(`bench: ${line}\n`);
export const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

export interface Candidate {
  name: string;
  command: string;
  argv: string[];
}

/** Wall time of one run, ms. @throws Error where it fails */
export function wall({ command, argv }: Omit<Candidate, 'name'>, env: NodeJS.ProcessEnv = process.env): number {
  const started = performance.now();
  const done = spawnSync(command, argv, { stdio: ['ignore', 'ignore', 'inherit'], env });
  if (done.status !== 0) throw new Error(`${argv.slice(0, 3).join(' ')} ended with ${done.status}`);
  return performance.now() - started;
}

/** Before each run: what one leaves an engine to do is not the next one's. */
const REST_MS = 300;

/**
 * Medians of several runs, printed as multiples of the first candidate's. Interleaved, every other round in the
 * opposite order, so that a slow moment of the machine hits all alike.
 */
export async function compare(candidates: Candidate[], runs: number, env?: NodeJS.ProcessEnv): Promise<void> {
  const times = candidates.map((): number[] => []);
  for (let run = 0; run < runs; run++) {
    for (const [index, candidate] of inTurn([...candidates.entries()], run)) {
      await new Promise((resolve) => setTimeout(resolve, REST_MS));
      times[index]?.push(wall(candidate, env));
    }
  }
  candidates.forEach(({ name }, index) => print(name, times[index] ?? [], times[0] ?? []));
}

/** The same items, in the opposite order in every other round: who comes second finds caches warm. */
export const inTurn = <T>(items: readonly T[], round: number): T[] =>
  round % 2 === 0 ? [...items] : items.toReversed();

/** Load of the last minute as the bench began, which has made none of it. */
const LOAD = loadavg()[0] ?? NaN;
const NOISY_ABOVE = 0.5;
/** What a line ends with if the machine was busy as the bench began. */
export const NOISE = LOAD > NOISY_ABOVE ? '  noisy' : '';

export const printLoad = (): void =>
  void process.stdout.write(`load ${LOAD.toFixed(2)}, ${availableParallelism()} cores, Node ${process.version}\n`);

/** Median, spread, and the median as a multiple of the base's; `noisy` if the machine was busy as the bench began. */
export function print(name: string, times: number[], base: number[]): void {
  const time = (ms: number): string => (ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(1)} s`);
  const spread = `${time(Math.min(...times))} to ${time(Math.max(...times))}`;
  process.stdout.write(
    `${name.padEnd(44)} ${time(median(times)).padStart(8)}  ${(median(times) / median(base)).toFixed(2)}×  ` +
      `(${spread})${NOISE}\n`,
  );
}

/** A command, run where the hosts' published ports can be reached. */
export function onSwitch(lab: Lab, command: string, argv: string[]): Omit<Candidate, 'name'> {
  return { command: 'nsenter', argv: [`--net=${netnsFile(lab.switchNetns)}`, '--', command, ...argv] };
}

/** Runs a command against the lab's first engine, as `onSwitch` has it. @throws Error where it fails */
export function run(lab: Lab, command: string, argv: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const inside = onSwitch(lab, command, argv);
    const child = spawn(inside.command, inside.argv, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, ...lab.env('node1') },
    });
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${argv.slice(0, 3).join(' ')} ended with ${code}`)),
    );
  });
}

/** `init` and `prepare` of an imply cluster of the stack's name `name`; services reserve next to nothing. */
export async function initCluster(lab: Lab, name: string, directory: string, answers: string[]): Promise<void> {
  const small = ['manager', 'agents.master', 'agents.query', 'agents.data'].flatMap((role) => [
    `${role}.reserve.cpus="0.01"`,
    `${role}.reserve.memory=16M`,
  ]);
  const sets = [`name=${name}`, ...small, 'deepStorage.type=s3', 'deepStorage.path=s3://bench/segments', ...answers];
  await run(lab, process.execPath, [
    entry,
    'init',
    directory,
    '--yes',
    '--no-prepare',
    '--quiet',
    ...sets.flatMap((answer) => ['--set', answer]),
  ]);
  await run(lab, process.execPath, [entry, 'prepare', directory, '--yes', '--quiet']);
}
