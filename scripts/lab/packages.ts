/** The programs a lab is made of, and Debian's packages for those that are missing. */
import { accessSync, constants, existsSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { run } from './exec.ts';

type Log = (line: string) => void;

/** Program → Debian package. util-linux and mawk are on every Debian; they are here for the error message. */
const NEEDED: Readonly<Record<string, string>> = {
  dockerd: 'docker.io',
  containerd: 'containerd',
  runc: 'runc',
  iptables: 'iptables',
  ip: 'iproute2',
  'docker-registry': 'docker-registry',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  taskset: 'util-linux',
  mount: 'mount',
  awk: 'mawk',
};

/** Where a package's start-up script asks whether it may start its service (invoke-rc.d(8)); 101 means no. */
const POLICY = '/usr/sbin/policy-rc.d';

/** The path of a program, or undefined: on PATH, or where system programs are even if PATH does not say so. */
export function which(program: string, PATH: string = process.env['PATH'] ?? ''): string | undefined {
  for (const dir of [...PATH.split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin']) {
    const file = path.join(dir, program);
    if (dir !== '' && isProgram(file)) return file;
  }
  return undefined;
}

/** The packages that have the programs missing here, each once. */
export function missingPackages(find: (program: string) => string | undefined = (program) => which(program)): string[] {
  const missing = Object.entries(NEEDED).filter(([program]) => find(program) === undefined);
  return [...new Set(missing.map(([, name]) => name))];
}

/**
 * Installs what is missing, from the machine's own apt sources. Starts no service, and removes or replaces nothing that
 * is installed (another vendor's engine, for one).
 *
 * @throws Error when there is no apt-get, or it fails: with what to install by hand.
 */
export async function ensurePackages(log: Log): Promise<void> {
  const packages = missingPackages();
  if (packages.length === 0) return;
  const names = packages.join(' ');
  if (which('apt-get') === undefined) throw new Error(`programs are missing here; install what corresponds to Debian's ${names}`);
  log(`installing ${names}`);
  await withServicesHeldBack(async () => {
    try {
      await install(packages, log);
    } catch {
      // The lists may be old or absent: once more with fresh ones.
      log('fetching the package lists');
      await run(['apt-get', 'update', '-q'], { env: APT_ENV, onLine: log });
      await install(packages, log);
    }
    await keepServicesOff(packages);
  });
  const still = missingPackages();
  if (still.length > 0) throw new Error(`${still.join(', ')}: installed, but the programs are not there`);
}

const APT_ENV = { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };

async function install(packages: readonly string[], log: Log): Promise<void> {
  // --no-remove: apt fails rather than take another vendor's package away.
  await run(['apt-get', 'install', '-q', '-y', '--no-remove', '--no-install-recommends', ...packages], {
    env: APT_ENV,
    onLine: (line) => {
      if (/^(Get:|Setting up |Need to get |E: )/.test(line)) log(line);
    },
  });
}

/** Some machines (containers, mostly) have a policy of their own, which stays. */
async function withServicesHeldBack(work: () => Promise<void>): Promise<void> {
  const own = !existsSync(POLICY);
  const remove = (): void => {
    if (own && existsSync(POLICY)) unlinkSync(POLICY);
  };
  if (own) {
    writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
    process.once('exit', remove);
  }
  try {
    await work();
  } finally {
    remove();
    process.off('exit', remove);
  }
}

/** The policy holds services back now; under systemd they would start with the next boot. Only those installed just now. */
async function keepServicesOff(packages: readonly string[]): Promise<void> {
  if (!existsSync('/run/systemd/system')) return;
  const units = { 'docker.io': ['docker.service', 'docker.socket'], containerd: ['containerd.service'], 'docker-registry': ['docker-registry.service'] };
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
