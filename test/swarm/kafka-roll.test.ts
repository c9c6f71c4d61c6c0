/** What stands between two brokers of a roll, and what is never done to a cluster: real brokers on the lab. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { poll } from '../../scripts/lab/poll.ts';
import type { CliResult } from '../support/cli.ts';
import { unsupported } from '../support/cluster.ts';
import { AT_THREE, KafkaCluster } from '../support/kafka.ts';
import { eventsOf, longestPause, Producer, summaryOf } from '../support/kafka-records.ts';

const say = (line: string): boolean => process.stderr.write(`kafka-roll: ${line}\n`);
const NODES = ['node1', 'node2', 'node3'];
const BROKERS = ['kafka-1', 'kafka-2', 'kafka-3'];

describe.skipIf(unsupported !== undefined)('a roll of three Kafka brokers', () => {
  let kafka: KafkaCluster;
  /** Of the administrator, and of a user who may write and read everything. */
  let properties: string;
  let alice: string;

  async function run(code: number, ...args: string[]): Promise<CliResult> {
    const done = await kafka.cluster.run(args);
    expect(done.code, done.all).toBe(code);
    return done;
  }
  async function admin(script: string): Promise<string> {
    const { code, stdout, stderr } = await kafka.outside(properties, script);
    expect(code, stdout + stderr).toBe(0);
    return stdout;
  }
  const running = async (): Promise<string[]> => {
    const { stdout } = await kafka.cluster.docker(['stack', 'ps', '-q', '--filter', 'desired-state=running', 'kroll']);
    return stdout.trim().split('\n').sort();
  };

  beforeAll(async () => {
    // The first read of a group makes as many partitions.
    kafka = await KafkaCluster.deployed('kroll', 3, {}, { KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: '3' });
    properties = await kafka.properties();
    await kafka.runbook(/--entity-name alice --add-config-file/);
    const password = (await kafka.cluster.read('secrets/clients/alice.password')).trim();
    alice = properties.replace(/username="admin" password="[^"]*"/, `username="alice" password="${password}"`);
    await admin(
      `set -ef
      for topic in orders killed; do
        kafka-topics.sh ${AT_THREE} --create --topic $topic --partitions 3 --replication-factor 3; done
      for what in '--topic *' '--group *'; do
        kafka-acls.sh ${AT_THREE} --add --allow-principal User:alice --operation All $what; done`,
    );
  });
  afterAll(() => kafka?.cluster.remove());

  it('is asked how it is: each broker, the active controller, what has too few copies', async () => {
    const rows = await kafka.verify(0, '--only', 'quorum');
    expect(rows['brokers quorum']).toMatchObject({
      status: 'passed',
      detail: expect.stringMatching(/^active controller kafka-[123], 3 of 3 in sync$/),
    });
  });

  it('is told of min.insync.replicas that is another than in stack.yml', async () => {
    const set = (value: number): Promise<unknown> =>
      admin(
        `kafka-configs.sh ${AT_THREE} --alter --entity-type brokers --entity-default --add-config min.insync.replicas=${value}`,
      );
    await set(1);
    const rows = await kafka.verify(0, '--only', 'quorum');
    expect(rows['brokers quorum']?.detail).toMatch(/3 of 3 in sync, min\.insync\.replicas is 1, and 2 in stack\.yml/);
    await set(2);
  });

  it('loses no acknowledged record, and has the active controller last', async () => {
    const producer = await Producer.start(kafka, properties, 'orders');
    const consumer = kafka.outside(
      properties,
      `exec kafka-verifiable-consumer.sh ${AT_THREE} --topic orders --group-id roll --reset-policy earliest --verbose`,
      'kroll-consumer',
    );
    const read = async (): Promise<string[]> => {
      const { stdout } = await kafka.cluster.docker(['logs', 'kroll-consumer'], { host: 'node4', check: false });
      return eventsOf(stdout).flatMap(({ name, value }) => (name === 'record_data' ? [value] : []));
    };
    await poll('the consumer reads', 300_000, async () => ((await read()).length > 0 ? true : undefined));
    await kafka.change('heapMb=336');
    const plan = await run(6, 'plan', '--detailed-exitcode');
    expect(plan.stdout).toMatch(
      /kafka-1 \(node1\), kafka-2 \(node2\), kafka-3 \(node3\)\s+one after the other, each when/,
    );
    expect(plan.stdout).toContain(
      'each when every broker is unfenced and nothing is under-replicated, the active controller last',
    );
    expect(plan.stdout).not.toContain('Outage');
    const begun = performance.now();
    const { stderr } = await run(0, 'deploy', '--yes');
    say(`the roll with its verification took ${((performance.now() - begun) / 1000).toFixed(1)} s`);
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

    const sent = await producer.stop();
    const final = sent.at(-1)?.value ?? '';
    await poll('the last record is read', 120_000, async () => ((await read()).includes(final) ? true : undefined));
    await kafka.cluster.docker(['kill', '--signal', 'TERM', 'kroll-consumer'], { host: 'node4' });
    const seen = new Set(eventsOf((await consumer).stdout).map(({ value }) => value));
    expect(sent.filter(({ value }) => !seen.has(value))).toEqual([]);
    say(summaryOf(sent));
    expect(sent.length).toBeGreaterThan(100);
    expect(longestPause(sent)).toBeLessThan(30_000);
  });

  it('goes on after a kill in the middle of it, with a changed password that the brokers are told of first', async () => {
    const producer = await Producer.start(kafka, alice, 'killed');
    const old = properties;
    await writeFile(join(kafka.cluster.dir, 'secrets/kafka-admin-password'), 'another-password');
    await kafka.change();
    const plan = await run(6, 'plan', '--detailed-exitcode');
    expect(plan.stdout).toContain('~ kroll_kafka-admin-password.v2 becomes the password of the user admin');
    const killed = await kafka.cluster.stopAt(['deploy', '--yes'], /· update kafka-\d[^]*· update kafka-\d/, 'SIGKILL');
    const told = killed.stderr.indexOf('· make kroll_kafka-admin-password.v2 the password of the user admin');
    expect([told > 0, told < killed.stderr.indexOf('· update')], killed.stderr).toEqual([true, true]);
    // One has the new secret, one may have it, and one has the old one.
    const { stderr } = await run(0, 'deploy', '--yes');
    expect(stderr).toContain('· make kroll_kafka-admin-password.v2 the password of the user admin');
    const updated = [...stderr.matchAll(/^· update (kafka-\d)$/gm)];
    expect([1, 2]).toContain(updated.length);
    await run(0, 'plan', '--detailed-exitcode');

    properties = await kafka.properties();
    expect(await admin(`kafka-topics.sh ${AT_THREE} --list`)).toContain('killed\n');
    const refused = await kafka.outside(old, `kafka-topics.sh ${AT_THREE} --list`);
    expect(refused.stdout + refused.stderr).toContain('SaslAuthenticationException');
    const sent = await producer.end();
    say(`killed and again: ${summaryOf(sent)}`);
    expect(sent.length).toBeGreaterThan(100);
  });

  it('goes back to the password of before if it stopped once the brokers were told of another, and before any restarted', async () => {
    await admin(`kafka-topics.sh ${AT_THREE} --create --topic alone --partitions 1 --replication-factor 1`);
    const files = ['bundle.lock.json', 'stack.yml', 'secrets/kafka-admin-password'];
    const kept = await Promise.all(files.map((file) => kafka.cluster.read(file)));
    await writeFile(join(kafka.cluster.dir, 'secrets/kafka-admin-password'), 'a-third-password');
    await kafka.change();
    const before = await running();
    const failed = await run(4, 'deploy', '--yes', '--rollback-on-failure');
    expect(failed.stderr).toMatch(/stopped after 0 of 3 members: kafka-\d is well and must stay/);
    expect([...failed.stderr.matchAll(/^· make kroll_kafka-admin-password\.(v\d) the password/gm)].map(([, version]) => version)).toEqual(['v3', 'v2']); // prettier-ignore
    expect(await running()).toEqual(before);
    await admin(`kafka-topics.sh ${AT_THREE} --delete --topic alone`);
    for (const [index, file] of files.entries()) await writeFile(join(kafka.cluster.dir, file), kept[index] ?? '');
    await run(0, 'plan', '--detailed-exitcode');
  });

  it('stops before a broker whose stop takes a partition offline or under its minimum, and names the topics', async () => {
    await admin(
      `kafka-topics.sh ${AT_THREE} --create --topic frail --partitions 1 --replication-factor 1 && ` +
        `kafka-topics.sh ${AT_THREE} --create --topic tight --replica-assignment 1:2,2:3 --config min.insync.replicas=2`,
    );
    await kafka.change('heapMb=352');
    const before = await running();
    const stopped = await run(4, 'deploy', '--yes');
    expect(stopped.stderr).toMatch(/stopped after 0 of 3 members: kafka-\d is well and must stay: without it /);
    expect(stopped.stderr).toMatch(/frail-0 would be offline|tight-\d.* would be under min\.insync\.replicas/);
    expect(stopped.stderr).toContain('--ignore quorum-stop');
    expect(await running()).toEqual(before);
    const checked = await kafka.cluster.run(['check']);
    expect(checked.stdout).toContain('frail-0 would be offline');
    expect(checked.stdout).toMatch(
      /kafka-2 of Kafka brokers would restart, and without it .*tight-0, tight-1 would be under/,
    );
    await admin(
      `kafka-topics.sh ${AT_THREE} --delete --topic frail && kafka-topics.sh ${AT_THREE} --delete --topic tight`,
    );
    await kafka.change('heapMb=336');
    await run(0, 'plan', '--detailed-exitcode');
  });

  it('changes neither the number of controllers nor their places: plan refuses, by name', async () => {
    await kafka.change('brokers=1', 'nodes=[node1]', 'external.names=[node1.example.org]');
    for (const args of [['plan'], ['deploy', '--yes']])
      expect((await run(3, ...args)).stderr).toContain(
        'Kafka brokers: the list of controllers of kafka-1 would change',
      );
    await kafka.change('brokers=3', 'nodes=[node1,node2,node4]', `external.names=[${NODES.map((node) => `${node}.example.org`).join()}]`); // prettier-ignore
    expect((await run(3, 'plan')).stderr).toContain('the place of kafka-3 would change from node3 to node4');
    await kafka.change(`nodes=[${NODES.join()}]`);
    await run(0, 'plan', '--detailed-exitcode');
  });

  it('is told that kept volumes are of another cluster', async () => {
    await run(0, 'destroy', '--yes');
    const file = join(kafka.cluster.dir, 'bundle.lock.json');
    const lock = JSON.parse(await readFile(file, 'utf8')) as { identities: Record<string, string> };
    const id = lock.identities['cluster-id'];
    await writeFile(file, JSON.stringify({ ...lock, identities: { 'cluster-id': 'AAAAAAAAAAAAAAAAAAAAAA' } }));
    await run(0, 'render');
    const { stderr } = await run(3, 'deploy', '--yes');
    for (const [index, broker] of BROKERS.entries())
      expect(stderr).toContain(
        `volume kroll_${broker}-data on node${index + 1} was kept from another cluster: its cluster-id is ${id}`,
      );
  });
});
