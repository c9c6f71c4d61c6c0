/** A docker CLI new enough for `stack config`, whatever the machine has: its own, or one from a newer Debian. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AptSource, debianMirror, parseDeb822Sources, parseOneLineSources } from './apt-sources.ts';
import { run } from './exec.ts';
import { which } from './packages.ts';

/** `docker stack config` came with this version. */
const OLDEST = 23;
/** From this version on the CLI asks for API 1.44, which engines have from 25 on. */
const MODERN = 29;
const MODERN_ENGINE = 25;

/** Releases of Debian that have such a CLI, as a package of its own. */
const RELEASES = ['trixie', 'sid'];

const CACHE = fileURLToPath(new URL('../../.cache/lab/', import.meta.url));

let found: Promise<string> | undefined;

/**
 * The path of a docker CLI that fits the lab's engines. Fetched once, into `.cache/lab`, when the machine has none.
 *
 * @throws Error when there is none and none can be fetched; says what to install.
 */
export function dockerCli(log: (line: string) => void = () => undefined): Promise<string> {
  found ??= findOrFetch(log).catch((error: unknown) => {
    found = undefined;
    throw error;
  });
  return found;
}

/** Major version from the output of `docker --version`, as "Docker version 28.2.2, build e6534b4". */
export function majorVersion(output: string): number | undefined {
  const major = /version v?(\d+)\./i.exec(output)?.[1];
  return major === undefined ? undefined : Number(major);
}

async function findOrFetch(log: (line: string) => void): Promise<string> {
  const engine = await majorOf('dockerd');
  const fits = async (program: string): Promise<boolean> => {
    const major = await majorOf(program);
    return major !== undefined && fitsEngine(major, engine ?? 0);
  };
  const cached = path.join(CACHE, 'docker-cli', 'usr', 'bin', 'docker');
  for (const candidate of [which('docker'), cached]) {
    if (candidate !== undefined && (await fits(candidate))) return candidate;
  }
  const failures: string[] = [];
  for (const release of RELEASES) {
    try {
      log(`fetching the docker CLI of Debian ${release}`);
      await fetchCli(release);
      if (await fits(cached)) return cached;
      failures.push(`${release}: does not run here, or is of no fitting version`);
    } catch (error) {
      failures.push(`${release}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new Error(`no docker CLI on PATH that fits (${OLDEST} or newer; below ${MODERN} for an engine before ${MODERN_ENGINE}), and none could be fetched; install one.\n${failures.join('\n')}`);
}

/** Can this CLI do what the lab is for, with this engine (both: major versions)? */
export function fitsEngine(cli: number, engine: number): boolean {
  return cli >= OLDEST && (cli < MODERN || engine >= MODERN_ENGINE);
}

async function majorOf(program: string): Promise<number | undefined> {
  if (which(program) === undefined && !existsSync(program)) return undefined;
  const { code, stdout } = await run([program, '--version'], { check: false, timeoutMs: 20_000 });
  return code === 0 ? majorVersion(stdout) : undefined;
}

/** Downloads `docker-cli` of a release with apt, from the machine's mirror, without touching what apt knows of the machine. */
async function fetchCli(release: string): Promise<void> {
  const { source, keyring } = machineMirror();
  mkdirSync(CACHE, { recursive: true });
  const root = mkdtempSync(path.join(CACHE, 'apt-'));
  try {
    for (const dir of ['state/lists/partial', 'cache/archives/partial', 'etc', 'deb', 'files']) mkdirSync(path.join(root, dir), { recursive: true });
    const list = path.join(root, 'etc', 'sources.list');
    writeFileSync(list, `deb [signed-by=${keyring}] ${source.uri} ${release} main\n`);
    const apt = [
      'apt-get', '-q',
      '-o', `Dir::State=${root}/state`,
      '-o', 'Dir::State::status=/dev/null',
      '-o', `Dir::Cache=${root}/cache`,
      '-o', `Dir::Etc::sourcelist=${list}`,
      '-o', 'Dir::Etc::sourceparts=-',
      '-o', 'Acquire::Languages=none',
      // The user that apt otherwise fetches as cannot write below a private home.
      '-o', 'APT::Sandbox::User=root',
    ];
    const options = { timeoutMs: 300_000, env: { LC_ALL: 'C' }, cwd: path.join(root, 'deb') };
    await run([...apt, 'update'], options);
    await run([...apt, 'download', 'docker-cli'], options);
    const [deb] = readdirSync(path.join(root, 'deb'));
    if (deb === undefined) throw new Error('apt-get download brought no file');
    await run(['dpkg-deb', '-x', path.join(root, 'deb', deb), path.join(root, 'files')]);
    rmSync(path.join(CACHE, 'docker-cli'), { recursive: true, force: true });
    renameSync(path.join(root, 'files'), path.join(CACHE, 'docker-cli'));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** The machine's own mirror of Debian, and the keyring that its sources name (or the one Debian ships). */
function machineMirror(): { source: AptSource; keyring: string } {
  const codename = /^VERSION_CODENAME=(\S+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? '';
  const source = debianMirror(machineSources(), codename);
  if (source === undefined) throw new Error('the apt sources of this machine name no mirror of Debian');
  const keyring = source.signedBy ?? '/usr/share/keyrings/debian-archive-keyring.gpg';
  if (!existsSync(keyring)) throw new Error(`${keyring}: no such keyring; install debian-archive-keyring`);
  return { source, keyring };
}

function machineSources(): AptSource[] {
  const parts = '/etc/apt/sources.list.d';
  const files = [...(existsSync(parts) ? readdirSync(parts).map((name) => path.join(parts, name)) : []), '/etc/apt/sources.list'];
  return files.flatMap((file) => {
    if (!existsSync(file)) return [];
    if (file.endsWith('.sources')) return parseDeb822Sources(readFileSync(file, 'utf8'));
    return file.endsWith('.list') ? parseOneLineSources(readFileSync(file, 'utf8')) : [];
  });
}
