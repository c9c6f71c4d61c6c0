import { afterAll, inject } from 'vitest';
import { buildImages } from '../../scripts/images/build.ts';
import { attach, type Lab, remainsOf, up } from '../../scripts/lab/lab.ts';
import { laneLabId } from './lab-id.ts';
import { takeLane } from './take-lane.ts';
import { testEngine } from './test-engine.ts';

const IMAGES = ['manager', 'agent', 'mysql', 'zookeeper'] as const;
export type LaneImages = Record<(typeof IMAGES)[number], string>;

/**
 * The lab of a lane that this file takes for itself, until its last hook has run: a swarm of four hosts with the images in its registry. Brings it up if this file is the first of its
 * lane; shared-lab.ts takes it down at the end of the run. Undefined if no lab can run here.
 *
 * @throws Error if the lab does not come up
 */
export async function laneLab(): Promise<{ lab: Lab; images: LaneImages } | undefined> {
  if ('unsupported' in inject('lab')) return undefined;
  const { lane, free } = await takeLane();
  // Registered before any hook of the file, so it runs after all of them.
  afterAll(free);
  const id = laneLabId(lane);
  const log = (line: string): void => void process.stderr.write(`lab ${id}: ${line}\n`);
  const lab = remainsOf(id).length > 0 ? await attach(id) : await up({ id, engine: testEngine(), hosts: 4, log });
  return { lab, images: await buildImages(lab, { log: () => undefined, only: IMAGES }) };
}
