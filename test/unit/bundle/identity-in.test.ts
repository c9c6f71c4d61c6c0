import { expect, it } from 'vitest';
import { identityIn } from '../../../src/bundle/identity-in.ts';
import type { StackPlan } from '../../../src/sdk/definition.ts';
import { documentOf } from '../compose/documents.ts';

const plan = {
  document: (_name: unknown, _start: unknown, identity: (name: string) => string) => ({
    document: documentOf({ environment: { ID: `id-${identity('cluster-id')}` } }),
    heading: [],
    comments: {},
  }),
} as unknown as StackPlan;
const [service = ''] = Object.keys(documentOf({}).services);
const SERVICES = `services: {${service}: {environment: {ID: id-abc}}}\n`;
const nine = (name: string): string => `[${Array(9).fill(`*${name}`).join(', ')}]`;

it.each([
  ['has it', SERVICES, 'abc'],
  ['is an alias bomb', `a: &a [x]\nb: &b ${nine('a')}\nc: &c ${nine('b')}\nd: ${nine('c')}\n${SERVICES}`, undefined],
  ['has an alias without its anchor', `x: *y\n${SERVICES}`, undefined],
  ['is no YAML', '[', undefined],
])('of a stack.yml that %s', (_what, text, value) => expect(identityIn(text, plan, 'cluster-id')).toBe(value));
