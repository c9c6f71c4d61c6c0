/** Kafka with controllers apart from brokers, and the moves of its topics. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { containerOf } from '../../stacks/common/containers.ts';
import { KafkaCluster } from './kafka.ts';

/** Three controllers, and so many brokers whose clients log in by certificates, deployed and verified. */
export const apart = (name: string, brokers: number): Promise<KafkaCluster> =>
  KafkaCluster.deployed(name, brokers, {
    'controllers.apart': 'true',
    'controllers.count': '3',
    'controllers.nodes': '[node1,node2,node3]',
    'controllers.heapMb': '128',
    'controllers.reserve.cpus': '"0.01"',
    'controllers.reserve.memory': '64M',
    'clients.login': 'certificate',
    'clients.users': '[alice]',
  });

/** `kafka-topics.sh` as the first broker. @returns what it printed */
export const topics = (kafka: KafkaCluster, options: string): Promise<string> =>
  kafka.shell(
    `docker exec ${containerOf(kafka.cluster.name, 'kafka-1')} /opt/kafka/bin/kafka-topics.sh ` +
      `--bootstrap-server kafka-1:9092 --command-config /dev/shm/kafka/broker.properties ${options}`,
  );

/** How a topic is spread. */
export const spread = (kafka: KafkaCluster, topic: string): Promise<string> =>
  topics(kafka, `--describe --topic ${topic}`);

/** The answers for so many brokers, a node each. */
export function brokers(count: number): string[] {
  const nodes = Array.from({ length: count }, (_unused, index) => `node${index + 1}`);
  const names = nodes.map((node) => `${node}.example.org`);
  return [`brokers=${count}`, `nodes=[${nodes.join()}]`, `external.names=[${names.join()}]`];
}

/** Moves a topic as the runbook does, to the brokers of a list in place of its own. @returns what was printed */
export async function move(kafka: KafkaCluster, topic: string, from: string, to: string): Promise<string> {
  const readme = await kafka.cluster.read('README.md');
  const command = readme
    .replace(`--broker-list ${from} `, `--broker-list ${to} `)
    .replace('"topic":"orders"', `"topic":"${topic}"`);
  expect(command).not.toBe(readme);
  await writeFile(join(kafka.cluster.dir, 'README.md'), command);
  return kafka.runbook(/--topics-to-move-json-file/);
}
