import { describe, expect, it } from 'vitest';
import type { SwarmNetwork } from '../../../src/engine/port.ts';
import { networkChanges, networkNames } from '../../../src/plan/networks.ts';
import { planChanges } from '../../../src/plan/plan.ts';
import { describePlan } from '../../../src/plan/describe.ts';
import { service, stackDocument } from '../compose/documents.ts';
import { holding } from './engine.ts';

const document = stackDocument({
  networks: {
    internal: { driver: 'overlay', attachable: true, driverOpts: { encrypted: '' }, labels: { note: 'x' } },
    unused: { driver: 'overlay' },
  },
});
/** As an engine lists what docker made of it. */
const LIVE: SwarmNetwork = {
  id: 'id-of-prod_internal',
  name: 'prod_internal',
  driver: 'overlay',
  attachable: true,
  internal: false,
  options: { encrypted: '', 'com.docker.network.driver.overlay.vxlanid_list': '4097' },
  labels: { note: 'x', 'com.docker.stack.namespace': 'prod' },
  subnets: ['10.0.1.0/24'],
};
const changes = (live: SwarmNetwork[]) => networkChanges('prod', document, live);

describe('networkChanges', () => {
  it('is at rest where the network is as docker makes it, and does not see one that no service uses', () => {
    expect(changes([LIVE])).toEqual([{ name: 'prod_internal', action: 'unchanged', fields: [] }]);
    expect(changes([])).toEqual([{ name: 'prod_internal', action: 'create', fields: [] }]);
  });

  it('tells what docker will not change, by name', () => {
    const live = {
      ...LIVE,
      driver: 'bridge',
      attachable: false,
      options: { mtu: '1400' },
      labels: { 'com.docker.stack.namespace': 'prod', note: 'y' },
    };
    expect(changes([live])).toEqual([
      {
        name: 'prod_internal',
        action: 'differs',
        fields: ['driver', 'attachable', 'option encrypted', 'option mtu', 'label note'],
      },
    ]);
  });

  it('compares the subnet that the document names, and none where swarm chose it', () => {
    const wants = (subnet?: string) =>
      stackDocument({
        networks: {
          internal: {
            ...document.networks['internal'],
            driver: 'overlay',
            ...(subnet === undefined ? {} : { subnet }),
          },
        },
      });
    const fields = (subnet?: string) => networkChanges('prod', wants(subnet), [LIVE])[0]?.fields;
    expect(fields()).toEqual([]);
    expect(fields('10.0.1.0/24')).toEqual([]);
    expect(fields('10.20.0.0/24')).toEqual(['subnet 10.20.0.0/24']);
  });

  it('expects the default network for services that name none', () => {
    expect(networkChanges('prod', stackDocument({ services: { db: service({ networks: {} }) } }), [])).toEqual([
      { name: 'prod_default', action: 'create', fields: [] },
    ]);
  });

  describe('of another stack', () => {
    const joining = stackDocument({
      services: { db: service({ networks: { internal: { aliases: [] }, theirs: { aliases: [] } } }) },
      networks: { internal: { driver: 'overlay' }, theirs: { joined: 'store_backend' } },
    });
    const theirs = (more: Partial<SwarmNetwork> = {}): SwarmNetwork => ({
      ...LIVE,
      id: 'id-of-store_backend',
      name: 'store_backend',
      labels: { 'com.docker.stack.namespace': 'store' },
      ...more,
    });
    const of = (live: SwarmNetwork[]) => networkChanges('prod', joining, live).filter(({ name }) => /store/.test(name));

    it('is joined as it is, whoever has it', () => {
      const found = { name: 'store_backend', action: 'joined', fields: [] };
      expect(of([theirs({ attachable: false })])).toEqual([{ ...found, stack: 'store' }]);
      expect(of([theirs({ id: 'local', driver: 'bridge', labels: {} }), theirs()])).toEqual([
        { ...found, stack: 'store' },
      ]);
      expect(of([theirs({ labels: {} })])).toEqual([found]);
      expect(of([])).toEqual([found]);
      expect(networkNames('prod', joining)).toEqual(['prod_internal']);
    });

    it('is none of this stack’s if nobody joins it, whatever its name', () => {
      expect(changes([LIVE, theirs(), theirs({ id: 'x', name: 'prod_old' })])).toEqual(changes([LIVE]));
      expect(changes([{ ...LIVE, labels: {} }])).toMatchObject([{ action: 'create' }]);
    });

    it('leaves a plan empty once it is joined, and says whose it is as long as the plan is not', () => {
      const plan = (networks: SwarmNetwork[], held = joining) =>
        planChanges({
          stack: 'prod',
          document: joining,
          placements: [],
          live: { ...holding(held, []), networks: [{ ...LIVE, attachable: false, options: {} }, ...networks] },
        });
      expect(plan([theirs()])).toMatchObject({ empty: true, services: [{ action: 'unchanged' }] });
      expect(describePlan(plan([theirs()]))).not.toContain('= network store_backend of stack store');
      // A network that was removed and made again has another id: the service is on it no more.
      expect(plan([theirs({ id: 'another' })]).services).toMatchObject([{ action: 'update', restarts: true }]);

      const before = stackDocument();
      expect(describePlan(plan([theirs()], before))).toContain('= network store_backend of stack store');
      expect(describePlan(plan([], before))).toContain('? network store_backend is of no stack in this swarm');
      expect(plan([theirs()], before).services[0]?.changes.map(({ field }) => field)).toEqual([
        'network store_backend',
      ]);
    });
  });

  it('says in the plan what stays, which is no change', () => {
    const networks = [
      { ...LIVE, attachable: false },
      { ...LIVE, id: 'id-old', name: 'prod_old' },
    ];
    const plan = planChanges({ stack: 'prod', document, placements: [], live: { ...holding(document, []), networks } });
    expect(plan.empty).toBe(true);
    expect(describePlan(plan)).toEqual([
      '! network prod_internal differs, and stays so: docker changes no network that exists',
      '    attachable is not as stack.yml says',
      '! network prod_old is left: no service of stack.yml uses it (docker network rm prod_old)',
      'No changes. 1 service is as stack.yml says.',
    ]);
  });
});
