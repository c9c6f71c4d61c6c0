import { afterAll, describe, expect, it } from 'vitest';
import { removeStack } from '../../scripts/lab/stack-rm.ts';
import { Cluster, images, unsupported, variant } from '../support/cluster.ts';

/** `docker stack rm` returns at once; what stops on the engine that is asked still holds the stack's network there. */
describe.skipIf(unsupported !== undefined)('deploy right after docker stack rm', () => {
  let cluster: Cluster;
  afterAll(() => cluster?.remove());

  it('waits for what is left of the network, says so, and deploys, time after time', async () => {
    cluster = await Cluster.make('again');
    // Long enough for deploy on a busy machine to come to the network before they are gone, within their grace.
    const slow = await variant(cluster.lab, images.agent, 'stops-slowly', { SIMULATOR_DRAIN: '40' });
    const graces = ['master', 'query', 'data'].map((role) => [`agents.${role}.gracePeriod`, '60s']);
    const made = await cluster.init('node1', { 'images.agent': slow, ...Object.fromEntries(graces) });
    expect(made.code, made.all).toBe(0);
    const first = await cluster.run(['deploy', '--yes', '--no-verify']);
    expect(first.code, first.all).toBe(0);
    expect(first.stderr).not.toContain('what is left');
    for (let time = 1; time <= 3; time++) {
      await removeStack(cluster.lab, 'again');
      const deployed = await cluster.run(['deploy', '--yes', '--no-verify']);
      expect(deployed.code, deployed.all).toBe(0);
      expect(deployed.stderr).toContain('waiting for what is left of the removed network again_imply');
    }
    expect((await cluster.run(['plan', '--detailed-exitcode'])).code).toBe(0);
  });
});
