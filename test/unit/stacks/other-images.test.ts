import { describe, expect, test } from 'vitest';
import { definitions } from '../../support/definitions.ts';

const imply = definitions.find(({ name }) => name === 'imply');
const zookeeper = definitions.find(({ name }) => name === 'zookeeper');
const told = (key: 'mysql' | 'zookeeper', image: string): string[] => {
  if (imply === undefined) throw new Error('the catalogue is empty');
  const answers = {
    manager: { nodes: ['n1'] },
    agents: { master: { nodes: ['n1'] }, query: { nodes: ['n1'] }, data: { nodes: ['n1'] } },
    deepStorage: { type: 's3', path: 's3://bucket/prefix' },
    images: { [key]: image },
  };
  return imply
    .plan('prod', imply.answers.parse(answers))
    .notices.filter(({ name }) => name === 'image-contract')
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

  test('of the stack of its own too', () => {
    const answers = zookeeper?.answers.parse({ nodes: ['n1'], servers: 1, image: 'bitnami/zookeeper:3.9' });
    const names = zookeeper?.plan('zk', answers as never).notices.map(({ name, text }) => `${name} ${text}`);
    expect(names).toEqual(expect.arrayContaining([expect.stringMatching(/^image-contract image is bitnami/)]));
  });
});
