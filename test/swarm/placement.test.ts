import { spawn, type ChildProcess } from 'node:child_process';
import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { EngineError, engineRequest } from '../../scripts/lab/engine-api.ts';
import { down, type Lab, unsupportedReason, up } from '../../scripts/lab/lab.ts';
import { poll } from '../../scripts/lab/poll.ts';
import { netnsFile } from '../../scripts/lab/processes.ts';
import { resolveEngine } from '../../src/engine/address.ts';
import { connect } from '../../src/engine/docker.ts';
import type { Engine, SwarmNode, SwarmTask } from '../../src/engine/port.ts';
import type { FilterName } from '../../src/place/filter-names.ts';
import { simulatePlacement, type ServicePlacement } from '../../src/place/simulate.ts';
import { generatedServices, ZONES, type GeneratedService } from '../support/generated-services.ts';
import { labId } from '../support/lab-id.ts';
import { testEngine } from '../support/test-engine.ts';
import { takeTurn } from '../support/turn.ts';

const ID = labId('placement');
const why = unsupportedReason();
if (why !== undefined && process.env['BUNDLE_REQUIRE_LAB'] === '1')
  throw new Error(`the lab is required and cannot run: ${why}`);
if (why !== undefined) process.stderr.write(`SKIPPED test/swarm/placement.test.ts: ${why}\n`);

const SEED = Number(process.env['PLACEMENT_SEED'] ?? 20261121);
const ROUNDS = 10;
const SERVICES = 24;
const STACK = 'case';

/**
 * A registry that takes every question for an image and answers none: a task stays as it was assigned and costs
 * nothing, until it is removed.
 */
const SILENT_REGISTRY =
  `require('node:http').createServer((request, response) => { if (request.url === '/v2/') response.end('{}'); ` +
  `}).listen(5999, () => console.log('up'))`;

/** swarm's words, filter.go's Explain, to ours. */
const WORDS: [FilterName, RegExp][] = [
  ['ready', /^(\d+) nodes? not available for new tasks$/],
  ['resources', /^insufficient resources on (\d+) nodes?$/],
  ['constraint', /^scheduling constraints not satisfied on (\d+) nodes?$/],
  ['platform', /^unsupported platform on (\d+) nodes?$/],
  ['host-port', /^host-mode port already in use on (\d+) nodes?$/],
  // It gives no number.
  ['max-replicas', /^(max replicas per node limit exceed)$/],
];

/** The swarm writes to nodes by itself, too: what was read of one is then of before, and nothing was written. */
function overtaken(error: unknown): undefined {
  if (!(error instanceof EngineError) || !error.message.includes('out of sequence')) throw error;
}

/** What swarm said, by filter: on how many nodes. */
function filtersIn(error: string): Record<string, number> {
  const inner = /^no suitable node \((.*)\)$/s.exec(error)?.[1] ?? error;
  return Object.fromEntries(
    inner.split('; ').map((part): [string, number] => {
      for (const [filter, words] of WORDS) {
        const count = words.exec(part)?.[1];
        if (count !== undefined) return [filter, filter === 'max-replicas' ? 1 : Number(count)];
      }
      throw new Error(`swarm said "${error}"`);
    }),
  );
}

function filtersOf(lost: ServicePlacement['lost']): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { filter } of lost) counts[filter] = filter === 'max-replicas' ? 1 : (counts[filter] ?? 0) + 1;
  return counts;
}

const isAssigned = (task: SwarmTask): boolean =>
  task.nodeId !== '' && !['new', 'allocated', 'pending'].includes(task.state);

/** In which points the swarm's decision is not the predicted one; empty where they agree. */
function disagreements(predicted: ServicePlacement, tasks: readonly SwarmTask[]): string[] {
  const placed = tasks.filter(isAssigned);
  const pending = tasks.filter((task) => !isAssigned(task));
  const eligible = new Set(predicted.eligible.map((node) => node.nodeId));
  const used = new Set(placed.map((task) => task.nodeId));
  const found: string[] = [];
  const compare = (what: string, ours: unknown, theirs: unknown): void => {
    if (JSON.stringify(ours) !== JSON.stringify(theirs))
      found.push(`${what}: predicted ${JSON.stringify(ours)}, swarm ${JSON.stringify(theirs)}`);
  };
  for (const node of used) if (!eligible.has(node)) found.push(`a task is on ${node}, which was not eligible`);
  compare('tasks', predicted.wanted, tasks.length);
  compare('placed', predicted.placeable, placed.length);
  // Swarm takes nodes without a task of the service first: so many tasks show so many eligible nodes.
  compare('nodes used', Math.min(predicted.placeable, eligible.size), used.size);
  compare('verdict', predicted.verdict, pending.length === 0 && tasks.length > 0 ? 'placeable' : 'unplaceable');
  const sorted = (counts: Record<string, number>): [string, number][] => Object.entries(counts).sort();
  for (const task of pending) {
    // A task of a global service is bound to its node, and says what that one said.
    const lost = task.nodeId === '' ? predicted.lost : predicted.lost.filter((loss) => loss.nodeId === task.nodeId);
    compare(
      `filters of ${task.id}`,
      sorted(filtersOf(lost)),
      task.error === '' ? 'not tried yet' : sorted(filtersIn(task.error)),
    );
  }
  return found;
}

