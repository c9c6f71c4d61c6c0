import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { poll } from '../../scripts/lab/poll.ts';
import { Cluster, images, sharedLab, unsupported, variant } from '../support/cluster.ts';

/**
 * What users meet: each failure has its own reason and exit code, and what was made is removed again. They mostly wait:
 * side by side, each on a node of its own, since their ports are the same.
 */
describe.skipIf(unsupported !== undefined)('failures', () => {
  /** A bundle that is taken off the swarm as soon as its test is over. */
  const make = async (test: TestContext, name: string, node: string, more: Record<string, string> = {}) => {
    const cluster = await Cluster.make(name);
    test.onTestFinished(() => cluster.remove(), 600_000);
    const made = await cluster.init(node, more);
    expect(made.code, made.all).toBe(0);
    return cluster;
  };
  it.concurrent('an image that does not exist, ignored before: the registry’s own words, exit 4', async (test) => {
    const cluster = await make(test, 'noimage', 'node1', {
      'images.agent': images.agent.replace(/:[^:/]+$/, ':never-made'),
    });
    // Without --ignore it is not even tried: preflight.test.ts.
    const deployed = await cluster.run(['deploy', '--yes', '--ignore', 'images']);
    expect(deployed.code, deployed.all).toBe(4);
    expect(deployed.stderr).toMatch(/manifest unknown|not found/i);
  });

  it.concurrent(
    'a manager that crash-loops: how often, the exit code, its last lines without the password, exit 4',
    async (test) => {
      const crashing = await variant(await sharedLab(), images.manager, 'crashing', {
        SIMULATOR_FAULTS: 'print-environment,crash-before-lines',
        SIMULATOR_EXIT_CODE: '42',
      });
      const cluster = await make(test, 'crash', 'node2', { 'images.manager': crashing });
      // The definition gives the real manager 180 s before failures count; a test cannot wait that long for nothing.
      const deployed = await cluster.run(['deploy', '--yes', '--timeout', '2m']);
      expect(deployed.code, deployed.all).toBe(4);
      expect(deployed.stderr).toContain('imply-manager');
      expect(deployed.stderr).toContain('42');
      expect(deployed.stderr).toContain('[redacted]');
      const password = (await cluster.read('secrets/store-password')).trim();
      const token = (await cluster.read('secrets/imply-auth-token')).trim();
      const keepsThem = ({ all }: { all: string }): void => {
        expect(all).not.toContain(password);
        expect(all).not.toContain(token);
      };
      keepsThem(deployed);
      // Its task of the moment may not have written yet.
      await poll('bundle logs shows the environment, redacted', 120_000, async () => {
        const logs = await cluster.run(['logs', 'imply-manager']);
        keepsThem(logs);
        // Between two tries it shows the one that ended.
        expect(logs.all).not.toContain('has no task');
        return logs.stdout.includes('[redacted]') ? true : undefined;
      });
    },
  );

  it.concurrent('a constraint no node meets: said before anything is made, exit 3', async (test) => {
    const cluster = await make(test, 'nonode', 'node9');
    const deployed = await cluster.run(['deploy', '--yes']);
    expect(deployed.code, deployed.all).toBe(3);
    expect(deployed.all).toContain('there is no node "node9"');
    expect((await cluster.docker(['secret', 'ls', '-q', '-f', 'label=bundle.stack=nonode'])).stdout).toBe('');
  });

  it.concurrent('a label taken away by hand: unplaceable, with swarm’s own filter, exit 4', async (test) => {
    const cluster = await make(test, 'nolabel', 'node3');
    await cluster.run(['prepare', '--yes']);
    const text = (await readFile(join(cluster.dir, 'stack.yml'), 'utf8')).replace(
      'bundle.nolabel.manager ==',
      'bundle.nolabel.nowhere ==',
    );
    await writeFile(join(cluster.parent, 'spoilt.yml'), text);
    await cluster.docker(['stack', 'deploy', '-c', join(cluster.parent, 'spoilt.yml'), 'nolabel']);
    const verified = await cluster.run(['verify', '--timeout', '40s']);
    expect(verified.code, verified.all).toBe(5);
    expect(verified.stdout).toContain('no suitable node');
  });

  it.concurrent('an engine that is no swarm manager, and none at all', async (test) => {
    const cluster = await make(test, 'worker', 'node1');
    const worker = await cluster.run(['deploy', '--yes'], { host: 'node4' });
    expect(worker.code, worker.all).toBe(3);
    expect(worker.stderr).toContain('not a manager');
    const none = await cluster.run(['deploy', '--yes', '--host', 'unix:///nowhere/docker.sock']);
    expect(none.code, none.all).not.toBe(0);
    expect(none.stderr).toContain('unix:///nowhere/docker.sock');
  });

  it.concurrent('Ctrl-C while it waits: says what goes on, exit 130', async (test) => {
    const cluster = await make(test, 'stopped', 'node4', {
      'images.manager': await variant(await sharedLab(), images.manager, 'crashing-too', {
        SIMULATOR_FAULTS: 'crash-before-lines',
      }),
    });
    const controller = new AbortController();
    let waits = false;
    const deploying = cluster.run(['deploy', '--yes'], {
      signal: controller.signal,
      onOutput: (all) => (waits ||= all.includes('waiting until')),
    });
    await poll('it waits', 180_000, () => (waits ? true : undefined));
    await poll('the manager has a task', 120_000, async () => {
      const { stdout } = await cluster.docker(['service', 'ps', '-q', 'stopped_imply-manager'], { check: false });
      return stdout === '' ? undefined : true;
    });
    setTimeout(() => controller.abort(), 2000);
    const result = await deploying;
    expect(result.code, result.all).toBe(130);
    expect(result.stderr).toContain('goes on');
  });

  // Its cluster wants the ports that others above have had.
  it('a host port that another service has: found by check, exit 3', async (test) => {
    const lab = await sharedLab();
    await lab.docker('node1', [
      'service',
      'create',
      '--detach=false',
      '--name',
      'squatter',
      '--constraint',
      'node.hostname==node3',
      '--publish',
      'mode=host,published=9555,target=80',
      '--entrypoint',
      'sleep',
      images.mysql,
      '3600',
    ]);
    try {
      const cluster = await make(test, 'busy', 'node3', { 'manager.port': '9555' });
      const deployed = await cluster.run(['deploy', '--yes']);
      expect(deployed.code, deployed.all).toBe(3);
      expect(deployed.all).toContain('taken by service squatter');
      const ignored = await cluster.run(['deploy', '--yes', '--ignore', 'host-ports']);
      expect(ignored.code, ignored.all).toBe(4);
      expect(ignored.stderr).toContain('host-mode port already in use');
    } finally {
      await lab.docker('node1', ['service', 'rm', 'squatter']);
    }
  });
});
