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

/** A release with that version of the CA, which belongs here or elsewhere. */
const release = (
  version: number,
  by: Record<string, string>,
  needs: SecretNeed = need,
): [StoredRelease, SecretNeed] => [
  { number: version, lock: { secrets: { ca: { version, kind: need.kind.name, fingerprints: by } } } } as unknown as StoredRelease, // prettier-ignore
  needs,
];
const inSwarm = (name: string, label = ''): SwarmSecret => ({ id: name, name, labels: { 'bundle.fingerprint': label }, createdAt: '' }); // prettier-ignore

function earlier(replaces: number, releases: ReturnType<typeof release>[], secrets: SwarmSecret[] = []) {
  const versions: Versions = {
    stack: 'prod',
    key,
    needsOf: (asked) => releases.flatMap(([each, own]) => (each === asked ? [own] : [])),
    past: { secrets, history: { releases: releases.map(([each]) => each), unreadable: [] } },
  };
  return earlierVersion({ act: 'adopt', need, version: replaces + 1, replaces, material }, versions);
}

describe('the version of before that had a content', () => {
  const ELSE = { certificate: 'a'.repeat(64), key: 'b'.repeat(64) };
  it('is told by the releases: the newest, and only one before the locked', () => {
    expect(earlier(4, [release(1, prints), release(2, prints), release(3, ELSE)])).toBe(2);
    expect(earlier(2, [release(2, prints), release(3, prints)])).toBeUndefined();
    expect(earlier(3, [release(1, ELSE), release(2, { ...prints, key: ELSE.key })]), 'a half').toBeUndefined();
  });

  it('is none if another secret by that name had it', () => {
    expect(earlier(3, [release(1, prints, other)])).toBeUndefined();
    expect(earlier(3, [release(1, prints, other), release(2, prints)])).toBe(2);
    const [certificate, own] = [prints['certificate'] ?? '', prints['key'] ?? ''];
    const labelled = [inSwarm('prod_ca.crt.v1', certificate), inSwarm('prod_ca.key.v1', own)];
    expect(earlier(3, [release(1, prints, other)], labelled)).toBeUndefined();
  });

  it('is told by the labels of what was made without a release', () => {
    const [certificate, own] = [prints['certificate'] ?? '', prints['key'] ?? ''];
    expect(earlier(3, [], [inSwarm('PROD_ca.crt.v1', certificate), inSwarm('prod_ca.key.v1', own)])).toBe(1);
    // A part that only issues is in no swarm.
    expect(earlier(3, [], [inSwarm('prod_ca.crt.v2', certificate)])).toBe(2);
    expect(earlier(3, [], [inSwarm('prod_ca.crt.v1', certificate), inSwarm('prod_ca.key.v1', 'x')])).toBeUndefined();
    expect(earlier(3, [], [inSwarm('prod_ca.crt.v3', certificate), inSwarm('prod_ca.crt')])).toBeUndefined();
    expect(earlier(3, [])).toBeUndefined();
  });
});
