import { describe, expect, it } from 'vitest';
import type { PublishedPort } from '../../../../src/engine/port.ts';
import { portFaults } from '../../../../src/verify/tasks/ports.ts';

const port = (published: number, mode: PublishedPort['mode'] = 'host'): PublishedPort => ({
  protocol: 'tcp',
  target: 80,
  published,
  mode,
});
const faults = (wanted: PublishedPort[], open?: PublishedPort[]): string =>
  portFaults({ name: 's_app', ports: wanted, spec: { TaskTemplate: {} } }, { ...(open && { hostPorts: open }) });

describe('the ports of a running task', () => {
  it.each<[string, PublishedPort[], PublishedPort[]?]>([
    ['none', []],
    ['those of its service', [port(80), port(443)], [port(443), port(80)]],
    ['of the ingress network, which are no task’s', [port(80, 'ingress')]],
    ['chosen by the engine', [port(0)], [port(32_768)]],
    ['not told, as after its engine started anew', [port(80)]],
  ])('are as they should be: %s', (_what, wanted, open) => {
    expect(faults(wanted, open)).toBe('');
  });

  it('are not asked of a container that no swarm runs', () => {
    expect(portFaults({ name: 's_app', ports: [], spec: {} }, { hostPorts: [port(80)] })).toBe('');
  });

  it.each<[string, PublishedPort[], PublishedPort[] | undefined, string]>([
    ['one that was closed', [], [port(80)], 'its port 80/tcp is open, which the service does not publish'],
    ['one that was opened beside another', [port(80), port(81)], [port(80)], 'its port 81/tcp is not open'],
    [
      'another one',
      [port(81)],
      [port(80)],
      'its port 80/tcp is open, which the service does not publish; its port 81/tcp is not open',
    ],
    ['one that went to the ingress network', [port(80, 'ingress')], [port(80)], 'its port 80/tcp is open'],
  ])('are those of before: %s', (_what, wanted, open, words) => {
    expect(faults(wanted, open)).toContain(words);
    expect(faults(wanted, open)).toMatch(/`docker service update --force s_app` replaces it$/);
  });
});
