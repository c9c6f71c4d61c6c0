import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compare, entry, wall } from './measure.ts';

const RUNS = 21;
const AGAINST_RUNS = 31;

interface StartOptions {
  /** The program of another build. */
  against: string | undefined;
  /** Another Node, for the same against its own empty script. */
  other: string | undefined;
}

/**
 * `bundle --version` and `bundle render` against an empty Node script, and against those of another build. `render`
 * prints again what it found the last time; with --check all is rendered.
 */
export async function startTimes(dir: string, { against, other }: StartOptions): Promise<void> {
  const empty = join(dir, 'empty.cjs');
  const cluster = join(dir, 'speed');
  await writeFile(empty, '');
  const nodes = ['manager', 'agents.master', 'agents.query', 'agents.data'].flatMap((role) => [
    '--set',
    `${role}.nodes=node1`,
  ]);
  const node = process.execPath;
  const init = (program: string, into: string): unknown =>
    wall({
      command: node,
      argv: [program, 'init', into, '--yes', '--no-prepare', '--quiet', '--host', 'unix:///nonexistent', ...nodes],
    });
  init(entry, cluster);
  for (const command of other === undefined ? [node] : [node, other]) {
    if (command !== node) process.stdout.write(`with ${command}:\n`);
    await compare(
      [
        { name: 'empty Node script', command, argv: [empty] },
        { name: 'bundle --version', command, argv: [entry, '--version'] },
        { name: 'bundle render', command, argv: [entry, 'render', cluster] },
        { name: 'bundle render --check', command, argv: [entry, 'render', cluster, '--check'] },
      ],
      RUNS,
    );
  }
  if (against === undefined) return;
  // Each has a bundle of its own: the older one may not know what the newer one writes.
  const before = join(dir, 'before');
  init(against, before);
  const builds = [
    { name: 'the build before', program: against, own: before },
    { name: 'this build', program: entry, own: cluster },
  ];
  for (const args of [['--version'], ['render'], ['render', '--check']]) {
    await compare(
      builds.map(({ name, program, own }) => ({
        name: `${args.join(' ')}, ${name}`,
        command: node,
        argv: [program, ...args, ...(args[0] === 'render' ? [own] : [])],
      })),
      AGAINST_RUNS,
    );
  }
}
