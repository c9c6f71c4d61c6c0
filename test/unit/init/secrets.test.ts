import { expect, it } from 'vitest';
import { kinds } from '../../../secrets/index.ts';
import { decideSecrets } from '../../../src/init/secrets.ts';
import type { SecretNeed, StackPlan } from '../../../src/sdk/definition.ts';

const need = (secret: string, inputs: Record<string, string>): SecretNeed => ({
  secret,
  kind: kinds.password,
  options: {},
  files: { password: secret },
  inputs,
  mustBeGiven: false,
  purpose: 'test',
});

it('a secret without an input is made, though the input of another one is called as its part', async () => {
  const plan = { secrets: [need('of-users', { password: 'password' }), need('of-peers', {})] } as unknown as StackPlan;
  const value = Buffer.from('given-by-somebody');
  const changes = await decideSecrets(
    { password: { from: 'typed', value } },
    {
      ...{ plan, existing: undefined, key: undefined, onDisk: {}, kept: new Set<string>() },
      ...{ now: new Date(), newSecrets: false },
      read: async () => value,
      taken: async () => new Map(),
    },
  );
  expect(changes.map(({ need: { secret }, act }) => [secret, act])).toEqual([
    ['of-users', 'take'],
    ['of-peers', 'generate'],
  ]);
});
