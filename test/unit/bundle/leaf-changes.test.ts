import { describe, expect, it } from 'vitest';
import { issuedFor, leafReason } from '../../../src/bundle/leaf-changes.ts';
import { formatLock, parseLock, type Lock } from '../../../src/bundle/lock.ts';
import { secretChanges } from '../../../src/bundle/secret-changes.ts';
import { kinds, LEAF_DEFAULTS, LEAF_RENEWAL_DAYS } from '../../../secrets/index.ts';
import type { SecretNeed } from '../../../src/sdk/definition.ts';
import { refusal } from '../secrets/material.ts';

const now = new Date('2026-06-01T00:00:00Z');
const inDays = (days: number): string => new Date(now.getTime() + days * 86_400_000).toISOString();
const ISSUED = {
  by: 'ca',
  authority: 'a'.repeat(64),
  subject: 'kafka-1',
  names: ['kafka-1', '10.0.0.1'],
  key: 'rsa-3072',
  days: 365,
};

function lockOf(
  leafDays = 300,
  issued: Partial<typeof ISSUED & { backdateHours: number }> = {},
  authorityDays = 3000,
): Lock {
  const entry = { version: 1, created: inDays(-1), fingerprints: {} };
  return {
    version: 1,
    secrets: {
      ca: {
        ...entry,
        kind: 'certificate-authority',
        facts: { notAfter: inDays(authorityDays), certificateSha256: 'a'.repeat(64) },
      },
      'kafka-1': {
        ...entry,
        kind: 'leaf-pem-store',
        facts: { notAfter: inDays(leafDays) },
        issued: { ...ISSUED, ...issued },
      },
    },
  };
}

/** Valid from in so many days. */
function begun(days: number): Lock {
  const { secrets, ...lock } = lockOf();
  const entry = secrets['kafka-1']!;
  return {
    ...lock,
    secrets: { ...secrets, 'kafka-1': { ...entry, facts: { ...entry.facts, notBefore: inDays(days) } } },
  };
}

const common = { inputs: {}, mustBeGiven: false, purpose: 'test' };
const ca: SecretNeed = {
  ...common,
  secret: 'ca',
  kind: kinds.certificateAuthority,
  options: {},
  files: { certificate: 'ca.crt', key: 'ca.key' },
};
const leaf = (options: object = {}): SecretNeed => ({
  ...common,
  secret: 'kafka-1',
  kind: kinds.leafPemStore,
  files: { keystore: 'kafka-1.pem', certificate: 'kafka-1.crt' },
  options: { ...LEAF_DEFAULTS, subject: 'kafka-1', names: ['kafka-1', '10.0.0.1'], ...options },
  issued: { by: 'ca', renewalDays: LEAF_RENEWAL_DAYS },
});

describe('a certificate is issued again', () => {
  it.each<[string, SecretNeed, Lock, string[], { urgency: string; text: string } | undefined]>([
    ['not while all is as it was', leaf(), lockOf(), [], undefined],
    ['not for another order of its names', leaf({ names: ['10.0.0.1', 'kafka-1'] }), lockOf(), [], undefined],
    ['for another CA in this run', leaf(), lockOf(), ['ca'], { urgency: 'must', text: 'its CA changed' }],
    [
      'for a CA that changed before',
      leaf(),
      lockOf(300, { authority: 'b'.repeat(64) }),
      [],
      { urgency: 'must', text: 'its CA changed' },
    ],
    [
      'for a name that comes and one that goes',
      leaf({ names: ['kafka-1', 'kafka.example'] }),
      lockOf(),
      [],
      { urgency: 'must', text: 'its names change (kafka.example is new, 10.0.0.1 goes)' },
    ],
    [
      'for another kind of key',
      leaf({ key: 'ec-p256' }),
      lockOf(),
      [],
      { urgency: 'must', text: 'its key changes (rsa-3072 → ec-p256)' },
    ],
    [
      'for another lifetime',
      leaf({ days: 90 }),
      lockOf(),
      [],
      { urgency: 'must', text: 'its lifetime changes (365 → 90 days)' },
    ],
    ['not if the lockfile of an older build does not say how far it was backdated', leaf(), lockOf(), [], undefined],
    [
      'for another backdating',
      leaf({ backdateHours: 24 }),
      lockOf(),
      [],
      { urgency: 'must', text: 'its backdating changes (1 → 24 hours)' },
    ],
    [
      'for the usual backdating after another',
      leaf(),
      lockOf(300, { backdateHours: 24 }),
      [],
      { urgency: 'must', text: 'its backdating changes (24 → 1 hours)' },
    ],
    [
      'for a password by its name',
      leaf(),
      {
        version: 1,
        secrets: {
          ...lockOf().secrets,
          'kafka-1': { version: 1, kind: 'password', created: '', fingerprints: {}, facts: {} },
        },
      },
      [],
      { urgency: 'must', text: 'its kind changes (password → leaf-pem-store)' },
    ],
    ['if it is not valid yet, whatever else', leaf(), begun(0.5), [], { urgency: 'must', text: `it is valid only from ${inDays(0.5)}: it was issued by a clock that was ahead` }], // prettier-ignore
    ['not if it begins now', leaf(), begun(0), [], undefined],
    ['not with as many days as it needs', leaf(), lockOf(60), [], undefined],
    ['if it is due', leaf(), lockOf(59.5), [], { urgency: 'due', text: 'it has 59 days left' }],
    ['if it has ended', leaf(), lockOf(-2), [], { urgency: 'due', text: 'it expired on 2026-05-30' }],
    ['not if it ends with its CA: a new one would end no later', leaf(), lockOf(20, {}, 20), [], undefined],
  ])('%s', (_what, need, lock, authorities, reason) => {
    expect(leafReason(need, { lock, newAuthorities: new Set(authorities), now })).toEqual(reason);
  });
});

