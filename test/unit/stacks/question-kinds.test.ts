import { expect, it } from 'vitest';
import { validateAnswers } from '../../support/answers.ts';
import { cluster } from './imply.ts';

/** Bundles that ask for every file there is a question for. */
const BUNDLES = {
  imply: cluster({
    tls: { ca: 'files' },
    license: 'file',
    store: { type: 'mysql', host: 'db.example.org', user: 'imply', tls: { ca: 'file' } },
    deepStorage: { type: 's3', path: 's3://b/k', user: 'AK' },
  }),
  kafka: validateAnswers(
    { version: 1, stack: 'kafka', name: 'k', brokers: 1, nodes: ['n1'], tls: { ca: 'files' } },
    'bundle.yaml',
  ),
  zookeeper: validateAnswers({ version: 1, stack: 'zookeeper', name: 'z', servers: 1, nodes: ['n1'] }, 'bundle.yaml'),
};

it('a default that follows from other answers is not written, but for nodes, which keep volumes, and what a stack runs itself', () => {
  const frozen = Object.values(BUNDLES).flatMap(({ definition }) =>
    definition.questions.filter(
      (question) => 'default' in question && question.derived !== true && question.ask !== 'nodes',
    ),
  );
  // A server outside is refused beside these: nobody leaves the data of one that runs by naming another.
  expect(frozen.map(({ path }) => path)).toEqual(['store.embedded', 'zookeeper.embedded']);
});

it.each(Object.entries(BUNDLES))('%s: a question for a file refuses what the secret refuses', (_stack, bundle) => {
  const { name, answers, definition } = bundle;
  const needs = definition.plan(name, answers).secrets;
  const fed = new Set<string>();
  for (const { path, secret } of definition.questions) {
    if (secret === undefined) continue;
    const input = path.replace('secretFiles.', '');
    const need = needs.find(({ inputs }) => inputs[secret.part] === input);
    expect(need?.kind, path).toBe(secret.kind);
    fed.add(input);
  }
  expect([...fed].sort()).toEqual(needs.flatMap(({ inputs }) => Object.values(inputs)).sort());
});
