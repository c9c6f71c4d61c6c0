import { join } from 'node:path';
import type { Lab } from '../lab/lab.ts';
import { cluster, NAME, TASKS } from './cluster.ts';
import { entry, log, median, print, run } from './measure.ts';

/** Swarm's own default: a task that ran for so long is taken to stay. */
const MONITOR_MS = 5_000;
const ROUNDS = 3;

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
 * polled until all tasks have run for the same window.
 */
export async function deployTimes(dir: string): Promise<void> {
  const { lab, directory } = await cluster(dir);
  const prepare = () => run(lab, process.execPath, [entry, 'prepare', directory, '--yes', '--quiet']);
  const destroy = () => run(lab, process.execPath, [entry, 'destroy', directory, '--yes', '--volumes', '--quiet']);
  // First pulls are not what is measured.
  await bareDeploy(lab, directory);
  const bare: number[] = [];
  const bundled: number[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    await destroy();
    await prepare();
    log(`round ${round}: bare docker stack deploy`);
    bare.push(await bareDeploy(lab, directory));
    await destroy();
    await prepare();
    log(`round ${round}: bundle deploy`);
    const started = performance.now();
    await run(lab, process.execPath, [entry, 'deploy', directory, '--yes', '--quiet']);
    bundled.push(performance.now() - started);
  }
  print(`docker stack deploy of ${TASKS} tasks, polled`, median(bare), median(bare));
  print(`bundle deploy of the same, to verified`, median(bundled), median(bare));
}
