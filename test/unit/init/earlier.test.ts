import { describe, expect, it } from 'vitest';
import { kinds } from '../../../secrets/index.ts';
import { fingerprints } from '../../../src/bundle/fingerprint.ts';
import { earlierVersion, type Versions } from '../../../src/init/earlier.ts';
import type { SwarmSecret } from '../../../src/engine/port.ts';
import type { StoredRelease } from '../../../src/release/record.ts';
import type { SecretNeed } from '../../../src/sdk/definition.ts';

const key = Buffer.alloc(32, 7);
const material = { certificate: Buffer.from('of the CA'), key: Buffer.from('its key') };
const prints = fingerprints(key, 'ca', material);
const need: SecretNeed = {
  secret: 'ca',
  kind: kinds.certificateAuthority,
  options: {},
  files: { certificate: 'ca.crt', key: 'ca.key' },
  inputs: {},
  mustBeGiven: false,
  purpose: 'all',
  belongsTo: 'here',
};
const other = { ...need, belongsTo: 'elsewhere' };

const ELSE = { certificate: 'a'.repeat(64), key: 'b'.repeat(64) };
/** What the lockfile means. */
const LOCKED = { certificate: 'c'.repeat(64), key: 'd'.repeat(64) };
const kind = need.kind.name;

/** A release with that version of the CA, which belongs here or elsewhere. */
const release = (
  version: number,
  by: Record<string, string>,
  needs: SecretNeed = need,
  over: Partial<StoredRelease> = {},
): [StoredRelease, SecretNeed] => [
  { number: version, state: 'verified', lock: { secrets: { ca: { version, kind, fingerprints: by } } }, ...over } as unknown as StoredRelease, // prettier-ignore
  needs,
];
const inSwarm = (name: string, label = ''): SwarmSecret => ({ id: name, name, labels: { 'bundle.fingerprint': label }, createdAt: '' }); // prettier-ignore
/** Both parts, as the swarm has them if its services mount both. */
const labelled = (version: number, by: Record<string, string>): SwarmSecret[] =>
  ['certificate', 'key'].map((part) => inSwarm(`prod_${need.files[part]}.v${version}`, by[part]));

/** @param releases oldest first */
function earlier(
  replaces: number,
  releases: ReturnType<typeof release>[],
  secrets: SwarmSecret[] = [],
  unreadable: string[] = [],
) {
  const versions: Versions = {
    stack: 'prod',
    key,
    locked: { version: replaces, kind, created: '', fingerprints: LOCKED, facts: {} },
    needsOf: (asked) => releases.flatMap(([each, own]) => (each === asked ? [own] : [])),
    past: { secrets, history: { releases: releases.map(([each]) => each).reverse(), unreadable } },
  };
  return earlierVersion({ act: 'adopt', need, version: replaces + 1, replaces, material }, versions);
}

describe('the version of before that had a content', () => {
  it('is told by the releases: the newest, and only one before the locked', () => {
    const found = earlier(4, [release(1, prints), release(2, prints), release(3, ELSE), release(4, LOCKED)]);
    expect(found).toEqual({ version: 2, inSwarm: false });
    expect(earlier(2, [release(2, LOCKED), release(3, prints), release(4, LOCKED)])).toBeUndefined();
    const half = release(2, { ...prints, key: ELSE.key });
    expect(earlier(3, [release(1, ELSE), half, release(3, LOCKED)]), 'a half').toBeUndefined();
  });

  it('is none if another secret by that name had it', () => {
    const [elsewhere, now] = [release(1, prints, other), release(3, LOCKED)];
    expect(earlier(3, [elsewhere, now])).toBeUndefined();
    expect(earlier(3, [elsewhere, release(2, prints), now])?.version).toBe(2);
    expect(earlier(3, [elsewhere, now], labelled(1, prints))).toBeUndefined();
  });

  it('is told by the labels of what was made without a release', () => {
    const [certificate, own] = [prints['certificate'] ?? '', prints['key'] ?? ''];
    const now = labelled(3, LOCKED);
    const told = (...more: SwarmSecret[]) => earlier(3, [], [...now, ...more])?.version;
    expect(told(inSwarm('PROD_ca.crt.v1', certificate), inSwarm('prod_ca.key.v1', own))).toBe(1);
    // A part that only issues is in no swarm.
    expect(told(inSwarm('prod_ca.crt.v2', certificate))).toBe(2);
    expect(told(inSwarm('prod_ca.crt.v1', certificate), inSwarm('prod_ca.key.v1', 'x'))).toBeUndefined();
    expect(told(inSwarm('prod_ca.crt'))).toBeUndefined();
    expect(told()).toBeUndefined();
  });

  it('is none if the locked version never came to be in the swarm: nothing replaced it there', () => {
    expect(earlier(2, [release(1, prints)], labelled(1, prints))).toBeUndefined();
    expect(earlier(2, [], labelled(1, prints))).toBeUndefined();
    // What has its number there is another one.
    expect(earlier(2, [], [...labelled(1, prints), ...labelled(2, ELSE)])).toBeUndefined();
    expect(earlier(3, [release(1, ELSE), release(2, prints), release(3, LOCKED, other)])).toBeUndefined();
  });

  it('is none if that runs: what replaced it was taken back', () => {
    const both = [...labelled(1, prints), ...labelled(2, LOCKED)];
    const [first, next] = [release(1, prints), release(2, LOCKED, need, { state: 'failed' })];
    const back = (over: Partial<StoredRelease> = {}) => release(1, prints, need, { number: 3, ...over });
    expect(earlier(2, [first, next, back()], both)).toBeUndefined();
    expect(earlier(2, [first, next], both)).toBeUndefined();
    expect(earlier(2, [release(1, prints), release(2, LOCKED), back({ state: 'deployed' })], both)).toBeUndefined();
    // By a release that has no such secret nobody can tell what ran last, but by those before.
    const off = release(0, {}, other, { number: 4, lock: { version: 1, secrets: {} } });
    expect(earlier(2, [first, next, back(), off], both)).toBeUndefined();
  });

  it('is told though the one that took its place was not awaited, or its record cannot be read', () => {
    const both = [...labelled(1, prints), ...labelled(2, LOCKED)];
    const was = { version: 1, inSwarm: true };
    expect(earlier(2, [release(1, prints), release(2, LOCKED, need, { state: 'deployed' })], both)).toEqual(was);
    expect(earlier(2, [release(1, prints)], both, ['prod.release.2'])).toEqual(was);
    expect(earlier(2, [release(1, prints)], both)).toBeUndefined();
  });

  it('says whether the swarm has all of the locked one', () => {
    const releases = [release(1, prints), release(2, LOCKED)];
    const [certificate, own] = labelled(2, LOCKED);
    expect(earlier(2, releases, [certificate!, own!])?.inSwarm).toBe(true);
    // The key of one that only issues is on a disk alone.
    expect(earlier(2, releases, [certificate!])?.inSwarm).toBe(false);
    expect(earlier(2, releases, labelled(2, ELSE))?.inSwarm).toBe(false);
    expect(earlier(2, releases, [certificate!, inSwarm('prod_ca.key.v2', 'x')])?.inSwarm).toBe(false);
  });
});
