import { describe, expect, it } from 'vitest';
import { fingerprints } from '../../../src/bundle/fingerprint.ts';
import { lockedPart } from '../../../src/bundle/lock-entry.ts';
import { emptyLock, type LockedSecret } from '../../../src/bundle/lock.ts';
import type { Loaded } from '../../../src/project/bundle-dir.ts';
import { secretChecks } from '../../../src/checks/secrets.ts';
import { accessOf } from '../../../src/project/access.ts';
import { otherValues } from '../../../src/bundle/other-values.ts';
import { deployEnvironment, requireEnvironment } from '../../../src/bundle/environment-values.ts';
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

  it('is told where a value of the environment is of it, in the check and in the plan', async () => {
    const variables = Object.keys(loaded({}).directory.plan.environment);
    const told = async (materials: Parameters<typeof loaded>[0], given?: Parameters<typeof loaded>[1]) => {
      const from = loaded(materials, given);
      const { secrets } = from.directory;
      const found = await secretChecks.run({
        ...context({ secretDelivery: 'env' }),
        secretValue: ({ secret, part }) => secrets.materials[secret]?.[part],
        lockedValue: (part) => lockedPart(from.directory, part),
      });
      return [found.filter(({ level }) => level === 'warning'), [...otherValues(from)]];
    };
    const text = 'secrets/store-password is of another version than bundle.lock.json means, and is not used';
    const hint = expect.stringMatching(/^get the present one from who replaced it; only if it was replaced/) as string;
    expect(await told(stale)).toEqual([
      [{ level: 'warning', text, hint }],
      variables.map((each) => `environment ${each}`),
    ]);
    expect(await told(asLocked)).toEqual([[], []]);
    expect(await told({})).toEqual([[], []]);
    expect(await told(stale, { key: undefined }), 'nobody can tell').toEqual([[], []]);
    // What no service takes from the environment is told by what the swarm has.
    expect(await told({ ...asLocked, 'auth-token': { token: STALE } })).toEqual([[], []]);
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
