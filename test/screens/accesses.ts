import { accessOf, type BundleAccess } from '../../src/project/access.ts';
import { validateAnswers } from '../support/answers.ts';
import { cluster, lockOf } from '../unit/stacks/imply.ts';

const FACTS = {
  subject: 'CN=prod CA',
  certificateSha256: '0123456789abcdef'.repeat(4),
  notAfter: '2036-02-27T12:00:00Z',
};

/** As `bundle open` has it of a bundle in the directory prod whose CA is known by its facts, with its material here. */
function of(bundle: ReturnType<typeof cluster>): BundleAccess {
  const lock = lockOf(bundle);
  const plan = bundle.definition.plan(bundle.name, bundle.answers);
  for (const locked of Object.values(lock.secrets)) locked.facts = FACTS;
  const secrets = { materials: { ca: { certificate: Buffer.from('public') } } };
  return accessOf({ bundle, plan, lock, secrets, shown: 'prod', dir: '/prod' } as never);
}

const nodes = ['node1', 'node2', 'node3'];

export const accesses = {
  imply: of(cluster()),
  'imply without TLS': of(cluster({ tls: { enabled: false }, authentication: { enabled: false } })),
  kafka: of(
    validateAnswers(
      { version: 1, stack: 'kafka', name: 'prod', nodes, external: { publish: true, names: nodes } },
      'bundle.yaml',
    ),
  ),
  zookeeper: of(validateAnswers({ version: 1, stack: 'zookeeper', name: 'prod', nodes, servers: 3 }, 'bundle.yaml')),
};
