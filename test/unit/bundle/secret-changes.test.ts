import { beforeAll, describe, expect, it } from 'vitest';
import { fingerprints } from '../../../src/bundle/fingerprint.ts';
import { issuedFor } from '../../../src/bundle/leaf-changes.ts';
import type { Lock } from '../../../src/bundle/lock.ts';
import { lockEntry } from '../../../src/bundle/lock-entry.ts';
import { secretChanges, type SecretInputsGiven } from '../../../src/bundle/secret-changes.ts';
import { EXIT } from '../../../src/errors.ts';
import { kinds, LEAF_DEFAULTS, LEAF_RENEWAL_DAYS } from '../../../secrets/index.ts';
import type { Material } from '../../../src/sdk/kind.ts';
import type { SecretNeed } from '../../../src/sdk/definition.ts';
import { refusal, source } from '../secrets/material.ts';

const now = new Date('2026-11-21T00:00:00Z');
const key = Buffer.alloc(32, 7);
const A = { token: Buffer.from('token-number-one-of-a-test') };
const B = { token: Buffer.from('token-number-two-of-a-test') };
const need: SecretNeed = {
  secret: 'auth',
  kind: kinds.authToken,
  options: {},
  files: { token: 'auth-token' },
  inputs: { token: 'authToken' },
  mustBeGiven: false,
  purpose: 'all',
};
const locked = (version: number, material = A): Lock => ({
  version: 1,
  secrets: { auth: lockEntry(need, version, key, material, now) },
});
/** A user's certificate, whose name in the lockfile a password has now. */
const otherKind: Lock = {
  version: 1,
  secrets: {
    auth: { version: 3, kind: 'leaf-pem-store', created: '', fingerprints: { keystore: 'a'.repeat(64) }, facts: {} },
  },
};
const given = (material: typeof A) => ({ auth: { material, from: 'f' } });
const change = (over: Partial<SecretInputsGiven>, own: Partial<SecretNeed> = {}) =>
  secretChanges({
    needs: [{ ...need, ...own }],
    lock: { version: 1, secrets: {} },
    key: undefined,
    onDisk: {},
    given: {},
    now,
    ...over,
  })[0];

const leafNeed: SecretNeed = {
  ...need,
  secret: 'kafka-1',
  kind: kinds.leafPemStore,
  options: { ...LEAF_DEFAULTS, key: 'ec-p256', subject: 'kafka-1', names: ['kafka-1', '10.0.0.1'] },
  files: { keystore: 'kafka-1.pem', certificate: 'kafka-1.crt' },
  inputs: {},
  issued: { by: 'ca', renewalDays: LEAF_RENEWAL_DAYS },
};
const caNeed: SecretNeed = {
  ...need,
  secret: 'ca',
  kind: kinds.certificateAuthority,
  options: { subject: 'prod CA', keyBits: 2048, days: 100 },
  files: { certificate: 'ca.crt', key: 'ca.key' },
  inputs: {},
};
const made = async ({ kind, options }: SecretNeed, issuer?: Material, more: object = {}): Promise<Material> =>
  (await kind.generate?.({ ...options, ...more }, source, issuer)) ?? {};

