import { describe, expect, it } from 'vitest';
import type { StackDocument } from '../../../src/compose/types.ts';
import type { Loaded } from '../../../src/project/bundle-dir.ts';
import type { Placed } from '../../../src/run-target/plan/types.ts';
import { stackOf } from '../../../src/run-target/run-stack.ts';

describe('what run.sh makes of a service', () => {
  it('has the service’s own names of hosts beside those of the others, as run.sh gives them', () => {
    const service = { image: 'app:1', networks: ['net'], extraHosts: { elsewhere: '192.0.2.1', six: '2001:db8::1' } };
    const document = { services: { app: service }, networks: { net: {} } } as unknown as StackDocument;
    const loaded = {
      directory: { bundle: { name: 'prod' }, plan: { listens: {} } },
      document,
    } as unknown as Loaded;
    const placed = [{ name: 'app', host: 'node1', service }] as unknown as Placed[];
    const settings = { network: 'bridge' as const, addresses: {}, hosts: ['node1'], former: [], services: ['app'] };
    const { services } = stackOf(loaded, placed, settings);
    expect(services['app']?.made.hosts).toEqual(['elsewhere:192.0.2.1', 'six:2001:db8::1']);
  });
});
