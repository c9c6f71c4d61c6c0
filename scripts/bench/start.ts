import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compare, entry, wall } from './measure.ts';

const RUNS = 21;

/** `bundle --version` and `bundle render` against an empty Node script. */
export async function startTimes(dir: string): Promise<void> {
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
}
