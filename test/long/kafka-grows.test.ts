/** A third broker beside controllers apart, whose disk then holds copies that no other has, and is lost. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { poll } from '../../scripts/lab/poll.ts';
import { unsupported } from '../support/cluster.ts';
import { AT, type KafkaCluster } from '../support/kafka.ts';
import { apart, brokers, move, spread, topics } from '../support/kafka-apart.ts';

describe.skipIf(unsupported !== undefined)('Kafka with controllers apart grows', () => {
  let kafka: KafkaCluster;
  beforeAll(async () => {
    kafka = await apart('kgrow', 2);
    await kafka.runbook(/> \S+alice\.properties/);
    await kafka.runbook(/kafka-topics\.sh .*--create --topic orders/);
    await kafka.runbook(/--add --allow-principal User:client:CN=alice/);
  });
  afterAll(() => kafka?.cluster.remove());

  const read = (file: string): Promise<string> => kafka.cluster.read(file);
  const PRODUCE = `kafka-console-producer.sh ${AT} --topic orders`;

  it('takes one more broker, restarts controllers first, then brokers, and moves a topic to the new one', async () => {
    await kafka.change(...brokers(3));
    // Three copies are the default with three brokers: all restart.
    const said = await kafka.deploy();
    const order = [...said.matchAll(/· update (kafka-\S+)/g)].map(([, name = '']) => name.replace(/\d+$/, ''));
    expect(order).toEqual([...Array<string>(3).fill('kafka-controller-'), ...Array<string>(2).fill('kafka-')]);
    await move(kafka, 'orders', '1,2,3,4', '3,1');
    const described = await poll('orders on kafka-3', 180_000, async () => {
      const stdout = await spread(kafka, 'orders');
      return /Isr: .*3/.test(stdout) && !/Replicas: .*2/.test(stdout) ? stdout : undefined;
    });
    expect(described.match(/Isr: (1,3|3,1)\b/g)).toHaveLength(3);
    const state = await kafka.runbook(/--under-replicated-partitions/);
    for (const id of [1, 2, 3]) expect(state).toContain(`CONTROLLER://kafka-controller-${id}:9093`);
  });

  it('tells of partitions with too few copies, which the runbook gives more, so that no disk has an only one', async () => {
    await topics(kafka, '--create --topic lone --replica-assignment 3,1');
    expect(await kafka.runbook(/would be lost/)).toMatch(/^lone-0\n1 of \d+ partitions would be lost$/m);
    const quorum = async (): Promise<string> => (await kafka.verify(0, '--only', 'quorum'))['brokers quorum']?.detail ?? ''; // prettier-ignore
    expect(await quorum()).toMatch(/3 of 3 in sync.*, fewer than 3 copies of .*lone-0/);
    // So much that the smallest bound, by which a MiB of each partition passes in eleven seconds, makes it last.
    const records = `i=0; while [ $i -lt 16000 ]; do i=$((i+1)); echo ${'x'.repeat(1000)}; done`;
    const filled = await kafka.outside(await read('secrets/clients/alice.properties'), `${records} | ${PRODUCE}`);
    expect([filled.code, filled.stdout, filled.stderr]).toEqual([
      0,
      '',
      expect.not.stringMatching(/Exception|not found/),
    ]);
    await kafka.runbook(/> plan\.json/);
    const readme = await read('README.md');
    const bounded = readme.replace("--execute' < plan", "--execute --throttle 1' < plan");
    expect(bounded).not.toBe(readme);
    await writeFile(join(kafka.cluster.dir, 'README.md'), bounded);
    await kafka.runbook(/--execute --throttle 1' < plan\.json/);
    expect(await quorum()).toMatch(/3 of 3 in sync, \d+ partitions? (is|are) being copied to kafka-/);
    // Given up, it takes its bound along.
    await writeFile(join(kafka.cluster.dir, 'README.md'), readme.replace("--execute' < plan", "--cancel' < plan"));
    await kafka.runbook(/--cancel' < plan\.json/);
    await writeFile(join(kafka.cluster.dir, 'README.md'), readme);
    await kafka.runbook(/--execute' < plan\.json/);
    await poll('three copies of all', 180_000, async () =>
      /fewer than|being copied/.test(await quorum()) ? undefined : true,
    );
    expect(await kafka.runbook(/would be lost/)).toMatch(/^0 of [1-9]\d* partitions would be lost$/m);
    await kafka.runbook(/--add-config min\.insync\.replicas=2/);
    expect(await quorum()).toMatch(/3 of 3 in sync$/);
  });

  it('takes its copies again on another disk', async () => {
    const block = /docker service scale \S+=0\n(until .*)\ndocker service scale \S+=1\n/.exec(
      await kafka.cluster.read('README.md'),
    );
    const [off = '', remove = '', on = ''] = (block?.[0] ?? '').split('\n');
    // Its container of before stays, and holds the volume.
    await kafka.cluster.docker(['service', 'update', '--force', 'kgrow_kafka-3']);
    for (const [host, line] of [
      ['node1', off],
      ['node3', remove],
      // As if the volume had gone with the disk: there is nothing to remove, and the line ends all the same.
      ['node3', `timeout 60 sh -c '${remove}'`],
      ['node1', on],
    ] as const)
      // prettier-ignore
      await kafka.shell(line, host);
    await poll('copies on the new disk', 180_000, async () =>
      /Isr: .*3/.test(await spread(kafka, 'orders')) ? true : undefined,
    );
    const rows = await kafka.verify(0, '--only', 'kafka-3');
    expect(rows['kafka-3 Unfenced']).toMatchObject({ status: 'passed' });
  });
});
