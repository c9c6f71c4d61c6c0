/** Where a demo runs: each swarm has a directory of its own, which says where it is. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyOf } from '../images/cache.ts';

export interface Target {
  /** Flags of bundle and of the docker CLI that lead to its swarm; none: the lab that the demo brings up. */
  flags: readonly string[];
  dir: string;
  /** The bundle directory in it. */
  cluster: string;
}

const root = (): string => join(tmpdir(), 'bundle-demo');
const recordIn = (dir: string): string => join(dir, 'target.json');

/** The target of a demo that was given these options. */
export function targetOf({ host, context }: { host?: string; context?: string }): Target {
  return withFlags([
    ...(host === undefined ? [] : ['--host', host]),
    ...(context === undefined ? [] : ['--context', context]),
  ]);
}

function withFlags(flags: readonly string[]): Target {
  const dir = join(root(), flags.length === 0 ? 'lab' : `swarm-${keyOf(...flags)}`);
  return { flags, dir, cluster: join(dir, 'imply-demo') };
}

/** Makes a target's directory, to be found by `recordedTargets`. */
export async function record({ flags, dir }: Target): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await writeFile(recordIn(dir), `${JSON.stringify({ flags })}\n`);
}

/** All targets whose directory was not removed. */
export function recordedTargets(): Target[] {
  if (!existsSync(root())) return [];
  return readdirSync(root())
    .map((name) => recordIn(join(root(), name)))
    .filter((file) => existsSync(file))
    .map((file) => withFlags((JSON.parse(readFileSync(file, 'utf8')) as Pick<Target, 'flags'>).flags));
}

/** Has `bundle init` written a bundle there? Before that nothing of it is in a swarm. */
export function hasBundle({ cluster }: Target): boolean {
  return existsSync(join(cluster, 'bundle.yaml'));
}

/** Removes a target's directory, and the one of all demos with the last of them. */
export async function forget({ dir }: Target): Promise<void> {
  await rm(dir, { recursive: true, force: true });
  // Not empty, or not there.
  await rmdir(root()).catch(() => undefined);
}

/** Options that lead to the same demo, to be typed. */
export function typed({ flags }: Target): string {
  return flags.map((flag) => ` ${flag}`).join('');
}
