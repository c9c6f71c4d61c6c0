import { describe, expect, it } from 'vitest';
import { emptyLock } from '../../../src/bundle/lock.ts';
import { goesForward } from '../../../src/deploy/way-back.ts';
import type { Deployable } from '../../../src/release/content.ts';
import { validateAnswers } from '../../support/answers.ts';
import { node } from '../../support/check-context.ts';

const NODES = ['n1', 'n2', 'n3', 'n4'].map((name) => node(name));

/** A bundle of three ZooKeeper servers with these answers. */
function bundleOf(answers: Record<string, unknown> = {}): Deployable {
  const all = { version: 1, stack: 'zookeeper', name: 'zk', nodes: ['n1', 'n2', 'n3'], ...answers };
  const bundle = validateAnswers(all, 'bundle.yaml');
  const plan = bundle.definition.plan(bundle.name, bundle.answers);
  const { document } = plan.document(
    (secret, part) => `zk_${secret}-${part}.v1`,
    () => ['/start'],
  );
  return { directory: { bundle, plan, lock: emptyLock() }, document };
}

describe('after a rollback, a deployment of bundle.yaml', () => {
  it('goes forward again if it says something else', () => {
    expect(goesForward(bundleOf({ heapMb: 700 }), bundleOf(), NODES)).toBe(true);
    expect(goesForward(bundleOf({ nodes: ['n1', 'n2', 'n4'] }), bundleOf(), NODES)).toBe(true);
  });

  it('does not if it says the same already', () => {
    expect(goesForward(bundleOf(), bundleOf(), NODES)).toBe(false);
  });
});
