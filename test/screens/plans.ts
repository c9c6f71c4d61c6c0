import { placementOf } from '../../src/place/of-document.ts';
import { planChanges } from '../../src/plan/plan.ts';
import { stagesOf } from '../../src/quorum/stages.ts';
import type { Plan } from '../../src/plan/changes.ts';
import type { Placement } from '../../src/sdk/definition.ts';
import type { SwarmNode, SwarmService, SwarmTask } from '../../src/engine/port.ts';
import type { PlacementForecast } from '../../src/place/simulate.ts';
import { cluster, rendered } from '../unit/stacks/imply.ts';
import { holding } from '../unit/plan/engine.ts';

const NODES: SwarmNode[] = ['node1', 'node2', 'node3'].map((hostname, at) => ({
  id: `id-${hostname}`,
  hostname,
  role: 'manager',
  leader: at === 0,
  votes: true,
  availability: 'active',
  state: 'ready',
  address: `10.0.0.${at + 1}`,
  cpus: 8,
  memoryBytes: 64 * 2 ** 30,
  os: 'linux',
  arch: 'x86_64',
  engineVersion: '28.0.0',
  labels: {},
  engineLabels: {},
}));

/** Answers of the cluster with other ones laid over; images of a private registry. */
const at = (tag: string, over: Record<string, unknown> = {}) =>
  cluster({
    images: {
      manager: `registry.example.com:5000/imply/imply-manager:${tag}`,
      agent: `registry.example.com:5000/imply/imply-agent:${tag}`,
    },
    ...over,
  });

/** A running task of each service where its label is. */
function tasksOf(services: readonly SwarmService[], placements: readonly Placement[]): SwarmTask[] {
  return services.map((service) => ({
    id: `task-of-${service.name}`,
    serviceId: service.id,
    slot: 1,
    nodeId: `id-${placements.find((one) => one.services.some((name) => `prod_${name}` === service.name))?.nodes[0] ?? ''}`,
    state: 'running',
    desiredState: 'running',
    spec: (service.spec as { TaskTemplate: object }).TaskTemplate,
  })) as unknown as SwarmTask[];
}

/** What deploying `wanted` changes if `held` runs; if nothing is held, everything is made. */
function planOf(
  wanted: ReturnType<typeof at>,
  held?: ReturnType<typeof at>,
): { plan: Plan; placement: PlacementForecast } {
  const defined = wanted.definition.plan(wanted.name, wanted.answers);
  const { document } = rendered(wanted);
  const before = held?.definition.plan(held.name, held.answers);
  const nodes = NODES.map((node) => ({
    ...node,
    labels: Object.fromEntries(
      (before?.placements ?? []).flatMap(({ role, nodes: named }) =>
        named.includes(node.hostname) ? [[`bundle.prod.${role}`, 'true']] : [],
      ),
    ),
  }));
  const live = held ? holding(rendered(held).document, nodes) : { services: [], networks: [], secrets: [], nodes };
  const plan = planChanges({
    stack: 'prod',
    document,
    placements: defined.placements,
    ensembles: defined.ensembles,
    rolling: defined.rolling,
    together: defined.together,
    live,
  });
  const placement = placementOf({
    stack: 'prod',
    document,
    plan,
    stages: stagesOf(plan, defined),
    live: { nodes, services: live.services, tasks: tasksOf(live.services, before?.placements ?? []) },
  });
  return { plan, placement };
}

const agents = {
  manager: 'registry.example.com:5000/imply/imply-manager:1',
  agent: 'registry.example.com:5000/imply/imply-agent:2',
};
const reserved = (data: string, query: string) => ({
  agents: {
    master: { nodes: ['node1'] },
    query: { nodes: ['node2'], reserve: { memory: query } },
    data: { replicas: 2, nodes: ['node2', 'node3'], reserve: { memory: data } },
  },
});
const ensemble = { zookeeper: { servers: 3, nodes: ['node1', 'node2', 'node3'] } };

/** By name, the plans whose screens are kept. */
export const plans = {
  'first deployment': planOf(at('1')),
  'another image of the agents': planOf(at('1', { images: agents }), at('1')),
  'another image of everything': planOf(at('2'), at('1')),
  'an agent more, and a role elsewhere': planOf(
    at('1', {
      manager: { nodes: ['node2'] },
      agents: {
        master: { nodes: ['node1'] },
        query: { nodes: ['node2'] },
        data: { replicas: 3, nodes: ['node2', 'node3', 'node1'] },
      },
    }),
    at('1'),
  ),
  'another image of an ensemble': planOf(
    at('1', {
      ...ensemble,
      images: { ...agents, agent: agents.agent.replace(':2', ':1'), zookeeper: 'zookeeper:3.9.3' },
    }),
    at('1', ensemble),
  ),
  'memory of one role for another': planOf(at('1', reserved('50G', '8G')), at('1', reserved('40G', '20G'))),
  'no change': planOf(at('1'), at('1')),
};
