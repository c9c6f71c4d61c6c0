import { buildBundle } from '../../scripts/build.mjs';

/** Vitest global set-up: tests of the built command run what is in src/ now. */
export default async function setup(): Promise<void> {
  await buildBundle();
}
