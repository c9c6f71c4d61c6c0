/**
 * Debian packages as files: downloaded with an apt that knows nothing of this machine and changes nothing on it, and
 * unpacked without their maintainer scripts.
 */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../../lab/exec.ts';
import { cached, keyOf } from '../cache.ts';
import { machineMirror } from './mirror.ts';

/** Packages of one Debian release. */
export interface PackageSet {
  /** Codename; `sid` is always there. */
  release: string;
  /** Taken with everything they depend on. */
  closure: readonly string[];
  /** Taken alone. */
  alone?: readonly string[];
}

/** A package of one exact version. */
export interface PinnedPackage {
  /** Below the mirror's root, as the field Filename of a Packages file has it. */
  file: string;
  sha256: string;
}

/** A pinned package that the mirror no longer has: Debian keeps a version only as long as a release has it. */
export class PackageGone extends Error {}

/** The directory that has a set's `.deb` files; downloaded when they are not there. */
export async function download(set: PackageSet, log: (line: string) => void): Promise<string> {
  return cached('debs', keyOf(JSON.stringify(set)), (dir) => downloadInto(dir, set, log));
}

/** Downloads what a release has now of a set, into an empty directory. @throws Error if the mirror does not give it. */
export async function downloadInto(dir: string, set: PackageSet, log: (line: string) => void): Promise<void> {
  log(`downloading ${[...set.closure, ...(set.alone ?? [])].join(' ')} of Debian ${set.release}`);
  const apt = await privateApt(dir, set.release);
  const fetch = async (...args: string[]): Promise<void> => {
    const { code, stderr } = await run([...apt, ...args], {
      check: false,
      timeoutMs: 600_000,
      env: { LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
      cwd: dir,
    });
    if (code !== 0)
      throw new Error(
        `Debian ${set.release}: apt-get ${args.join(' ')} failed (${code}); is the mirror reachable, does it ` +
          `have these packages?\n${stderr.trim()}`,
      );
  };
  await fetch('update');
  if (set.closure.length > 0)
    await fetch('install', '-y', '--download-only', '--no-install-recommends', ...set.closure);
  if (set.alone !== undefined) await fetch('download', ...set.alone);
  await rm(path.join(dir, 'apt'), { recursive: true });
}

/**
 * Downloads pinned packages from the machine's mirror into an empty directory, each checked against its sum.
 *
 * @throws PackageGone if the mirror has that version no more; Error if it cannot be reached, or a file has another sum.
 */
export async function downloadPinned(
  dir: string,
  packages: readonly PinnedPackage[],
  log: (line: string) => void,
): Promise<void> {
  const { uri } = machineMirror();
  await mkdir(path.join(dir, 'archives'));
  for (const { file, sha256 } of packages) {
    log(`downloading ${path.basename(file)}`);
    const url = `${uri.replace(/\/$/, '')}/${file}`;
    // With the machine's own settings of apt, so that a proxy of its is used too.
    const target = path.join(dir, path.basename(file));
    const helper = ['/usr/lib/apt/apt-helper', '-o', 'APT::Sandbox::User=root'];
    const { code, stdout, stderr } = await run([...helper, 'download-file', url, target, `SHA256:${sha256}`], {
      check: false,
      timeoutMs: 600_000,
      env: { LC_ALL: 'C' },
    });
    if (code === 0) continue;
    const said = `${stdout}${stderr}`;
    if (/ 404 |File not found/.test(said)) throw new PackageGone(`${file}: the mirror no longer has this version`);
    throw new Error(`${file}: cannot be downloaded from the mirror that this machine's apt uses\n${stderr.trim()}`);
  }
}

/** Unpacks downloaded packages into a directory, laid out as Debian's merged /usr. */
export async function unpack(debs: string, into: string): Promise<void> {
  for (const dir of ['bin', 'sbin', 'lib', 'lib64']) {
    await mkdir(path.join(into, 'usr', dir), { recursive: true });
    await run(['ln', '-sfn', `usr/${dir}`, path.join(into, dir)]);
  }
  for (const dir of [debs, path.join(debs, 'archives')]) {
    for (const name of (await readdir(dir)).filter((one) => one.endsWith('.deb')).sort()) {
      const tar = await run(
        [
          'sh',
          '-c',
          'dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink -C "$2"',
          'sh',
          path.join(dir, name),
          into,
        ],
        { check: false },
      );
      if (tar.code !== 0) throw new Error(`${name}: cannot be unpacked: ${tar.stderr.trim()}`);
    }
  }
}

/**
 * An apt-get whose state, cache and sources are its own. Packages end in `dir/archives`, or in the working directory.
 */
async function privateApt(dir: string, release: string): Promise<string[]> {
  const { uri, keyring } = machineMirror();
  for (const part of ['apt/lists/partial', 'archives/partial']) await mkdir(path.join(dir, part), { recursive: true });
  const list = path.join(dir, 'apt', 'sources.list');
  const status = path.join(dir, 'apt', 'status');
  await writeFile(status, '');
  await writeFile(list, `deb [signed-by=${keyring}] ${uri} ${release} main\n`);
  const settings = {
    'Dir::State': path.join(dir, 'apt'),
    // An empty file of its own, not /dev/null: apt locks beside it.
    'Dir::State::status': status,
    'Dir::Cache': path.join(dir, 'apt'),
    'Dir::Cache::archives': path.join(dir, 'archives'),
    'Dir::Etc::sourcelist': list,
    'Dir::Etc::sourceparts': '-',
    'Acquire::Languages': 'none',
    // The user that apt otherwise fetches as cannot write below a private home.
    'APT::Sandbox::User': 'root',
  };
  return ['apt-get', '-q', ...Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`])];
}
