import { describe, expect, it } from 'vitest';
import type { SwarmService } from '../../../src/engine/port.ts';
import { refuseGuests } from '../../../src/swarm/steps/network-guests.ts';
import { service } from '../../support/check-context.ts';

const NETWORKS = [{ id: 'net1', name: 'zs_zookeeper', labels: {} }];
const on = (Target: string) => ({ TaskTemplate: { Networks: [{ Target }] } });
const refused =
  (...services: SwarmService[]) =>
  () =>
    refuseGuests('zs', NETWORKS, services);

describe('services of others on the networks of a stack that is to go', () => {
  it.each([
    ['by the network’s id', on('net1')],
    ['by its name', on('zs_zookeeper')],
    ['as an older client wrote it', { Networks: [{ Target: 'net1' }] }],
  ])('are named with what takes them off: %s', (_how, spec) => {
    expect(refused(service('app', { labels: {}, spec }))).toThrow(
      expect.objectContaining({
        code: 'network-in-use',
        exit: 3,
        message: expect.stringContaining('network zs_zookeeper is used by service app') as string,
        hints: [
          '`docker service update --network-rm zs_zookeeper app`',
          'then the same command again; nothing was removed',
        ],
      }) as Error,
    );
  });

  it('of another stack, which would come back, are named with that stack, once', () => {
    const guest = (name: string) => service(`other_${name}`, { spec: on('net1') });
    expect(refused(guest('one'), guest('two'), service('app', { labels: {}, spec: on('net1') }))).toThrow(
      expect.objectContaining({
        message: expect.stringContaining('network zs_zookeeper is used by service other_two') as string,
        hints: [
          '`bundle destroy` of stack other first, or a deployment of it without zs_zookeeper',
          '`docker service update --network-rm zs_zookeeper app`',
          'then the same command again; nothing was removed',
        ],
        details: {
          guests: [
            { network: 'zs_zookeeper', service: 'other_one', stack: 'other' },
            { network: 'zs_zookeeper', service: 'other_two', stack: 'other' },
            { network: 'zs_zookeeper', service: 'app' },
          ],
        },
      }) as Error,
    );
  });

  it('the stack’s own services and jobs, and those on other networks, do not matter', () => {
    const job = service('job', { labels: { 'bundle.stack': 'zs' }, spec: on('net1') });
    expect(
      refused(service('zs_zookeeper-1', { spec: on('net1') }), job, service('app', { spec: on('net2') })),
    ).not.toThrow();
    expect(refused(service('bare', { spec: { TaskTemplate: { Networks: null } } }))).not.toThrow();
  });
});
