import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compare, entry, wall } from './measure.ts';

const RUNS = 21;
const AGAINST_RUNS = 31;

/**
 * `bundle --version` and `bundle render` against an empty Node script, and against those of another build.
 * @param against that build's `bundle.mjs`
 */
export async function startTimes(dir: string, against?: string): Promise<void> {
  const empty = join(dir, 'empty.mjs');
  const cluster = join(dir, 'speed');
  await writeFile(empty, '');
  const nodes = ['manager', 'agents.master', 'agents.query', 'agents.data'].flatMap((role) => [
    '--set',
    `${role}.nodes=node1`,
  ]);
  const node = process.execPath;
  wall({
    command: node,
    argv: [entry, 'init', cluster, '--yes', '--no-prepare', '--quiet', '--host', 'unix:///nonexistent', ...nodes],
  });
  await compare(
    [
      { name: 'empty Node script', command: node, argv: [empty] },
      { name: 'bundle --version', command: node, argv: [entry, '--version'] },
      { name: 'bundle render', command: node, argv: [entry, 'render', cluster] },
    ],
    RUNS,
  );
  if (against === undefined) return;
  for (const args of [['--version'], ['render', cluster]]) {
    const builds = { 'the build before': against, 'this build': entry };
    await compare(
      Object.entries(builds).map(([name, program]) => ({
        name: `${args[0]}, ${name}`,
        command: node,
        argv: [program, ...args],
      })),
      AGAINST_RUNS,
    );
  }
}
