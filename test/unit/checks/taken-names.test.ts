import { describe, expect, it } from 'vitest';
import { ownService } from '../../../src/checks/own-service.ts';
import { placementMove } from '../../../src/checks/placement-move.ts';
import { takenNames } from '../../../src/checks/taken-names.ts';
import type { SwarmNetwork, SwarmService } from '../../../src/engine/port.ts';
import { context, service, task } from '../../support/check-context.ts';

const network = (labels: Record<string, string>): SwarmNetwork => ({
  id: 'n',
  name: 'prod_imply',
  labels,
  driver: 'overlay',
  attachable: false,
  internal: false,
  options: {},
  subnets: ['10.0.3.0/24'],
});
const found = (networks: SwarmNetwork[], services: SwarmService[] = []) =>
  takenNames.run(context({}, { services, engine: { networks: async () => networks } }));
const STACK = 'com.docker.stack.namespace';
const FOREIGN = service('prod_imply-data-1', { labels: {} });

describe('names that somebody else has', () => {
  it('are no concern if nobody has them, or the stack itself', async () => {
    expect(await found([])).toMatchObject([{ level: 'ok' }]);
    expect(await found([network({ [STACK]: 'prod' })], [service('prod_imply-data-1')])).toMatchObject([
      { level: 'ok' },
    ]);
  });

  it('of a network: whose it is, and what to do', async () => {
    const [byHand] = await found([network({})]);
    expect(byHand).toEqual({
      level: 'error',
      text: 'the swarm has a network prod_imply that is not of stack prod: it bears no label of a stack, so it was made by hand',
      hint:
        'ask whose it is; then `docker network rm prod_imply`, or use another stack name (what is on the network ' +
        'must leave it first)',
    });
    expect((await found([network({ [STACK]: 'other' })]))[0]?.text).toMatch(/it is of stack other$/);
  });

  it('of a service', async () => {
    expect(await found([], [FOREIGN])).toMatchObject([
      {
        level: 'error',
        text: expect.stringContaining('a service prod_imply-data-1 that is not of stack prod') as string,
      },
    ]);
  });

  it('its tasks say nothing of where the stack’s data is', async () => {
    const live = (of: SwarmService) =>
      placementMove.run(context({}, { services: [of], tasks: [task(of.id, 'id-n1', { containerId: 'c' })] }));
    expect(await live(service('prod_imply-data-1'))).toMatchObject([{ level: 'error' }]);
    expect(await live(FOREIGN)).toMatchObject([{ level: 'ok' }]);
    expect(ownService('prod', [FOREIGN], 'imply-data-1')).toBeUndefined();
  });
});
