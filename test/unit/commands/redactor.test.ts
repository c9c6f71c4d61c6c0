import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { redactorOf } from '../../../src/verify/bundle/verify-bundle.ts';
import type { BundleDirectory } from '../../../src/project/bundle-dir.ts';
import { emptyLock } from '../../../src/bundle/lock.ts';
import { loadSecretStore } from '../../../src/io/secret-store.ts';
import { context } from '../../support/check-context.ts';

describe('the redactor of a bundle', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'bundle-store-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  /** TLS and authentication off: of the secrets only the store's password is called for. */
  const plan = context({ tls: { enabled: false }, authentication: { enabled: false } }).plan;
  const redactor = async () =>
    redactorOf({
      directory: { plan, secrets: await loadSecretStore(dir, plan.secrets, emptyLock()) } as unknown as BundleDirectory,
    });

  it('knows a token that the answers no longer call for: a task that still has it may print it', async () => {
    await writeFile(join(dir, 'fingerprint.key'), Buffer.alloc(32, 1));
    await writeFile(join(dir, 'store-password'), 'password-of-the-store');
    await writeFile(join(dir, 'imply-auth-token'), 'token-of-yesterday');
    expect((await redactor())('got token-of-yesterday and password-of-the-store')).toBe(
      'got [redacted] and [redacted]',
    );
  });

  it('quotes nothing where a value is not on this disk', async () => {
    await writeFile(join(dir, 'fingerprint.key'), Buffer.alloc(32, 1));
    await writeFile(join(dir, 'imply-auth-token'), 'token-of-yesterday');
    const redact = await redactor();
    expect(redact.quotes).toBe(false);
    expect(redact('password-of-the-store')).not.toContain('password-of-the-store');
  });
});
