import { expect, it } from 'vitest';
import { takenVersions } from '../../../src/release/taken-versions.ts';

const needs = [
  { secret: 'ca', files: { certificate: 'imply-ca.crt', key: 'imply-ca.key' } },
  { secret: 'token', files: { token: 'Token' } },
];
const taken = (...names: string[]) =>
  Object.fromEntries(takenVersions('prod', needs, names.map((name) => ({ name })))); // prettier-ignore

it('the swarm has versions up to the highest of any part, by numbers and whatever the case', () => {
  expect(taken()).toEqual({ ca: 0, token: 0 });
  expect(taken('prod_imply-ca.crt.v2', 'prod_imply-ca.key.v10', 'prod_token.v3')).toEqual({ ca: 10, token: 3 });
});

it('of others nothing is counted: another stack, another secret, a name without a version', () => {
  expect(taken('other_token.v9', 'prod_token-2.v9', 'prod_token', 'prod_token.v1.old')).toEqual({ ca: 0, token: 0 });
});
