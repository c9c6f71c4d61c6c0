/** Stacks of Kafka brokers on the lab's image: a real Kafka with certificates and a password that only secrets know. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildImages } from '../../scripts/images/build.ts';
import type { RunResult } from '../../scripts/lab/lab.ts';
import { Cluster, sharedLab, unsupported } from '../support/cluster.ts';

interface Row {
  service: string;
  check: string;
  status: string;
  detail: string;
}

const say = (line: string): boolean => process.stderr.write(`kafka: ${line}\n`);
const PORT = 9095;

describe.skipIf(unsupported !== undefined)('a stack of Kafka brokers', () => {
  let image: string;
  let probe: string;
  const clusters: Cluster[] = [];

  beforeAll(async () => {
    ({ kafka: image, probe } = await buildImages(await sharedLab(), { only: ['kafka', 'probe'], log: say }));
  });
  afterAll(async () => {
    for (const cluster of clusters) await cluster.remove();
  });

  async function deployed(name: string, brokers: number): Promise<Cluster> {
    const cluster = await Cluster.make(name);
    clusters.push(cluster);
    const nodes = Array.from({ length: brokers }, (_unused, index) => `node${index + 1}`);
    const answers = {
      name,
      image,
      brokers,
      nodes: `[${nodes.join()}]`,
      'external.publish': true,
      'external.names': `[${nodes.map((node) => `${node}.example.org`).join()}]`,
      heapMb: 256,
      'reserve.cpus': '"0.01"',
      'reserve.memory': '64M',
      'verify.probeImage': probe,
    };
    const sets = Object.entries(answers).flatMap(([path, value]) => ['--set', `${path}=${String(value)}`]);
    const made = await cluster.run(['init', '--stack', 'kafka', '--yes', '--no-prepare', ...sets]);
    expect(made.code, made.all).toBe(0);
    const begun = Date.now();
    const result = await cluster.run(['deploy', '--yes']);
    say(`${name}: deploy and verify took ${((Date.now() - begun) / 1000).toFixed(1)} s`);
    expect(result.code, result.all).toBe(0);
    return cluster;
  }

  async function verify(cluster: Cluster, code = 0): Promise<Record<string, Row>> {
    const { code: ended, stdout, all } = await cluster.run(['verify', '--json']);
    expect(ended, all).toBe(code);
    const { results } = JSON.parse(stdout) as { results: Row[] };
    return Object.fromEntries(results.map((row) => [`${row.service} ${row.check}`, row]));
  }

  /** A command block of the bundle's README.md as it stands there, run against the engine of a host. */
  async function runbook(cluster: Cluster, what: RegExp, host = 'node1'): Promise<string> {
    const blocks = [...(await cluster.read('README.md')).matchAll(/```sh\n([^]*?)```/g)].map(([, text = '']) => text);
    const [block, ...others] = blocks.filter((text) => what.test(text));
    expect([block === undefined, others]).toEqual([false, []]);
    const env = { PATH: process.env['PATH'], ...cluster.lab.env(host) };
    const { stdout, stderr } = await promisify(execFile)('bash', ['-euc', block ?? ''], { cwd: cluster.dir, env });
    return stdout + stderr;
  }

  /** A tool of the image on a host that runs no broker: from outside the stack's network, with these properties. */
  function outside(cluster: Cluster, properties: string, script: string): Promise<RunResult> {
    const hosts = cluster.lab.hosts.map(({ name, address }) => `--add-host=${name}.example.org:${address}`);
    const input = properties;
    const shell = `PATH=/opt/kafka/bin:$PATH; cat > /tmp/client; ${script}`;
    const args = ['run', '--rm', '-i', '--network', 'host', ...hosts, image, 'sh', '-c', shell];
    return cluster.lab.docker('node4', args, { input, check: false });
  }
  const AT = `--bootstrap-server node1.example.org:${PORT} --command-config /tmp/client`;
  const READ = `kafka-console-consumer.sh ${AT} --topic orders --from-beginning --max-messages 1 --timeout-ms 60000`;

  /** All that an operator, or whoever may use docker, can see of a stack. */
  async function visible(cluster: Cluster): Promise<string> {
    const seen: string[] = [];
    const add = async (host: string, ...args: string[]): Promise<string> => {
      const { stdout, stderr } = await cluster.lab.docker(host, args);
      seen.push(stdout, stderr);
      return stdout;
    };
    const services = (await add('node1', 'stack', 'services', '-q', cluster.name)).split('\n').filter(Boolean);
    await add('node1', 'service', 'inspect', ...services);
    for (const { name: host } of cluster.lab.hosts) {
      const filter = `label=com.docker.stack.namespace=${cluster.name}`;
      for (const id of (await add(host, 'ps', '-q', '--filter', filter)).split('\n').filter(Boolean)) {
        await add(host, 'inspect', id);
        await add(host, 'top', id, '-eo', 'pid,args');
        await add(host, 'logs', id);
        await add(host, 'exec', id, 'cat', '/proc/1/environ');
      }
    }
    return seen.join('\n');
  }

  it('of one: verified, used from outside, closed to others, and silent about its secrets', async () => {
    const cluster = await deployed('kone', 1);
    const rows = await verify(cluster);
    const checks = ['Started', 'Unfenced', 'Listeners', ...['internal', 'controller', 'client', 'external'].map((each) => `${each}-tls`)]; // prettier-ignore
    for (const check of [
      ...checks,
      'internal-peers-only',
      'controller-peers-only',
      'client-protocol',
      'external-protocol',
    ])
      expect(rows[`kafka-1 ${check}`], check).toMatchObject({ status: 'passed' });
    expect(rows['kafka-1 controller-peers-only']?.detail).toContain('refuses a client without certificate');
    // From this machine, dialled by the node's address, judged by the name that it advertises.
    expect(rows['kafka-1 external-tls']?.detail).toMatch(new RegExp(`:${PORT}: .*node1\\.example\\.org`));

    await runbook(cluster, /> client\.properties/);
    const properties = await readFile(join(cluster.dir, 'client.properties'), 'utf8');
    await runbook(cluster, /kafka-topics\.sh .*--create --topic orders/);
    const produced = await outside(cluster, properties, `echo good morning | kafka-console-producer.sh ${AT} --topic orders && ${READ}`); // prettier-ignore
    expect(produced.stdout, produced.stderr).toContain('good morning\n');
    const password = (await cluster.read('secrets/kafka-admin-password')).trim();
    const wrong = await outside(cluster, properties.replace(password, 'another-one'), `kafka-topics.sh ${AT} --list`);
    expect([wrong.code === 0, wrong.stdout + wrong.stderr]).toEqual([
      false,
      expect.stringContaining('SaslAuthenticationException'),
    ]);
    // Without TLS there is an alert of TLS, and no answer.
    const address = cluster.lab.host('node1').address;
    const clear =
      `const s = require('node:net').connect(${PORT}, '${address}', () => s.write(Buffer.from('0000000a0012000000000001ffff', 'hex')));` +
      "s.on('data', (d) => process.stdout.write(d.toString('hex')))";
    expect((await cluster.lab.exec('switch', [process.execPath, '-e', clear])).stdout).toMatch(/^1503/);

    const seen = await visible(cluster);
    expect(seen).toContain('KAFKA_SUPER_USERS');
    for (const secret of [password, 'StoredKey', 'PRIVATE KEY']) expect(seen).not.toContain(secret);

    const again = await cluster.run(['deploy', '--yes', '--json']);
    expect(again.code, again.all).toBe(0);
    const plan = await cluster.run(['plan', '--json']);
    expect(plan.code, plan.all).toBe(0);
    const { stdout } = await cluster.docker(['service', 'ps', '-q', 'kone_kafka-1']);
    expect(stdout.trim().split('\n')).toHaveLength(1);
  }, 300_000);

  it('of one: a user of its own does what it may, and a listener in clear is found', async () => {
    const [cluster] = clusters;
    if (cluster === undefined) throw new Error('the first test made no cluster');
    await promisify(execFile)('sh', ['-c', 'printf alice-password > password'], { cwd: cluster.dir });
    expect(await runbook(cluster, /--entity-name alice/)).not.toContain('alice-password');
    await runbook(cluster, /--allow-principal User:alice/);
    const properties = (await readFile(join(cluster.dir, 'client.properties'), 'utf8')).replace(/username="admin" password="[^"]*"/, 'username="alice" password="alice-password"'); // prettier-ignore
    const read = await outside(
      cluster,
      properties,
      `${READ} --group billing; kafka-topics.sh ${AT} --create --topic mine`,
    );
    expect(read.stdout, read.stderr).toContain('good morning\n');
    expect(read.stdout + read.stderr).toContain('TopicAuthorizationException');

    const map = 'INTERNAL:SSL,CONTROLLER:SSL,CLIENT:SASL_SSL,EXTERNAL:SASL_PLAINTEXT';
    const update = ['--env-add', `KAFKA_LISTENER_SECURITY_PROTOCOL_MAP=${map}`, 'kone_kafka-1'];
    await cluster.docker(['service', 'update', '--detach=false', '--quiet', ...update]);
    const { results } = JSON.parse(
      (await cluster.run(['verify', '--json', '--only', 'kafka-1', '--timeout', '60s'])).stdout,
    ) as {
      results: Row[];
    };
    const failed = results.filter(({ status }) => status === 'failed').map(({ check }) => check);
    expect(failed).toEqual(expect.arrayContaining(['Listeners', 'external-tls', 'external-protocol']));
    expect(results.find(({ check }) => check === 'external-protocol')?.detail).toContain('answers without TLS');
    // A group's first read makes fifty partitions: a minute and more of a busy machine.
  }, 400_000);

  it('of three: verified, each record in three places, and rolled one at a time', async () => {
    // Its port is the same.
    for (const cluster of clusters.splice(0)) await cluster.remove();
    const cluster = await deployed('kthree', 3);
    await runbook(cluster, /> client\.properties/);
    const properties = await readFile(join(cluster.dir, 'client.properties'), 'utf8');
    // One partition, read without a group: fifty partitions of a group's offsets are a minute of a busy machine.
    const topic = `kafka-topics.sh ${AT} --create --topic single --partitions 1 --replication-factor 3`;
    const produce = `kafka-console-producer.sh ${AT} --topic single`;
    const produced = await outside(cluster, properties, `${topic} && echo good morning | ${produce}`);
    expect(produced.code, produced.stderr).toBe(0);

    const changed = await cluster.run(['init', '--yes', '--no-prepare', '--set', 'heapMb=272']);
    expect(changed.code, changed.all).toBe(0);
    const begun = Date.now();
    const rolled = await cluster.run(['deploy', '--yes']);
    say(`kthree: the roll took ${((Date.now() - begun) / 1000).toFixed(1)} s`);
    expect(rolled.code, rolled.all).toBe(0);
    const first = '--topic single --partition 0 --offset earliest --max-messages 1 --timeout-ms 60000';
    const read = await outside(cluster, properties, `kafka-console-consumer.sh ${AT} ${first}`);
    expect(read.stdout, read.stderr).toContain('good morning\n');
    const state = await runbook(cluster, /--under-replicated-partitions/);
    for (const id of [1, 2, 3]) expect(state).toContain(`CONTROLLER://kafka-${id}:9093`);
  }, 400_000);
});
