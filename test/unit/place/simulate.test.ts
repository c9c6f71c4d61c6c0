import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { placementJson } from '../../../src/place/json-schema.ts';
import type { SwarmNode, SwarmService, SwarmTask } from '../../../src/engine/port.ts';
import { describePlacement } from '../../../src/place/describe.ts';
import { nodesAfter, placementOf } from '../../../src/place/of-document.ts';
import {
  simulatePlacement,
  type PlacementForecast,
  type PlacementInput,
  type ServicePlacement,
} from '../../../src/place/simulate.ts';
import { planChanges } from '../../../src/plan/plan.ts';
import { generatedServices } from '../../support/generated-services.ts';
import { context, node, service, task } from '../../support/check-context.ts';

const GIB = 2 ** 30;
const nodes = (...more: Partial<SwarmNode>[]): SwarmNode[] =>
  more.map((one, index) => node(`n${index + 1}`, { cpus: 2, memoryBytes: 4 * GIB, ...one }));

interface Wish {
  replicas?: number;
  global?: boolean;
  memory?: number;
  constraints?: string[];
  port?: number;
  order?: string;
  parallelism?: number;
  most?: number;
}

/** A ServiceSpec of the Engine API. */
function spec({
  replicas = 1,
  global,
  memory = 0,
  constraints = [],
  port,
  order = 'stop-first',
  parallelism = 1,
  most = 0,
}: Wish): Record<string, unknown> {
  return {
    Mode: global === true ? { Global: {} } : { Replicated: { Replicas: replicas } },
    TaskTemplate: {
      Resources: { Reservations: { MemoryBytes: memory * GIB } },
      Placement: { Constraints: constraints, MaxReplicas: most },
    },
    UpdateConfig: { Order: order, Parallelism: parallelism },
    EndpointSpec: {
      Ports: port === undefined ? [] : [{ Protocol: 'tcp', TargetPort: 80, PublishedPort: port, PublishMode: 'host' }],
    },
  };
}

/** A live service with a running task on each of the nodes. */
function live(
  name: string,
  wish: Wish,
  on: string[],
  more: Partial<SwarmTask> = {},
): { service: SwarmService; tasks: SwarmTask[] } {
  const made = service(name, { spec: spec(wish) });
  return {
    service: made,
    tasks: on.map((at, index) =>
      task(made.id, `id-${at}`, {
        id: `${name}.${index}`,
        slot: index + 1,
        spec: spec(wish)['TaskTemplate'] as Record<string, unknown>,
        ...more,
      }),
    ),
  };
}

function simulate(
  services: Record<string, Wish>,
  on: SwarmNode[],
  there: ReturnType<typeof live>[] = [],
  staying: string[] = [],
): PlacementForecast {
  const input: PlacementInput = {
    stack: 'prod',
    services: Object.entries(services).map(([name, wish]) => [name, spec(wish)]),
    nodes: on,
    liveServices: there.map((one) => one.service),
    liveTasks: there.flatMap((one) => one.tasks),
    staying: new Set(staying),
  };
  return simulatePlacement(input);
}

function only(forecast: PlacementForecast): ServicePlacement {
  const [first] = forecast.services;
  if (first === undefined) throw new Error('no service was looked at');
  return first;
}

const names = (list: { node: string }[]): string[] => list.map((one) => one.node);

