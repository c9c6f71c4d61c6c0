/**
 * An engine's programs, as the lab starts them: the machine's own, or those of Debian packages that are unpacked into
 * the cache.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { cached, keyOf, withScratch } from '../images/cache.ts';
import { downloadInto, downloadPinned, PackageGone, unpack } from '../images/debian/packages.ts';
import { DEFAULT_ENGINE, ENGINE_NAMES, ENGINES, type PinnedEngine, SYSTEM_ENGINE } from './engines.ts';
import { run, systemPath } from './exec.ts';
import { which } from './packages.ts';

/** An engine that is there. Part of a lab's state: another process starts the same one again. */
export interface Engine {
  /** As it was asked for: a name of ENGINE_NAMES. */
  name: string;
  /** What its `dockerd --version` says, as '28.5.2'. */
  version: string;
  /** Has `bin` with its programs; an engine of the machine has none. */
  dir?: string;
}

type Log = (line: string) => void;

/** What an engine consists of. docker-init is a link to tini. */
const PROGRAMS = ['dockerd', 'containerd', 'containerd-shim-runc-v2', 'runc', 'docker-proxy', 'docker-init'];
const LIBRARIES = 'usr/lib/x86_64-linux-gnu';
const LOADER = 'ld-linux-x86-64.so.2';

/**
 * The engine of a name, fetched into the cache if it is not there. If the mirror lost a pinned version, what the same
 * release has now takes its place, as long as it is the same version of Docker; the log says so.
 *
 * @throws Error if it cannot be had on this machine: with the engines to ask for instead.
 */
export async function obtainEngine(name: string, log: Log): Promise<Engine> {
  if (name === SYSTEM_ENGINE) return { name, version: await versionOf('dockerd') };
  const fits = process.arch === 'x64';
  try {
    if (!fits) throw new Error(`its packages are those of amd64, and this machine is ${process.arch}`);
    const dir = await engineDirectory(name, log);
    return { name, version: await versionOf(path.join(dir, 'bin', 'dockerd')), dir };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const others = ENGINE_NAMES.filter((one) => one !== name && (one === SYSTEM_ENGINE || fits));
    throw new Error(
      `engine ${name} cannot be had here: ${why}\n\`npm run lab\` takes another with --engine, the tests ` +
        `with BUNDLE_TEST_ENGINE: ${others.join(', ')}; ${SYSTEM_ENGINE} is the machine's own.`,
    );
  }
}

/**
 * PATH with which an engine and what it starts find their own programs first. @throws Error if they are gone from the
 * cache.
 */
export function enginePath(engine: Engine): string {
  if (engine.dir === undefined) return systemPath();
  const bin = path.join(engine.dir, 'bin');
  if (!existsSync(path.join(bin, 'dockerd')))
    throw new Error(
      `${bin}: engine ${engine.name} of this lab is no longer there (was the cache removed?); bring the lab up again`,
    );
  return systemPath(`${bin}:${systemPath()}`);
}

/** What starts an engine: its own program, never another one that PATH has. */
export function engineProgram({ dir }: Engine): string {
  return dir === undefined ? (which('dockerd') ?? 'dockerd') : path.join(dir, 'bin', 'dockerd');
}

async function engineDirectory(name: string, log: Log): Promise<string> {
  const pinned = ENGINES[name];
  const key = pinned === undefined ? keyOf(name, new Date().toISOString().slice(0, 10)) : keyOf(JSON.stringify(pinned));
  return cached('engines', key, async (dir, final) => {
    if (/^(\/var)?\/run\//.test(final))
      throw new Error(`${final}: a host of the lab covers /run with its own; move this checkout`);
    await withScratch(async (scratch) => {
      const [debs, tree] = [path.join(scratch, 'debs'), path.join(scratch, 'tree')];
      for (const one of [debs, tree]) mkdirSync(one);
      if (pinned === undefined) await downloadRelease(debs, ENGINES[DEFAULT_ENGINE], 'sid', log);
      else await downloadEngine(debs, name, pinned, log);
      await unpack(debs, tree);
      await install(tree, dir, final);
    });
  });
}

async function downloadEngine(debs: string, name: string, pinned: PinnedEngine, log: Log): Promise<void> {
  try {
    await downloadPinned(debs, pinned.packages, log);
  } catch (error) {
    if (!(error instanceof PackageGone)) throw error;
    log(
      `engine ${name}: ${error.message}; taking what Debian ${pinned.release} has now (pin it in ` +
        'scripts/lab/engines.ts)',
    );
    rmSync(debs, { recursive: true });
    mkdirSync(debs);
    await downloadRelease(debs, pinned, pinned.release, log);
    const file = readdirSync(debs).find((one) => one.startsWith('docker.io_')) ?? '';
    if (!file.startsWith(`docker.io_${name}.`))
      throw new Error(`${error.message}, and Debian ${pinned.release} has another engine now: ${file}`);
  }
}

/**
 * Downloads the packages that an engine consists of in the versions that a release has now; apt checks the signature.
 */
function downloadRelease(debs: string, like: PinnedEngine | undefined, release: string, log: Log): Promise<void> {
  const names = (like?.packages ?? []).map(({ file }) => path.basename(file).split('_')[0] ?? '');
  return downloadInto(debs, { release, closure: [], alone: names }, log);
}

/**
 * Lays an unpacked tree out as `bin` and `lib`, and makes programs that do not run on this machine's libraries use
 * those of the tree.
 */
async function install(tree: string, dir: string, final: string): Promise<void> {
  const [bin, lib] = [path.join(dir, 'bin'), path.join(dir, 'lib')];
  mkdirSync(bin);
  renameSync(path.join(tree, LIBRARIES), lib);
  for (const program of PROGRAMS) {
    const found = ['usr/sbin', 'usr/bin']
      .map((place) => path.join(tree, place, program))
      .find((file) => existsSync(file));
    if (found === undefined) throw new Error(`${program}: not in the packages; Debian has moved it`);
    const file = path.join(bin, program);
    copyFileSync(found, file);
    if (/not found/.test(await libraries(file))) await useOwnLibraries(file, lib, path.join(final, 'lib'));
  }
}

async function useOwnLibraries(program: string, lib: string, finalLib: string): Promise<void> {
  // A newer libc comes with its own loader; older libraries than the machine's go with the machine's.
  const loader = existsSync(path.join(lib, LOADER)) ? ['--set-interpreter', path.join(finalLib, LOADER)] : [];
  // Not $ORIGIN: runc starts itself again from a copy in memory, which lies in no directory.
  await run(['patchelf', ...loader, '--force-rpath', '--set-rpath', finalLib, program]);
}

/** What ldd(1) says: of a program that cannot run here, 'not found' for a library or a version of one. */
async function libraries(program: string): Promise<string> {
  const { stdout, stderr } = await run(['ldd', program], { check: false, env: { LC_ALL: 'C' } });
  return stdout + stderr;
}

/** A version of Docker without what a packager adds: of '28.5.2+dfsg4' 28.5.2; undefined if it is none. */
export function versionIn(text: string): string | undefined {
  return /^v?(\d+\.\d+\.\d+)/.exec(text)?.[1];
}

async function versionOf(dockerd: string): Promise<string> {
  const { stdout } = await run([dockerd, '--version'], { timeoutMs: 120_000 });
  const version = versionIn(/version (.*)/i.exec(stdout)?.[1] ?? '');
  if (version === undefined) throw new Error(`${dockerd} --version says '${stdout.trim()}'`);
  return version;
}
