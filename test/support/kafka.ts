import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { buildImages } from '../../scripts/images/build.ts';
import type { Lab, RunResult } from '../../scripts/lab/lab.ts';
import { poll } from '../../scripts/lab/poll.ts';
import type { JsonReport } from '../../src/verify/report/json.ts';
import { Cluster, images, sharedLab, variant } from './cluster.ts';
import { openBut, type Result } from './lost-stream.ts';

/** The port on the nodes, as by default. */
export const PORT = 9095;
/** Options of the image's tools for `KafkaCluster.outside`. */
export const AT = `--bootstrap-server node1.example.org:${PORT} --command-config /tmp/client`;
/** The same of a cluster of three brokers, any of which may be away. */
export const AT_THREE = AT.replace(/node1\S*/, [1, 2, 3].map((node) => `node${node}.example.org:${PORT}`).join());
/** The same for `KafkaCluster.inside`. */
export const INSIDE = '--bootstrap-server kafka-1:9094 --command-config /tmp/client';

const say = (line: string): boolean => process.stderr.write(`kafka: ${line}\n`);

/** A CA of one's own with an EC key, as many tools make one: a directory with ca.crt and ca.key. */
export async function ecAuthority(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'bundle-ca-'));
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=own', '-days', '99'];
  execFileSync('openssl', ['req', '-x509', ...curve, '-keyout', 'ca.key', '-out', 'ca.crt'], { cwd: dir });
  return dir;
}

/** A stack of Kafka on the lab's image, small, with every port for clients outside open. */
export class KafkaCluster {
  readonly cluster: Cluster;
  readonly image: string;

  private constructor(cluster: Cluster, image: string) {
    this.cluster = cluster;
    this.image = image;
  }

  /** Makes the bundle and deploys it. */
  static async deployed(...given: Parameters<typeof KafkaCluster.made>): Promise<KafkaCluster> {
    const kafka = await KafkaCluster.made(...given);
    await kafka.deploy();
    return kafka;
  }

  /**
   * Makes the bundle. @param answers besides those that make it small, as `--set` takes them
   * @param env variables of the image itself
   * @param own a lab of the test's own
   */
  static async made(
    name: string,
    brokers: number,
    answers: Record<string, string> = {},
    env: Record<string, string> = {},
    own?: Lab,
  ): Promise<KafkaCluster> {
    const lab = own ?? (await sharedLab());
    const { kafka: official, probe } = await buildImages(lab, { only: ['kafka', 'probe'], log: say });
    const image = Object.keys(env).length === 0 ? official : await variant(lab, official, name, env);
    const cluster = await Cluster.make(name, { lab, images });
    const kafka = new KafkaCluster(cluster, image);
    const nodes = Array.from({ length: brokers }, (_unused, index) => `node${index + 1}`);
    const all = {
      name,
      image,
      brokers: String(brokers),
      nodes: `[${nodes.join()}]`,
      'external.publish': 'true',
      'external.names': `[${nodes.map((node) => `${node}.example.org`).join()}]`,
      // The log cleaner alone takes 128 MB when it starts.
      heapMb: '320',
      'reserve.cpus': '"0.01"',
      'reserve.memory': '64M',
      'verify.probeImage': probe,
      ...answers,
    };
    const sets = Object.entries(all).flatMap(([path, value]) => ['--set', `${path}=${value}`]);
    const made = await cluster.run(['init', '--stack', 'kafka', '--yes', '--no-prepare', ...sets]);
    expect(made.code, made.all).toBe(0);
    return kafka;
  }

  /** Deploys and verifies. @returns what it printed */
  async deploy(): Promise<string> {
    const begun = performance.now();
    const result = await this.cluster.run(['deploy', '--yes']);
    say(`${this.cluster.name}: deploy and verify took ${((performance.now() - begun) / 1000).toFixed(1)} s`);
    expect(result.code, result.all).toBe(0);
    return result.all;
  }

  /** Waits until a broker takes connections: it has been unfenced since its last start. */
  async started(broker: string): Promise<void> {
    const { lab, name } = this.cluster;
    const node = `node${broker.replace(/^kafka-/, '')}`;
    await poll(`${broker} takes connections`, 180_000, async () => {
      const { stdout } = await lab.docker(node, [
        'ps',
        '-q',
        '-f',
        `label=com.docker.swarm.service.name=${name}_${broker}`,
      ]);
      const look = ['exec', stdout.trim(), 'bash', '-c', ': < /dev/tcp/localhost/9092'];
      return stdout.trim() !== '' && (await lab.docker(node, look, { check: false })).code === 0 ? true : undefined;
    });
  }

