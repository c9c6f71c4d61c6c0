import { afterAll, describe, expect, it } from 'vitest';
import { Cluster, images, unsupported, variant } from '../support/cluster.ts';

/** Removing a cluster whose agents take their time. */
describe.skipIf(unsupported !== undefined)('destroy', () => {
  let cluster: Cluster;
  afterAll(async () => {
    await cluster.remove();
  });

  it(
    'deploy --no-wait ends once the swarm has the document; the release is `deployed`, and a later verify tells ' +
      'that it runs',
    async () => {
      cluster = await Cluster.make('slow');
      const draining = await variant(cluster.lab, images.agent, 'draining', { SIMULATOR_DRAIN: '600' });
      expect((await cluster.init('node1', { 'images.agent': draining, 'agents.data.gracePeriod': '2h' })).code).toBe(0);
      const deployed = await cluster.run(['deploy', '--yes', '--no-wait', '--json']);
      expect(deployed.code, deployed.all).toBe(0);
      expect(JSON.parse(deployed.stdout)).toMatchObject({ release: 1, converged: false });
      expect(deployed.stderr).not.toContain('waiting until');
      const release = async () => JSON.parse((await cluster.run(['history', '--json'])).stdout).releases as unknown;
      expect(await release()).toMatchObject([{ number: 1, state: 'deployed' }]);
      const verified = await cluster.run(['verify']);
      expect(verified.code, verified.all).toBe(0);
      expect(await release(), 'a whole verification marks it').toMatchObject([{ number: 1, state: 'verified' }]);
    },
  );

  it('shows the longest grace first, stops waiting on Ctrl-C, and a second run with --kill-after ends it', async () => {
    const longestFirst = /slow_imply-data-1 .*2 h[^]*slow_imply-manager/;
    const interrupted = await cluster.stopAt(['destroy', '--yes'], /still stopping on node1/, 'SIGINT');
    expect(interrupted.code, interrupted.all).toBe(130);
    expect(interrupted.stderr).toMatch(longestFirst);
    expect((await cluster.docker(['service', 'ls', '-q', '-f', 'name=slow_'])).stdout).toBe('');
    expect(interrupted.stderr, 'what ends the wait').toMatch(
      /still stopping on node1, at most 2 h each; --kill-after 2m would end it sooner/,
    );
    expect(interrupted.stderr, 'what was done').toMatch(/stopped waiting; .* by itself; removed so far: \d+ services/);
    expect((await cluster.docker(['secret', 'ls', '-q', '-f', 'label=bundle.stack=slow'])).stdout).not.toBe('');

    // Somebody else's service keeps the network: that is told before anything is removed.
    const once = ['--name', 'guest', '--network', 'slow_imply', '--stop-grace-period', '1s', '--entrypoint', 'sleep'];
    await cluster.docker(['service', 'create', '--detach', ...once, images.mysql, '3600']);
    const refused = await cluster.run(['destroy', '--yes', '--volumes', '--kill-after', '2s']);
    expect(refused.code, refused.all).toBe(3);
    expect(refused.stderr).toContain('network slow_imply is used by service guest');
    expect(refused.stderr).toContain('docker service update --network-rm slow_imply guest');
    expect((await cluster.docker(['secret', 'ls', '-q', '-f', 'label=bundle.stack=slow'])).stdout).not.toBe('');
    await cluster.docker(['service', 'rm', 'guest']);

    const killed = await cluster.run(['destroy', '--yes', '--volumes', '--kill-after', '2s', '--json']);
    expect(killed.code, killed.all).toBe(0);
    const { removed, volumesLeft } = JSON.parse(killed.stdout);
    expect(removed.secrets).toHaveLength(4);
    expect(removed.labels).toContain('node1: bundle.slow.manager');
    const labels = await cluster.docker(['node', 'inspect', '--format', '{{json .Spec.Labels}}', 'node1']);
    expect(labels.stdout).not.toContain('bundle.slow.');
    expect(removed.volumes).toContain('slow_imply-data-1-var');
    expect(volumesLeft).toEqual([]);
    expect((await cluster.docker(['ps', '-q', '-f', 'name=slow_'])).stdout).toBe('');
    expect((await cluster.docker(['volume', 'ls', '-q', '-f', 'label=com.docker.stack.namespace=slow'])).stdout).toBe(
      '',
    );
  });
});