describe('a service on its own', () => {
  it('what runs there counts, of other stacks', () => {
    const found = only(simulate({ a: { memory: 3 } }, nodes({}, {}), [live('other_x', { memory: 2 }, ['n1'])]));
    expect(found).toMatchObject({
      verdict: 'placeable',
      wanted: 1,
      placeable: 1,
      staying: 0,
      now: [],
      eligible: [{ nodeId: 'id-n2', node: 'n2' }],
    });
    expect(found.lost).toEqual([
      {
        nodeId: 'id-n1',
        node: 'n1',
        filter: 'resources',
        detail: 'has 2 GiB of 4 GiB memory left, and it reserves 3 GiB',
      },
    ]);
  });

  it('tasks of others that are being stopped do not: convergence waits for them', () => {
    expect(
      only(
        simulate({ a: { memory: 3 } }, nodes({}), [
          live('other_x', { memory: 2 }, ['n1'], { desiredState: 'shutdown' }),
        ]),
      ).verdict,
    ).toBe('placeable');
  });

  it('where not all tasks fit, how many do, and why no more', () => {
    const found = only(simulate({ a: { replicas: 4, most: 1 } }, nodes({}, {}, { availability: 'drain' })));
    expect(found).toMatchObject({ verdict: 'unplaceable', wanted: 4, placeable: 2 });
    expect(names(found.eligible)).toEqual(['n1', 'n2']);
    expect(found.lost.map(({ node: name, filter }) => [name, filter])).toEqual([
      ['n1', 'max-replicas'],
      ['n2', 'max-replicas'],
      ['n3', 'ready'],
    ]);
    const forecast = simulate({ a: { replicas: 4, most: 1 } }, nodes({}, {}));
    expect(describePlacement(forecast)[1]).toBe(
      '  ! only 2 of 4 tasks of a find a node: n1 holds 1 of its tasks, and 1 a node is the most it may have; ' +
        'n2 holds 1 of its tasks, and 1 a node is the most it may have',
    );
  });

  it('none wanted is placeable anywhere', () => {
    expect(only(simulate({ a: { replicas: 0, constraints: ['node.role == king'] } }, nodes({})))).toMatchObject({
      verdict: 'placeable',
      wanted: 0,
    });
  });

  it('a global one needs every node that suits it, and at least one', () => {
    const everywhere = only(
      simulate(
        { a: { global: true, memory: 3 } },
        nodes({}, { memoryBytes: 2 * GIB }, { availability: 'pause' }, { role: 'worker' }),
        [],
      ),
    );
    expect(everywhere).toMatchObject({ verdict: 'unplaceable', wanted: 3, placeable: 2 });
    expect(everywhere.lost.map(({ node: name, filter }) => [name, filter])).toEqual([
      ['n2', 'resources'],
      ['n3', 'ready'],
    ]);
    expect(
      only(simulate({ a: { global: true, constraints: ['node.role == worker'] } }, nodes({}, { role: 'worker' }))),
    ).toMatchObject({ verdict: 'placeable', wanted: 1, eligible: [{ node: 'n2' }] });
    expect(only(simulate({ a: { global: true, constraints: ['node.role == king'] } }, nodes({}))).verdict).toBe(
      'unplaceable',
    );
  });
});

describe('an update', () => {
  const pinned = { memory: 3, port: 80, constraints: ['node.hostname == n1'] };

  it('that stops first has the place of its old task', () => {
    expect(only(simulate({ a: pinned }, nodes({}, {}), [live('prod_a', pinned, ['n1'])]))).toMatchObject({
      verdict: 'placeable',
      now: [{ node: 'n1' }],
      eligible: [{ node: 'n1' }],
    });
  });

  it('that starts first needs room beside it, for as many as it starts at once', () => {
    const beside = only(
      simulate({ a: { ...pinned, order: 'start-first' } }, nodes({}, {}), [live('prod_a', pinned, ['n1'])]),
    );
    expect(beside).toMatchObject({ verdict: 'unplaceable', placeable: 0 });
    expect(beside.lost.map(({ node: name, filter }) => [name, filter])).toEqual([
      ['n1', 'resources'],
      ['n2', 'constraint'],
    ]);
    const wide = { memory: 1, replicas: 3, order: 'start-first' };
    expect(only(simulate({ a: wide }, nodes({}), [live('prod_a', wide, ['n1', 'n1', 'n1'])])).verdict).toBe(
      'placeable',
    );
    expect(
      only(simulate({ a: { ...wide, parallelism: 2 } }, nodes({}), [live('prod_a', wide, ['n1', 'n1', 'n1'])])),
    ).toMatchObject({ verdict: 'unplaceable', placeable: 1 });
    expect(
      only(simulate({ a: { ...wide, parallelism: 0 } }, nodes({}), [live('prod_a', wide, ['n1', 'n1', 'n1'])])),
    ).toMatchObject({ verdict: 'unplaceable', placeable: 1 });
  });

  it('two services exchange their nodes', () => {
    const a = { memory: 3, constraints: ['node.hostname == n2'] };
    const b = { memory: 3, constraints: ['node.hostname == n1'] };
    const found = simulate({ a, b }, nodes({}, {}), [live('prod_a', a, ['n1']), live('prod_b', b, ['n2'])]);
    expect(found.services.map((one) => one.verdict)).toEqual(['placeable', 'placeable']);
    expect(found.conflicts).toEqual([]);
    expect(describePlacement(found)).toEqual(['Placement', '  a → n2  (now n1)', '  b → n1  (now n2)']);
  });

  it('gives back what orphans of the stack hold: deploying removes them', () => {
    const orphan = live('prod_gone', { memory: 4 }, ['n1']);
    orphan.service.labels = { 'com.docker.stack.namespace': 'prod' };
    expect(only(simulate({ a: { memory: 4 } }, nodes({}), [orphan])).verdict).toBe('placeable');
  });
});

