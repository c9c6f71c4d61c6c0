import { mkdir, rm } from 'node:fs/promises';
import { buildBundle } from '../../scripts/build.mjs';
import { commandCaches } from './command-caches.ts';

/** Vitest global set-up: tests of the built command run what is in src/ now. */
export default async function setup(): Promise<void> {
  await buildBundle();
  await rm(commandCaches, { recursive: true, force: true });
  await mkdir(commandCaches, { recursive: true });
}
