import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { cp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run as execute } from '../../scripts/lab/exec.ts';
import { poll } from '../../scripts/lab/poll.ts';
import { removeStack } from '../../scripts/lab/stack-rm.ts';
import { builtEntry } from '../support/cli.ts';
import { Cluster, unsupported } from '../support/cluster.ts';

/**
 * From nothing to a verified cluster, as a user does it: one cluster with TLS and authentication on, looked at from all
 * sides.
 */
describe.skipIf(unsupported !== undefined)('the main job', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.make('main');
  });
  afterAll(async () => {
    await cluster.remove();
  });

  it('init on a reachable swarm makes the CA and the token Docker secrets on the spot', async () => {
    const made = await cluster.init(
      'node1',
      {
        'agents.data.replicas': '2',
        'agents.data.nodes': '[node2,node3]',
        'agents.query.nodes': 'node2',
        'deepStorage.type': 's3',
        'deepStorage.path': 's3://bucket/prefix',
      },
      [],
    );
    expect(made.code, made.all).toBe(0);
    const secrets = (await cluster.docker(['secret', 'ls', '--format', '{{.Name}}'])).stdout;
    expect(secrets).toContain('main_imply-ca.crt.v1');
    expect(secrets).toContain('main_imply-ca.key.v1');
    expect(secrets).toContain('main_imply-auth-token.v1');
    expect((await stat(join(cluster.dir, 'secrets'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(cluster.dir, 'secrets/imply-ca.key'))).mode & 0o777).toBe(0o600);
    expect(new X509Certificate(await cluster.read('secrets/imply-ca.crt')).ca).toBe(true);
    const labels = JSON.parse(
      (await cluster.docker(['node', 'inspect', 'node2', '--format', '{{json .Spec.Labels}}'])).stdout,
    );
    expect(labels).toMatchObject({ 'bundle.main.data-1': 'true', 'bundle.main.query-1': 'true' });
  });

  it('deploy waits until it runs, and verifies every task', async () => {
    const deployed = await cluster.run(['deploy', '--yes']);
    expect(deployed.code, deployed.all).toBe(0);
    for (const service of ['imply-manager', 'imply-master-1', 'imply-query-1', 'imply-data-1', 'imply-data-2']) {
      expect(deployed.stdout).toMatch(new RegExp(`^  ✔ ${service} +node\\d +(\\d+)/\\1`, 'm'));
    }
  });

  it('the agents really register with the manager, over TLS and with the token', async () => {
    const token = await cluster.read('secrets/imply-auth-token');
    const { stdout } = await cluster.docker([
      'ps',
      '-q',
      '-f',
      'label=com.docker.swarm.service.name=main_imply-manager',
    ]);
    const program = `
      const https=require('https'),fs=require('fs');
      https.get({host:'imply-manager',port:9989,path:'/simulator/v1/agents',ca:fs.readFileSync('/run/secrets/imply-ca.crt'),
        auth:'imply:'+fs.readFileSync('/run/secrets/imply-auth-token','utf8').trim()},r=>{let b='';r.on('data',c=>b+=c).on('end',()=>console.log(b))})`;
    const answer = await cluster.docker(['exec', '-i', stdout.trim(), 'node', '-'], { input: program });
    expect(answer.stdout).not.toContain(token);
    for (const agent of ['imply-master-1', 'imply-query-1', 'imply-data-1', 'imply-data-2'])
      expect(answer.stdout).toContain(agent);
    expect(answer.stdout).not.toContain('unreachable');
  });

  it('logs shows what the current tasks wrote, without a secret; without secrets/ the docker command', async () => {
    const token = (await cluster.read('secrets/imply-auth-token')).trim();
    const all = await cluster.run(['logs']);
    expect(all.code, all.all).toBe(0);
    expect(all.stdout).toMatch(/^imply-manager@node1 +\| .*TLS: Enabled/m);
    expect(all.stdout).toMatch(/^imply-data-2@node3 +\| /m);
    // Its reader goes after the first line.
    const followed = ['bash', '-c', 'set -o pipefail; timeout 300 "$@" --follow | head -n 1', 'bash'];
    const first = await execute([...followed, process.execPath, builtEntry, 'logs', cluster.dir], {
      env: cluster.lab.env('node1'),
    });
    expect(first.stdout).toMatch(/^\S+@node\d +\| .*\n$/);
    expect(all.stdout).not.toContain(token);
    const one = await cluster.run(['logs', 'imply-manager', '--json', '--since', '1h']);
    const { tasks } = JSON.parse(one.stdout) as { tasks: { service: string; lines: { at: string; text: string }[] }[] };
    expect(tasks.map(({ service }) => service)).toEqual(['imply-manager']);
    expect(tasks[0]?.lines.some(({ text }) => text.includes('TLS: Enabled'))).toBe(true);
    expect((await cluster.run(['logs', 'imply-manager', '--since', '0s'])).stdout).not.toContain('TLS: Enabled');
  });

  it('a second deploy calls nothing, restarts nothing and says so', async () => {
    const before = (
      await cluster.docker(['service', 'inspect', 'main_imply-data-1', '--format', '{{.Version.Index}} {{.UpdatedAt}}'])
    ).stdout;
    const again = await cluster.run(['deploy', '--yes']);
    expect(again.code, again.all).toBe(0);
    expect(again.all).toContain('already up to date');
    expect(
      (
        await cluster.docker([
          'service',
          'inspect',
          'main_imply-data-1',
          '--format',
          '{{.Version.Index}} {{.UpdatedAt}}',
        ])
      ).stdout,
    ).toBe(before);
    const plan = await cluster.run(['plan', '--detailed-exitcode']);
    expect(plan.code, plan.all).toBe(0);
  });

  it('verify, status and check tell the same in JSON', async () => {
    const verified = await cluster.run(['verify', '--json']);
    expect(verified.code, verified.all).toBe(0);
    const report = JSON.parse(verified.stdout);
    expect(report.verdict).toBe('passed');
    const tls = report.results.filter((result: { check: string }) => result.check === 'TLS');
    expect(tls).toHaveLength(5);
    const status = JSON.parse((await cluster.run(['status', '--json'])).stdout);
    expect(
      status.services.every((service: { running: number; wanted: number }) => service.running === service.wanted),
    ).toBe(true);
    expect(status.lastVerification.failed).toBe(0);
    const { number, at } = status.release;
    expect(status.lastVerification.release).toEqual({ number, at });
    const check = await cluster.run(['check', '--json']);
    expect(check.code, check.all).toBe(0);
    expect(JSON.parse(check.stdout).passed).toBe(true);
  });

  it('a data agent keeps its volume through an update', async () => {
    const container = async () =>
      (
        await cluster.docker(['ps', '-q', '-f', 'label=com.docker.swarm.service.name=main_imply-data-1'], {
          host: 'node2',
        })
      ).stdout.trim();
    const first = await container();
    await cluster.docker(['exec', '-i', first, 'node', '-'], {
      host: 'node2',
      input: "require('fs').writeFileSync('/mnt/var/kept','here')",
    });
    const yaml = await cluster.read('bundle.yaml');
    const changed = yaml.replace(/gracePeriod: 30s/, 'gracePeriod: 31s');
    expect(changed).not.toBe(yaml);
    await writeFile(join(cluster.dir, 'bundle.yaml'), changed);
    expect((await cluster.run(['deploy', '--yes'])).code, 'stack.yml is stale').toBe(2);
    expect((await cluster.run(['render'])).code).toBe(0);
    const deployed = await cluster.run(['deploy', '--yes']);
    expect(deployed.code, deployed.all).toBe(0);
    const second = await container();
    expect(second).not.toBe(first);
    const kept = await cluster.docker(['exec', '-i', second, 'node', '-'], {
      host: 'node2',
      input: "console.log(require('fs').readFileSync('/mnt/var/kept','utf8'))",
    });
    expect(kept.stdout.trim()).toBe('here');
  });

  it('a new password of the store is told to MySQL, which keeps it in its volume', async () => {
    await writeFile(join(cluster.dir, 'secrets/store-password'), 'another-password-of-the-store');
    expect((await cluster.run(['init', '--yes'])).code).toBe(0);
    const deployed = await cluster.run(['deploy', '--yes']);
    expect(deployed.code, deployed.all).toBe(0);
    expect(deployed.stderr).toMatch(/· make main_store-password.v2 the root password of the store in the running main/);
    expect(deployed.all).not.toContain('another-password');
  });

  it('after docker stack rm another one is refused; the way back has that of the data, and what runs is told then', async () => {
    await removeStack(cluster.lab, 'main');
    await writeFile(join(cluster.dir, 'secrets/store-password'), 'a-new-password-of-the-store');
    const made = await cluster.run(['init', '--yes']);
    expect(made.code, made.all).toBe(3);
    expect(await cluster.read('bundle.lock.json'), 'what is not made in the swarm is locked').toMatch(/"version": 3/);
    const refused = await cluster.run(['deploy', '--yes']);
    expect(refused.code, refused.all).toBe(3);
    expect(refused.stderr).toMatch(/data in\s+main_mysql-data\s+goes by version 2 of\s+store-password/);
    expect((await cluster.docker(['service', 'ls', '-q', '-f', 'name=main_'])).stdout).toBe('');
    const [, release = ''] = /bundle rollback\s+--to (\d+)/.exec(refused.stderr) ?? [];
    const back = await cluster.run(['rollback', '--to', release, '--yes']);
    expect(back.code, back.all).toBe(0);
    const deployed = await cluster.run(['deploy', '--yes']);
    expect(deployed.code, deployed.all).toBe(0);
    expect(deployed.stderr).toMatch(/· make main_store-password.v3 the root password of the store in the running main/);
  });

  it('the way back from a deployment that was killed once MySQL was told has the former password told again', async () => {
    const files = ['bundle.lock.json', 'stack.yml', 'secrets/store-password'];
    const kept = await Promise.all(files.map((file) => cluster.read(file)));
    await writeFile(join(cluster.dir, 'secrets/store-password'), 'a-third-password-of-the-store');
    expect((await cluster.run(['init', '--yes'])).code).toBe(0);
    const killed = await cluster.stopAt(['deploy', '--yes'], /· docker stack deploy/, 'SIGKILL');
    expect(killed.stderr).toMatch(/· make main_store-password.v4 the root password/);
    const back = await cluster.run(['rollback', '--yes']);
    expect(back.code, back.all).toBe(0);
    expect(back.stderr).toMatch(/· make main_store-password.v3 the root password of the store in the running main/);
    for (const [index, file] of files.entries()) await writeFile(join(cluster.dir, file), kept[index] ?? '');
  });

  it('a deployment that was killed once MySQL was told and stopped is gone back from, and gone on with', async () => {
    await writeFile(join(cluster.dir, 'secrets/store-password'), 'a-fourth-password-of-the-store');
    expect((await cluster.run(['init', '--yes'])).code).toBe(0);
    const killed = async () => {
      const run = await cluster.stopAt(['deploy', '--yes'], /· stop [^\n]*\bmysql\b/, 'SIGKILL');
      expect(run.stderr).toMatch(/· make main_store-password.v\d+ the root password/);
      // Docker goes on by itself for a moment, or was killed before it stopped MySQL.
      await poll('the docker of the killed run has ended', 180_000, () =>
        spawnSync('pgrep', ['-f', 'docker( .*)? stack deploy .*main']).status === 1 ? true : undefined,
      );
      await cluster.docker(['service', 'scale', '--detach', 'main_mysql=0']);
    };
    await killed();
    const back = await cluster.run(['rollback', '--yes']);
    expect(back.code, back.all).toBe(0);
    expect(back.stderr).toMatch(/· start mysql, so that[^]*· make main_store-password.v3 the root password/);
    await killed();
    // It is told again only if the manager was not stopped with it, and has the former password still.
    const deployed = await cluster.run(['deploy', '--yes']);
    expect(deployed.code, deployed.all).toBe(0);
  });

  it('a second operator without secrets/ renders the same bytes, deploys nothing, and verifies', async () => {
    const other = join(cluster.parent, 'checkout');
    await cp(cluster.dir, other, { recursive: true });
    await rm(join(other, 'secrets'), { recursive: true });
    const before = await readFile(join(other, 'stack.yml'));
    const { bundle } = await import('../support/cli.ts');
    const env = cluster.lab.env('node2');
    const { netns } = cluster;
    expect((await bundle(['render', other], { env })).code).toBe(0);
    expect(await readFile(join(other, 'stack.yml'))).toEqual(before);
    const deployed = await bundle(['deploy', other, '--yes'], { env, netns });
    expect(deployed.code, deployed.all).toBe(0);
    expect(deployed.all).toContain('already up to date');
  });

  it('docker stack rm by hand leaves the secrets; destroy then finds the rest', async () => {
    await removeStack(cluster.lab, 'main');
    const secrets = (await cluster.docker(['secret', 'ls', '--format', '{{.Name}}'])).stdout;
    expect(secrets).toContain('main_imply-ca.key.v1');
    const destroyed = await cluster.run(['destroy', '--yes', '--json']);
    expect(destroyed.code, destroyed.all).toBe(0);
    const { removed, volumesLeft } = JSON.parse(destroyed.stdout);
    expect(removed.secrets).toContain('main_imply-ca.key.v1');
    expect(volumesLeft.find((each: { node: string }) => each.node === 'node2').command).toContain(
      'main_imply-data-1-var',
    );
    expect((await cluster.docker(['secret', 'ls', '-q', '-f', 'label=bundle.stack=main'])).stdout).toBe('');
    expect((await cluster.docker(['network', 'ls', '-q', '-f', 'name=main_'])).stdout).toBe('');
    const again = await cluster.run(['destroy', '--yes']);
    expect(again.code, again.all).toBe(0);
    expect(again.stdout).toContain('not deployed here');
  });
});
