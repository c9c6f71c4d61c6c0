/** The programs a lab is made of, and Debian's packages for those that are missing. */
import { accessSync, constants, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { run, systemPath } from './exec.ts';
import { isAlive, startTimeOf } from './processes.ts';

type Log = (line: string) => void;

/** Program → Debian package. util-linux and mawk are on every Debian; they are here for the error message. */
const NEEDED: Readonly<Record<string, string>> = {
  iptables: 'iptables',
  ip: 'iproute2',
  'docker-registry': 'docker-registry',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  taskset: 'util-linux',
  mount: 'mount',
  awk: 'mawk',
};
/** The machine's own engine, for hosts that run it. */
const SYSTEM_ENGINE: typeof NEEDED = { dockerd: 'docker.io', containerd: 'containerd', runc: 'runc' };
/** For engines that are fetched: a program that wants newer libraries than the machine's is told where they are. */
const FETCHED_ENGINE: typeof NEEDED = { patchelf: 'patchelf' };

/** Which kinds of engine a lab's hosts run. */
export interface EngineKinds {
  system: boolean;
  fetched: boolean;
}

/** Where a package's start-up script asks whether it may start its service (invoke-rc.d(8)); 101 means no. */
const POLICY = '/usr/sbin/policy-rc.d';
const MARK = '# made by the swarm lab while it installs packages: process ';

/** The path of a program, or undefined: on PATH, or where system programs are even if PATH does not say so. */
export function which(program: string): string | undefined {
  for (const dir of systemPath().split(':')) {
    const file = path.join(dir, program);
    if (isProgram(file)) return file;
  }
  return undefined;
}

/** The packages that have the programs missing here, each once; without kinds, those that every lab needs. */
export function missingPackages(kinds?: EngineKinds, find: (program: string) => string | undefined = which): string[] {
  const needed = { ...NEEDED, ...(kinds?.system ? SYSTEM_ENGINE : {}), ...(kinds?.fetched ? FETCHED_ENGINE : {}) };
  const missing = Object.entries(needed).filter(([program]) => find(program) === undefined);
  return [...new Set(missing.map(([, name]) => name))];
}

/**
 * Installs what is missing, from the machine's own apt sources. Starts no service, and removes or replaces nothing that
 * is installed (another vendor's engine, for one).
 *
 * @param missing gives the packages of what is missing.
 * @throws Error when there is no apt-get, or it fails: with what to install by hand.
 */
export async function ensurePackages(missing: () => string[], log: Log, signal?: AbortSignal): Promise<void> {
  removeStalePolicy();
  const packages = missing();
  if (packages.length === 0) return;
  const names = packages.join(' ');
  if (which('apt-get') === undefined)
    throw new Error(`programs are missing here; install what corresponds to Debian's ${names}`);
  log(`installing ${names}`);
  await withServicesHeldBack(async () => {
    try {
      await install(packages, log, signal);
    } catch {
      signal?.throwIfAborted();
      // The lists may be old or absent: once more with fresh ones.
      log('fetching the package lists');
      await run(['apt-get', 'update', '-q'], { env: APT_ENV, onLine: log, signal });
      await install(packages, log, signal);
    }
    await keepServicesOff(packages);
  });
  const still = missing();
  if (still.length > 0) throw new Error(`${still.join(', ')}: installed, but the programs are not there`);
}

const APT_ENV = { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };

async function install(packages: readonly string[], log: Log, signal: AbortSignal | undefined): Promise<void> {
  // --no-remove: apt fails rather than take another vendor's package away.
  const options = ['-q', '-y', '--no-remove', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120'];
  await run(['apt-get', 'install', ...options, ...packages], {
    env: APT_ENV,
    signal,
    onLine: (line) => {
      if (/^(Get:|Setting up |Need to get |E: )/.test(line)) log(line);
    },
  });
}

/** Some machines (containers, mostly) have a policy of their own, which stays. */
async function withServicesHeldBack(work: () => Promise<void>): Promise<void> {
  const own = !existsSync(POLICY);
  if (own)
    writeFileSync(POLICY, `#!/bin/sh\n${MARK}${process.pid} ${startTimeOf(process.pid)}\nexit 101\n`, { mode: 0o755 });
  try {
    await work();
  } finally {
    if (own) rmSync(POLICY, { force: true });
  }
}

/** A policy of ours whose process was killed: it would hold back every service installed from now on. */
function removeStalePolicy(): void {
  if (!existsSync(POLICY)) return;
  const [, pid, startTime] = new RegExp(`^${MARK}(\\d+) (\\d+)$`, 'm').exec(readFileSync(POLICY, 'utf8')) ?? [];
  if (pid !== undefined && startTime !== undefined && !isAlive(Number(pid), startTime)) rmSync(POLICY, { force: true });
}

/**
 * The policy holds services back now; under systemd they would start with the next boot. Only those installed just now.
 */
async function keepServicesOff(packages: readonly string[]): Promise<void> {
  if (!existsSync('/run/systemd/system')) return;
  const units = {
    'docker.io': ['docker.service', 'docker.socket'],
    containerd: ['containerd.service'],
    'docker-registry': ['docker-registry.service'],
    postgresql: ['postgresql.service'],
  };
  for (const [name, list] of Object.entries(units)) {
    if (packages.includes(name)) await run(['systemctl', 'disable', ...list], { check: false });
  }
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
