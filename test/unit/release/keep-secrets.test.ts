import { describe, expect, it } from 'vitest';
import type { Lock, LockedSecret } from '../../../src/bundle/lock.ts';
import type { StackDocument } from '../../../src/compose/types.ts';
import {
  presentRelease,
  presentSecrets,
  replacedSecrets,
  withPresentSecrets,
} from '../../../src/release/keep-secrets.ts';
import type { StoredRelease } from '../../../src/release/record.ts';
import type { GoodState, ReleaseState } from '../../../src/release/states.ts';
import type { SecretNeed } from '../../../src/sdk/definition.ts';
import { authToken } from '../../../secrets/auth-token.ts';

const need = (secret: string, more: Partial<SecretNeed> = {}): SecretNeed => ({
  secret,
  kind: authToken,
  options: {},
  files: { value: `${secret}-file` },
  inputs: {},
  mustBeGiven: false,
  purpose: '',
  ...more,
});
const entry = (version: number, more: Partial<LockedSecret> = {}): LockedSecret => ({
  version,
  kind: 'auth-token',
  created: '',
  fingerprints: { value: String(version).padStart(64, '0') },
  facts: {},
  ...more,
});
const lock = (secrets: Record<string, LockedSecret>): Lock => ({ version: 1, secrets });
const release = (secrets: Record<string, LockedSecret>) => ({
  number: 1,
  lock: lock(secrets),
  document: {
    services: {},
    networks: {},
    volumes: {},
    secrets: Object.fromEntries(
      Object.entries(secrets).map(([secret, { version }]) => [
        `${secret}-file`,
        { name: `prod_${secret}-file.v${version}`, external: true },
      ]),
    ),
  } as unknown as StackDocument,
});
const names = (document: StackDocument): string[] => Object.values(document.secrets).map(({ name }) => name);

describe('secrets that were replaced since a release', () => {
  it.each<[string, Record<string, LockedSecret>, Record<string, LockedSecret>, string[]]>([
    ['the same version stays what it is', { token: entry(1) }, { token: entry(1) }, []],
    ['a later one', { token: entry(1) }, { token: entry(3) }, ['token 1→3']],
    ['an earlier one is no replacement: the way forward', { token: entry(2) }, { token: entry(1) }, []],
    ['of another kind it is another secret', { token: entry(1) }, { token: entry(2, { kind: 'password' }) }, []],
    ['one that is no more', { token: entry(1) }, {}, []],
    ['one that came later', {}, { token: entry(2) }, []],
  ])('%s', (_what, then, present, expected) => {
    expect(
      replacedSecrets(release(then), present, [need('token')]).map((one) => `${one.secret} ${one.then}→${one.now}`),
    ).toEqual(expected);
  });

  it('stay in the lock and in the document, and nothing else of the release changes', () => {
    const past = release({ token: entry(1), other: entry(4) });
    const {
      lock: merged,
      document,
      kept,
    } = withPresentSecrets('prod', past, { token: entry(2), other: entry(4) }, [need('token'), need('other')]);
    expect(names(document)).toEqual(['prod_token-file.v2', 'prod_other-file.v4']);
    expect(merged.secrets['token']).toEqual(entry(2));
    expect(kept).toEqual([{ secret: 'token', then: 1, now: 2 }]);
    expect(names(past.document), 'the release itself').toEqual(['prod_token-file.v1', 'prod_other-file.v4']);
  });

  describe('certificates of the bundle’s CA', () => {
    const ca = (version: number) => entry(version, { facts: { certificateSha256: `ca${version}` } });
    const leaf = (version: number, authority: number, dialled: string[]) =>
      entry(version, {
        issued: { by: 'ca', authority: `ca${authority}`, subject: 's', names: dialled, key: 'k', days: 1 },
      });
    const needs = (dialled: string[]) => [
      need('leaf', {
        options: { subject: 's', names: dialled, key: 'k', days: 1, backdateHours: 1 },
        issued: { by: 'ca', renewalDays: 0 },
      }),
      need('ca'),
    ];
    const versions = (then: Record<string, LockedSecret>, present: Record<string, LockedSecret>, dialled: string[]) => {
      const { lock: merged } = withPresentSecrets('prod', release(then), present, needs(dialled));
      return ['ca', 'leaf'].map((secret) => merged.secrets[secret]?.version);
    };

    it.each<[string, Record<string, LockedSecret>, Record<string, LockedSecret>, number[]]>([
      [
        'renewed under the same CA: the present one stays',
        { ca: ca(1), leaf: leaf(1, 1, ['a']) },
        { ca: ca(1), leaf: leaf(2, 1, ['a']) },
        [1, 2],
      ],
      [
        'issued again for other names: the one of then, which names what is dialled then',
        { ca: ca(1), leaf: leaf(1, 1, ['a']) },
        { ca: ca(1), leaf: leaf(2, 1, ['a', 'b']) },
        [1, 1],
      ],
      [
        'a new CA: the certificate that it issued stays with it',
        { ca: ca(1), leaf: leaf(1, 1, ['a']) },
        { ca: ca(2), leaf: leaf(2, 2, ['a']) },
        [2, 2],
      ],
    ])('%s', (_what, then, present, expected) => {
      expect(versions(then, present, ['a'])).toEqual(expected);
    });

    it('judged by whom it lets in, not by how long it was to hold: the present one stays', () => {
      const then = { ca: ca(1), leaf: leaf(1, 1, ['a']) };
      const longer = leaf(2, 1, ['a']);
      const issued = { ...longer.issued!, days: 90, key: 'other', backdateHours: 24 };
      expect(versions(then, { ca: ca(1), leaf: { ...longer, issued } }, ['a'])).toEqual([1, 2]);
      const renewed = { ca: ca(2), leaf: leaf(2, 2, ['a']) };
      expect(versions(then, { ...renewed, leaf: { ...renewed.leaf, issued: { ...issued, authority: 'ca2' } } }, ['a'])).toEqual([2, 2]); // prettier-ignore
    });

    it.each<[string, Record<string, LockedSecret>, number]>([
      ['its own, if there is none by now', { ca: ca(2) }, 1],
      ['the present one, whatever that names', { ca: ca(2), leaf: leaf(2, 2, ['b']) }, 2],
    ])('of a user, which no service mounts, hinders no way back: %s', (_what, present, expected) => {
      const past = release({ ca: ca(1), leaf: leaf(1, 1, ['a']) });
      const { 'leaf-file': _user, ...mounted } = past.document.secrets;
      const document = { ...past.document, secrets: mounted };
      const back = withPresentSecrets('prod', { ...past, document }, present, needs(['a']));
      expect(back.lock.secrets['leaf']?.version).toBe(expected);
      expect(back.document.secrets).toEqual({ 'ca-file': { name: 'prod_ca-file.v2', external: true } });
    });

    it('a new CA and other names: neither fits, and both ways out are said', () => {
      expect(() =>
        versions({ ca: ca(1), leaf: leaf(1, 1, ['a']) }, { ca: ca(2), leaf: leaf(2, 2, ['a', 'b']) }, ['a']),
      ).toThrow(
        expect.objectContaining({
          code: 'certificate-does-not-fit',
          exit: 3,
          hints: [expect.stringContaining('bundle init'), expect.stringContaining('--with-secrets')],
        }),
      );
    });
  });
});