describe('tasks that stay', () => {
  it('keep their place, which others then lack', () => {
    const found = simulate(
      { a: { memory: 3 }, b: { memory: 3 } },
      nodes({}, {}),
      [live('prod_a', { memory: 3 }, ['n1'])],
      ['a'],
    );
    expect(found.services.map(({ staying, eligible }) => [staying, names(eligible)])).toEqual([
      [1, ['n1', 'n2']],
      [0, ['n2']],
    ]);
    expect(describePlacement(found)).toEqual(['Placement', '  b → n2']);
  });

  it('are no reason against their own node', () => {
    const held = { port: 80, most: 1, constraints: ['node.hostname == n1'] };
    expect(only(simulate({ a: held }, nodes({}, {}), [live('prod_a', held, ['n1'])], ['a']))).toMatchObject({
      verdict: 'placeable',
      staying: 1,
      eligible: [{ node: 'n1' }],
      lost: [{ node: 'n2', filter: 'constraint' }],
    });
  });

  it('do not, where their node no longer suits', () => {
    const moves = { constraints: ['node.labels.x == y'] };
    for (const more of [
      { labels: {} },
      { labels: { x: 'y' }, availability: 'drain' as const },
      { labels: { x: 'y' }, state: 'down' as const },
    ]) {
      const found = simulate({ a: moves }, nodes(more, { labels: { x: 'y' } }), [live('prod_a', moves, ['n1'])], ['a']);
      expect(only(found)).toMatchObject({ staying: 0, verdict: 'placeable', eligible: [{ node: 'n2' }] });
      expect(describePlacement(found)).toEqual(['Placement', '  a → n2  (now n1)']);
    }
    const paused = only(
      simulate(
        { a: { global: true } },
        nodes({ availability: 'pause' }, {}),
        [live('prod_a', { global: true }, ['n1', 'n2'])],
        ['a'],
      ),
    );
    expect(paused).toMatchObject({ staying: 2, wanted: 2, verdict: 'placeable' });
    expect(
      only(
        simulate(
          { a: { global: true } },
          nodes({ availability: 'pause' }),
          [live('prod_a', { global: true }, ['n1'])],
          ['a'],
        ),
      ),
    ).toMatchObject({ staying: 1, wanted: 1, verdict: 'placeable' });
  });

  it('when the service is scaled, and only the further ones need a place', () => {
    const found = only(
      simulate({ a: { replicas: 3, memory: 2 } }, nodes({}, {}), [live('prod_a', { memory: 2 }, ['n1'])], ['a']),
    );
    expect(found).toMatchObject({ wanted: 3, staying: 1, placeable: 2, verdict: 'placeable' });
    const down = simulate(
      { a: { replicas: 1, memory: 2 } },
      nodes({}),
      [live('prod_a', { memory: 2 }, ['n1', 'n1'])],
      ['a'],
    );
    expect(down.nodes[0]).toMatchObject({ memoryLeft: 2 * GIB });
  });
});

