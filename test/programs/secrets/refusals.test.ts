import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../../../src/errors.ts';
import { certificateAuthority } from '../../../secrets/certificate-authority.ts';
import { inDirectory, leafOf, openssl, refusal, requested } from '../../unit/secrets/material.ts';

const mine = requested();
const other = requested({ cn: 'other' });
const leaf = leafOf(mine, 'host');
// After the certificates: openssl lets them begin at its own now.
const now = new Date();
const DAY = 86_400_000;

const accept = (certificate: Buffer | string, key: Buffer | string, at = now) =>
  certificateAuthority.accept({ certificate: Buffer.from(certificate), key: Buffer.from(key) }, at);

const encrypted = inDirectory({ k: mine.key }, (dir) =>
  openssl(dir, 'pkey', '-in', 'k', '-aes256', '-passout', 'pass:secret'),
);
const traditional = inDirectory({ k: mine.key }, (dir) => openssl(dir, 'pkey', '-in', 'k', '-traditional'));
const der = inDirectory({ c: mine.certificate }, (dir) => {
  openssl(dir, 'x509', '-in', 'c', '-outform', 'DER', '-out', 'd');
  return openssl(dir, 'base64', '-in', 'd');
});
const nameless = requested({ cn: '' });
const ec = requested({ key: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'] });
const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ type: 'pkcs8', format: 'pem' });

describe('a CA pair that is given is refused', () => {
  it.each<[string, string, Buffer | string, Buffer | string, Date?]>([
    [
      'the certificate stored as the key, as the vendor’s page has it',
      'ca-key-is-certificate',
      mine.certificate,
      mine.certificate,
    ],
    ['certificate and key swapped', 'ca-certificate-is-not-one', mine.key, mine.certificate],
    ['the key of another certificate', 'ca-pair-mismatch', mine.certificate, other.key],
    ['a key with a passphrase', 'ca-key-encrypted', mine.certificate, encrypted],
    ['a certificate that has expired', 'ca-expired', mine.certificate, mine.key, new Date(now.getTime() + 31 * DAY)],
    [
      'a certificate that is not yet valid',
      'ca-not-yet-valid',
      mine.certificate,
      mine.key,
      new Date(now.getTime() - DAY),
    ],
    ['a server certificate', 'ca-not-authority', leaf.certificate, leaf.key],
    ['a chain', 'ca-certificate-chain', `${mine.certificate.toString()}${other.certificate.toString()}`, mine.key],
    [
      'a certificate with its key in the same file',
      'ca-certificate-chain',
      `${mine.certificate.toString()}${mine.key.toString()}`,
      mine.key,
    ],
    ['a certificate with an empty subject', 'ca-no-subject', nameless.certificate, nameless.key],
    ['an EC key', 'ca-key-type', ec.certificate, ec.key],
    ['a short RSA key', 'ca-key-short', mine.certificate, weak],
    ['DER instead of PEM', 'ca-certificate-format', der, mine.key],
    ['an empty certificate', 'ca-certificate-format', '', mine.key],
    ['an empty key', 'ca-key-unreadable', mine.certificate, ''],
    [
      'a damaged certificate',
      'ca-certificate-unreadable',
      mine.certificate.toString().replace(/\n[^\n]{64}\n/, '\n'),
      mine.key,
    ],
    ['a damaged key', 'ca-key-unreadable', mine.certificate, mine.key.toString().replace(/\n[^\n]{64}\n/, '\n')],
    [
      'a public key as the key',
      'ca-key-unreadable',
      mine.certificate,
      generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' }),
    ],
  ])('%s', (_what, code, certificate, key, at) => {
    const error = refusal(() => accept(certificate, key, at));
    expect(error.code).toBe(code);
    expect(error.exit).toBe(EXIT.preflight);
    expect(error.hints.length).toBeGreaterThan(0);
    // Nothing of the material may be in what is shown.
    const shown = JSON.stringify([error.message, error.hints, String(error.cause), error.stack]);
    for (const line of [certificate, key]
      .join('\n')
      .split('\n')
      .filter((each) => each.length > 40 && !each.startsWith('-----')))
      expect(shown).not.toContain(line);
  });
});

describe('a CA pair that is given is accepted', () => {
  it('as openssl writes it', () =>
    expect(accept(mine.certificate, mine.key)['key']?.toString()).toMatch(/^-----BEGIN PRIVATE KEY-----\n/));

  it('with a PKCS#1 key, which is stored as PKCS#8', () => {
    expect(traditional).toMatch(/^-----BEGIN RSA PRIVATE KEY-----/);
    expect(accept(mine.certificate, traditional)).toEqual(accept(mine.certificate, mine.key));
  });

  it('with Windows line ends and text before the certificate', () => {
    const text = `subject=CN = mine\r\n${mine.certificate.toString().replaceAll('\n', '\r\n')}`;
    expect(accept(text, mine.key.toString().replaceAll('\n', '\r\n'))).toEqual(accept(mine.certificate, mine.key));
  });
});
