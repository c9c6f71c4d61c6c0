import { join } from 'node:path';
import type { Lab } from '../lab/lab.ts';
import { cluster, NAME, TASKS } from './cluster.ts';
import { entry, inTurn, log, MONITOR_MS, print, run } from './measure.ts';

const ROUNDS = 5;

/** What a shell script would do: deploy, then poll until every task has been running for the monitor window. */
async function bareDeploy(lab: Lab, directory: string): Promise<number> {
  const started = performance.now();
  await run(lab, await lab.cli(), [
    'stack',
    'deploy',
    '--with-registry-auth',
    '-c',
    join(directory, 'stack.yml'),
    NAME,
  ]);
  const since = new Map<string, number>();
  for (;;) {
    const { stdout } = await lab.docker('node1', [
      'stack',
      'ps',
      NAME,
      '--no-trunc',
      '--filter',
      'desired-state=running',
      '--format',
      '{{.ID}} {{.CurrentState}}',
    ]);
    const running = new Set(
      stdout
        .split('\n')
        .filter((line) => / Running /.test(line))
        .map((line) => line.split(' ')[0] ?? ''),
    );
    for (const id of since.keys()) if (!running.has(id)) since.delete(id);
    for (const id of running) if (!since.has(id)) since.set(id, performance.now());
    if (since.size === TASKS && [...since.values()].every((at) => performance.now() - at >= MONITOR_MS))
      return performance.now() - started;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/**
 * `bundle deploy` to verified of 36 tasks on three hosts, against a bare `docker stack deploy` of the same stack,
 * polled until all tasks have run for the same window; also without verification.
 */
export async function deployTimes(dir: string): Promise<void> {
  const { lab, directory } = await cluster(dir);
  const prepare = () => run(lab, process.execPath, [entry, 'prepare', directory, '--yes', '--quiet']);
  const destroy = () => run(lab, process.execPath, [entry, 'destroy', directory, '--yes', '--volumes', '--quiet']);
  // First pulls are not what is measured.
  await bareDeploy(lab, directory);
  const ways = {
    bare: { time: () => bareDeploy(lab, directory), times: [] as number[] },
    bundle: { time: () => bundleDeploy(lab, directory), times: [] as number[] },
    unverified: { time: () => bundleDeploy(lab, directory, '--no-verify'), times: [] as number[] },
  };
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, { time, times }] of inTurn(Object.entries(ways), round)) {
      await destroy();
      await prepare();
      log(`round ${round + 1} of ${ROUNDS}: ${name} deploy`);
      times.push(await time());
    }
  }
  print(`docker stack deploy of ${TASKS} tasks, polled`, ways.bare.times, ways.bare.times);
  print(`bundle deploy of the same, to verified`, ways.bundle.times, ways.bare.times);
  print(`bundle deploy --no-verify of the same`, ways.unverified.times, ways.bare.times);
}

async function bundleDeploy(lab: Lab, directory: string, ...more: string[]): Promise<number> {
  const started = performance.now();
  await run(lab, process.execPath, [entry, 'deploy', directory, '--yes', '--quiet', ...more]);
  return performance.now() - started;
}
