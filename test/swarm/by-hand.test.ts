import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeStack } from '../../scripts/lab/stack-rm.ts';
import { Cluster, unsupported } from '../support/cluster.ts';

/** Runs lines as a user would paste them. */
const shell = (lines: readonly string[], env: NodeJS.ProcessEnv, cwd?: string) =>
  promisify(execFile)('sh', ['-ec', lines.join('\n')], { cwd, env: { ...process.env, ...env } });

interface Spec {
  TaskTemplate: { ContainerSpec: { Secrets?: { File: { Name: string } }[] } };
}

/** The other way to the same cluster: init, prepare, `docker stack deploy` by hand, verify. */
describe.skipIf(unsupported !== undefined)('docker stack deploy by hand', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.make('hand');
  });
  afterAll(async () => {
    await cluster.remove();
  });

  const specs = async () => {
    const names = (await cluster.docker(['stack', 'services', 'hand', '--format', '{{.Name}}'])).stdout
      .trim()
      .split('\n')
      .sort();
    const inspected = JSON.parse((await cluster.docker(['service', 'inspect', ...names])).stdout) as { Spec: Spec }[];
    // One secret under two names: the docker CLI keeps mounts in a Go map and sorts them by the secret's name alone, so
    // these two come in any order (docker/cli, cli/command/service/parse.go, ParseSecrets).
    for (const { Spec } of inspected)
      Spec.TaskTemplate.ContainerSpec.Secrets?.sort((a, b) => (a.File.Name < b.File.Name ? -1 : 1));
    // Ids of networks and secrets differ from one swarm object to the next; their names do not.
    const networks = JSON.parse((await cluster.docker(['network', 'inspect', 'hand_imply'])).stdout) as {
      Id: string;
    }[];
    return JSON.stringify(
      inspected.map((service) => service.Spec),
      null,
      1,
    ).replaceAll(networks[0]?.Id ?? '', 'hand_imply');
  };

  it('gives the same services as bundle deploy, and verify passes', async () => {
    expect((await cluster.init('node3', { secretDelivery: 'env' })).code).toBe(0);
    const prepared = await cluster.run(['prepare', '--yes', '--host', cluster.lab.host('node1').socket]);
    expect(prepared.code, prepared.all).toBe(0);
    const printed = prepared.stdout.split('\n').filter((line) => line.startsWith('  '));
    expect(printed.some((line) => /^ {2}export IMPLY_MANAGER_STORE_PASSWORD=/.test(line))).toBe(true);
    // As printed: nothing else names the engine, the file or the password.
    await shell(printed, { DOCKER_HOST: 'unix:///nonexistent/docker.sock' });
    const verified = await cluster.run(['verify']);
    expect(verified.code, verified.all).toBe(0);
    const byHand = await specs();
    const nothing = await cluster.run(['deploy', '--yes']);
    expect(nothing.all).toContain('already up to date');

    await removeStack(cluster.lab, 'hand');
    await expect
      .poll(async () => (await cluster.docker(['network', 'ls', '-q', '-f', 'name=hand_'])).stdout, {
        timeout: 180_000,
      })
      .toBe('');
    // Its node still takes containers and network down when the manager has forgotten them. One that starts meanwhile
    // may come up without any network, which swarm calls running (seen with 28.5.2 on a busy machine).
    const left = async (...list: string[]): Promise<string> =>
      (await cluster.lab.docker('node3', [...list, '-q', '-f', 'name=hand_'])).stdout;
    await expect
      .poll(async () => (await left('ps', '-a')) + (await left('network', 'ls')), { timeout: 180_000 })
      .toBe('');
    const deployed = await cluster.run(['deploy', '--yes']);
    const logs = async (): Promise<string> =>
      (await cluster.docker(['service', 'logs', '--tail', '30', 'hand_imply-manager'], { check: false })).stdout;
    expect(deployed.code, deployed.code === 0 ? '' : deployed.all + (await logs())).toBe(0);
    expect(await specs()).toBe(byHand);
  });

  it('the runbook’s own commands make the same secrets and labels as prepare', async () => {
    const readme = await cluster.read('README.md');
    await cluster.run(['destroy', '--yes']);
    const commands = readme
      .replaceAll('\\\n', ' ')
      .split('\n')
      .filter((line) => /^docker (secret create|node update --label-add)/.test(line));
    expect(commands.length).toBeGreaterThan(5);
    await shell(commands, cluster.lab.env('node1'), cluster.dir);
    const plan = JSON.parse((await cluster.run(['plan', '--json'])).stdout);
    expect(plan.labels).toEqual([]);
    expect(plan.secrets.every((secret: { action: string }) => secret.action === 'unchanged')).toBe(true);
    expect((await cluster.run(['check'])).code).toBe(0);
  });
});
