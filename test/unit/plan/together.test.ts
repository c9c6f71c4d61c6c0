import { describe, expect, it } from 'vitest';
import type { FieldChange } from '../../../src/plan/diff.ts';
import type { ServiceChange } from '../../../src/plan/changes.ts';
import { agreedRestarts, jointRestarts } from '../../../src/plan/together.ts';

const joint = (...fields: Partial<FieldChange>[]): Record<string, string[]> => {
  const changes = fields.map((field): FieldChange => ({
    field: 'secret x',
    kind: 'changed',
    effect: 'restart',
    ...field,
  }));
  const change: ServiceChange = {
    name: 'app',
    action: 'update',
    reason: '',
    image: '',
    changes,
    restarts: true,
    notCompared: [],
  };
  return Object.fromEntries(
    jointRestarts('prod', [change, { ...change, name: 'other', changes: [] }], ['imply-ca.crt', 'imply-auth-token']),
  );
};

it.each<[string, Partial<FieldChange>, string[] | undefined]>([
  ['a new version', { from: 'prod_imply-auth-token.v1', to: 'prod_imply-auth-token.v2' }, ['imply-auth-token']],
  ['one that comes', { kind: 'added', to: 'prod_imply-ca.crt.v1' }, ['imply-ca.crt']],
  ['one that goes', { kind: 'removed', from: 'prod_imply-ca.crt.v3' }, ['imply-ca.crt']],
  [
    'one of a foreign name that ours replaces',
    { from: 'theirs', to: 'prod_imply-auth-token.v1' },
    ['imply-auth-token'],
  ],
  ['another secret', { from: 'prod_store-password.v1', to: 'prod_store-password.v2' }, undefined],
  ['the secret of another stack', { from: 'prod2_imply-auth-token.v1', to: 'prod2_imply-auth-token.v2' }, undefined],
  [
    'a secret whose name only begins like it',
    { from: 'prod_imply-auth-token-2.v1', to: 'prod_imply-auth-token-2.v2' },
    undefined,
  ],
  ['another mode', { field: 'secret imply-auth-token mode', from: '0444', to: '0400' }, undefined],
  ['an image', { field: 'image', from: 'a:1', to: 'a:2' }, undefined],
])('%s', (_what, field, files) => expect(joint(field)).toEqual(files === undefined ? {} : { app: files }));

it('names each secret once', () => {
  const both = joint(
    { to: 'prod_imply-ca.crt.v2' },
    { to: 'prod_imply-auth-token.v2' },
    { field: 'secret again', to: 'prod_imply-ca.crt.v2' },
  );
  expect(both).toEqual({ app: ['imply-ca.crt', 'imply-auth-token'] });
});

describe('services that must agree on a property', () => {
  const AGREED = ['environment HOST', 'host name'];
  const of = (action: ServiceChange['action'], ...fields: Partial<FieldChange>[]) =>
    agreedRestarts(
      [
        {
          name: 'app',
          action,
          reason: '',
          image: '',
          changes: fields.map((field) => ({ field: 'image', kind: 'changed', effect: 'restart', ...field })),
          restarts: true,
          notCompared: [],
        },
      ],
      AGREED,
    ).get('app');

  it.each<[string, Partial<FieldChange>[], string[] | undefined]>([
    ['a variable', [{ field: 'environment HOST' }], ['environment HOST']],
    ['two of them', [{ field: 'host name' }, { field: 'environment HOST' }], ['host name', 'environment HOST']],
    ['another variable', [{ field: 'environment HOSTS' }], undefined],
    ['an image', [{}], undefined],
    ['one that restarts nothing', [{ field: 'environment HOST', effect: 'in place' }], undefined],
  ])('%s', (_what, fields, found) => expect(of('update', ...fields)).toEqual(found));

  it('are not those that are removed', () => expect(of('remove', { field: 'environment HOST' })).toBeUndefined());
});
