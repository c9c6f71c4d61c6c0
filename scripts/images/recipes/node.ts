/** This machine's own node as files of an image. */
import { chmod, copyFile, mkdir, readFile, rm, symlink } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { run } from '../../lab/exec.ts';

/** Its path in an image. */
export const NODE = '/usr/local/bin/node';

/**
 * Copies a node and all that it loads into an empty root directory, laid out as Debian's merged /usr, and starts it
 * there.
 * @throws Error in node's own words if it does not run with what was copied
 */
export async function packNode(program: string, root: string): Promise<void> {
  const copy = path.join(root, NODE);
  await mkdir(path.dirname(copy), { recursive: true });
  await copyFile(program, copy);
  // Symbols are a tenth of it. A machine without binutils packs them along.
  await run(['strip', copy], { check: false }).catch(() => undefined);
  await chmod(copy, 0o755);
  const loaded = await libraries(program);
  const texts = await Promise.all([program, ...loaded].map((file) => readFile(file)));
  const builtins = texts.flatMap(externalBuiltins).filter((file) => existsSync(file));
  for (const file of [...loaded, ...builtins]) {
    const target = path.join(root, file.replace(/^\/(lib|lib64)\//, '/usr/$1/'));
    await mkdir(path.dirname(target), { recursive: true });
    await copyFile(file, target);
  }
  await start(root);
}

/**
 * Modules of node itself that a distributor's build reads from files: their paths stand in the program, or in its
 * library (node's BUILDING.md, "Loading JS files from disk"; Debian has them below /usr/share/nodejs).
 */
export function externalBuiltins(binary: Buffer): string[] {
  const found = binary.toString('latin1').matchAll(/\/usr\/share\/nodejs\/[\w@.+/-]+\.(?:js|mjs|cjs|wasm)/g);
  return [...new Set([...found].map(([file]) => file))];
}

/** In the image the links below the root are another layer's. */
async function start(root: string): Promise<void> {
  const links = ['lib', 'lib64'];
  for (const link of links) await symlink(`usr/${link}`, path.join(root, link));
  const { code, stdout, stderr } = await run(['chroot', root, NODE, '-e', '0'], { check: false, timeoutMs: 60_000 });
  if (code !== 0)
    throw new Error(
      `node ${process.version} of this machine cannot be packed into an image (${code}); install another build of it, ` +
        `such as the one of nodejs.org:\n${`${stdout}${stderr}`.trim().slice(0, 2000)}`,
    );
  for (const link of links) await rm(path.join(root, link));
}

/** What the loader names, and what the C library loads by itself to look up host names. */
async function libraries(program: string): Promise<string[]> {
  const { stdout } = await run(['ldd', program], { check: false });
  const named = [...stdout.matchAll(/(\/\S+) \(0x/g)].flatMap(([, file]) => (file === undefined ? [] : [file]));
  const libc = named.find((file) => path.basename(file) === 'libc.so.6');
  const lookedUp =
    libc === undefined
      ? []
      : ['libnss_dns.so.2', 'libnss_files.so.2', 'libresolv.so.2'].map((name) => path.join(path.dirname(libc), name));
  return [...named, ...lookedUp.filter((file) => existsSync(file))];
}
