import { describe, expect, test } from 'vitest';
import { definitions } from '../../support/definitions.ts';

const imply = definitions.find(({ name }) => name === 'imply');
const told = (key: 'mysql' | 'zookeeper', image: string, wanted = 'image-contract'): string[] => {
  if (imply === undefined) throw new Error('the catalogue is empty');
  const answers = {
    manager: { nodes: ['n1'] },
    agents: { master: { nodes: ['n1'] }, query: { nodes: ['n1'] }, data: { nodes: ['n1'] } },
    deepStorage: { type: 's3', path: 's3://bucket/prefix' },
    images: { [key]: image },
  };
  return imply
    .plan('prod', imply.answers.parse(answers))
    .notices.filter(({ name }) => name === wanted)
    .map(({ text }) => text);
};

describe('images of the same product with another contract', () => {
  test.each([
    ['mysql', 'bitnami/mysql:8.0', '/bitnami/mysql'],
    ['mysql', 'bitnamilegacy/mysql:8.0', '/bitnami/mysql'],
    ['mysql', 'registry.example.com:5000/hub/bitnami/mysql@sha256:' + 'a'.repeat(64), '/bitnami/mysql'],
    ['mysql', 'percona:8.0', 'user 1001'],
    ['mysql', 'percona/percona-server:8.0', 'user 1001'],
    ['mysql', 'mysql/mysql-server:8.0', 'MYSQL_ROOT_HOST'],
    ['mysql', 'container-registry.oracle.com/mysql/community-server:8.0', 'MYSQL_ROOT_HOST'],
    ['zookeeper', 'bitnami/zookeeper:3.9', '/bitnami/zookeeper'],
    ['zookeeper', 'confluentinc/cp-zookeeper:7.6.0', 'ZOOKEEPER_SERVER_ID'],
    ['zookeeper', 'mirror.example.com/cp-zookeeper:7.6.0', '/var/lib/zookeeper/data'],
    ['zookeeper', 'ubuntu/zookeeper:3.8', '/var/lib/zookeeper'],
  ] as const)('images.%s %s', (key, image, words) => {
    const [text, ...more] = told(key, image);
    expect(more).toEqual([]);
    expect(text).toContain(`images.${key} is ${image}, which is not made as the official image ${key} is`);
    expect(text).toContain(words);
  });

  test.each([
    ['mysql', 'mysql:8.4'],
    ['mysql', 'library/mysql:8.0.36'],
    ['mysql', 'registry.example.com/mirror/library/mysql:8.0'],
    ['mysql', 'registry.example.com/mysql:8.0'],
    ['mysql', 'perconafree/mysql:1'],
    ['zookeeper', 'zookeeper:3.9'],
    ['zookeeper', 'registry.example.com/bitnami.mirror/zookeeper:3.9'],
  ] as const)('images.%s %s: no word', (key, image) => {
    expect(told(key, image)).toEqual([]);
  });

  test('latest changes by itself', () => {
    expect(told('mysql', 'mysql:latest', 'latest-tag')).toEqual([
      'images.mysql is mysql:latest: what runs changes without a change of yours',
    ]);
    expect(told('mysql', 'mysql:8.4', 'latest-tag')).toEqual([]);
  });

  const alone = (stack: 'zookeeper' | 'kafka', image: string): string[] => {
    const definition = definitions.find(({ name }) => name === stack);
    const { notices } = definition?.plan('prod', definition.answers.parse({ nodes: ['n1', 'n2', 'n3'], image })) ?? {};
    return (notices ?? [])
      .filter(({ name }) => name === 'image-contract' || name === 'latest-tag')
      .map(({ name, level, text }) => `${name} ${level} ${text}`);
  };

  test.each([
    ['zookeeper', 'bitnami/zookeeper:3.9', 'zookeeper', 'ZOO_SERVER_ID'],
    ['kafka', 'bitnami/kafka:4.0', 'apache/kafka', '/opt/bitnami/kafka/bin'],
    ['kafka', 'mirror.example.com/hub/bitnamilegacy/kafka:4.0', 'apache/kafka', '/opt/bitnami/kafka/bin'],
    ['kafka', 'confluentinc/cp-kafka:8.2.0', 'apache/kafka', '/etc/confluent/docker/run'],
    ['kafka', 'mirror.example.com/cp-server:8.2.0', 'apache/kafka', '/etc/confluent/docker/run'],
    ['kafka', 'apache/kafka-native:4.1.1', 'apache/kafka', 'a single binary'],
  ] as const)('of the stack %s: %s', (stack, image, official, words) => {
    const [text, ...more] = alone(stack, image);
    expect(more).toEqual([]);
    expect(text).toContain(
      `image-contract warning image is ${image}, which is not made as the official image ${official}`,
    );
    expect(text).toContain(words);
  });

  test.each([
    ['zookeeper', 'zookeeper:3.9.4'],
    ['kafka', 'apache/kafka:4.4.0'],
    ['kafka', 'registry.example.com:5000/mirror/apache/kafka:4.4.0'],
    ['kafka', 'registry.example.com/kafka@sha256:' + 'a'.repeat(64)],
    ['kafka', 'apache/kafka:latest@sha256:' + 'a'.repeat(64)],
  ] as const)('of the stack %s: %s: no word', (stack, image) => {
    expect(alone(stack, image)).toEqual([]);
  });

  test.each([
    ['zookeeper', 'zookeeper:latest'],
    ['kafka', 'apache/kafka:latest'],
  ] as const)('of the stack %s: %s changes by itself', (stack, image) => {
    expect(alone(stack, image)).toEqual([
      `latest-tag warning image is ${image}: what runs changes without a change of yours`,
    ]);
  });
});
