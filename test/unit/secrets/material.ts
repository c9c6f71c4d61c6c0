import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { BundleError } from '../../../src/errors.ts';
import type { RandomSource } from '../../../src/sdk/kind.ts';

export const source: RandomSource = { bytes: (count) => randomBytes(count), now: () => new Date() };

/** Runs in a temporary directory that holds these files. */
export function inDirectory<T>(files: Record<string, string | Buffer>, run: (dir: string) => T): T {
  const dir = mkdtempSync(join(tmpdir(), 'bundle-secrets-'));
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), content);
    return run(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

export function openssl(dir: string, ...args: string[]): string {
  return execFileSync('openssl', args, { cwd: dir, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** A certificate and key as a user would bring them. */
export function requested(options: { days?: number; ca?: boolean; key?: string[]; cn?: string } = {}): {
  certificate: Buffer;
  key: Buffer;
} {
  const { days = 30, ca = true, key = ['rsa:2048'], cn = 'mine' } = options;
  return inDirectory({}, (dir) => {
    const constraints = ca ? 'critical,CA:TRUE' : 'critical,CA:FALSE';
    openssl(
      dir,
      'req',
      '-x509',
      '-nodes',
      '-newkey',
      ...key,
      '-keyout',
      'k',
      '-out',
      'c',
      '-days',
      String(days),
      '-subj',
      cn === '' ? '/' : `/CN=${cn}`,
      '-addext',
      `basicConstraints=${constraints}`,
    );
    return { certificate: readFileSync(join(dir, 'c')), key: readFileSync(join(dir, 'k')) };
  });
}

/** A leaf for a name, signed by the authority. */
export function leafOf(ca: { certificate: Buffer; key: Buffer }, name: string): { certificate: string; key: string } {
  return inDirectory(
    {
      'ca.crt': ca.certificate,
      'ca.key': ca.key,
      ext: `subjectAltName=DNS:${name}\nauthorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\nbasicConstraints=CA:FALSE\nkeyUsage=digitalSignature\n`,
    },
    (dir) => {
      openssl(dir, 'req', '-new', '-nodes', '-newkey', 'rsa:2048', '-keyout', 'k', '-out', 'r', '-subj', `/CN=${name}`);
      openssl(
        dir,
        'x509',
        '-req',
        '-in',
        'r',
        '-CA',
        'ca.crt',
        '-CAkey',
        'ca.key',
        '-CAcreateserial',
        '-days',
        '5',
        '-extfile',
        'ext',
        '-out',
        'c',
      );
      return { certificate: readFileSync(join(dir, 'c'), 'utf8'), key: readFileSync(join(dir, 'k'), 'utf8') };
    },
  );
}

/** What was thrown, as a BundleError; anything else is a bug. */
export function refusal(run: () => unknown): BundleError {
  try {
    run();
  } catch (error) {
    if (error instanceof BundleError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
