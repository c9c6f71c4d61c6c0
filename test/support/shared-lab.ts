import type { TestProject } from 'vitest/node';
import { buildImages } from '../../scripts/images/build.ts';
import { down, unsupportedReason, up } from '../../scripts/lab/lab.ts';
import { labId } from './lab-id.ts';
import { testEngine } from './test-engine.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The lab that the tests of the commands share, or why there is none. */
    lab: { id: string; images: Record<'manager' | 'agent' | 'mysql' | 'zookeeper', string> } | { unsupported: string };
  }
}

const ID = labId('shared');

/** Vitest global set-up: one swarm of four hosts with the images, for all tests that deploy. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const why = unsupportedReason();
  if (why !== undefined) {
    if (process.env['BUNDLE_REQUIRE_LAB'] === '1') throw new Error(`the lab is required and cannot run: ${why}`);
    project.provide('lab', { unsupported: why });
    return async () => undefined;
  }
  const log = (line: string) => process.stderr.write(`lab: ${line}\n`);
  await down(ID);
  const lab = await up({ id: ID, engine: testEngine(), hosts: 4, log });
  try {
    project.provide('lab', { id: ID, images: await buildImages(lab, { log, only: ['manager', 'agent', 'mysql', 'zookeeper'] }) });
  } catch (error) {
    await down(ID);
    throw error;
  }
  return () => down(ID);
}
