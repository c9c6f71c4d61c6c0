/** A docker CLI new enough for `stack config`, whatever the machine has: its own, or one from a newer Debian. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { cached, keyOf, withScratch } from '../images/cache.ts';
import { downloadInto, unpack } from '../images/debian/packages.ts';
import { run } from './exec.ts';
import { which } from './packages.ts';

/** `docker stack config` came with this version. */
const OLDEST = 23;
/** From this version on the CLI asks for API 1.44, which engines have from 25 on. */
const MODERN = 29;
const MODERN_ENGINE = 25;

/** Releases of Debian that have such a CLI, as a package of its own. */
const RELEASES = ['trixie', 'sid'];

const found = new Map<number, Promise<string>>();

/**
 * The path of a docker CLI that fits engines from a major version on. Fetched once, into the cache, if there is none.
 *
 * @param engine of the oldest one; 0 if it is not known.
 * @throws Error if there is none and none can be fetched; says what to install.
 */
export function dockerCli(engine = 0, log: (line: string) => void = () => undefined): Promise<string> {
  const begun = found.get(engine) ?? findOrFetch(engine, log);
  found.set(engine, begun);
  return begun.catch((error: unknown) => {
    found.delete(engine);
    throw error;
  });
}

/** Major version from the output of `docker --version`, as "Docker version 28.2.2, build e6534b4". */
export function majorVersion(output: string): number | undefined {
  const major = /version v?(\d+)\./i.exec(output)?.[1];
  return major === undefined ? undefined : Number(major);
}

async function findOrFetch(engine: number, log: (line: string) => void): Promise<string> {
  const fits = async (program: string): Promise<boolean> => {
    const major = await majorOf(program);
    return major !== undefined && fitsEngine(major, engine);
  };
  const own = which('docker');
  if (own !== undefined && (await fits(own))) return own;
  const failures: string[] = [];
  for (const release of RELEASES) {
    try {
      const program = path.join(await fetchCli(release, log), 'usr', 'bin', 'docker');
      if (await fits(program)) return program;
      failures.push(`${release}: does not run here, or is of no fitting version`);
    } catch (error) {
      failures.push(`${release}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new Error(
    `no docker CLI on PATH that fits (${OLDEST} or newer; below ${MODERN} for an engine before ` +
      `${MODERN_ENGINE}), and none could be fetched; install one.\n${failures.join('\n')}`,
  );
}

/** Can this CLI do what the lab is for, with this engine (both: major versions)? */
export function fitsEngine(cli: number, engine: number): boolean {
  return cli >= OLDEST && (cli < MODERN || engine >= MODERN_ENGINE);
}

async function majorOf(program: string): Promise<number | undefined> {
  if (which(program) === undefined && !existsSync(program)) return undefined;
  const { code, stdout } = await run([program, '--version'], { check: false, timeoutMs: 120_000 });
  return code === 0 ? majorVersion(stdout) : undefined;
}

/** The unpacked package `docker-cli` of a release. */
function fetchCli(release: string, log: (line: string) => void): Promise<string> {
  return cached('docker-cli', keyOf(release), (dir) =>
    withScratch(async (debs) => {
      await downloadInto(debs, { release, closure: [], alone: ['docker-cli'] }, log);
      await unpack(debs, dir);
    }),
  );
}