describe('a certificate in secrets/ that is not the locked one', () => {
  let ca: Material;
  let other: Material;
  let own: Material;
  beforeAll(async () => {
    [ca, other] = await Promise.all([made(caNeed), made(caNeed)]);
    own = await made(leafNeed, ca);
  });
  const today = new Date();
  const lockOf = (leaf: Material): Lock => {
    const authority = lockEntry(caNeed, 1, key, ca, today);
    const issued = issuedFor(leafNeed, authority.facts.certificateSha256 ?? '');
    return {
      version: 1,
      secrets: { ca: authority, 'kafka-1': { ...lockEntry(leafNeed, 2, key, leaf, today), ...(issued && { issued }) } },
    };
  };
  const run = (leaf: Material, over: Partial<SecretInputsGiven> = {}) =>
    secretChanges({
      needs: [caNeed, leafNeed],
      lock: lockOf(own),
      key,
      onDisk: { ca, 'kafka-1': leaf },
      given: {},
      now: today,
      ...over,
    });

  it.each<[string, () => Promise<Material>, string]>([
    ['of another CA of the same name', () => made(leafNeed, other), 'the certificate was not issued by its CA (ca)'],
    [
      'that lacks a name and an address',
      () => made(leafNeed, ca, { names: ['kafka-9'] }),
      'the certificate is not for kafka-1, 10.0.0.1 (ca)',
    ],
    [
      'of somebody else',
      () => made(leafNeed, ca, { subject: 'admin' }),
      'the certificate has the subject CN=admin, not CN=kafka-1 (ca)',
    ],
    [
      'whose store presents another than the file says',
      async () => {
        const foreign = await made(leafNeed, other);
        const pem = String(own['keystore']).replace(/-----BEGIN CERT[^]*/, String(foreign['certificate']));
        return { ...own, keystore: Buffer.from(pem) };
      },
      'the certificate was not issued by its CA (ca)',
    ],
  ])('is not locked: one %s', async (_what, leaf, text) => {
    const material = await leaf();
    const error = refusal(() => run(material));
    expect([error.code, error.exit, error.message]).toEqual([
      'leaf-misfit',
      EXIT.preflight,
      `secrets/kafka-1.pem, secrets/kafka-1.crt: ${text}`,
    ]);
    expect(error.hints[1]).toContain('`bundle init --new-secrets`');
  });

  it.each<[string, () => Material, string, Date]>([
    ['has expired', () => own, 'leaf-expired', new Date(today.getTime() + 50 * 86_400_000)],
    ['is damaged', () => ({ ...own, certificate: Buffer.from('half of it') }), 'leaf-unreadable', today],
  ])('that %s is refused with a way out that works, and issued by --new-secrets', async (_what, leaf, code, at) => {
    // Issued for long by now; the file on this disk is of an old backup.
    const old = code === 'leaf-expired' ? await made(leafNeed, ca, { days: 10 }) : leaf();
    const error = refusal(() => run(old, { now: at }));
    expect(error.code).toBe(code);
    expect(error.hints[0]).toMatch(/if it is due; else remove its files.*`bundle init --new-secrets`/);
    const acts = (over: Partial<SecretInputsGiven>) => run(old, { now: at, ...over }).map(({ act }) => act);
    expect(acts({ onDisk: { ca } })).toEqual(['keep', 'keep']);
    expect(acts({ newSecrets: true })).toEqual(['keep', 'generate']);
  });

  it('is the next version, if the CA issued it for these names, or for more', async () => {
    const leaf = await made(leafNeed, ca, { names: ['more', 'kafka-1', '10.0.0.1'] });
    expect(run(leaf).map(({ act, version }) => [act, version])).toEqual([
      ['keep', 1],
      ['adopt', 3],
    ]);
  });

  it.each<[string, Partial<SecretInputsGiven>, string]>([
    ['is made only now', { lock: { version: 1, secrets: {} } }, 'it is issued then'],
    ['is not here', {}, '--new-secrets'],
  ])('is refused if its CA %s', async (_what, over, hint) => {
    const leaf = await made(leafNeed, ca);
    const error = refusal(() => run(leaf, { onDisk: { 'kafka-1': leaf }, ...over }));
    expect([error.code, error.message]).toEqual(['leaf-misfit', expect.stringContaining('its CA (ca) is not here')]);
    expect(error.hints[1]).toContain(hint);
  });

  it('that is a trust store is that of its CA, or is refused', async () => {
    const trust = {
      ...leafNeed,
      kind: kinds.trustPkcs12,
      files: { truststore: 't.p12', password: 't.password', certificate: 't.crt' },
    };
    const of = async (issuer: Material) => {
      const onDisk = { ca, 'kafka-1': await made(trust, issuer) };
      const lock = { version: 1 as const, secrets: { ca: lockEntry(caNeed, 1, key, ca, today) } };
      return () => secretChanges({ needs: [caNeed, trust], lock, key, onDisk, given: {}, now: today });
    };
    expect((await of(ca))()[1]).toMatchObject({ act: 'adopt', version: 1 });
    expect(refusal(await of(other)).message).toContain('the trust store does not hold the certificate of its CA (ca)');
  });
});

