/**
 * The lowest layer of every image with Java: Debian's JRE with its libraries and the usual certificates, bash, a plain
 * `sh`, and few tools, all of one release. It has what images of Java services are known to have and nothing that
 * talks to a network (no nc, curl, wget, openssl, nslookup): what works in the lab must not rest on those.
 */
import { chmod, copyFile, mkdir, readdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { keyOf, withScratch } from '../cache.ts';
import { download, type PackageSet, unpack } from '../debian/packages.ts';
import { pick } from '../debian/pick.ts';
import { type Layer, layer } from '../oci/layer.ts';
import type { Log } from '../recipes/recipe.ts';
import { emptySystem } from '../recipes/skeleton.ts';
import { javaHome, jreFiles, jrePackage, type JavaVersion, RELEASE } from './jre.ts';
import { runIn } from './sandbox.ts';

/** Applets of busybox that are linked; busybox itself is not on the PATH, so its others cannot be called by name. */
const TOOLS = [
  'awk', 'basename', 'cat', 'chmod', 'cp', 'cut', 'date', 'dd', 'df', 'dirname', 'du', 'echo', 'env', 'expr',
  'false', 'find', 'grep', 'head', 'hostname', 'id', 'kill', 'ln', 'ls', 'mkdir', 'mktemp', 'mv', 'od', 'printf',
  'ps', 'pwd', 'readlink', 'rm', 'rmdir', 'sed', 'seq', 'sleep', 'sort', 'stat', 'tail', 'tee', 'test', 'touch',
  'tr', 'true', 'tty', 'uname', 'uniq', 'wc', 'whoami', 'xargs',
]; // prettier-ignore

const SHELLS = ['usr/bin/bash', 'usr/bin/dash'];
const BUSYBOX = 'usr/lib/busybox/busybox';
const TRUST_STORE = '/etc/ssl/certs/java/cacerts';

/** The layer of a Java version, from the cache or built. */
export async function javaRoot(version: JavaVersion, log: Log): Promise<Layer> {
  const packages: PackageSet = {
    release: RELEASE[version],
    closure: [jrePackage(version), 'ca-certificates', 'ca-certificates-java', 'bash', 'dash', 'busybox-static'],
  };
  const kept = [...SHELLS, ...jreFiles(version)];
  // The number goes up when the same packages and paths are to give another layer.
  return layer(keyOf('java root 1', JSON.stringify([packages, kept, TOOLS])), async (root) => {
    const debs = await download(packages, log);
    await withScratch(async (tree) => {
      log(`unpacking Java ${version} of Debian ${packages.release}`);
      await unpack(debs, tree);
      await trustStore(version, tree);
      await emptySystem(root);
      await pick(tree, root, [...kept, TRUST_STORE.slice(1)]);
      await tools(tree, root);
    });
  });
}

async function tools(tree: string, root: string): Promise<void> {
  await mkdir(path.join(root, path.dirname(BUSYBOX)), { recursive: true });
  await copyFile(path.join(tree, 'usr/bin/busybox'), path.join(root, BUSYBOX));
  await chmod(path.join(root, BUSYBOX), 0o755);
  for (const name of TOOLS) await symlink(`/${BUSYBOX}`, path.join(root, 'usr/bin', name));
  await symlink('dash', path.join(root, 'usr/bin/sh'));
}

/** Java's default certificates, by the program that Debian's maintainer script would run. */
async function trustStore(version: JavaVersion, tree: string): Promise<void> {
  const from = 'usr/share/ca-certificates/mozilla';
  await mkdir(path.join(tree, path.dirname(TRUST_STORE)), { recursive: true });
  for (const dir of ['proc', 'dev', 'tmp']) await mkdir(path.join(tree, dir), { recursive: true });
  const certificates = (await readdir(path.join(tree, from))).filter((name) => name.endsWith('.crt')).sort();
  const program = ['-jar', '/usr/share/ca-certificates-java/ca-certificates-java.jar', '-storepass', 'changeit'];
  await runIn(tree, [`${javaHome(version)}/bin/java`, '-Xmx64m', ...program], {
    input: certificates.map((name) => `+/${from}/${name}\n`).join(''),
    timeoutMs: 120_000,
  });
}
