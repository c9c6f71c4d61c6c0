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
import type { Stage } from '../../../src/place/stuck.ts';
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
  course?: PlacementInput['course'],
): PlacementForecast {
  const input: PlacementInput = {
    ...(course && { course }),
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

describe('a deployment that goes stage after stage', () => {
  const on = (host: string, memory: number, more: Wish = {}): Wish => ({
    memory,
    constraints: [`node.hostname == ${host}`],
    ...more,
  });
  const big = nodes({ memoryBytes: 32 * GIB }, { memoryBytes: 32 * GIB });
  /** Each stage is waited for. */
  const rolls = (...stages: string[][]): Stage[] => stages.map((services) => ({ services, awaited: services }));
  const course = (
    wanted: Record<string, Wish>,
    stages: Stage[],
    there: ReturnType<typeof live>[],
    staying: string[] = [],
  ): PlacementForecast => {
    const forecast = simulate(wanted, big, there, staying, { stages, nodes: big });
    expect(forecast.conflicts).toEqual([]);
    expect(forecast.services.map(({ verdict }) => verdict)).not.toContain('unplaceable');
    return forecast;
  };
  const orphan = (name: string, wish: Wish): ReturnType<typeof live> => {
    const made = live(`prod_${name}`, wish, ['n1']);
    made.service.labels = { 'com.docker.stack.namespace': 'prod' };
    return made;
  };
  const before = [live('prod_data', on('n1', 20), ['n1']), live('prod_query', on('n1', 10), ['n1'])];
  const exchange = { data: on('n1', 26), query: on('n1', 4) };

  it('stops where one needs the memory that another holds until its own turn', () => {
    const found = course(exchange, rolls(['data'], ['query']), before);
    expect(found.stuck).toEqual({
      service: 'data',
      lost: [
        {
          nodeId: 'id-n1',
          node: 'n1',
          filter: 'resources',
          detail: 'has 22 GiB of 32 GiB memory left, and it reserves 26 GiB',
        },
      ],
      holders: [{ service: 'query', until: 'restart' }],
      atOnce: true,
    });
    expect(describePlacement(found)).toEqual([
      'Placement',
      '  ! data finds no node before query restarts, which is done only once data runs: a deployment stops there; ' +
        'n1 has 22 GiB of 32 GiB memory left, and it reserves 26 GiB',
      '    deploy --at-once, which restarts them at the same moment; or change bundle.yaml in two steps, with a ' +
        'deployment after each: first what frees the place (query), then the rest',
    ]);
    expect(placementJson(z).strict().safeParse(found).error?.issues ?? []).toEqual([]);
  });

  it('does not if what frees the place comes first, at the same moment, or is not waited for', () => {
    for (const stages of [
      rolls(['query'], ['data']),
      rolls(['data', 'query']),
      [{ services: ['data'], awaited: [] }, ...rolls(['query'])],
      [],
    ])
      expect(course(exchange, stages, before).stuck).toBeUndefined();
    expect(simulate(exchange, big, before).stuck).toBeUndefined();
  });

  it('goes through if there is room all the way', () => {
    const found = course({ data: on('n1', 22), query: on('n1', 4) }, rolls(['data'], ['query']), before);
    expect(found.stuck).toBeUndefined();
    expect(describePlacement(found)).toEqual([]);
  });

  it('stops where a service that is removed holds the room until the end', () => {
    const wanted = { data: on('n1', 26), master: on('n2', 1) };
    const there = [...before.slice(0, 1), orphan('query', on('n1', 10)), live('prod_master', on('n2', 1), ['n2'])];
    const found = course(wanted, rolls(['data'], ['master']), there);
    expect(found.stuck).toMatchObject({ service: 'data', holders: [{ service: 'query', until: 'removal' }] });
    expect(describePlacement(found)[1]).toContain('data finds no node before query is removed, which is done only');
    // The only one that restarts is not waited for.
    expect(course(wanted, [{ services: ['data'], awaited: [] }], there).stuck).toBeUndefined();
  });

  it('stops where one needs the port of another', () => {
    const ports = (manager: number, query: number) => ({
      manager: on('n1', 0, { port: manager }),
      query: on('n1', 0, { port: query }),
    });
    const there = Object.entries(ports(9097, 9095)).map(([name, wish]) => live(`prod_${name}`, wish, ['n1']));
    const order = rolls(['manager'], ['query']);
    expect(course(ports(9095, 9100), order, there).stuck).toMatchObject({
      service: 'manager',
      lost: [{ filter: 'host-port', detail: 'has its port 9095/tcp taken by service prod_query' }],
      holders: [{ service: 'query', until: 'restart' }],
    });
    expect(course(ports(9096, 9100), order, there).stuck).toBeUndefined();
  });

  it('counts what those of earlier stages take, and those of one stage together', () => {
    const there = [
      ...['a', 'b'].map((name) => live(`prod_${name}`, on('n1', 10), ['n1'])),
      live('prod_c', on('n1', 10), ['n1']),
    ];
    const wanted = { a: on('n1', 12), b: on('n1', 12), c: on('n1', 6) };
    for (const stages of [rolls(['a'], ['b'], ['c']), rolls(['a', 'b'], ['c'])])
      expect(course(wanted, stages, there).stuck).toMatchObject({
        service: 'b',
        lost: [{ detail: 'has 10 GiB of 32 GiB memory left, and it reserves 12 GiB' }],
        holders: [{ service: 'c', until: 'restart' }],
      });
    expect(course({ ...wanted, b: on('n1', 10) }, rolls(['a'], ['b'], ['c']), there).stuck).toBeUndefined();
  });

  it('names who frees what is lacking, and nobody else', () => {
    const there = [
      ...before,
      live('prod_same', on('n1', 1), ['n1']),
      live('prod_far', on('n2', 9), ['n2']),
      orphan('old', on('n1', 1)),
    ];
    const wanted = { ...exchange, same: on('n1', 1), far: on('n2', 1) };
    expect(course(wanted, rolls(['data'], ['same'], ['query'], ['far']), there).stuck?.holders).toEqual([
      { service: 'query', until: 'restart' },
      { service: 'old', until: 'removal' },
    ]);
  });

  it('stops at one that lacks its task and that nobody restarts, before what frees its place', () => {
    const [, query] = before;
    if (query === undefined) throw new Error('unreachable');
    const stages = [
      { services: [], awaited: ['data'] },
      { services: ['query'], awaited: [] },
    ];
    expect(course(exchange, stages, [query], ['data']).stuck).toMatchObject({ service: 'data', atOnce: true });
    // With its task it has what it needs.
    expect(course(exchange, stages, [live('prod_data', on('n1', 22), ['n1']), query], ['data']).stuck).toBeUndefined();
  });

  it('of a quorum group is not helped by restarting all at the same moment', () => {
    const stages = [{ services: ['data'], awaited: ['data'], quorum: true }, ...rolls(['query'])];
    const found = course(exchange, stages, before);
    expect(found.stuck?.atOnce).toBe(false);
    expect(describePlacement(found)[2]).toMatch(/^ {4}change bundle\.yaml in two steps/);
  });

  describe('of which one goes in turn', () => {
    const at = (host: string): Wish => on(host, 0, { port: 80 });
    const three = nodes({}, {}, {});
    const turn = (to: Record<string, Wish>, from: Record<string, string>): PlacementForecast =>
      simulate(
        to,
        three,
        Object.entries(from).map(([name, host]) => live(`prod_${name}`, at(host), [host])),
        [],
        {
          stages: [{ services: Object.keys(to), awaited: Object.keys(to), inTurn: true }, ...rolls(['later'])],
          nodes: three,
        },
      );

    it('goes through if there is an order in which each finds its place free', () => {
      expect(turn({ a: at('n2'), b: at('n3') }, { a: 'n1', b: 'n2' }).stuck).toBeUndefined();
    });

    it('stops if each waits for the place of another', () => {
      const found = turn({ a: at('n2'), b: at('n1'), c: at('n3') }, { a: 'n1', b: 'n2', c: 'n3' });
      expect(found.stuck).toMatchObject({
        service: 'a',
        lost: [{ node: 'n2', filter: 'host-port' }],
        holders: [{ service: 'b', until: 'restart' }],
        atOnce: true,
      });
    });
  });

  it('is plain arithmetic where all are bound to one node', () => {
    const sizes = fc.integer({ min: 1, max: 9 });
    const each = fc.record({ before: sizes, after: sizes });
    fc.assert(
      fc.property(fc.array(each, { minLength: 1, maxLength: 5 }), fc.nat(6), fc.nat(4), (all, removed, spare) => {
        const sum = (what: 'before' | 'after'): number => all.reduce((total, one) => total + one[what], 0);
        const memory = Math.max(sum('before') + removed, sum('after')) + spare;
        let free = memory - sum('before') - removed;
        const first = all.findIndex(({ before: had, after }) => {
          free += had;
          if (after > free) return true;
          free -= after;
          return false;
        });
        const one = nodes({ memoryBytes: memory * GIB });
        const found = simulate(
          Object.fromEntries(all.map(({ after }, index) => [`s${index}`, on('n1', after)])),
          one,
          [
            ...all.map(({ before: had }, index) => live(`prod_s${index}`, on('n1', had), ['n1'])),
            orphan('old', on('n1', removed)),
          ],
          [],
          { stages: rolls(...all.map((_one, index) => [`s${index}`])), nodes: one },
        );
        expect(found.conflicts).toEqual([]);
        expect(found.stuck?.service).toBe(first === -1 ? undefined : `s${first}`);
      }),
      { numRuns: 300 },
    );
  });

  it('is no trouble where swarm may choose between nodes', () => {
    const anywhere = { memory: 26 };
    expect(course({ ...exchange, data: anywhere }, rolls(['data'], ['query']), before).stuck).toBeUndefined();
    // Where `other` goes is not known: it may leave the room to `data`.
    const there = [
      live('prod_other', { memory: 5 }, ['n1']),
      live('prod_data', on('n1', 15), ['n1']),
      ...before.slice(1),
    ];
    const wanted = { other: { memory: 7 }, data: on('n1', 18), query: on('n1', 4) };
    expect(course(wanted, rolls(['other'], ['data'], ['query']), there).stuck).toBeUndefined();
  });

  it('is not foretold of what finds no place in the end either', () => {
    const alone = simulate({ ...exchange, data: on('n1', 33) }, big, before, [], {
      stages: rolls(['data'], ['query']),
      nodes: big,
    });
    expect(alone.services[0]?.verdict).toBe('unplaceable');
    expect(alone.stuck).toBeUndefined();
    const both = simulate({ data: on('n1', 26), query: on('n1', 8) }, big, before, [], {
      stages: rolls(['data'], ['query']),
      nodes: big,
    });
    expect(both.conflicts).toHaveLength(1);
    expect(both.stuck).toBeUndefined();
  });

  it('knows that one that moves holds its place until then, and one on a stray label’s node does not', () => {
    const labelled = (first: boolean, second: boolean): SwarmNode[] =>
      nodes(
        { memoryBytes: 32 * GIB, labels: first ? { query: 'true' } : {} },
        { memoryBytes: 32 * GIB, labels: second ? { query: 'true' } : {} },
      );
    const query = { memory: 10, constraints: ['node.labels.query == true'] };
    const there = [...before.slice(0, 1), live('prod_query', query, ['n1'])];
    const stages = rolls(['data'], ['query']);
    const found = (early: SwarmNode[]): PlacementForecast['stuck'] =>
      simulate({ data: on('n1', 26), query }, labelled(false, true), there, [], { stages, nodes: early }).stuck;
    expect(found(labelled(true, false))).toMatchObject({ service: 'data', holders: [{ service: 'query' }] });
    expect(found(labelled(false, true))).toBeUndefined();
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
