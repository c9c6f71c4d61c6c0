import type { TestProject } from 'vitest/node';
import { obtainSeed } from '../../scripts/images/seed.ts';
import { down, remainsOf, unsupportedReason } from '../../scripts/lab/lab.ts';
import { SEED_VARIABLE } from '../../scripts/lab/seed.ts';
import { labId, LANE_IMAGES, LANES, laneLabId } from './lab-id.ts';
import { testEngine } from './test-engine.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Whether this machine can have a lab, and why not. */
    lab: { supported: true } | { unsupported: string };
  }
}

/**
 * Vitest global set-up: says whether labs can run here, clears the lanes' labs away before and after, and has the
 * engines of all labs start with the layers of the images. A lane's lab is brought up by the first of its files that
 * needs one (lane-lab.ts), so that a run of one file has one lab.
 *
 * @throws Error if BUNDLE_REQUIRE_LAB=1 and no lab can run
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const why = unsupportedReason();
  if (why !== undefined) {
    if (process.env['BUNDLE_REQUIRE_LAB'] === '1') throw new Error(`the lab is required and cannot run: ${why}`);
    project.provide('lab', { unsupported: why });
    return async () => undefined;
  }
  project.provide('lab', { supported: true });
  // What the project's files see as their environment is not this process's own.
  const engine = (project.config.env as NodeJS.ProcessEnv | undefined)?.['BUNDLE_TEST_ENGINE'] ?? testEngine();
  await clear(engine);
  await seed(engine);
  return () => clear(engine);
}

async function clear(engine: string): Promise<void> {
  const lanes = Array.from({ length: LANES }, (_unused, index) => laneLabId(index + 1, engine));
  const ids = [...lanes, seedLabId(engine)];
  await Promise.all(ids.filter((id) => remainsOf(id).length > 0).map((id) => down(id)));
}

const seedLabId = (engine: string): string => labId('seed', engine);

/**
 * Unpacking the images was a tenth of a run's CPU time: each of its engines did it. Workers have the variable from this
 * process. Without a seed tests take longer, and only that of the seed itself (lab.test.ts) fails.
 */
async function seed(engine: string): Promise<void> {
  const log = (line: string): void => void process.stderr.write(`lab ${seedLabId(engine)}: ${line}\n`);
  try {
    process.env[SEED_VARIABLE] = await obtainSeed({ id: seedLabId(engine), engine, images: LANE_IMAGES, log });
  } catch (error) {
    log(`engines start without layers: ${error instanceof Error ? error.message : String(error)}`);
  }
}
