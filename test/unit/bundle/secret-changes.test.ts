import { describe, expect, it } from 'vitest';
import { fingerprints } from '../../../src/bundle/fingerprint.ts';
import type { Lock } from '../../../src/bundle/lock.ts';
import { lockEntry } from '../../../src/bundle/lock-entry.ts';
import { secretChanges, type SecretInputsGiven } from '../../../src/bundle/secret-changes.ts';
import { EXIT } from '../../../src/errors.ts';
import { kinds } from '../../../secrets/index.ts';
import type { SecretNeed } from '../../../src/sdk/definition.ts';
import { refusal } from '../secrets/material.ts';

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
    ['replaced by hand: next version', { lock: locked(3), key, onDisk: { auth: B } }, { act: 'adopt', version: 4 }],
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
  ])('%s', (_what, inputs, expected) => expect(change(inputs)).toMatchObject(expected));

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
