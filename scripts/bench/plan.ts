import { join } from 'node:path';
import { bringUp, takeDown } from './labs.ts';
import { compare, entry, initCluster, LAB, run } from './measure.ts';

const SERVICES = 200;
const RUNS = 15;
/** Swarm's own pool gives a network 254 addresses, too few for so many tasks. */
const SUBNET = '10.30.0.0/20';

/**
 * `bundle plan` of a swarm of 200 services that it deployed, against one `docker service inspect` of them all. The node
 * takes no tasks: they wait, and cost the machine nothing.
 */
export async function planTimes(dir: string): Promise<void> {
  const lab = await bringUp({ id: LAB, hosts: 1 });
  try {
    const cluster = join(dir, 'many');
    // With manager, MySQL and ZooKeeper.
    const roles = { master: 49, query: 49, data: SERVICES - 3 - 2 * 49 };
    const agents = Object.entries(roles).flatMap(([role, count]) => [
      `agents.${role}.replicas=${count}`,
      `agents.${role}.nodes=node1`,
    ]);
    await initCluster(lab, 'many', cluster, [
      'manager.nodes=node1',
      'agents.query.publish.enabled=false',
      `network.subnet=${SUBNET}`,
      ...agents,
    ]);
    await lab.docker('node1', ['node', 'update', '--availability', 'drain', 'node1']);
    const cli = await lab.cli();
    await run(lab, cli, ['stack', 'deploy', '--resolve-image', 'never', '-c', join(cluster, 'stack.yml'), 'many']);
    const ids = (await lab.docker('node1', ['service', 'ls', '--quiet'])).stdout.trim().split('\n');
    if (ids.length !== SERVICES) throw new Error(`the swarm has ${ids.length} services, not ${SERVICES}`);
    await compare(
      [
        { name: `docker service inspect of ${SERVICES} services`, command: cli, argv: ['service', 'inspect', ...ids] },
        // It fails if it finds a change.
        {
          name: 'bundle plan of the same',
          command: process.execPath,
          argv: [entry, 'plan', cluster, '--detailed-exitcode'],
        },
      ],
      RUNS,
      { ...process.env, ...lab.env('node1') },
    );
  } finally {
    await takeDown(LAB);
  }
}