describe('what becomes of a secret', () => {
  it.each<[string, Partial<SecretInputsGiven>, object]>([
    ['new: generated', {}, { act: 'generate', version: 1 }],
    ['new and given: taken', { given: given(A) }, { act: 'take', version: 1, from: 'f' }],
    [
      'locked and on disk as locked: kept',
      { lock: locked(3), key, onDisk: { auth: A } },
      { act: 'keep', version: 3, onDisk: true },
    ],
    ['locked, on another machine’s disk: kept', { lock: locked(3) }, { act: 'keep', version: 3, onDisk: false }],
    [
      'replaced by hand: next version',
      { lock: locked(3), key, onDisk: { auth: B } },
      { act: 'adopt', version: 4, replaces: 3 },
    ],
    [
      'given anew: next version',
      { lock: locked(3), key, onDisk: { auth: A }, given: given(B) },
      { act: 'take', version: 4 },
    ],
    [
      'the same given again: kept',
      { lock: locked(3), key, onDisk: { auth: A }, given: given({ token: Buffer.from(`${A.token.toString()}\n`) }) },
      { act: 'keep', version: 3 },
    ],
    [
      'the locked one given where the disk lacks it: put back',
      { lock: locked(3), key, given: given(A) },
      { act: 'restore', version: 3 },
    ],
    [
      'the locked one given over a hand’s: put back',
      { lock: locked(3), key, onDisk: { auth: B }, given: given(A) },
      { act: 'restore', version: 3 },
    ],
    [
      'on disk with a line end more: put back',
      { lock: locked(3), key, onDisk: { auth: { token: Buffer.from(`${A.token.toString()}\r\n`) } } },
      { act: 'restore', version: 3 },
    ],
    ['on disk before the first init: taken as it is', { onDisk: { auth: A } }, { act: 'adopt', version: 1 }],
    [
      'locked as another kind, not on disk: generated, next version',
      { lock: otherKind, key },
      { act: 'generate', version: 4 },
    ],
    [
      'locked as another kind, on disk from before that: taken as it is, next version',
      { lock: otherKind, key, onDisk: { auth: A } },
      { act: 'adopt', version: 4, replaces: undefined },
    ],
    [
      'locked as another kind, and given: taken',
      { lock: otherKind, key, given: given(A) },
      { act: 'take', version: 4 },
    ],
  ])('%s', (_what, inputs, expected) => expect(change(inputs)).toMatchObject(expected));

  it('has a number that neither the lockfile nor the swarm has', () => {
    const taken = (version: number) => new Map([['auth', version]]);
    const next = (version: number, over: Partial<SecretInputsGiven> = {}) =>
      change({ lock: locked(3), key, onDisk: { auth: B }, ...over, taken: taken(version) })?.version;
    expect([next(2), next(3), next(4), next(9)]).toEqual([4, 4, 5, 10]);
    expect([
      next(9, { given: given(B) }),
      next(9, { lock: otherKind }),
      next(9, { onDisk: {}, newSecrets: true }),
    ]).toEqual([10, 10, 10]);
    expect(next(9, { onDisk: { auth: A } }), 'what is kept keeps its number').toBe(3);
  });

  it('is a refusal where it must be given and is not', () => {
    const error = refusal(() => change({}, { mustBeGiven: true }));
    expect([error.exit, error.hints]).toEqual([EXIT.usage, ['--set secretFiles.authToken=FILE']]);
  });

  it.each<[string, Partial<SecretInputsGiven>]>([
    ['a version', { lock: locked(1), given: given(B) }],
    ['another secret', { lock: { version: 1, secrets: { other: lockEntry(need, 1, key, A, now) } } }],
  ])('is never %s made where the fingerprint key is not', (_what, inputs) =>
    expect(refusal(() => change(inputs))).toMatchObject({ code: 'no-fingerprint-key', exit: EXIT.preflight }),
  );

  it('checks what is on disk before it is locked, and names the file', () => {
    const error = refusal(() => change({ lock: locked(1), key, onDisk: { auth: { token: Buffer.from('short') } } }));
    expect(error).toMatchObject({ code: 'token-short', exit: EXIT.preflight });
    expect(error.message).toContain('secrets/auth-token: ');
  });

  it('is locked with fingerprints of its parts and no value', () => {
    const entry = lockEntry(need, 2, key, A, now);
    expect(entry).toEqual({
      version: 2,
      kind: 'auth-token',
      created: now.toISOString(),
      fingerprints: fingerprints(key, 'auth', A),
      facts: {},
    });
    expect(JSON.stringify(entry)).not.toContain(A.token.toString());
  });
});
