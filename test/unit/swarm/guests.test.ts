import { describe, expect, it } from 'vitest';
import type { SwarmService } from '../../../src/engine/port.ts';
import { refuseGuests } from '../../../src/swarm/steps/guests.ts';
import { service } from '../../support/check-context.ts';

const NETWORKS = [{ id: 'net1', name: 'zs_zookeeper', labels: {} }];
const USED = {
  networks: NETWORKS,
  secrets: [{ id: 'sec1', name: 'zs_ca.crt.v1' }],
  configs: [{ id: 'con1', name: 'zs_tool.v1' }],
};
const mounting = (what: object) => ({ TaskTemplate: { ContainerSpec: what } });
const on = (Target: string) => ({ TaskTemplate: { Networks: [{ Target }] } });
const refused =
  (...services: SwarmService[]) =>
  () =>
    refuseGuests('zs', USED, services);

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
            { kind: 'network', name: 'zs_zookeeper', service: 'other_one', stack: 'other' },
            { kind: 'network', name: 'zs_zookeeper', service: 'other_two', stack: 'other' },
            { kind: 'network', name: 'zs_zookeeper', service: 'app' },
          ],
        },
      }) as Error,
    );
  });

  it.each([
    ['secret', 'zs_ca.crt.v1', mounting({ Secrets: [{ SecretID: 'sec1', SecretName: 'another name' }] })],
    ['config', 'zs_tool.v1', mounting({ Configs: [{ ConfigID: 'con1', ConfigName: 'another name' }] })],
  ])('that mount a %s of it are named too, by what they hold', (kind, name, spec) => {
    expect(refused(service('exporter', { labels: {}, spec }), service('zs_zookeeper-1', { spec }))).toThrow(
      expect.objectContaining({
        ...{ code: 'secret-in-use', exit: 3 },
        message: expect.stringMatching(new RegExp(`:\n  ${kind} ${name} is used by service exporter$`)) as string,
        hints: [
          `\`docker service update --${kind}-rm ${name} exporter\``,
          'then the same command again; nothing was removed',
        ],
      }) as Error,
    );
    expect(refused(service('app', { labels: {}, spec: mounting({ Secrets: null, Configs: null }) }))).not.toThrow();
  });

  it('the stack’s own services and jobs, and those on other networks, do not matter', () => {
    const job = service('job', { labels: { 'bundle.stack': 'zs' }, spec: on('net1') });
    expect(
      refused(service('zs_zookeeper-1', { spec: on('net1') }), job, service('app', { spec: on('net2') })),
    ).not.toThrow();
    expect(refused(service('bare', { spec: { TaskTemplate: { Networks: null } } }))).not.toThrow();
  });
});
