import { describe, expect, it } from 'vitest';
import { parseYaml } from '../../../src/bundle/parse.ts';
import { validateAnswers } from '../../support/answers.ts';
import { formatAnswers } from '../../../src/bundle/write-answers.ts';
import { bundleKeys } from '../../../src/bundle/keys.ts';
import { renderStack } from '../../../src/compose/render.ts';
import type { BundleError } from '../../../src/errors.ts';
import { definitions } from '../../support/definitions.ts';

const base = {
  version: 1,
  stack: 'imply',
  name: 'prod',
  manager: { nodes: ['n1'] },
  agents: { master: { nodes: ['n1'] }, query: { nodes: ['n1'] }, data: { nodes: ['n1'] } },
  deepStorage: { type: 's3', path: 's3://b/p' },
};

function refused(answers: Record<string, unknown>): string {
  try {
    validateAnswers({ ...base, ...answers }, 'bundle.yaml');
    return '';
  } catch (error) {
    return ((error as BundleError).details as { problems: string[] }).problems.join('\n');
  }
}

const agent = (image: string): Record<string, unknown> => ({ images: { agent: image } });
const zookeeper = (...hosts: string[]): Record<string, unknown> => ({ zookeeper: { embedded: false, hosts } });

describe('answers that name images and servers', () => {
  it.each([
    agent('Registry.Example.com/imply/agent:1'),
    agent('[fd00::1]:5000/imply/agent:1'),
    agent(`r.example/a__b/agent@sha256:${'a'.repeat(64)}`),
    zookeeper('[fd00::1]:2181', 'zk2.example:2181'),
    zookeeper('10.0.0.1:2181'),
  ])('%o', (answers) => {
    expect(refused(answers)).toBe('');
  });

  it.each([
    [
      agent('imply/Agent:1'),
      'images.agent: is no image reference: a repository is written in lower case: imply/agent:1',
    ],
    [agent('https://r.example/agent:1'), 'images.agent: is no image reference: it is written without https://'],
    [agent('imply/agent'), 'images.agent: must carry a tag or a digest'],
    [agent('r.example:5000/agent'), 'images.agent: must carry a tag or a digest'],
    [
      zookeeper('zk:2181/chroot'),
      'zookeeper.hosts.0: is no host:port: write zk:2181, and the path as zookeeper.basePath: chroot',
    ],
    [
      zookeeper('zk1:2181', 'zk2:2181/a/b/'),
      'zookeeper.hosts.1: is no host:port: write zk2:2181, and the path as zookeeper.basePath: a/b',
    ],
    [zookeeper('zk:2181/'), 'zookeeper.hosts.0: is no host:port: write zk:2181'],
    [
      zookeeper('fd00::1:2181'),
      'zookeeper.hosts.0: is no host:port: an IPv6 address is written in brackets, with its port: [fd00::1]:2181',
    ],
    [zookeeper('zk:70000'), 'zookeeper.hosts.0: is no host:port: 70000 is no port: 1 to 65535'],
    [zookeeper('[::1]:2181'), '::1 would be each container itself'],
    [zookeeper('zk:1', 'zk:1'), 'zookeeper.hosts.1: zk:1 is named twice'],
  ])('%o is refused with what was meant', (answers, why) => {
    expect(refused(answers)).toContain(why);
  });

  it('come through bundle.yaml and the servers to ask as they are', () => {
    const [imply] = definitions;
    if (imply === undefined) throw new Error('the catalogue is empty');
    const answers = { ...base, ...agent('[fd00::1]:5000/imply/agent:1'), ...zookeeper('[fd00::1]:2181') };
    const text = formatAnswers(bundleKeys(imply), answers, 'bundle.schema.json');
    expect(parseYaml(text, 'bundle.yaml')).toMatchObject(answers);
    const bundle = validateAnswers(parseYaml(text, 'bundle.yaml'), 'bundle.yaml');
    const plan = imply.plan('prod', bundle.answers);
    expect(plan.externals.find(({ what }) => what === 'zookeeper')).toMatchObject({
      servers: [{ host: 'fd00::1', port: 2181 }],
    });
    const { document } = plan.document(
      (secret, part) => `${secret}-${part}`,
      () => ['/start'],
    );
    const rendered = parseYaml(renderStack({ document, heading: [], comments: {} }), 'stack.yml') as {
      services: Record<string, { image: string }>;
    };
    expect(rendered.services['imply-query-1']?.image).toBe('[fd00::1]:5000/imply/agent:1');
  });
});
