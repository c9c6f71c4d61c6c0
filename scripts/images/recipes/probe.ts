/**
 * A shell, curl and openssl: what `bundle verify` needs to look from inside a stack's network (`verify.probeImage`).
 */
import { keyOf, withScratch } from '../cache.ts';
import { download, type PackageSet, unpack } from '../debian/packages.ts';
import { pick } from '../debian/pick.ts';
import { type Layer, layer } from '../oci/layer.ts';
import { LABELS, type Log, PATH, type Recipe } from './recipe.ts';
import { skeleton } from './skeleton.ts';

/** 7.88.1, hardly newer than the oldest that will do. */
const PACKAGES: PackageSet = { release: 'bookworm', closure: ['curl', 'openssl'] };
const KEPT = ['usr/bin/curl', 'usr/bin/openssl'];

export const probe: Recipe = {
  repository: 'lab/probe',
  tag: '1',
  settings: { cmd: ['sh'], env: { PATH }, labels: LABELS },
  layers: async (log) => [await skeleton(log), await curl(log)],
};

async function curl(log: Log): Promise<Layer> {
  // The number goes up when the same packages and paths are to give another layer.
  return layer(keyOf('curl 1', JSON.stringify([PACKAGES, KEPT])), async (root) => {
    const debs = await download(PACKAGES, log);
    await withScratch(async (tree) => {
      log('unpacking curl');
      await unpack(debs, tree);
      await pick(tree, root, KEPT);
    });
  });
}