describe('what init does with it', () => {
  const run = (need: SecretNeed, lock: Lock, more: object = {}) =>
    secretChanges({
      needs: [need, ca],
      lock,
      key: Buffer.alloc(32),
      onDisk: { ca: { certificate: Buffer.from('x'), key: Buffer.from('y') } },
      given: {},
      now,
      ...more,
    });

  it('is told in the order of the needs, a CA first or not', () => {
    expect(run(leaf(), { version: 1, secrets: {} }, { onDisk: {} }).map(({ act, need }) => [act, need.secret])).toEqual(
      [
        ['generate', 'kafka-1'],
        ['generate', 'ca'],
      ],
    );
  });

  it('one that is merely due stays until somebody says so', () => {
    const without = { onDisk: {} };
    expect(run(leaf(), lockOf(10), without)[0]).toMatchObject({ act: 'keep', version: 1 });
    const fits = {
      kind: { ...kinds.certificateAuthority, accept: (material: object) => material },
    } as Partial<SecretNeed>;
    const renewed = secretChanges({
      needs: [leaf(), { ...ca, ...fits }],
      lock: lockOf(10),
      key: Buffer.alloc(32),
      onDisk: { ca: { certificate: Buffer.from('x'), key: Buffer.from('y') } },
      given: {},
      now,
      renew: true,
    });
    expect(renewed[0]).toMatchObject({ act: 'generate', version: 2, why: 'it has 10 days left' });
  });

  it('a machine without the CA’s key is told who can', () => {
    const error = refusal(() => run(leaf({ names: ['kafka-1'] }), lockOf(), { onDisk: {} }));
    expect([error.code, error.hints.join()]).toEqual([
      'issuer-not-here',
      expect.stringContaining('where the bundle’s secrets/ is'),
    ]);
  });
});

it('the lockfile says how far it was backdated only if that is not the usual', () => {
  expect(issuedFor(leaf(), 'a'.repeat(64))).toEqual(ISSUED);
  const other = issuedFor(leaf({ backdateHours: 24 }), 'a'.repeat(64));
  expect(other).toEqual({ ...ISSUED, backdateHours: 24 });
  const lock = lockOf(300, { backdateHours: 24 });
  expect(parseLock(formatLock(lock), 'bundle.lock.json')).toEqual(lock);
});

it('the lockfile keeps what it was issued for and identities, and is the same without them', () => {
  const lock = { ...lockOf(), identities: { 'cluster-id': 'MkU3OEVBNTcwNTJENDM2Qk' } };
  expect(parseLock(formatLock(lock), 'bundle.lock.json')).toEqual(lock);
  expect(formatLock({ version: 1, secrets: {} })).toBe('{\n  "version": 1,\n  "secrets": {}\n}\n');
});
