import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { kinds } from '../../../secrets/index.ts';
import { decideSecrets } from '../../../src/init/secrets.ts';
import type { Material } from '../../../src/sdk/kind.ts';
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

describe('a key store of the operator’s own', () => {
  // A CA that is not tried by a handshake: that is another matter.
  const { issues: _issues, ...untried } = kinds.certificateAuthority;
  const source = { bytes: (count: number) => randomBytes(count), now: () => new Date() };
  const caNeed: SecretNeed = {
    ...need('ca', { certificate: 'caCertificate', key: 'caKey' }),
    kind: untried,
    options: { subject: 'our CA', keyBits: 2048, days: 100 },
    files: { certificate: 'ca.crt', key: 'ca.key' },
  };
  const options = { key: 'ec-p256', subject: 'store', names: ['store'], days: 90, backdateHours: 1 };
  const inputs = { keystore: 'storeFile', password: 'storePassword', certificate: 'storeCertificate' };
  const storeNeed: SecretNeed = {
    ...need('store', inputs),
    kind: kinds.leafPkcs12,
    options,
    files: { keystore: 'store.p12', password: 'store.password', certificate: 'store.crt' },
  };
  const made = async (kind: SecretNeed['kind'], of: object, issuer?: Material): Promise<Material> =>
    (await kind.generate?.(of, source, issuer)) ?? {};
  const decided = (store: Material, ca: Material, of: SecretNeed) => {
    const given = { storeFile: store['keystore'], storePassword: store['password'] };
    const all = {
      ...given,
      storeCertificate: store['certificate'],
      caCertificate: ca['certificate'],
      caKey: ca['key'],
    };
    const sources = Object.fromEntries(
      Object.entries(all).map(([name, value]) => [name, { from: 'typed' as const, value: value ?? Buffer.of() }]),
    );
    return decideSecrets(sources, {
      ...{ plan: { secrets: [caNeed, of], expectations: [] } as unknown as StackPlan, existing: undefined },
      ...{ key: undefined, onDisk: {}, kept: new Set<string>(), now: new Date(), newSecrets: false },
      read: async (one) => (one.from === 'typed' ? one.value : Buffer.of()),
      taken: async () => new Map(),
    });
  };

  it('is opened, and refused if it is none, if the password is wrong, or if it is of another certificate', async () => {
    const ca = await made(kinds.certificateAuthority, caNeed.options);
    const [store, other] = [await made(kinds.leafPkcs12, options, ca), await made(kinds.leafPkcs12, options, ca)];
    const rsa = await made(kinds.leafPkcs12, { ...options, key: 'rsa-2048' }, ca);
    for (const one of [store, rsa]) expect((await decided(one, ca, storeNeed))[1]).toMatchObject({ act: 'take' });
    const paths = Object.values(inputs).map((input) => `secretFiles.${input}`);
    const refused = { exit: 3, details: { paths } };
    const closed = {
      ...refused,
      code: 'leaf-unreadable',
      message: expect.stringContaining('does not open by its pass'),
    };
    const password = Buffer.from('of-another-one');
    await expect(decided({ ...store, keystore: Buffer.from('no store\n') }, ca, storeNeed)).rejects.toMatchObject(
      closed,
    );
    await expect(decided({ ...store, password }, ca, storeNeed)).rejects.toMatchObject(closed);
    await expect(
      decided({ ...other, certificate: store['certificate'] as Buffer }, ca, storeNeed),
    ).rejects.toMatchObject({
      ...refused,
      code: 'leaf-pair-mismatch',
    });
  });
  it('that the CA of the bundle is to have issued is refused if another one did', async () => {
    const [ca, other] = [
      await made(kinds.certificateAuthority, caNeed.options),
      await made(kinds.certificateAuthority, caNeed.options),
    ];
    const issued = { ...storeNeed, issued: { by: 'ca', renewalDays: 10 } };
    await expect(decided(await made(kinds.leafPkcs12, options, other), ca, issued)).rejects.toMatchObject({
      code: 'leaf-misfit',
      message: expect.stringContaining('was not issued by its CA (ca)'),
    });
    expect((await decided(await made(kinds.leafPkcs12, options, ca), ca, issued))[1]).toMatchObject({ act: 'take' });
  });
});
