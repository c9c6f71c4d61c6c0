import { join } from 'node:path';
import { buildImages } from '../images/build.ts';
import type { Lab } from '../lab/lab.ts';
import { bringUp } from './labs.ts';
import { initCluster, LAB, log } from './measure.ts';

export const TASKS = 36;
/** Of the stack. */
export const NAME = 'bench';

export interface BenchCluster {
  lab: Lab;
  /** The bundle's directory. */
  directory: string;
}

let made: Promise<BenchCluster> | undefined;

/** A bundle of 36 tasks, prepared on a lab of three hosts: one for all benches that need it. */
export function cluster(dir: string): Promise<BenchCluster> {
  return (made ??= make(dir));
}

async function make(dir: string): Promise<BenchCluster> {
  const lab = await bringUp({ id: LAB, hosts: 3 });
  const images = await buildImages(lab, { log, only: ['manager', 'agent', 'mysql', 'zookeeper'] });
  const directory = join(dir, NAME);
  // Manager, MySQL, ZooKeeper, a master, a query and 31 data agents.
  const spread = Array.from({ length: TASKS - 5 }, (_unused, index) => `node${(index % 3) + 1}`);
  await initCluster(lab, NAME, directory, [
    ...Object.entries(images).map(([key, image]) => `images.${key}=${image}`),
    'manager.nodes=node1',
    'agents.master.nodes=node2',
    'agents.query.nodes=node3',
    `agents.data.replicas=${spread.length}`,
    `agents.data.nodes=[${spread.join(',')}]`,
    'agents.data.gracePeriod=10s',
  ]);
  return { lab, directory };
}
