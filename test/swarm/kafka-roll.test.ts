/** What stands between two brokers of a roll, and what is never done to a cluster: real brokers on the lab. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildImages } from '../../scripts/images/build.ts';
import type { RunResult } from '../../scripts/lab/lab.ts';
import { poll } from '../../scripts/lab/poll.ts';
import type { CliResult } from '../support/cli.ts';
import { Cluster, sharedLab, unsupported } from '../support/cluster.ts';

const say = (line: string): boolean => process.stderr.write(`kafka-roll: ${line}\n`);
const PORT = 9095;
const NODES = ['node1', 'node2', 'node3'];
const BROKERS = ['kafka-1', 'kafka-2', 'kafka-3'];
const AT = `--bootstrap-server ${NODES.map((node) => `${node}.example.org:${PORT}`).join()} --command-config /tmp/client`;

describe.skipIf(unsupported !== undefined)('a roll of three Kafka brokers', () => {
  let image: string;
  let cluster: Cluster;
  let properties: string;

  async function run(code: number, ...args: string[]): Promise<CliResult> {
    const done = await cluster.run(args);
    expect(done.code, done.all).toBe(code);
    return done;
  }
  const change = (...set: string[]) =>
    run(0, 'init', '--yes', '--no-prepare', ...set.flatMap((each) => ['--set', each]));

  /** A tool of the image on a host without a broker, from outside the stack's network, as the administrator. */
  function outside(script: string, name?: string): Promise<RunResult> {
    const hosts = cluster.lab.hosts.map((host) => `--add-host=${host.name}.example.org:${host.address}`);
    const named = name === undefined ? [] : ['--name', name];
    const shell = `PATH=/opt/kafka/bin:$PATH; cat > /tmp/client; ${script}`;
    const args = ['run', '--rm', '-i', ...named, '--network', 'host', ...hosts, image, 'sh', '-c', shell];
    return cluster.lab.docker('node4', args, { input: properties, check: false });
  }
  async function admin(script: string): Promise<string> {
    const { code, stdout, stderr } = await outside(script);
    expect(code, stdout + stderr).toBe(0);
    return stdout;
  }
  const running = async (): Promise<string[]> => {
    const { stdout } = await cluster.docker(['stack', 'ps', '-q', '--filter', 'desired-state=running', cluster.name]);
    return stdout.trim().split('\n').sort();
  };

  beforeAll(async () => {
    ({ kafka: image } = await buildImages(await sharedLab(), { only: ['kafka'], log: say }));
    cluster = await Cluster.make('kroll');
    const answers = {
      name: 'kroll',
      image,
      brokers: 3,
      nodes: `[${NODES.join()}]`,
      'external.publish': true,
      'external.names': `[${NODES.map((node) => `${node}.example.org`).join()}]`,
      heapMb: 256,
      'reserve.cpus': '"0.01"',
      'reserve.memory': '64M',
    };
    const sets = Object.entries(answers).flatMap(([path, value]) => ['--set', `${path}=${String(value)}`]);
    await run(0, 'init', '--stack', 'kafka', '--yes', '--no-prepare', ...sets);
    await run(0, 'deploy', '--yes');
    const blocks = [...(await cluster.read('README.md')).matchAll(/```sh\n([^]*?)```/g)].map(([, text = '']) => text);
    const block = blocks.find((text) => text.includes('> client.properties')) ?? '';
    await promisify(execFile)('bash', ['-euc', block], { cwd: cluster.dir });
    properties = await readFile(join(cluster.dir, 'client.properties'), 'utf8');
    await admin(`kafka-topics.sh ${AT} --create --topic orders --partitions 3 --replication-factor 3`);
  }, 600_000);
  afterAll(() => cluster?.remove());

  it('is asked how it is: each broker, the active controller, what has too few copies', async () => {
    const { stdout } = await run(0, 'verify', '--json', '--only', 'quorum');
    const { results } = JSON.parse(stdout) as {
      results: { service: string; check: string; status: string; detail: string }[];
    };
    expect(results.find(({ check }) => check === 'quorum')).toMatchObject({
      service: 'brokers',
      status: 'passed',
      detail: expect.stringMatching(/^active controller kafka-[123], 3 of 3 in sync$/),
    });
  });

  it('loses no acknowledged record, and has the active controller last', async () => {
    const producer = outside(
      `exec kafka-verifiable-producer.sh ${AT} --topic orders --acks -1 --throughput 50`,
      'kroll-producer',
    );
    await poll('the first record is acknowledged', 120_000, async () => {
      const { stdout } = await cluster.docker(['logs', '--tail', '1', 'kroll-producer'], {
        host: 'node4',
        check: false,
      });
      return stdout.includes('producer_send_success') ? true : undefined;
    });
    const consumer = outside(
      `exec kafka-verifiable-consumer.sh ${AT} --topic orders --group-id roll --reset-policy earliest --verbose`,
      'kroll-consumer',
    );
    const last = async (): Promise<string> =>
      (await cluster.docker(['logs', '--tail', '5', 'kroll-consumer'], { host: 'node4', check: false })).stdout;
    // A group's first read makes fifty partitions.
    await poll('the consumer reads', 300_000, async () => ((await last()).includes('record_data') ? true : undefined));

    await change('heapMb=272');
    const plan = await run(6, 'plan', '--detailed-exitcode');
    expect(plan.stdout).toMatch(
      /kafka-1 \(node1\), kafka-2 \(node2\), kafka-3 \(node3\)\s+one after the other, each when/,
    );
    expect(plan.stdout).toContain(
      'each when every broker is unfenced and nothing is under-replicated, the active controller last',
    );
    expect(plan.stdout).not.toContain('Outage');
    const begun = Date.now();
    const { stderr } = await run(0, 'deploy', '--yes');
    say(`the roll with its verification took ${((Date.now() - begun) / 1000).toFixed(1)} s`);
    // Who is active may change at any time on a busy machine: what counts is what was told before each stop.
    const steps = [...stderr.matchAll(/active controller (kafka-\d), 3 of 3 in sync$|^· update (kafka-\d)$/gm)];
    const order = steps.flatMap(([, , updated]) => updated ?? []);
    expect([...order].sort()).toEqual(BROKERS);
    for (const [index, [, , updated]] of steps.entries()) {
      if (updated === undefined) continue;
      const active = steps[index - 1]?.[1];
      say(`active ${active ?? 'not told'}: ${updated} goes down`);
      expect(active).toBeDefined();
      if (updated !== order.at(-1)) expect(updated).not.toBe(active);
    }

    await cluster.docker(['kill', '--signal', 'TERM', 'kroll-producer'], { host: 'node4' });
    const sent = events((await producer).stdout).filter(({ name }) => name === 'producer_send_success');
    const wanted = new Set(sent.map(({ value }) => value));
    const final = sent.at(-1)?.value ?? '';
    await poll('the last record is read', 120_000, async () => {
      const { stdout } = await cluster.docker(['logs', 'kroll-consumer'], { host: 'node4' });
      return events(stdout).some(({ value }) => value === final) ? true : undefined;
    });
    await cluster.docker(['kill', '--signal', 'TERM', 'kroll-consumer'], { host: 'node4' });
    for (const { name, value } of events((await consumer).stdout)) if (name === 'record_data') wanted.delete(value);
    expect([...wanted]).toEqual([]);
    const gaps = sent.map(({ timestamp }, index) => timestamp - (sent[index - 1]?.timestamp ?? timestamp));
    const pause = Math.max(...gaps);
    say(`${sent.length} records acknowledged and read; longest pause between two ${pause} ms`);
    expect(sent.length).toBeGreaterThan(100);
    expect(pause).toBeLessThan(30_000);
  }, 900_000);

  it('stops before a broker whose stop takes a partition offline or under its minimum, and names the topics', async () => {
    await admin(
      `kafka-topics.sh ${AT} --create --topic frail --partitions 1 --replication-factor 1 && ` +
        `kafka-topics.sh ${AT} --create --topic tight --replica-assignment 1:2,2:3 --config min.insync.replicas=2`,
    );
    await change('heapMb=288');
    const before = await running();
    const stopped = await run(4, 'deploy', '--yes');
    expect(stopped.stderr).toMatch(/stopped after 0 of 3 members: kafka-\d is well and must stay: without it /);
    expect(stopped.stderr).toMatch(/frail-0 would be offline|tight-\d.* would be under min\.insync\.replicas/);
    expect(stopped.stderr).toContain('--ignore quorum-stop');
    expect(await running()).toEqual(before);
    const checked = await cluster.run(['check']);
    expect(checked.stdout).toContain('frail-0 would be offline');
    expect(checked.stdout).toMatch(
      /kafka-2 of Kafka brokers would restart, and without it .*tight-0, tight-1 would be under/,
    );
    await admin(`kafka-topics.sh ${AT} --delete --topic frail && kafka-topics.sh ${AT} --delete --topic tight`);
    await change('heapMb=272');
    await run(0, 'plan', '--detailed-exitcode');
  }, 400_000);

  it('changes neither the number of controllers nor their places: plan refuses, by name', async () => {
    await change('brokers=1', 'nodes=[node1]', 'external.names=[node1.example.org]');
    for (const args of [['plan'], ['deploy', '--yes']])
      expect((await run(3, ...args)).stderr).toContain(
        'Kafka brokers: the list of controllers of kafka-1 would change',
      );
    await change('brokers=3', 'nodes=[node1,node2,node4]', `external.names=[${NODES.map((node) => `${node}.example.org`).join()}]`); // prettier-ignore
    expect((await run(3, 'plan')).stderr).toContain('the place of kafka-3 would change from node3 to node4');
    await change(`nodes=[${NODES.join()}]`);
    await run(0, 'plan', '--detailed-exitcode');
  }, 200_000);

  it('is told that kept volumes are of another cluster', async () => {
    await run(0, 'destroy', '--yes');
    const file = join(cluster.dir, 'bundle.lock.json');
    const lock = JSON.parse(await readFile(file, 'utf8')) as { identities: Record<string, string> };
    const id = lock.identities['cluster-id'];
    await writeFile(file, JSON.stringify({ ...lock, identities: { 'cluster-id': 'AAAAAAAAAAAAAAAAAAAAAA' } }));
    await run(0, 'render');
    const { stderr } = await run(3, 'deploy', '--yes');
    for (const [index, broker] of BROKERS.entries())
      expect(stderr).toContain(
        `volume kroll_${broker}-data on node${index + 1} was kept from another cluster: its cluster-id is ${id}`,
      );
  }, 200_000);
});

/** Lines of the verifiable tools. */
function events(output: string): { name: string; value: string; timestamp: number }[] {
  return output.split('\n').flatMap((line) => {
    if (!line.startsWith('{')) return [];
    const { name, value, timestamp } = JSON.parse(line) as { name: string; value?: unknown; timestamp: unknown };
    return [{ name, value: String(value), timestamp: Number(timestamp) }];
  });
}
