import { describe, expect, it } from 'vitest';
import { fingerprints } from '../../../src/bundle/fingerprint.ts';
import { emptyLock, type LockedSecret } from '../../../src/bundle/lock.ts';
import type { Loaded } from '../../../src/project/bundle-dir.ts';
import { accessOf } from '../../../src/project/access.ts';
import { deployEnvironment, requireEnvironment } from '../../../src/project/plan-bundle.ts';
import { keysOf } from '../../../src/verify/bundle/expected.ts';
import { context } from '../../support/check-context.ts';
import { refusal } from '../secrets/material.ts';

const KEY = Buffer.alloc(32, 1);
const PASSWORD = { password: Buffer.from('the-password-of-the-store') };
const TOKEN = { token: Buffer.from('a-token-for-the-unit-tests') };
const STALE = Buffer.from('of-a-version-that-was-replaced');

const entry = (kind: string, secret: string, material: Record<string, Buffer>): LockedSecret => ({
  ...{ version: 2, kind, created: '', facts: {} },
  fingerprints: fingerprints(KEY, secret, material),
});

/** A bundle that gives its services the store's password by the environment. */
function loaded(
  materials: Record<string, Record<string, Buffer>>,
  { key }: { key: Buffer | undefined } = { key: KEY },
): Loaded {
  const { plan, document } = context({ secretDelivery: 'env' });
  const lock = {
    ...emptyLock(),
    secrets: {
      'store-password': entry('password', 'store-password', PASSWORD),
      'auth-token': entry('auth-token', 'auth-token', TOKEN),
    },
  };
  const directory = { bundle: { name: 'prod' }, shown: 'prod', plan, lock, secrets: { key, materials } };
  return { directory, document } as unknown as Loaded;
}
const asLocked = { 'store-password': PASSWORD, 'auth-token': TOKEN };
const stale = { 'store-password': { password: STALE }, 'auth-token': { token: STALE } };

describe('a file in secrets/ of another version than the locked', () => {
  it('is no value of the environment, and is named where one is needed', () => {
    const [variable] = Object.keys(loaded({}).directory.plan.environment);
    if (variable === undefined) throw new Error('the bundle takes nothing from the environment');
    expect(deployEnvironment(loaded(asLocked))[variable]).toBe('the-password-of-the-store');
    expect(() => requireEnvironment(loaded(asLocked))).not.toThrow();
    expect(deployEnvironment(loaded(stale))).toEqual({});
    const lacking = (from: Loaded) => refusal(() => requireEnvironment(from));
    expect(lacking(loaded(stale))).toMatchObject({
      code: 'environment-lacking',
      message: `stack.yml takes ${variable} from secrets/store-password, which is not the content that bundle.lock.json means`,
    });
    expect(lacking(loaded({})).message).toBe(`stack.yml takes ${variable} from secrets/, which is not on this machine`);
  });

  it('is no key to what runs', () => {
    const token = (from: Loaded) => keysOf(from).token({ secret: 'auth-token', part: 'token' });
    expect(token(loaded(asLocked))).toBe('a-token-for-the-unit-tests');
    expect(token(loaded(stale))).toBeUndefined();
    // Nobody can tell.
    expect(token(loaded(stale, { key: undefined }))).toBe(STALE.toString());
  });

  it('is nothing that clients could trust', () => {
    const ca = { certificate: Buffer.from('certificate'), key: Buffer.from('key') };
    const here = (material: Record<string, Buffer>) => {
      const { directory } = loaded({ ca: material });
      directory.lock.secrets['ca'] = entry('certificate-authority', 'ca', ca);
      return accessOf(directory).trust.map((each) => each.here);
    };
    expect(here(ca)).toEqual([true]);
    expect(here({ ...ca, certificate: STALE })).toEqual([false]);
  });
});
