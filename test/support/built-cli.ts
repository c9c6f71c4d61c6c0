import { mkdir, rm } from 'node:fs/promises';
import { buildBundle } from '../../scripts/build.mjs';
import { commandCaches } from './command-caches.ts';
import { told } from './told-set-up.ts';

/** Vitest global set-up: tests of the built command run what is in src/ now. */
export default told(async () => {
  await buildBundle();
  await rm(commandCaches, { recursive: true, force: true });
  await mkdir(commandCaches, { recursive: true });
});
