import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildBundle } from '../../scripts/build.mjs';
import type { CliResult } from '../support/cli.ts';
import { Cluster, images } from '../support/cluster.ts';

/** A cluster of the proof's stack, and the program with the proof's catalogue. */
export interface ProofCluster {
  cluster: Cluster;
  /** `init --yes` with these answers beside the image and the nodes. */
  init: (...set: string[]) => Promise<CliResult>;
  remove: () => Promise<void>;
}

/** Builds the program anew and makes a bundle directory's place; nothing is in the swarm yet. */
export async function proofCluster(name: string): Promise<ProofCluster> {
  const built = await mkdtemp(join(tmpdir(), 'bundle-proof-'));
  await buildBundle(pathToFileURL(`${built}/`), 'test/proof/entry.ts');
  const cluster = await Cluster.make(name);
  cluster.entry = join(built, 'bundle.cjs');
  const fixed = [`name=${name}`, `image=${images.manager}`, 'nodes=[node1,node2,node3]'];
  return {
    cluster,
    init: (...set) =>
      cluster.run(['init', '--yes', '--no-prepare', ...[...fixed, ...set].flatMap((each) => ['--set', each])]),
    remove: async () => {
      await cluster.remove();
      await rm(built, { recursive: true, force: true });
    },
  };
}
