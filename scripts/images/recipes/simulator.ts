/** The contract simulators: our programs on the machine's own node. */
import { chmod, copyFile, mkdir, stat } from 'node:fs/promises';
import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { run } from '../../lab/exec.ts';
import { keyOf } from '../cache.ts';
import { type Layer, layer } from '../oci/layer.ts';
import { CONTRACT_VERSION } from '../simulator/common/contract.ts';
import { bundlePrograms, type Program } from '../simulator/bundle.ts';
import { fileLayer, type OwnFile } from './files.ts';
import { LABELS, type Log, PATH, type Recipe } from './recipe.ts';
import { skeleton } from './skeleton.ts';

const NODE = '/usr/local/bin/node';

/** Many of these run on few cores: a small heap, and no more threads than are of use. */
const NODE_FLAGS = ['--max-old-space-size=64', '--v8-pool-size=1', '--no-deprecation'];

/** Helpers that a container's own shell can call. */
const TOOL: Readonly<Record<string, Program>> = { '/usr/local/bin/simulator': 'tool' };
const CHECKS: Readonly<Record<string, Program>> = {
  '/root/check-health': 'check-health',
  '/root/readiness-check': 'readiness-check',
};

export const manager = simulator('manager', [9097, 9989, 9998, 9999], TOOL);
export const agent = simulator('agent', [9994, 9997], { ...TOOL, ...CHECKS });

function simulator(
  role: 'manager' | 'agent',
  expose: readonly number[],
  helpers: Readonly<Record<string, Program>>,
): Recipe {
  return {
    repository: `simulator/imply-${role}`,
    tag: String(CONTRACT_VERSION),
    settings: {
      entrypoint: [NODE, ...NODE_FLAGS, `/simulator/${role}.mjs`],
      env: { PATH, UV_THREADPOOL_SIZE: '2' },
      expose,
      labels: { ...LABELS, 'bundle.simulator': `imply-${role} contract ${CONTRACT_VERSION}` },
    },
    layers: async (log) => [await skeleton(log), await node(log), await programs(role, helpers)],
  };
}

async function programs(role: 'manager' | 'agent', helpers: Readonly<Record<string, Program>>): Promise<Layer> {
  const bundles = await bundlePrograms();
  const file = (program: Program): OwnFile => ({ content: bundles[program], mode: 0o644 });
  const files: Record<string, OwnFile> = { [`/simulator/${role}.mjs`]: file(role) };
  for (const [name, program] of Object.entries(helpers)) {
    files[`/simulator/${program}.mjs`] = file(program);
    files[name] = { content: `#!/bin/sh\nexec ${NODE} /simulator/${program}.mjs "$@"\n`, mode: 0o755 };
  }
  return fileLayer(files, { '/mnt/var': { owner: 0 }, '/mnt/tmp': { owner: 0 } });
}

async function node(log: Log): Promise<Layer> {
  const program = realpathSync(process.execPath);
  const { size, mtimeMs } = await stat(program);
  return layer(keyOf('node 1', program, String(size), String(mtimeMs)), async (root) => {
    log(`packing node ${process.version} of this machine`);
    const copy = path.join(root, NODE);
    await mkdir(path.dirname(copy), { recursive: true });
    await copyFile(program, copy);
    // Symbols are a tenth of it. A machine without binutils packs them along.
    await run(['strip', copy], { check: false }).catch(() => undefined);
    await chmod(copy, 0o755);
    for (const library of await libraries(program)) {
      const target = path.join(root, library.replace(/^\/(lib|lib64)\//, '/usr/$1/'));
      await mkdir(path.dirname(target), { recursive: true });
      await copyFile(library, target);
    }
  });
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
