/** A broker that is no controller is taken away: not as long as it has partitions. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { poll } from '../../scripts/lab/poll.ts';
import { unsupported } from '../support/cluster.ts';
import { KafkaCluster } from '../support/kafka.ts';

describe.skipIf(unsupported !== undefined)('a Kafka broker that is taken away', () => {
  let kafka: KafkaCluster;
  beforeAll(async () => {
    kafka = await KafkaCluster.deployed('kleave', 2, {
      'controllers.apart': 'true',
      'controllers.count': '1',
      'controllers.nodes': '[node1]',
      'controllers.heapMb': '128',
      'controllers.reserve.cpus': '"0.01"',
      'controllers.reserve.memory': '64M',
    });
  }, 600_000);
  afterAll(() => kafka?.cluster.remove());

  const topics = (options: string): Promise<string> =>
    kafka.shell(
      'docker exec $(docker ps -q -f name=kleave_kafka-1.) /opt/kafka/bin/kafka-topics.sh ' +
        `--bootstrap-server kafka-1:9092 --command-config /dev/shm/kafka/broker.properties ${options}`,
    );
  const services = async (): Promise<string[]> => {
    const { stdout } = await kafka.cluster.docker(['stack', 'services', '--format', '{{.Name}}', 'kleave']);
    return stdout.trim().split('\n').sort();
  };

  it('stays while it holds any, and goes when the runbook has moved them', async () => {
    await topics('--create --topic orders --replica-assignment 2,1');
    const sets = ['brokers=1', 'nodes=[node1]', 'external.names=[node1.example.org]'];
    const changed = await kafka.cluster.run([
      'init',
      '--yes',
      '--no-prepare',
      ...sets.flatMap((set) => ['--set', set]),
    ]);
    expect(changed.code, changed.all).toBe(0);
    const refused = await kafka.cluster.run(['deploy', '--yes']);
    expect(refused.code, refused.all).toBe(3);
    expect(refused.stderr).toContain('kafka-2 of Kafka brokers would be taken away, and holds orders-0');
    expect(await services()).toContain('kleave_kafka-2');

    const readme = await kafka.cluster.read('README.md');
    expect(readme).toContain('--broker-list 1,2 ');
    await writeFile(join(kafka.cluster.dir, 'README.md'), readme.replace('--broker-list 1,2 ', '--broker-list 1 '));
    await kafka.runbook(/kafka-reassign-partitions\.sh/);
    await poll('orders on kafka-1 alone', 120_000, async () =>
      /Replicas: 1\s+Isr: 1\s/.test(await topics('--describe --topic orders')) ? true : undefined,
    );
    await kafka.deploy();
    expect(await services()).toEqual(['kleave_kafka-1', 'kleave_kafka-controller-1']);
  }, 600_000);
});
