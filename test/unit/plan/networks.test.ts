import { describe, expect, it } from 'vitest';
import type { SwarmNetwork } from '../../../src/engine/port.ts';
import { networkChanges } from '../../../src/plan/networks.ts';
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
