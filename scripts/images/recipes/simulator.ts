/** The contract simulators: our programs on the machine's own node. */
import { stat } from 'node:fs/promises';
import { realpathSync } from 'node:fs';
import { keyOf } from '../cache.ts';
import { type Layer, layer } from '../oci/layer.ts';
import { CONTRACT_VERSION } from '../simulator/common/contract.ts';
import { bundlePrograms, type Program } from '../simulator/bundle.ts';
import { fileLayer, type OwnFile } from './files.ts';
import { NODE, packNode } from './node.ts';
import { LABELS, type Log, PATH, type Recipe } from './recipe.ts';
import { skeleton } from './skeleton.ts';

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
  return layer(keyOf('node 2', program, String(size), String(mtimeMs)), async (root) => {
    log(`packing node ${process.version} of this machine`);
    await packNode(program, root);
  });
}
