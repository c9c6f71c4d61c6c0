import { cluster, NAME, TASKS } from './cluster.ts';
import { compare, entry, onSwitch, run } from './measure.ts';

const RUNS = 11;

/**
 * `bundle verify` of 36 healthy tasks, against as many `docker service logs --tail` that a shell runs in parallel, one
 * for each.
 */
export async function verifyTimes(dir: string): Promise<void> {
  const { lab, directory } = await cluster(dir);
  await run(lab, process.execPath, [entry, 'deploy', directory, '--yes', '--quiet']);
  const { stdout } = await lab.docker('node1', [
    'stack',
    'ps',
    NAME,
    '--no-trunc',
    '--quiet',
    '--filter',
    'desired-state=running',
  ]);
  const tasks = stdout.trim().split('\n');
  if (tasks.length !== TASKS) throw new Error(`${tasks.length} tasks run, not ${TASKS}`);
  const script = `for task; do '${await lab.cli()}' service logs --tail 100 "$task" > /dev/null 2>&1 & done; wait`;
  await compare(
    [
      {
        name: `${TASKS} × docker service logs --tail, in parallel`,
        ...onSwitch(lab, 'sh', ['-c', script, 'sh', ...tasks]),
      },
      // It fails if one of them is not healthy.
      {
        name: `bundle verify of the same`,
        ...onSwitch(lab, process.execPath, [entry, 'verify', directory, '--quiet']),
      },
    ],
    RUNS,
    { ...process.env, ...lab.env('node1') },
  );
}
