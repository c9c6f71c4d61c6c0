import { describe, expect, it } from 'vitest';
import { ownService } from '../../../src/checks/own-service.ts';
import { placementMove } from '../../../src/checks/placement-move.ts';
import { takenNames } from '../../../src/checks/taken-names.ts';
import type { CommandIo } from '../../../src/cli/io.ts';
import { blocksOf } from '../../../src/commands/plan/blocks.ts';
import type { StackObject, SwarmNetwork, SwarmService } from '../../../src/engine/port.ts';
import type { Plan } from '../../../src/plan/changes.ts';
import type { VolumeChange } from '../../../src/plan/volumes.ts';
import type { Loaded } from '../../../src/project/bundle-dir.ts';
import type { Survey } from '../../../src/project/plan-bundle.ts';
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

  describe('of a volume on the node that is asked, which the stack’s tasks would mount', () => {
    const volume = (labels: Record<string, string>, name = 'prod_imply-data-1-var') => ({ id: name, name, labels });
    const OTHER = { [STACK]: 'other' };
    const planned = (action: VolumeChange['action'], more: Partial<VolumeChange> = {}): VolumeChange => ({
      ...{ name: 'prod_imply-data-1-var', node: 'n2', action, seen: true },
      ...more,
    });
    const check = async (volumes: StackObject[], changes: VolumeChange[]) => {
      const from = context({}, { engine: { localVolumes: async () => volumes } });
      const given = { ...from, planned: () => ({ ...from.planned(), volumes: changes }) };
      return (await takenNames.run(given)).filter(({ level }) => level !== 'ok');
    };

    it('is another stack’s, and would be taken for its own', async () => {
      expect(await check([volume(OTHER)], [planned('create')])).toEqual([
        {
          level: 'error',
          node: 'n2',
          text:
            'volume prod_imply-data-1-var on n2 is not of stack prod: it is of stack other; tasks of prod would work ' +
            'with what is in it',
          hint:
            'ask whose it is; if prod is to work with that data, as it may have before, go on with --ignore names; else ' +
            'use another stack name, or `docker volume rm prod_imply-data-1-var` there (deletes its data for good)',
        },
      ]);
    });

    it('may come to that node, as of a service that may run on any', async () => {
      const [found] = await check([volume(OTHER)], [{ name: planned('create').name, action: 'create', seen: false }]);
      expect(found).toMatchObject({
        level: 'error',
        text: expect.stringContaining('on the node of this engine is') as string,
      });
    });

    it.each<VolumeChange['action']>(['unchanged', 'differs'])(
      'is warned of alone if the stack works with it already: %s',
      async (action) => {
        expect(await check([volume(OTHER)], [planned(action)])).toMatchObject([
          {
            level: 'warning',
            text: expect.stringMatching(/it is of stack other; tasks of prod work with what is in it$/) as string,
          },
        ]);
      },
    );

    it.each<[string, StackObject[], VolumeChange[]]>([
      ['it is the stack’s own', [volume({ [STACK]: 'prod' })], [planned('reuse')]],
      ['it was made by hand, as in a restore', [volume({})], [planned('reuse')]],
      ['it has another name', [volume(OTHER, 'other_data')], [planned('create')]],
      ['no task comes to that node', [volume(OTHER)], [planned('create', { node: 'n3', seen: false })]],
      ['nothing mounts it any more', [volume(OTHER)], [planned('left')]],
    ])('is no concern if %s', async (_what, volumes, changes) => {
      expect(await check(volumes, changes)).toEqual([]);
    });

    it('is told by plan, too, as what deploy would refuse', async () => {
      const { plan, document, live } = context();
      const loaded = { directory: { bundle: { name: 'prod' }, plan }, document } as unknown as Loaded;
      const survey = { live, networks: [], volumes: [volume(OTHER)] } as unknown as Survey;
      const changes = { ...{ stack: 'prod', services: [], networks: [], labels: [] }, volumes: [planned('create')] };
      expect(await blocksOf(loaded, survey, changes as unknown as Plan, {} as CommandIo)).toEqual([
        expect.stringContaining('volume prod_imply-data-1-var on n2 is not of stack prod'),
      ]);
    });
  });

  it('its tasks say nothing of where the stack’s data is', async () => {
    const live = (of: SwarmService) =>
      placementMove.run(context({}, { services: [of], tasks: [task(of.id, 'id-n1', { containerId: 'c' })] }));
    expect(await live(service('prod_imply-data-1'))).toMatchObject([{ level: 'error' }]);
    expect(await live(FOREIGN)).toMatchObject([{ level: 'ok' }]);
    expect(ownService('prod', [FOREIGN], 'imply-data-1')).toBeUndefined();
  });
});
