import { BundleError } from '../../../src/errors.ts';
import type { Lock } from '../../../src/bundle/lock.ts';
import { type Bundle } from '../../../src/bundle/parse.ts';
import { validateAnswers } from '../../support/answers.ts';
import { renderBundle } from '../../../src/bundle/render.ts';
import type { StackDocument } from '../../../src/compose/types.ts';

/**
 * A lock that has version 1 of everything, with made-up fingerprints: stack.yml depends on versions alone. And what a
 * wrapped image runs, as if an image had said so.
 */
export function lockOf(bundle: Bundle): Lock {
  const plan = bundle.definition.plan(bundle.name, bundle.answers);
  const digit = (index: number) => '0123456789abcdef'[index % 16] ?? '0';
  return {
    version: 1,
    secrets: Object.fromEntries(
      plan.secrets.map((need, index) => [
        need.secret,
        {
          version: 1,
          kind: need.kind.name,
          created: '2026-01-01T00:00:00.000Z',
          fingerprints: Object.fromEntries(
            Object.keys(need.files).map((part, at) => [part, digit(index * 2 + at).repeat(64)]),
          ),
          facts: {},
        },
      ]),
    ),
    ...(plan.identities && {
      identities: Object.fromEntries(plan.identities.map((each) => [each.name, `the-${each.name}`])),
    }),
    ...(plan.wrappedImages.length > 0 && {
      images: Object.fromEntries(
        plan.wrappedImages.map((image) => [image, { entrypoint: ['/entry', '--flag=$HOME'], cmd: ['serve now'] }]),
      ),
    }),
  };
}

/** A cluster on three nodes with everything on, unless said otherwise. */
export function cluster(over: Record<string, unknown> = {}): Bundle {
  return validateAnswers(
    {
      version: 1,
      stack: 'imply',
      name: 'prod',
      manager: { nodes: ['node1'] },
      agents: {
        master: { nodes: ['node1'] },
        query: { nodes: ['node2'] },
        data: { replicas: 2, nodes: ['node2', 'node3'] },
      },
      deepStorage: { type: 's3', path: 's3://bucket/prefix' },
      ...over,
    },
    'bundle.yaml',
  );
}

export function rendered(bundle: Bundle): { text: string; document: StackDocument } {
  return renderBundle(bundle, lockOf(bundle));
}

/** Why these answers are refused, one line each; none where they are not. */
export function refusals(over: Record<string, unknown>): string[] {
  try {
    cluster(over);
    return [];
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    return (error.details as { problems: string[] }).problems;
  }
}

/** What `check` would notice, by name. */
export function noticesOf(over: Record<string, unknown>): Record<string, string> {
  const { definition, name, answers } = cluster(over);
  return Object.fromEntries(
    definition.plan(name, answers).notices.map((notice) => [notice.name, `${notice.level}: ${notice.text}`]),
  );
}

/** The runbook's sections by title. */
export function runbookOf(over: Record<string, unknown>): Record<string, string> {
  const { definition, name, answers } = cluster(over);
  return Object.fromEntries(
    definition
      .plan(name, answers)
      .runbook()
      .map(({ title, markdown }) => [title, markdown]),
  );
}
