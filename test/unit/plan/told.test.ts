import { expect, it } from 'vitest';
import type { FieldChange } from '../../../src/plan/diff.ts';
import { describePlan } from '../../../src/plan/describe.ts';
import type { Plan, ServiceChange } from '../../../src/plan/changes.ts';
import { toldChanges } from '../../../src/plan/told.ts';

const changed = (action: ServiceChange['action'], ...fields: Partial<FieldChange>[]): ServiceChange => ({
  name: 'db-1',
  action,
  reason: '',
  image: '',
  changes: fields.map((field) => ({ field: 'secret root', kind: 'changed', effect: 'restart', ...field })),
  restarts: true,
  notCompared: [],
});
const TOLD = [{ file: 'db-password', what: 'the password of root' }];
const told = (...changes: ServiceChange[]) => toldChanges('prod', changes, TOLD).map(({ secret }) => secret);
const V2 = { from: 'prod_db-password.v1', to: 'prod_db-password.v2' };

it.each<[string, ServiceChange[], string[]]>([
  ['another version', [changed('update', V2)], ['prod_db-password.v2']],
  ['a former version, of a rollback', [changed('update', { from: V2.to, to: V2.from })], [V2.from]],
  ['one version for several services', [changed('update', V2), changed('update', V2)], [V2.to]],
  ['what a killed run left', [changed('unchanged'), changed('update', V2)], [V2.to]],
  [
    'at another place in the container',
    [changed('update', { kind: 'removed', from: V2.from }, { kind: 'added', to: V2.to })],
    [V2.to],
  ],
  ['services that do not exist yet', [changed('create')], []],
  ['one that did not mount it', [changed('update', { kind: 'added', to: V2.to })], []],
  ['a service that goes', [changed('remove')], []],
  ['another secret', [changed('update', { from: 'prod_db-password-2.v1', to: 'prod_db-password-2.v2' })], []],
  ['another property', [changed('update', { field: 'image', from: 'a:1', to: 'a:2' })], []],
  ['the same version at another place', [changed('update', { from: V2.to }, { to: V2.to })], []],
])('%s', (_what, changes, expected) => expect(told(...changes)).toEqual(expected));

it('names each version that an update leaves', () => {
  const changes = ['v1', 'v2', 'v3', 'v1'].map((from) =>
    changed('update', { from: `prod_db-password.${from}`, to: 'prod_db-password.v3' }),
  );
  expect(toldChanges('prod', changes, TOLD)).toMatchObject([{ before: ['prod_db-password.v1', V2.to] }]);
});

it('has a line in the plan', () => {
  const plan = { services: [], restarts: [], outage: [], networks: [], volumes: [], secrets: [], labels: [] };
  const lines = describePlan({
    ...({ ...plan, stack: 'prod', empty: false, unresolvedNodes: [] } satisfies Plan),
    told: [{ file: 'db-password', secret: V2.to, before: [V2.from], what: 'the password of root' }],
  });
  expect(lines).toContain(
    '~ prod_db-password.v2 becomes the password of root: what runs is told so before anything restarts',
  );
});
