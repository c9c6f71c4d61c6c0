import { expect, it } from 'vitest';
import type { Engine } from '../../../src/engine/port.ts';
import { survey } from '../../../src/project/plan-bundle.ts';
import { node } from '../../support/check-context.ts';

it('networks are read of the whole swarm: services may be on those of other stacks', async () => {
  const none = async (): Promise<never[]> => [];
  const asked: unknown[][] = [];
  const engine = {
    info: async () => ({ swarm: { state: 'active', manager: true, nodeId: 'id-n1' } }),
    networks: async (...given: unknown[]) => (asked.push(given), []),
    ...{ nodes: none, services: none, tasks: none, secrets: none, localVolumes: none },
  } as unknown as Engine;
  await survey(engine, 'prod');
  expect(asked).toEqual([[]]);
});

it('volumes are read of the whole engine: those that were made by hand bear no label', async () => {
  const none = async (): Promise<never[]> => [];
  const bare = { id: 'prod_data', name: 'prod_data', labels: {} };
  const engine = {
    info: async () => ({ swarm: { state: 'active', manager: true, nodeId: 'id-n1' } }),
    localVolumes: async ({ stack }: { stack?: string }) => (stack === undefined ? [bare] : []),
    ...{ nodes: none, services: none, tasks: none, secrets: none, networks: none },
  } as unknown as Engine;
  expect((await survey(engine, 'prod')).volumes).toEqual([bare]);
});

it('what is read of the swarm before it is decided has nodes that the swarm has heard of', async () => {
  const none = async (): Promise<never[]> => [];
  const engine = {
    info: async () => ({ swarm: { state: 'active', manager: true, nodeId: 'id-n1' } }),
    // As in the seconds after an election.
    nodes: async ({ heardOf = false } = {}) => [node('n1'), node('n2', { state: heardOf ? 'ready' : 'unknown' })],
    ...{ services: none, tasks: none, secrets: none, networks: none, localVolumes: none },
  } as unknown as Engine;
  const { live } = await survey(engine, 'prod');
  expect(live.nodes.map(({ state }) => state)).toEqual(['ready', 'ready']);
});
