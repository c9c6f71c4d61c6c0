import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyAssignment, roomFor, spread, type Demand } from '../../../src/place/assign.ts';
import { placeTogether } from '../../../src/place/conflicts.ts';
import { lossOn } from '../../../src/place/filters.ts';
import { copyOf, emptyNode, take, type NodeUse } from '../../../src/place/node-use.ts';
import { node } from '../../support/check-context.ts';
import { anyNodes, anyRequirements, requirements } from './requirements.ts';

const anyDemands = fc
  .array(anyRequirements, { minLength: 1, maxLength: 4 })
  .map((all) =>
    all.map((wanted, index): Demand => ({ service: `s${index}`, wanted, tasks: Math.min(2, wanted.replicas) })),
  );

/** Every way there is, with no thought. */
function bruteForce(demands: readonly Demand[], uses: readonly NodeUse[]): boolean {
  const tasks = demands.flatMap((demand) => Array.from({ length: demand.tasks }, () => demand));
  const [first, ...rest] = tasks;
  if (first === undefined) return true;
  return uses.some((use, index) => {
    if (lossOn(use, first.service, first.wanted) !== undefined) return false;
    const next = uses.map(copyOf);
    const there = next[index];
    if (there === undefined) return false;
    take(there, first.service, first.wanted);
    return bruteForce(
      rest.map((demand) => ({ ...demand, tasks: 1 })),
      next,
    );
  });
}

describe('assignment', () => {
  it('is found exactly when there is one', () => {
    fc.assert(
      fc.property(anyNodes, anyDemands, (uses, demands) => {
        expect(anyAssignment(demands, uses)).toBe(bruteForce(demands, uses) ? 'yes' : 'no');
      }),
      { numRuns: 1500 },
    );
  });

  it('leaves the nodes as they were', () => {
    fc.assert(
      fc.property(anyNodes, anyDemands, (uses, demands) => {
        const numbers = () =>
          uses.map((use) => [use.nanoCpus, use.memoryBytes, [...use.ports.keys()], use.activeTasks]);
        const before = numbers();
        anyAssignment(demands, uses);
        expect(numbers()).toEqual(before);
      }),
    );
  });

  it('alone, a service gets as much by spreading as there is room for', () => {
    fc.assert(
      fc.property(anyNodes, anyRequirements, fc.integer({ min: 0, max: 8 }), (uses, wanted, tasks) => {
        const demand = { service: 's', wanted, tasks };
        const room = roomFor(demand, uses);
        expect(spread(demand, uses)).toBe(room);
      }),
      { numRuns: 1000 },
    );
  });

  it('spreads over the nodes with the fewest tasks of the service, then the fewest of all', () => {
    const uses = ['n1', 'n2', 'n3'].map((name) => emptyNode(node(name)));
    const [one, two] = uses;
    if (one) take(one, 'other', requirements());
    if (two) take(two, 's', requirements());
    spread({ service: 's', wanted: requirements(), tasks: 2 }, uses);
    expect(uses.map((use) => use.active.get('s') ?? 0)).toEqual([1, 1, 1]);
  });

  it('says so where it gives up', () => {
    const uses = Array.from({ length: 6 }, (_, index) => emptyNode(node(`n${index}`, { memoryBytes: 10 })));
    // 13 services of differing size, and a byte too little: only all ways together prove it.
    const demands = Array.from({ length: 13 }, (_, index): Demand => ({
      service: `s${index}`,
      wanted: requirements({ memoryBytes: 4, nanoCpus: index + 1 }),
      tasks: 1,
    }));
    expect(anyAssignment(demands, uses, 50)).toBe('undecided');
    expect(anyAssignment([{ service: 's', wanted: requirements(), tasks: 5000 }], uses)).toBe('undecided');
  });
});

describe('together', () => {
  const one = (service: string, more: Parameters<typeof requirements>[0]): Demand => ({
    service,
    wanted: requirements(more),
    tasks: 1,
  });
  const nodes = (...sizes: number[]) =>
    sizes.map((memoryBytes, index) => emptyNode(node(`n${index + 1}`, { memoryBytes })));

  it('names the fewest services that cannot be together, and who is left over', () => {
    const on1 = { constraints: ['node.hostname == n1'] };
    const { conflicts } = placeTogether(
      [
        one('a', on1),
        one('b', { ...on1, hostPorts: ['80/tcp'] }),
        one('c', {}),
        one('d', { ...on1, hostPorts: ['80/tcp'] }),
      ],
      nodes(4, 4),
    );
    expect(conflicts).toEqual([
      {
        services: ['b', 'd'],
        certainty: 'impossible',
        waiting: 'd',
        lost: [{ nodeId: 'id-n1', node: 'n1', filter: 'host-port', detail: 'has its port 80/tcp taken by service b' }],
      },
    ]);
  });

  it('names two conflicts that have nothing to do with each other', () => {
    const { conflicts } = placeTogether(
      [
        one('a', { hostPorts: ['80/tcp'] }),
        one('b', { hostPorts: ['80/tcp'] }),
        one('c', { memoryBytes: 3 }),
        one('d', { memoryBytes: 3 }),
      ],
      nodes(4),
    );
    expect(conflicts.map(({ services }) => services.join()).sort()).toEqual(['a,b', 'c,d']);
  });

  it('does not call it impossible where only swarm’s way of spreading fails', () => {
    // The free one goes to n2, which has fewer tasks, and the pinned one needs all of it.
    const uses = nodes(4, 4);
    const [first] = uses;
    if (first) take(first, 'old', requirements());
    const { conflicts } = placeTogether(
      [one('free', { memoryBytes: 2 }), one('pinned', { memoryBytes: 4, constraints: ['node.hostname == n2'] })],
      uses,
    );
    expect(conflicts).toMatchObject([
      { services: ['pinned'], certainty: 'order', waiting: 'pinned', lost: [{ node: 'n2', filter: 'resources' }] },
    ]);
  });

  it('never reports an impossible conflict where some assignment exists, and always one where none does', () => {
    fc.assert(
      fc.property(anyNodes, anyDemands, (uses, demands) => {
        const alone = demands.filter((demand) => roomFor(demand, uses) === demand.tasks);
        const { conflicts } = placeTogether(alone, uses);
        const impossible = conflicts.filter((conflict) => conflict.certainty === 'impossible');
        expect(impossible.length > 0).toBe(!bruteForce(alone, uses));
        for (const { services } of impossible) {
          const core = alone.filter((demand) => services.includes(demand.service));
          expect(bruteForce(core, uses)).toBe(false);
          for (const left of core)
            expect(
              bruteForce(
                core.filter((demand) => demand !== left),
                uses,
              ),
            ).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