  /** What `bundle verify` says, as `service check`; its exit code must be this. */
  async verify(code = 0, ...args: string[]): Promise<Record<string, Result>> {
    const { ended, rows, all } = await this.#verify(args);
    expect(ended, all).toBe(code);
    return rows;
  }

  /** What `bundle verify` says, whether it is well or not. */
  async rows(...args: string[]): Promise<Record<string, Result>> {
    return (await this.#verify(args)).rows;
  }

  /** Waits until `bundle verify` finds nothing wrong, whatever became of the log stream of a node that was away. */
  async whole(away: string): Promise<void> {
    let last = '';
    const look = async (): Promise<true | undefined> => {
      const { results, all } = await this.#verify(['--timeout', '2m']);
      last = all;
      if (results.length === 0) process.stderr.write(`kafka: ${this.cluster.name}: no verification: ${all}\n`);
      return results.length > 0 && openBut(away, results).length === 0 ? true : undefined;
    };
    await poll(`all of ${this.cluster.name} is well again`, 600_000, look, () => last);
  }

  async #verify(
    args: string[],
  ): Promise<{ ended: number; results: Result[]; rows: Record<string, Result>; all: string }> {
    const { code: ended, stdout, all } = await this.cluster.run(['verify', '--json', ...args]);
    // An engine that is in trouble for a moment gives an error instead, which `all` has.
    const { results = [] } = JSON.parse(stdout) as Partial<JsonReport>;
    const rows = Object.fromEntries(results.map((row) => [`${row.service} ${row.check}`, row]));
    return { ended, all, results, rows };
  }

  /** A command block of the bundle's README.md as it stands there, run against the engine of a host. */
  async runbook(what: RegExp, host = 'node1'): Promise<string> {
    const readme = await this.cluster.read('README.md');
    const blocks = [...readme.matchAll(/```sh\n([^]*?)```/g)].map(([, text = '']) => text);
    const [block, ...others] = blocks.filter((text) => what.test(text));
    expect([block === undefined, others]).toEqual([false, []]);
    return this.shell(block ?? '', host);
  }

  /** Commands in the bundle's directory, against the engine of a host. */
  async shell(commands: string, host = 'node1'): Promise<string> {
    // Without SHLVL bash takes a stdin that node made, a socket, for that of a remote login, and reads its bashrc.
    const env = { PATH: process.env['PATH'], SHLVL: '1', ...this.cluster.lab.env(host) };
    const { stdout, stderr } = await promisify(execFile)('bash', ['-euc', commands], { cwd: this.cluster.dir, env });
    return stdout + stderr;
  }

  /** Other answers. */
  async change(...sets: string[]): Promise<void> {
    const args = ['init', '--yes', '--no-prepare', ...sets.flatMap((set) => ['--set', set])];
    const changed = await this.cluster.run(args);
    expect(changed.code, changed.all).toBe(0);
  }

  /** The settings of the administrator, by the runbook. */
  async properties(): Promise<string> {
    await this.runbook(/> \S+client\.properties/);
    return this.cluster.read('secrets/clients/client.properties');
  }

  /**
   * A tool of the image on a host that runs no member, outside the stack's network. @param properties as /tmp/client
   * @param name of its container
   */
  outside(properties: string, script: string, name?: string): Promise<RunResult> {
    const { lab } = this.cluster;
    const hosts = lab.hosts.map(({ name, address }) => `--add-host=${name}.example.org:${address}`);
    const shell = `PATH=/opt/kafka/bin:$PATH; cat > /tmp/client; ${script}`;
    const named = name === undefined ? [] : ['--name', name];
    const args = ['run', '--rm', '-i', ...named, '--network', 'host', ...hosts, this.image, 'sh', '-c', shell];
    return lab.docker('node4', args, { input: properties, check: false });
  }

  /** A tool of the image in a service of its own, attached to the stack's network. @param properties as /tmp/client */
  async inside(properties: string, script: string): Promise<RunResult> {
    const { lab, name: stack } = this.cluster;
    const name = `${stack}-client`;
    const at = ['--constraint', 'node.hostname==node4', '--network', `${stack}_kafka`];
    await lab.docker('node1', ['service', 'create', '--detach', '--name', name, ...at, this.image, 'sleep', '3600']);
    try {
      const id = await poll(`${name} runs`, 120_000, async () => {
        const { stdout } = await lab.docker('node4', ['ps', '-q', '-f', `label=com.docker.swarm.service.name=${name}`]);
        return stdout.trim() || undefined;
      });
      const shell = `PATH=/opt/kafka/bin:$PATH; cat > /tmp/client; ${script}`;
      return await lab.docker('node4', ['exec', '-i', id, 'sh', '-c', shell], { input: properties, check: false });
    } finally {
      await lab.docker('node1', ['service', 'rm', name]);
    }
  }
}