describe('the present versions of the secrets that a release calls for', () => {
  const kept = need('password', { belongsTo: 'root@db', keptIn: ['data'] });
  const outside = need('password', { belongsTo: 'imply@example.org' });
  const unkept = need('password', { belongsTo: 'root@db' });
  type Past = [calls: SecretNeed[] | undefined, version: number, state?: ReleaseState];

  it.each<[string, SecretNeed, Past[], number | undefined]>([
    [
      'of a store of its own, not that of a store outside',
      kept,
      [
        [[outside], 2],
        [[kept], 1],
      ],
      1,
    ],
    [
      'of a store outside, not that of one of its own',
      outside,
      [
        [[kept], 2],
        [[outside], 1],
      ],
      1,
    ],
    ['of one outside, not that of another', outside, [[[{ ...outside, belongsTo: 'imply@other' }], 2], [[outside], 1]], 1], // prettier-ignore
    [
      'which its data was told last',
      kept,
      [
        [[outside], 3],
        [[kept], 2],
        [[kept], 1],
      ],
      2,
    ],
    [
      'not one of a release that never ran',
      kept,
      [
        [[kept], 2, 'failed'],
        [[kept], 1],
      ],
      1,
    ],
    [
      'of other data of the same account',
      kept,
      [
        [[{ ...kept, keptIn: ['other'] }], 2],
        [[kept], 1],
      ],
      1,
    ],
    [
      'of data, not one that no data took meanwhile',
      kept,
      [
        [[unkept], 2],
        [[kept], 1],
      ],
      1,
    ],
    [
      'that no data goes by, also one that data took',
      unkept,
      [
        [[kept], 2],
        [[unkept], 1],
      ],
      2,
    ],
    [
      'the same as ever',
      kept,
      [
        [[kept], 2],
        [[kept], 1],
      ],
      2,
    ],
    [
      'whose need is gone',
      unkept,
      [
        [[], 2],
        [[unkept], 1],
      ],
      1,
    ],
    [
      'of data, as far as answers can be read',
      kept,
      [
        [undefined, 2],
        [[kept], 1],
      ],
      1,
    ],
    [
      'that no data goes by, though answers cannot be read',
      unkept,
      [
        [undefined, 2],
        [[unkept], 1],
      ],
      2,
    ],
    ['none', kept, [[[outside], 2]], undefined],
  ])('%s', (_what, wanted, past, expected) => {
    const calls = past.map(([needs]) => needs);
    const releases = past.map(([, version, state = 'verified'], index) => ({
      ...release({ password: entry(version) }),
      ...{ number: past.length - index, state },
    })) as unknown as StoredRelease[];
    const present = presentSecrets([wanted], releases, ({ number }) => calls[past.length - number]);
    expect(present['password']?.version).toBe(expected);
  });
});

describe('the release whose secrets are the present ones', () => {
  it.each<[string, (ReleaseState | [ReleaseState, GoodState])[], number | undefined]>([
    ['the newest, if it is good', ['verified', 'verified'], 2],
    ['what the failed one was to replace', ['failed', 'converged', 'verified'], 2],
    ['what the unfinished one was to replace', ['deployed', 'started', 'verified'], 1],
    ['one that was good before it was deployed again', [['started', 'verified'], 'verified'], 2],
    ['one that was good before it failed', ['failed', ['failed', 'converged'], 'verified'], 2],
    ['none, if none was ever good', ['failed', 'failed'], undefined],
  ])('%s', (_what, states, expected) => {
    const releases = states.map((each, index) => {
      const [state, was] = typeof each === 'string' ? [each] : each;
      return { number: states.length - index, state, was } as StoredRelease;
    });
    expect(presentRelease(releases)?.number).toBe(expected);
  });
});
