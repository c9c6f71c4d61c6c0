import { DEFAULT_LIMITS } from '../../src/bundle/host-limits.ts';
import { systemClock } from '../../src/swarm/clock.ts';
import type { CheckContext } from '../../src/checks/check.ts';
import type { Engine, SwarmNode, SwarmService, SwarmTask } from '../../src/engine/port.ts';
import type { StackDocument } from '../../src/compose/types.ts';
import { planChanges } from '../../src/plan/plan.ts';
import { needsBy } from '../../src/release/defined-by.ts';
import { definitions } from './definitions.ts';

/** A ready worker-and-manager node of that name; its id is `id-<name>`. */
export function node(hostname: string, more: Partial<SwarmNode> = {}): SwarmNode {
  return {
    id: `id-${hostname}`,
    hostname,
    role: 'manager',
    leader: false,
    votes: (more.role ?? 'manager') === 'manager',
    availability: 'active',
    state: 'ready',
    address: '10.0.0.1',
    cpus: 4,
    memoryBytes: 8e9,
    os: 'linux',
    arch: 'x86_64',
    engineVersion: '24.0.0',
    labels: {},
    engineLabels: {},
    ...more,
  };
}

/** A service of the stack that the first part of its name says. */
export function service(name: string, more: Partial<SwarmService> = {}): SwarmService {
  return {
    id: `id-${name}`,
    name,
    version: 1,
    createdAt: '',
    updatedAt: '',
    labels: { 'com.docker.stack.namespace': name.split('_')[0] ?? '' },
    mode: { kind: 'replicated', replicas: 1 },
    tty: false,
    stopGraceSeconds: 10,
    updateMonitorSeconds: 5,
    ports: [],
    spec: {},
    ...more,
  };
}

export function task(serviceId: string, nodeId: string, more: Partial<SwarmTask> = {}): SwarmTask {
  return {
    id: `task-${serviceId}-${nodeId}`,
    serviceId,
    nodeId,
    slot: 1,
    desiredState: 'running',
    state: 'running',
    stateAt: '',
    createdAt: '',
    message: '',
    error: '',
    image: '',
    secrets: [],
    spec: {},
    ...more,
  };
}

/** What is in the swarm of a test, or that none is reached. */
type Live =
  { nodes?: SwarmNode[]; services?: SwarmService[]; tasks?: SwarmTask[]; engine?: Partial<Engine> } | 'unreachable';

/**
 * The Imply plan and document for nodes n1, n2 and n3, and a swarm that holds them; tests change what they are about.
 */
export const context = (answers: Record<string, unknown> = {}, live: Live = {}): CheckContext =>
  contextOf(
    'imply',
    {
      manager: { nodes: ['n1'] },
      agents: { master: { nodes: ['n1'] }, query: { nodes: ['n2'] }, data: { replicas: 2, nodes: ['n2', 'n3'] } },
      deepStorage: { type: 's3', path: 's3://bucket/prefix' },
      ...answers,
    },
    live,
  );

/** The same of another definition in the catalogue, by its name. */
export function contextOf(stack: string, answers: Record<string, unknown>, live: Live): CheckContext {
  const definition = definitions.find(({ name }) => name === stack);
  if (!definition) throw new Error(`the catalogue has no ${stack}`);
  const plan = definition.plan('prod', definition.answers.parse(answers));
  const document: StackDocument = plan.document(
    (secret, part) => `prod_${secret}-${part}.v1`,
    () => ['/start'],
  ).document;
  const swarm = live === 'unreachable' ? {} : live;
  const nodes = swarm.nodes ?? [node('n1'), node('n2'), node('n3')];
  return {
    stack: 'prod',
    named: { dir: 'prod' },
    plan,
    document,
    identities: {},
    wrapped: {},
    secrets: [],
    beginnings: {},
    endings: {},
    secretsOnDisk: true,
    secretFaults: [],
    refusedAuthorities: [],
    reissues: [],
    adopt: false,
    byHand: false,
    info: undefined,
    unreachable: undefined,
    operator: { host: 'here', boot: '', pid: 1, isAlive: () => true },
    now: new Date('2026-01-01T00:00:00Z'),
    clock: systemClock,
    live:
      live === 'unreachable'
        ? undefined
        : {
            engine: {
              networks: async () => [],
              localVolumes: async () => [],
              configs: async () => [],
              localImage: async () => undefined,
              ...live.engine,
            } as unknown as Engine,
            nodes,
            services: live.services ?? [],
            tasks: live.tasks ?? [],
          },
    planned: () =>
      planChanges({
        stack: 'prod',
        document,
        placements: plan.placements,
        ensembles: plan.ensembles,
        rolling: plan.rolling,
        live: { services: swarm.services ?? [], networks: [], secrets: [], nodes },
      }),
    needsOf: needsBy(definition),
    limits: DEFAULT_LIMITS,
    asksMembers: false,
    mayStartJobs: true,
    askHosts: 'nobody is asked in this test',
    inRegistry: (image) =>
      swarm.engine?.imageInRegistry?.(image) ?? Promise.reject(new Error('no registry in this test')),
    dockerCli: () => Promise.resolve('28.2.2'),
    logins: () => Promise.resolve([]),
    probe: () => Promise.reject(new Error('nobody is asked in this test')),
    lookup: (host) => Promise.resolve({ addresses: [host], inDns: undefined }),
    secretValue: () => undefined,
    lockedValue: () => undefined,
  };
}
