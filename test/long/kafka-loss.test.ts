/** One of three hosts is lost, with the broker and controller on it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { down, up } from '../../scripts/lab/lab.ts';
import { poll } from '../../scripts/lab/poll.ts';
import { unsupported } from '../support/cluster.ts';
import { AT_THREE, KafkaCluster } from '../support/kafka.ts';
import { Producer, summaryOf } from '../support/kafka-records.ts';
import { labId } from '../support/lab-id.ts';
import { testEngine } from '../support/test-engine.ts';

const LAB = labId('kloss');
const say = (line: string): boolean => process.stderr.write(`kafka-loss: ${line}\n`);

describe.skipIf(unsupported !== undefined)('three Kafka brokers, of which one loses its host', () => {
  let kafka: KafkaCluster;
  let properties: string;

  beforeAll(async () => {
    const lab = await up({ id: LAB, engine: testEngine(), hosts: 4, log: say });
    kafka = await KafkaCluster.deployed('kloss', 3, {}, {}, lab);
    properties = await kafka.properties();
    const create = `kafka-topics.sh ${AT_THREE} --create --topic orders --partitions 3 --replication-factor 3`;
    const created = await kafka.outside(properties, create);
    expect(created.code, created.stdout + created.stderr).toBe(0);
  });
  afterAll(() => down(LAB));

  it('goes on acknowledging with acks=all, says what is away, and is whole again when the host is back', async () => {
    const { lab } = kafka.cluster;
    const producer = await Producer.start(kafka, properties, 'orders');
    await lab.kill('node3');
    // Longer than the session of the lost broker, which its partitions wait for.
    await producer.acknowledges(1000);
    // Two of three answer the tools at once; on a busy machine a tool may give up before.
    let told: string | undefined;
    await poll('the two that are left tell of the third', 300_000, async () => {
      const detail = (await kafka.rows('--only', 'quorum', '--timeout', '45s'))['brokers quorum']?.detail;
      if (detail !== told) say(`${(told = detail)}`);
      return detail?.includes('2 of 3 in sync') === true ? true : undefined;
    });
    expect(told).toMatch(/^active controller kafka-[12], 2 of 3 in sync; kafka-3: fenced, or does not answer/);

    await lab.start('node3');
    await kafka.whole('node3');
    const sent = await producer.end();
    say(summaryOf(sent));
    expect(sent.length).toBeGreaterThan(1000);
  });

  it('is taken out of the swarm by the runbook, a manager that it was', async () => {
    await kafka.cluster.lab.kill('node3');
    const [, commands = ''] = /\n(docker node demote OLD\n.*)\n/.exec(await kafka.cluster.read('README.md')) ?? [];
    const old = commands.replaceAll('OLD', 'node3');
    const [demote = '', remove = ''] = old.split('\n');
    const down = async (): Promise<true | undefined> =>
      (await kafka.shell('docker node ls --format "{{.Hostname}} {{.Status}}"')).includes('node3 Down')
        ? true
        : undefined;
    await poll('the swarm knows that node3 is down', 120_000, down);
    await expect(kafka.shell(remove)).rejects.toThrow('must be demoted to worker before removal');
    await kafka.shell(`${demote}\n${remove}`);
    expect(await kafka.shell('docker node ls --format "{{.Hostname}}"')).not.toContain('node3');
    // Of a worker it says what it is.
    expect(await kafka.shell(demote.replace('node3', 'node4'))).toContain('already a worker');
  });
});
