import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { jsonSchemas } from '../../../src/commands/json-schemas.ts';
import { placementOf } from '../../../src/place/of-document.ts';
import { planChanges } from '../../../src/plan/plan.ts';
import { reportJson } from '../../../src/verify/report-json.ts';
import { verification } from '../../../src/verify/result.ts';
import { context, node, service } from '../../support/check-context.ts';

/** What is printed holds to what is published, keys that are not published included. */
const holds = (name: keyof typeof jsonSchemas, value: unknown) => {
  const strict = jsonSchemas[name] as z.ZodObject;
  const parsed = strict.strict().safeParse(JSON.parse(JSON.stringify(value)));
  expect(parsed.error?.issues ?? []).toEqual([]);
};

describe('published schemas', () => {
  it('plan', () => {
    const from = context({ manager: { nodes: ['nowhere'] } });
    const live = { services: [service('prod_old', { labels: { 'com.docker.stack.namespace': 'prod' } })], networks: [], secrets: [], nodes: [node('n1'), node('n2')] };
    const plan = planChanges({ stack: 'prod', document: from.document, placements: from.plan.placements, live });
    expect(plan.services.length).toBeGreaterThan(5);
    const placement = placementOf({ stack: 'prod', document: from.document, plan, live: { nodes: live.nodes, services: live.services, tasks: [] } });
    expect(placement.services.some(({ verdict }) => verdict === 'unplaceable')).toBe(true);
    holds('plan', { ...plan, placement, blocked: [] });
    holds('deploy', { stack: 'prod', release: 1, plan, done: [], converged: true });
  });

  it('verify', () => {
    holds('verify', reportJson(verification('prod', [{ service: 'imply-manager', task: 't', slot: 1, node: 'n1', check: 'TLS', status: 'passed', detail: 'TLS: Enabled', at: '2026-01-01T00:00:00Z' }])));
  });

  it.each(Object.keys(jsonSchemas))('%s is valid JSON Schema material', (name) => {
    expect(z.toJSONSchema(jsonSchemas[name as keyof typeof jsonSchemas])).toHaveProperty('type', 'object');
  });
});
