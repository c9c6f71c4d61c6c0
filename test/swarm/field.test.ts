import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { buildImages } from '../../scripts/images/build.ts';
import { Cluster, unsupported } from '../support/cluster.ts';
import type { JsonReport } from '../../src/verify/report/json.ts';
import { refusingProxy } from '../support/refusing-proxy.ts';

/** What people met elsewhere and only a real swarm shows; test/field/reports.ts lists it. */
describe.skipIf(unsupported !== undefined)('reports from the field', () => {
  let cluster: Cluster;
  const VOLUME = 'field_mysql-data';

  beforeAll(async () => {
    cluster = await Cluster.make('field');
    const { probe } = await buildImages(cluster.lab, { only: ['probe'] });
    const label = 'com.docker.stack.namespace=field';
    await cluster.docker(['volume', 'create', '--label', label, VOLUME]);
    const made = await cluster.init('node1', {
      'verify.probeImage': probe,
      'deepStorage.type': 's3',
      'deepStorage.path': 's3://bucket/prefix',
      'agents.query.nodes': 'node2',
      'agents.data.nodes': 'node3',
    });
    expect(made.code, made.all).toBe(0);
  });
  afterAll(async () => {
    await cluster.remove();
  });

  it('data from before and a new password: refused before anything is made, with the two ways out', async () => {
    const refused = await cluster.run(['deploy', '--yes']);
    expect(refused.code, refused.all).toBe(3);
    expect(refused.stderr).toMatch(
      /volume field_mysql-data on node1 is from before .* and no release of field in this swarm ran with it/,
    );
    expect(refused.stderr).toMatch(/secretFiles\.storePassword=FILE.*docker volume rm field_mysql-data/);
    expect((await cluster.docker(['secret', 'ls', '-q', '-f', 'label=bundle.stack=field'])).stdout).toBe('');
    await cluster.docker(['volume', 'rm', VOLUME]);
    const deployed = await cluster.run(['deploy', '--yes', '--no-verify']);
    expect(deployed.code, deployed.all).toBe(0);
    const again = await cluster.run(['check', '--json']);
    expect(JSON.parse(again.stdout).checks.find(({ name }: { name: string }) => name === 'old-data')).toMatchObject({
      findings: [],
    });
  });

  it('interrupted while it verifies: says that all of it is deployed, and how to go on', async () => {
    const ownChecks = async (checks: string): Promise<void> => {
      const made = await cluster.run(['init', '--yes', '--no-prepare', '--set', `verify.expectations=${checks}`]);
      expect(made.code, made.all).toBe(0);
    };
    onTestFinished(() => ownChecks('[]'));
    // Waited for, so that there is time to interrupt.
    await ownChecks('[{service: imply-manager, name: awaited, log: this is never said}]');
    const stopped = await cluster.stopAt(['verify'], /ok {2}imply-/, 'SIGINT');
    expect(stopped.code, stopped.all).toBe(130);
    expect(stopped.stderr).toContain('stopped verifying field; nothing was changed');
    // Something to deploy, so that there is something to verify afterwards.
    await cluster.docker(['service', 'scale', '--detach=false', 'field_imply-query-1=0']);
    const deploying = await cluster.stopAt(['deploy', '--yes'], /ok {2}imply-/, 'SIGINT');
    expect(deploying.code, deploying.all).toBe(130);
    expect(deploying.stderr).toMatch(
      /stopped verifying field; release \d+ is deployed and all its tasks were seen to run, but it is not marked/,
    );
    expect(deploying.stderr).not.toContain('nothing was changed');
  });

  describe('a proxy before the engine that answers 403 with a page', () => {
    let refused: RegExp;
    let close: () => Promise<void>;

    beforeAll(async () => {
      const socket = join(cluster.parent, 'proxy.sock');
      const engine = cluster.lab.host('node1').socket.replace('unix://', '');
      close = await refusingProxy(engine, socket, (path) => refused.test(path));
      cluster.env = { DOCKER_HOST: `unix://${socket}` };
    });
    afterAll(async () => {
      cluster.env = {};
      await close();
    });

    /** What is refused, what status says of it, and what it says all the same. */
    it.each([
      ['secrets', /^\/secrets/, 'secrets', /node1 .*imply-manager ✔/],
      ['nodes', /^\/nodes/, 'nodes', /imply-manager +1\/1/],
      ['services', /^\/services/, 'services', /services not read/],
      ['tasks', /^\/tasks/, 'tasks', /imply-manager +\?\/1/],
      ['configs', /^\/configs/, 'releases', /node1 .*imply-manager ✔/],
      ['the swarm', /^\/swarm/, 'roots', /node1 .*imply-manager ✔/],
    ])('%s: status tells the other parts', async (_what, paths, part, shows) => {
      refused = paths;
      const status = await cluster.run(['status']);
      expect(status.code, status.all).toBe(3);
      expect(status.stdout).toMatch(shows);
      expect(status.stdout).toMatch(
        new RegExp(
          `^${part}: not read: .*403 from GET ${paths.source.slice(1)}\\S*, not the engine's words: 403 Forbidden Request`,
          'm',
        ),
      );
      expect(status.all).not.toMatch(/<h1>|is not deployed|0\/1/);
    });

    it('the swarm’s own certificate authority is not told, and all else is verified', async () => {
      refused = /^\/swarm/;
      const deployed = await cluster.run(['deploy', '--yes']);
      expect(deployed.code, deployed.all).toBe(0);
      for (const args of [[], ['--expiry', '30d']]) {
        const verified = await cluster.run(['verify', '--json', ...args]);
        expect(verified.code, verified.all).toBe(0);
        const { results } = JSON.parse(verified.stdout) as JsonReport;
        const untold = results.filter(({ service, check }) => service === 'swarm' && check === 'expiry');
        expect(untold.map(({ status }) => status)).toEqual(['not-run']);
        expect(untold[0]?.detail).toMatch(/cannot ask for the swarm’s certificate authority: .*403 from GET \/swarm/);
        expect(results.filter(({ status }) => status === 'passed').length).toBeGreaterThan(10);
      }
      refused = /^$/;
      const history = await cluster.run(['history', '--json']);
      expect((JSON.parse(history.stdout) as { releases: { state: string }[] }).releases[0]?.state).toBe('verified');
    });

    it('every command that asks: exit 3, the path, no markup, and nothing is changed', async () => {
      const before = await cluster.docker(['service', 'ls', '--format', '{{.Name}} {{.ID}} {{.Replicas}}']);
      for (const paths of [/^\/(info|version|_ping)/, /^\/(services|configs)(\?|$)/]) {
        refused = paths;
        for (const command of [
          ...[['plan'], ['verify'], ['status'], ['check'], ['history'], ['logs']],
          ...['prepare', 'deploy', 'destroy', 'rollback'].map((name) => [name, '--yes']),
        ]) {
          const done = await cluster.run(command);
          expect(done.code, `${command.join(' ')}: ${done.all}`).toBe(3);
          expect(done.all).toMatch(/403 from GET \/[a-z]+/);
          expect(done.all).not.toContain('<h1>');
        }
      }
      refused = /^$/;
      const after = await cluster.docker(['service', 'ls', '--format', '{{.Name}} {{.ID}} {{.Replicas}}']);
      expect(after.stdout).toBe(before.stdout);
    });
  });

  it('UDP 4789 dropped at one host: which pair of nodes, and the three usual causes', async () => {
    const rule = ['INPUT', '-p', 'udp', '--dport', '4789', '-j', 'DROP'];
    await cluster.lab.exec('node3', ['iptables', '-I', ...rule]);
    try {
      const verified = await cluster.run(['verify', '--json', '--timeout', '2m']);
      expect([5, 7], verified.all).toContain(verified.code);
      const { results } = JSON.parse(verified.stdout) as {
        results: { check: string; status: string; detail: string }[];
      };
      const told = results.filter(({ check }) => check === 'network');
      expect(told, verified.all).toHaveLength(1);
      expect(told[0]?.status).toBe('unsure');
      expect(told[0]?.detail).toMatch(/do not reach each other .*node3/);
      expect(told[0]?.detail).toMatch(/\(1\).*UDP 4789.*\(2\).*--data-path-addr.*\(3\).*--data-path-port/);
    } finally {
      await cluster.lab.exec('node3', ['iptables', '-D', ...rule]);
    }
    const healed = await cluster.run(['verify']);
    expect(healed.code, healed.all).toBe(0);
  });
});