describe('the swarm as a whole', () => {
  it('what is left on each node, to the billionth of a CPU', () => {
    const other = service('other_x');
    const one = {
      service: other,
      tasks: [task(other.id, 'id-n1', { spec: { Resources: { Reservations: { NanoCPUs: 100_000_001 } } } })],
    };
    expect(simulate({ a: { memory: 1, constraints: ['node.hostname == n1'] } }, nodes({}, {}), [one]).nodes).toEqual([
      { nodeId: 'id-n1', node: 'n1', cpus: 2, memoryBytes: 4 * GIB, cpusLeft: 1.899999999, memoryLeft: 3 * GIB },
      { nodeId: 'id-n2', node: 'n2', cpus: 2, memoryBytes: 4 * GIB, cpusLeft: 2, memoryLeft: 4 * GIB },
    ]);
  });

  it('says in the document’s names who does not fit beside whom', () => {
    const pinned = { port: 80, constraints: ['node.hostname == n1'] };
    const forecast = simulate({ a: pinned, b: pinned }, nodes({}, {}));
    expect(forecast.services.every((one) => one.verdict === 'placeable')).toBe(true);
    expect(describePlacement(forecast)).toEqual([
      'Placement',
      '  a → n1',
      '  b → n1',
      '  ! a and b each find a node alone, and not together; b is refused: n1 has its port 80/tcp taken by ' +
        'service prod_a',
    ]);
  });

  it('holds to the published schema, whatever it is asked', () => {
    const ids = ['id-n1', 'id-n2', 'id-n3'];
    const specs = fc.dictionary(fc.constantFrom('a', 'b', 'c'), generatedServices({ ids, addresses: ['10.0.0.1'] }), {
      minKeys: 1,
    });
    fc.assert(
      fc.property(
        specs,
        fc.subarray(['a', 'b', 'c']),
        fc.array(fc.constantFrom(...ids), { maxLength: 4 }),
        (services, staying, at) => {
          const on = nodes({ labels: { zone: 'a' } }, { role: 'worker', cpus: 1 }, { availability: 'pause' });
          const [first] = Object.entries(services);
          const made = first ? service(`prod_${first[0]}`, { spec: { ...first[1] } }) : service('prod_x');
          const liveTasks = at.map((id, index) =>
            task(made.id, id, { id: `${index}`, spec: { ...first?.[1].TaskTemplate } }),
          );
          const forecast = simulatePlacement({
            stack: 'prod',
            services: Object.entries(services),
            nodes: on,
            liveServices: [made],
            liveTasks,
            staying: new Set(staying),
          });
          expect(
            placementJson(z)
              .strict()
              .safeParse(JSON.parse(JSON.stringify(forecast))).error?.issues ?? [],
          ).toEqual([]);
          for (const { eligible, lost, verdict, wanted, staying: kept, placeable, mode } of forecast.services) {
            // Every node is one or the other; a node that took some tasks and takes no more is both.
            expect(new Set([...names(eligible), ...names(lost)]).size).toBe(3);
            if (verdict === 'placeable') expect(placeable).toBe(wanted - kept);
            if (verdict === 'placeable')
              expect(names(eligible).filter((name) => names(lost).includes(name))).toEqual([]);
            if (verdict === 'unplaceable' && mode === 'replicated') expect(lost.length).toBe(3);
          }
          describePlacement(forecast);
        },
      ),
      { numRuns: 400 },
    );
  });
});

describe('of a document', () => {
  it('counts the labels that deploying sets, and nothing else of them', () => {
    const from = context();
    const [one] = nodesAfter(
      [node('n1', { labels: { keep: 'x', old: 'true' } })],
      [
        { action: 'remove', nodeId: 'id-n1', key: 'old' },
        { action: 'add', nodeId: 'id-n1', key: 'new' },
        { action: 'add', nodeId: 'id-n2', key: 'other' },
      ],
    );
    expect(one?.labels).toEqual({ keep: 'x', new: 'true' });
    const forecast = placementOf({
      stack: 'prod',
      document: from.document,
      plan: from.planned(),
      live: from.live ?? { nodes: [], services: [], tasks: [] },
    });
    expect(describePlacement(forecast)).toEqual(
      expect.arrayContaining(['  imply-manager → n1', '  imply-data-2 → n3']),
    );
    const without = placementOf({
      stack: 'prod',
      document: from.document,
      plan: { services: [], labels: [] },
      live: from.live ?? { nodes: [], services: [], tasks: [] },
    });
    expect(without.services.every((each) => each.verdict === 'unplaceable')).toBe(true);
  });

  it('leaves the tasks of unchanged services where they are, and takes an image to run where its service said', () => {
    const from = context();
    const forecastOf = (spoil: boolean): PlacementForecast => {
      const specs = planChanges({
        stack: 'prod',
        document: from.document,
        placements: from.plan.placements,
        live: { services: [], networks: [], secrets: [], nodes: from.live?.nodes ?? [] },
      });
      const changes = specs.services.map((change) => ({
        ...change,
        action: spoil ? ('update' as const) : ('unchanged' as const),
        changes: spoil ? [{ field: 'image', kind: 'changed' as const, effect: 'restart' as const }] : [],
      }));
      const manager = service('prod_imply-manager', {
        labels: {
          'com.docker.stack.namespace': 'prod',
          'com.docker.stack.image': from.document.services['imply-manager']?.image ?? '',
        },
        spec: { TaskTemplate: { Placement: { Platforms: [{ OS: 'linux', Architecture: 'arm64' }] } } },
      });
      return placementOf({
        stack: 'prod',
        document: from.document,
        plan: { services: changes, labels: specs.labels },
        live: { nodes: from.live?.nodes ?? [], services: [manager], tasks: [task(manager.id, 'id-n1')] },
      });
    };
    expect(forecastOf(false).services.find((one) => one.service === 'imply-manager')).toMatchObject({
      staying: 1,
      verdict: 'placeable',
    });
    expect(forecastOf(true).services.find((one) => one.service === 'imply-manager')).toMatchObject({
      staying: 0,
      verdict: 'unplaceable',
      lost: [{ filter: 'platform' }, { filter: 'constraint' }, { filter: 'constraint' }],
    });
  });
});
