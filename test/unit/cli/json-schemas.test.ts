import { describe, expect, it } from 'vitest';
import { commands } from '../../../src/commands/index.ts';
import { documentNames, outputSchema } from '../../../src/commands/schema/run.ts';
import { placementOf } from '../../../src/place/of-document.ts';
import { planChanges } from '../../../src/plan/plan.ts';
import { reportJson } from '../../../src/verify/report/json.ts';
import { verification } from '../../../src/verify/result.ts';
import { context, node, service } from '../../support/check-context.ts';
import { problemsOf } from '../../support/json-documents.ts';

/** What is printed holds to what is published, keys that are not published included. */
const holds = (name: string, value: unknown) => expect(problemsOf(name, JSON.parse(JSON.stringify(value)))).toEqual([]);

describe('published schemas', () => {
  it('plan', () => {
    const from = context({ manager: { nodes: ['nowhere'] } });
    const live = {
      services: [service('prod_old', { labels: { 'com.docker.stack.namespace': 'prod' } })],
      networks: [],
      secrets: [],
      nodes: [node('n1'), node('n2')],
    };
    const plan = planChanges({ stack: 'prod', document: from.document, placements: from.plan.placements, live });
    expect(plan.services.length).toBeGreaterThan(5);
    const placement = placementOf({
      stack: 'prod',
      document: from.document,
      plan,
      live: { nodes: live.nodes, services: live.services, tasks: [] },
    });
    expect(placement.services.some(({ verdict }) => verdict === 'unplaceable')).toBe(true);
    const certificate = { secret: 'front', urgency: 'due', reason: 'it has 9 days left', services: ['a'], here: true };
    holds('plan', { ...plan, placement, certificates: [certificate], blocked: [] });
    holds('deploy', { stack: 'prod', release: 1, plan, done: [], converged: true });
    const reissued = [{ secret: 'front', version: 2, why: 'it has 9 days left' }];
    holds('deploy', { stack: 'prod', release: 1, plan, done: [], converged: true, reissued });
  });

  it('verify', () => {
    holds(
      'verify',
      reportJson(
        verification('prod', [
          {
            service: 'imply-manager',
            task: 't',
            slot: 1,
            node: 'n1',
            check: 'TLS',
            status: 'passed',
            detail: 'TLS: Enabled',
            at: '2026-01-01T00:00:00Z',
          },
        ]),
      ),
    );
  });

  it('deploy that was not awaited', () => {
    const from = context({});
    const plan = planChanges({
      stack: 'prod',
      document: from.document,
      placements: from.plan.placements,
      live: { services: [], networks: [], secrets: [], nodes: [node('n1')] },
    });
    holds('deploy', { stack: 'prod', release: 1, plan, done: ['docker stack deploy prod'], converged: false });
  });

  describe.each(documentNames(commands))('%s', (name) => {
    const error = {
      error: { code: 'usage', message: 'no such node', hints: ['name another'], details: { any: ['thing'] } },
      exit: 3,
    };

    it('takes the error document that every command may print instead', () =>
      expect(problemsOf(name, error)).toEqual([]));

    it('takes no other document: keys that are not published, an error without its exit code, nothing at all', () => {
      expect(outputSchema(name, commands)).toHaveProperty('$schema');
      for (const wrong of [
        {},
        { ...error, extra: true },
        { error: error.error },
        { ...error, error: { ...error.error, hints: 'none' } },
      ])
        expect(problemsOf(name, wrong)).not.toEqual([]);
    });
  });
});
