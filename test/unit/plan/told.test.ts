import { describe, expect, it } from 'vitest';
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
const TOLD = [{ file: 'db-password', what: 'the password of root', services: ['db-1'] }];
const V2 = { from: 'prod_db-password.v1', to: 'prod_db-password.v2' };
/** With a document that names what the changes lead to. */
const document = (name = V2.to) => ({ secrets: { other: { name: 'prod_other.v7' }, 'db-password': { name } } });
/** What reads the password and keeps nothing of it. */
const reader = { ...changed('update', V2), name: 'app' };
const told = (...changes: ServiceChange[]) =>
  toldChanges('prod', changes, TOLD, document(changes[0]?.changes.at(-1)?.to)).map(({ secret }) => secret);

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
  ['another reader', [reader, changed('unchanged')], [V2.to]],
  ['services that do not exist yet', [changed('create')], []],
  ['one that does not exist yet, beside a reader that does', [reader, changed('create')], []],
  ['one that is gone for good, beside a reader', [reader], []],
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
  expect(toldChanges('prod', changes, TOLD, document('prod_db-password.v3'))).toMatchObject([
    { secret: 'prod_db-password.v3', before: ['prod_db-password.v1', V2.to] },
  ]);
});

describe('a deployment that did not end', () => {
  const after = (unfinished: string[], to: string, ...changes: ServiceChange[]) =>
    toldChanges('prod', changes, TOLD, { ...document(to), unfinished });
  const same = changed('unchanged');

  it('may have told another version though no service has it: the one of all services is told again', () => {
    expect(after([V2.to, 'prod_other.v8'], V2.from, same)).toEqual([
      { file: 'db-password', secret: V2.from, before: [V2.to], what: 'the password of root' },
    ]);
  });

  it('may have told another one than those that services leave', () => {
    expect(
      after([V2.to], 'prod_db-password.v3', changed('update', { from: V2.from, to: 'prod_db-password.v3' })),
    ).toMatchObject([{ secret: 'prod_db-password.v3', before: [V2.from, V2.to] }]);
  });

  it('told nothing else than this version, or nothing that is here', () => {
    expect(after([V2.to], V2.to, same)).toEqual([]);
    expect(after([V2.to], V2.from, changed('create'))).toEqual([]);
    expect(after(['prod_other.v8'], V2.from, same)).toEqual([]);
  });
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
