import { X509Certificate, createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import { certificateAuthority } from '../../../secrets/certificate-authority.ts';
import type { Material } from '../../../src/sdk/kind.ts';
import { inDirectory, leafOf, openssl, source } from '../../unit/secrets/material.ts';

const DAY = 86_400_000;
const make = (options = {}) =>
  certificateAuthority.generate?.(
    { subject: 'prod Imply CA', keyBits: 2048, days: 3650, ...options },
    source,
  ) as Promise<Material>;
const pair = (material: Material) => ({
  certificate: material['certificate'] as Buffer,
  key: material['key'] as Buffer,
});

describe('a generated certificate authority', () => {
  let ca: { certificate: Buffer; key: Buffer };
  let certificate: X509Certificate;
  beforeAll(async () => {
    ca = pair(await make());
    certificate = new X509Certificate(ca.certificate);
  });

  it('passes openssl’s strict verification, and so does a leaf that it signs', () => {
    const leaf = leafOf(ca, 'imply-manager');
    inDirectory({ 'ca.crt': ca.certificate, 'leaf.crt': leaf.certificate }, (dir) => {
      expect(openssl(dir, 'verify', '-x509_strict', '-check_ss_sig', '-CAfile', 'ca.crt', 'ca.crt')).toContain('OK');
      expect(
        openssl(dir, 'verify', '-x509_strict', '-verify_hostname', 'imply-manager', '-CAfile', 'ca.crt', 'leaf.crt'),
      ).toContain('OK');
    });
  });

  it('holds for a real handshake that trusts nothing else', async () => {
    const leaf = leafOf(ca, 'imply-manager');
    const server = createServer({ cert: leaf.certificate, key: leaf.key, minVersion: 'TLSv1.2' }, (socket) =>
      socket.end('hello'),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const socket = connect({ host: '127.0.0.1', port, ca: ca.certificate, servername: 'imply-manager' });
    await once(socket, 'secureConnect');
    expect(socket.authorized).toBe(true);
    socket.destroy();
    server.close();
    const stranger = pair(await make());
    await expect(
      new Promise((resolve, reject) => {
        const other = createServer({ cert: leaf.certificate, key: leaf.key }).listen(0, '127.0.0.1', () => {
          connect(
            {
              host: '127.0.0.1',
              port: (other.address() as { port: number }).port,
              ca: stranger.certificate,
              servername: 'imply-manager',
            },
            () => resolve('trusted'),
          )
            .on('error', reject)
            .on('close', () => other.close());
        });
      }),
    ).rejects.toThrow();
  });

  it('has the profile: SHA-256, CA:TRUE and key usages critical, SKI, AKI', () => {
    const text = inDirectory({ c: ca.certificate }, (dir) => openssl(dir, 'x509', '-in', 'c', '-noout', '-text'));
    expect(text).toContain('Signature Algorithm: sha256WithRSAEncryption');
    expect(text).toMatch(/X509v3 Basic Constraints: critical\s+CA:TRUE/);
    expect(text).toMatch(/X509v3 Key Usage: critical\s+Certificate Sign, CRL Sign/);
    const ski = /Subject Key Identifier:\s+([0-9A-F:]+)/.exec(text)?.[1];
    expect(ski).toBeDefined();
    expect(text).toMatch(new RegExp(`Authority Key Identifier:\\s+(keyid:)?${ski}`));
    expect(text).toContain('Subject: CN = prod Imply CA');
  });

  it('keeps its key as unencrypted PKCS#8 that belongs to it', () => {
    expect(ca.key.toString()).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    expect(certificate.checkPrivateKey(createPrivateKey(ca.key))).toBe(true);
  });

  it('starts a little in the past and lasts as long as asked', () => {
    const from = new Date(certificate.validFrom).getTime();
    const to = new Date(certificate.validTo).getTime();
    expect(Date.now() - from).toBeGreaterThan(50 * 60_000);
    expect(Date.now() - from).toBeLessThan(70 * 60_000);
    expect(Math.abs(to - Date.now() - 3650 * DAY)).toBeLessThan(60_000);
    expect(certificateAuthority.outline?.({ subject: '', keyBits: 2048, days: 3650 }, new Date())).toBe(
      `RSA 2048, until ${new Date(to).toISOString().slice(0, 10)}`,
    );
  });

  it('may last past 2049, where X.509 changes its date format', async () => {
    const long = pair(await make({ days: 36500 }));
    inDirectory({ c: long.certificate }, (dir) =>
      expect(openssl(dir, 'verify', '-x509_strict', '-CAfile', 'c', 'c')).toContain('OK'),
    );
    expect(new Date(new X509Certificate(long.certificate).validTo).getUTCFullYear()).toBeGreaterThan(2120);
  });

  it('passes its own acceptance unchanged', () => {
    expect(certificateAuthority.accept(ca, new Date())).toEqual(ca);
  });

  it('describes only what is public', () => {
    const facts = certificateAuthority.describe(ca);
    expect(facts).toEqual({
      subject: 'CN=prod Imply CA',
      notBefore: new Date(certificate.validFrom).toISOString(),
      notAfter: new Date(certificate.validTo).toISOString(),
      certificateSha256: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    });
  });
});

it.each([0x00, 0xff, 0x80, 0x7f])(
  'a serial number is positive and never zero, whatever the random bytes (0x%s)',
  async (byte) => {
    const made = await certificateAuthority.generate?.(
      { subject: 'x', keyBits: 2048, days: 1 },
      { bytes: (count) => Buffer.alloc(count, byte), now: () => new Date() },
    );
    const { serialNumber } = new X509Certificate(made?.['certificate'] as Buffer);
    expect(serialNumber).toHaveLength(32);
    expect(Number.parseInt(serialNumber.slice(0, 2), 16)).toBeLessThan(0x80);
    expect(BigInt(`0x${serialNumber}`)).toBeGreaterThan(0n);
  },
);
