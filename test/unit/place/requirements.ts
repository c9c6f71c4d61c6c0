import * as fc from 'fast-check';
import { emptyNode, take, type NodeUse } from '../../../src/place/node-use.ts';
import type { Requirements } from '../../../src/place/requirements.ts';
import { node } from '../../support/check-context.ts';

/** One replica that asks for nothing. */
export function requirements(more: Partial<Requirements> = {}): Requirements {
  return {
    mode: 'replicated',
    job: false,
    replicas: 1,
    constraints: [],
    platforms: [],
    maxReplicasPerNode: 0,
    nanoCpus: 0,
    memoryBytes: 0,
    hostPorts: [],
    startsFirst: 0,
    ...more,
  };
}

/** Small numbers, so that services get in each other's way. */
export const anyRequirements: fc.Arbitrary<Requirements> = fc
  .record({
    replicas: fc.integer({ min: 0, max: 3 }),
    constraints: fc.constantFrom([], [], ['node.hostname == n1'], ['node.hostname != n2'], ['node.labels.x == y']),
    platforms: fc.constantFrom([], [], [{ os: 'linux', architecture: 'arm64' }]),
    maxReplicasPerNode: fc.constantFrom(0, 0, 1, 2),
    nanoCpus: fc.constantFrom(0, 1, 2, 3),
    memoryBytes: fc.constantFrom(0, 0, 2),
    hostPorts: fc.constantFrom([], [], ['80/tcp'], ['80/tcp', '81/tcp'], ['80/udp']),
  })
  .map(requirements);

/** One to three nodes of a few billionths of a CPU and a few bytes, some with tasks on them. */
export const anyNodes: fc.Arbitrary<NodeUse[]> = fc
  .array(
    fc.record({
      cpus: fc.integer({ min: 0, max: 5 }),
      memoryBytes: fc.integer({ min: 0, max: 5 }),
      availability: fc.constantFrom('active', 'active', 'active', 'pause'),
      arch: fc.constantFrom('x86_64', 'aarch64'),
      before: fc.array(anyRequirements, { maxLength: 2 }),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((all) =>
    all.map(({ cpus, memoryBytes, availability, arch, before }, index) => {
      const use = emptyNode(node(`n${index + 1}`, { cpus: cpus / 1e9, memoryBytes, availability, arch }));
      for (const [number, wanted] of before.entries()) take(use, `old${number}`, wanted);
      return use;
    }),
  );