await takeTurn();

describe.skipIf(why !== undefined)('placement against a real swarm', () => {
  let lab: Lab;
  let engine: Engine;
  let registry: ChildProcess;
  let image: string;

  beforeAll(async () => {
    await down(ID);
    lab = await up({ id: ID, engine: testEngine(), hosts: 6 });
    engine = await connect(
      await resolveEngine({ host: lab.host('node1').socket, env: { ...process.env, ...lab.env('node1') } }),
    );
    registry = spawn(
      'nsenter',
      [`--net=${netnsFile(lab.switchNetns)}`, '--', process.execPath, '-e', SILENT_REGISTRY],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await new Promise((resolve) => registry.stdout?.once('data', resolve));
    image = `${lab.registry.replace(/:\d+$/, ':5999')}/waits:1`;
    await lab.kill('node6');
    await poll('node6 is down', 180_000, async () =>
      (await engine.nodes()).some((node) => node.hostname === 'node6' && node.state === 'down') ? true : undefined,
    );
  });
  afterAll(async () => {
    registry?.kill();
    await engine?.close();
    await down(ID);
  });

  const call = <T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> =>
    engineRequest<T>(lab.host('node1').socket, method, path, body);

  /** The whole specification, named and with an image that is never had. */
  const named = (name: string, spec: GeneratedService): Record<string, unknown> => ({
    ...spec,
    Name: `${STACK}_${name}`,
    TaskTemplate: { ...spec.TaskTemplate, ContainerSpec: { Image: image } },
  });

  const create = async (spec: object): Promise<string> =>
    (await call<{ ID: string }>('POST', '/services/create', spec)).ID;

  async function predict(name: string, spec: object, staying: string[] = []): Promise<ServicePlacement> {
    const [nodes, liveServices, liveTasks] = await Promise.all([engine.nodes(), engine.services(), engine.tasks()]);
    const [placement] = simulatePlacement({
      stack: STACK,
      services: [[name, spec]],
      nodes,
      liveServices,
      liveTasks,
      staying: new Set(staying),
    }).services;
    if (placement === undefined) throw new Error(`${name} was not looked at`);
    return placement;
  }

  async function agree(what: string, predicted: ServicePlacement, tasks: () => Promise<SwarmTask[]>): Promise<void> {
    let last: string[] = [];
    await poll(
      what,
      180_000,
      async () => {
        last = disagreements(predicted, await tasks());
        return last.length === 0 ? true : undefined;
      },
      () => `${last.join('\n')}\n${JSON.stringify(predicted)}`,
    );
  }

  async function clear(): Promise<void> {
    for (const service of await engine.services()) await engine.removeService(service.id);
    await poll('all tasks are gone', 180_000, async () =>
      (await engine.tasks()).every((task) =>
        ['shutdown', 'failed', 'rejected', 'remove', 'orphaned', 'complete'].includes(task.state),
      )
        ? true
        : undefined,
    );
  }

  /** At least two nodes stay of use. */
  const swarms = fc
    .record({
      availability: fc.array(fc.constantFrom('active', 'active', 'active', 'pause', 'drain'), {
        minLength: 6,
        maxLength: 6,
      }),
      zones: fc.array(fc.option(fc.constantFrom(...ZONES)), { minLength: 6, maxLength: 6 }),
      racks: fc.array(fc.option(fc.constantFrom('1', '2')), { minLength: 6, maxLength: 6 }),
    })
    .filter(({ availability }) => availability.slice(0, 5).filter((one) => one === 'active').length >= 2);

  async function arrange({
    availability,
    zones,
    racks,
  }: {
    availability: string[];
    zones: (string | null)[];
    racks: (string | null)[];
  }): Promise<SwarmNode[]> {
    for (const node of await engine.nodes()) {
      const index = Number(node.hostname.slice(-1)) - 1;
      const arrangeNode = async (): Promise<true | undefined> => {
        const { Version, Spec } = await call<{ Version: { Index: number }; Spec: { Labels: Record<string, string> } }>(
          'GET',
          `/nodes/${node.id}`,
        );
        const { zone: _zone, Rack: _rack, ...rest } = Spec.Labels;
        const Labels = {
          ...rest,
          ...(zones[index] ? { zone: zones[index] } : {}),
          ...(racks[index] ? { Rack: racks[index] } : {}),
        };
        const spec = { ...Spec, Labels, Availability: availability[index] };
        return call('POST', `/nodes/${node.id}/update?version=${Version.Index}`, spec).then(() => true, overtaken);
      };
      await poll(`${node.hostname} is arranged`, 120_000, arrangeNode);
    }
    return engine.nodes();
  }

  afterEach(clear);

  const seen = { placeable: 0, unplaceable: 0, partly: 0, global: 0, filters: new Map<string, number>() };

  function note(predicted: ServicePlacement): void {
    seen[predicted.verdict] += 1;
    if (predicted.verdict === 'unplaceable' && predicted.placeable > 0) seen.partly += 1;
    if (predicted.mode === 'global') seen.global += 1;
    if (predicted.verdict === 'unplaceable')
      for (const filter of Object.keys(filtersOf(predicted.lost)))
        seen.filters.set(filter, (seen.filters.get(filter) ?? 0) + 1);
  }

  it.each(fc.sample(swarms, { seed: SEED, numRuns: ROUNDS }).map((swarm, round) => ({ swarm, round })))(
    `decides as swarm does, seed ${SEED}, round $round`,
    async ({ swarm, round }) => {
      const nodes = await arrange(swarm);
      const specs = fc.sample(
        generatedServices({ ids: nodes.map((node) => node.id), addresses: nodes.map((node) => node.address) }),
        { seed: SEED + round, numRuns: SERVICES },
      );
      const made: { id: string; name: string; predicted: ServicePlacement }[] = [];
      for (const [index, spec] of specs.entries()) {
        const name = `r${round}-${index}`;
        const full = named(name, spec);
        const predicted = await predict(name, full);
        const id = await create(full);
        await agree(`${name} ${JSON.stringify(spec)}`, predicted, () => engine.tasks({ serviceId: id }));
        note(predicted);
        made.push({ id, name, predicted });
      }
      // A global service that no node suits gets no task, which is seen only after others were made.
      const tasks = await engine.tasks();
      for (const { id, name, predicted } of made)
        expect(tasks.filter((task) => task.serviceId === id).length, name).toBe(predicted.wanted);
    },
  );

  it('saw enough of everything', () => {
    expect(seen.placeable + seen.unplaceable).toBeGreaterThanOrEqual(200);
    expect([...seen.filters.keys()].sort()).toEqual([
      'constraint',
      'host-port',
      'max-replicas',
      'platform',
      'ready',
      'resources',
    ]);
    const counts = {
      placeable: seen.placeable,
      unplaceable: seen.unplaceable,
      partly: seen.partly,
      global: seen.global,
      ...Object.fromEntries(seen.filters),
    };
    for (const [what, count] of Object.entries(counts))
      expect(count, `${what} in ${JSON.stringify(counts)}`).toBeGreaterThanOrEqual(10);
  });

  describe('of an update', () => {
    /** node1 takes one task of it, and no more: it publishes a port, and reserves most of the memory. */
    const pinned = (order: string, memory: number): GeneratedService & { UpdateConfig: object } => ({
      Mode: { Replicated: { Replicas: 1 } },
      TaskTemplate: {
        Placement: { Constraints: ['node.hostname == node1'], Platforms: [] },
        Resources: { Reservations: { MemoryBytes: memory } },
        RestartPolicy: { Condition: 'none' },
      },
      EndpointSpec: {
        Mode: 'dnsrr',
        Ports: [{ Protocol: 'tcp', TargetPort: 80, PublishedPort: 7001, PublishMode: 'host' }],
      },
      UpdateConfig: { Order: order, Parallelism: 1 },
    });

    it.each([
      ['stop-first', 'placeable'],
      ['start-first', 'unplaceable'],
    ])('%s: its new task is %s', async (order, verdict) => {
      await arrange({ availability: Array.from({ length: 6 }, () => 'active'), zones: [], racks: [] });
      const before = named('app', pinned(order, 2 ** 32));
      const id = await create(before);
      const [old] = await poll('the first task is assigned', 180_000, async () => {
        const tasks = await engine.tasks({ serviceId: id });
        return tasks.some(isAssigned) ? tasks : undefined;
      });
      const after = named('app', pinned(order, 2 ** 32 + 2 ** 20));
      const predicted = await predict('app', after);
      expect(predicted.verdict).toBe(verdict);
      const { Version } = await call<{ Version: { Index: number } }>('GET', `/services/${id}`);
      await call('POST', `/services/${id}/update?version=${Version.Index}`, after);
      await agree(order, predicted, async () =>
        (await engine.tasks({ serviceId: id })).filter((task) => task.id !== old?.id),
      );
    });
  });
});
