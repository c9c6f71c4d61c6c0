import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { authorityCertificates } from '../../../secrets/authority-certificates.ts';
import { certificateAuthority } from '../../../secrets/certificate-authority.ts';
import { inDirectory, openssl, refusal, requested } from '../../unit/secrets/material.ts';

const mine = requested();
const soon = new Date(Date.now() + 60_000);
const pair = { certificate: mine.certificate, key: mine.key };

/** What openssl makes of the pair, as bytes. */
function made(output: string, ...args: string[]): Buffer {
  return inDirectory({ 'c.pem': mine.certificate, 'k.pem': mine.key }, (dir) => {
    openssl(dir, ...args);
    return readFileSync(join(dir, output));
  });
}

/** Runs the command of a hint on FILE, as a person would paste it, and gives the file that it writes. */
function followed(hint: string, file: Buffer, target: string): Buffer {
  return inDirectory({ FILE: file }, (dir) => {
    const [command = ''] = [...hint.matchAll(/`([^`]+)`/g)].map(([, words = '']) => words);
    execFileSync(
      'bash',
      ['-euo', 'pipefail', '-c', command.replace('openssl pkcs12', 'openssl pkcs12 -passin pass:p')],
      { cwd: dir, stdio: 'pipe' },
    );
    return readFileSync(join(dir, target));
  });
}

const flat = (pem: Buffer, between: string): Buffer => Buffer.from(pem.toString().trimEnd().replaceAll('\n', between));
const utf16 = (pem: Buffer): Buffer => Buffer.from(`\ufeff${pem.toString()}`, 'utf16le');
const both = Buffer.concat([mine.key, mine.certificate]);
const pfx = made('o', 'pkcs12', '-export', '-in', 'c.pem', '-inkey', 'k.pem', '-passout', 'pass:p', '-out', 'o');

describe('a CA certificate in another form is refused with its form, and the command given turns it', () => {
  it.each<[string, Buffer, string]>([
    [
      'TRUSTED CERTIFICATE',
      made('o', 'x509', '-in', 'c.pem', '-trustout', '-addtrust', 'serverAuth', '-out', 'o'),
      'TRUSTED CERTIFICATE',
    ],
    [
      'X509 CERTIFICATE',
      Buffer.from(mine.certificate.toString().replaceAll('CERTIFICATE', 'X509 CERTIFICATE')),
      'X509 CERTIFICATE',
    ],
    ['DER', made('o', 'x509', '-in', 'c.pem', '-outform', 'DER', '-out', 'o'), 'DER'],
    ['PFX', pfx, 'PKCS#12'],
    ['PKCS#7', made('o', 'crl2pkcs7', '-nocrl', '-certfile', 'c.pem', '-out', 'o'), 'PKCS#7'],
    ['PKCS#7 as DER', made('o', 'crl2pkcs7', '-nocrl', '-certfile', 'c.pem', '-outform', 'DER', '-out', 'o'), 'PKCS#7'],
    ['one line with \\n', flat(mine.certificate, '\\n'), 'one line (with \\n'],
    [
      'one line with \\r\\n, quoted',
      Buffer.from(`"${flat(mine.certificate, '\\r\\n').toString()}"\n`),
      'one line (with \\n',
    ],
    ['one line with spaces', flat(mine.certificate, ' '), 'one line'],
    ['one line without anything between', flat(mine.certificate, ''), 'one line'],
    ['base64 alone', Buffer.from(mine.certificate.toString().replace(/-----.*-----\n/g, '')), 'base64 without'],
    ['UTF-16', utf16(mine.certificate), 'UTF-16'],
    [
      'one line as JSON has it',
      Buffer.from(JSON.stringify({ 'ca-cert': mine.certificate.toString() })),
      'one line (with \\n',
    ],
    [
      'one line of JSON, the key before it',
      Buffer.from(JSON.stringify({ key: mine.key.toString(), ca: mine.certificate.toString() })),
      'one line (with \\n',
    ],
    ['indented, as YAML has it', Buffer.from(`ca: |\n${mine.certificate.toString().replace(/^/gm, '  ')}`), 'indented'],
    ['indented with tabs', Buffer.from(mine.certificate.toString().replace(/^/gm, '\t')), 'indented'],
    ['base64 of it', Buffer.from(mine.certificate.toString('base64')), 'base64 of a PEM file'],
    [
      'base64 of it in lines',
      Buffer.from(mine.certificate.toString('base64').replace(/.{76}/g, '$&\n')),
      'base64 of a PEM',
    ],
    ['UTF-16 without a mark', Buffer.from(mine.certificate.toString(), 'utf16le'), 'UTF-16'],
    ['UTF-16BE without a mark', Buffer.from(mine.certificate.toString(), 'utf16le').swap16(), 'UTF-16'],
    ['certificate and key in one file', both, 'certificate and private key in one file'],
  ])('%s', (_what, file, form) => {
    const error = refusal(() => certificateAuthority.accept({ certificate: file, key: mine.key }, soon));
    expect(error.message).toContain(form);
    const turned = followed(error.hints[0] ?? '', file, 'ca.crt');
    expect(certificateAuthority.accept({ certificate: turned, key: mine.key }, soon)).toEqual(
      certificateAuthority.accept(pair, soon),
    );
    // The certificate of an authority that someone else keeps comes in the same forms.
    expect(refusal(() => authorityCertificates.accept({ certificates: file }, soon)).hints.join()).toMatch(
      /openssl|iconv|sed|base64/,
    );
  });
});

describe('a CA key in another form is refused with its form, and the command given turns it', () => {
  it.each<[string, Buffer, string]>([
    ['DER', made('o', 'pkey', '-in', 'k.pem', '-outform', 'DER', '-out', 'o'), 'private key as DER'],
    [
      'PKCS#1 as DER',
      made('o', 'rsa', '-in', 'k.pem', '-traditional', '-outform', 'DER', '-out', 'o'),
      'private key as DER',
    ],
    ['PFX', pfx, 'PKCS#12'],
    ['one line with \\n', flat(mine.key, '\\n'), 'one line'],
    ['one line with spaces', flat(mine.key, ' '), 'one line'],
    ['base64 alone', Buffer.from(mine.key.toString().replace(/-----.*-----\n/g, '')), 'base64 without'],
    ['UTF-16', utf16(mine.key), 'UTF-16'],
    ['UTF-16 without a mark', Buffer.from(mine.key.toString(), 'utf16le'), 'UTF-16'],
    [
      'one line of JSON, the certificate before it',
      Buffer.from(JSON.stringify({ ca: mine.certificate.toString(), key: mine.key.toString() })),
      'one line (with \\n',
    ],
    ['indented', Buffer.from(mine.key.toString().replace(/^/gm, '    ')), 'indented'],
    ['base64 of it', Buffer.from(mine.key.toString('base64')), 'base64 of a PEM file'],
    ['certificate and key in one file', both, 'certificate and private key in one file'],
  ])('%s', (_what, file, form) => {
    const error = refusal(() => certificateAuthority.accept({ certificate: mine.certificate, key: file }, soon));
    expect(error.message).toContain(form);
    expect(`${error.message}${error.hints.join()}`).not.toContain(mine.key.toString().split('\n')[3]);
    const turned = followed(error.hints[0] ?? '', file, 'ca.key');
    expect(certificateAuthority.accept({ certificate: mine.certificate, key: turned }, soon)).toEqual(
      certificateAuthority.accept(pair, soon),
    );
  });
});

describe('what no command turns is named all the same', () => {
  const request = inDirectory({ 'k.pem': mine.key }, (dir) =>
    Buffer.from(openssl(dir, 'req', '-new', '-key', 'k.pem', '-subj', '/CN=x')),
  );
  it.each<[string, Buffer, Buffer, string]>([
    ['a request', request, mine.key, 'certificate request'],
    [
      'a key as DER for a certificate',
      made('o', 'pkey', '-in', 'k.pem', '-outform', 'DER', '-out', 'o'),
      mine.key,
      'a private key, not a certificate',
    ],
    [
      'a certificate as DER for a key',
      mine.certificate,
      made('o', 'x509', '-in', 'c.pem', '-outform', 'DER', '-out', 'o'),
      'a certificate, not a private key',
    ],
    ['a key on one line for a certificate', flat(mine.key, '\\n'), mine.key, 'a private key, not a certificate'],
    ['a certificate that is cut off', mine.certificate.subarray(0, -30), mine.key, 'cut off'],
    ['a key that is cut off', mine.certificate, mine.key.subarray(0, -30), 'cut off'],
    ['a public key', made('o', 'pkey', '-in', 'k.pem', '-pubout', '-out', 'o'), mine.key, 'a public key alone'],
    [
      'a public key for a key',
      mine.certificate,
      made('o', 'pkey', '-in', 'k.pem', '-pubout', '-out', 'o'),
      'a public key',
    ],
    ['a CRL', Buffer.from('-----BEGIN X509 CRL-----\nMIIB\n-----END X509 CRL-----\n'), mine.key, 'revoked'],
    ['a key of PuTTY', mine.certificate, Buffer.from('PuTTY-User-Key-File-3: ssh-rsa\n'), 'PuTTY'],
    [
      'an indented key for a certificate',
      Buffer.from(mine.key.toString().replace(/^/gm, ' ')),
      mine.key,
      'a private key, not',
    ],
    ['a Java key store', Buffer.from('feedfeed0000000200000001', 'hex'), mine.key, 'a Java key store'],
  ])('%s', (_what, certificate, key, words) => {
    expect(refusal(() => certificateAuthority.accept({ certificate, key }, soon)).message).toContain(words);
  });
});
