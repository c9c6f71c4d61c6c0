import { X509Certificate, createPrivateKey, type KeyObject } from 'node:crypto';
import { otherForm } from './pem-forms.ts';
import { pemLines, refuse } from './text.ts';

/** One certificate within PEM text. */
export const CERTIFICATE_BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/**
 * The certificates of a CA's file, in the file's order; text around them is skipped.
 * @throws BundleError (exit 3) that names the form of the file and the command that turns it
 */
export function readCertificates(file: Buffer): X509Certificate[] {
  const content = pemLines(file);
  const form = otherForm(content, 'certificate');
  const pem = content.toString('utf8');
  if (form?.name.startsWith('certificate and')) {
    throw refuse(
      'ca-certificate-chain',
      `the CA certificate’s file is ${form.name}; the certificate is given alone, and the key in a file of its own`,
      [form.hint, '`openssl pkey -in FILE -out ca.key` takes the key'],
    );
  }
  if (form)
    throw refuse('ca-certificate-format', `the CA certificate is not a plain PEM file: it is ${form.name}`, [
      form.hint,
    ]);
  const titles: string[] = pem.match(/-----BEGIN ([A-Z ]+)-----/g) ?? [];
  if (titles.length === 0)
    throw refuse('ca-certificate-format', 'the CA certificate is not a PEM file', [
      'it must begin with -----BEGIN CERTIFICATE-----',
    ]);
  const blocks: string[] = pem.match(CERTIFICATE_BLOCK) ?? [];
  if (!titles.includes('-----BEGIN CERTIFICATE-----')) {
    throw refuse('ca-certificate-is-not-one', 'the file given as the CA certificate holds no certificate', [
      'were certificate and key swapped?',
    ]);
  }
  if (titles.length > blocks.length) throw unreadable();
  return blocks.map(readCertificate);
}

function readCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw unreadable();
  }
}

const unreadable = () =>
  refuse('ca-certificate-unreadable', 'the CA certificate cannot be parsed', [
    'compare it with the original: `openssl x509 -in FILE -noout -text`',
  ]);

/**
 * The private key of a CA's file. @throws BundleError (exit 3) as `readCertificates` does; never with anything of the
 * key in it
 */
export function readKey(file: Buffer): KeyObject {
  const content = pemLines(file);
  const form = otherForm(content, 'key');
  if (form?.name.startsWith('certificate and')) {
    throw refuse('ca-key-is-certificate', `the CA key’s file is ${form.name}; the key is given alone`, [
      form.hint,
      '`openssl x509 -in FILE -out ca.crt` takes the certificate',
    ]);
  }
  if (form) throw refuse('ca-key-unreadable', `the CA key is not a plain PEM file: it is ${form.name}`, [form.hint]);
  const pem = content.toString('utf8');
  if (/-----BEGIN [A-Z0-9 ]*CERTIFICATE-----/.test(pem)) {
    throw refuse('ca-key-is-certificate', 'the file given as the CA key holds a certificate, not a private key', [
      'give ca.key, which begins with -----BEGIN PRIVATE KEY-----',
    ]);
  }
  if (/ENCRYPTED/.test(pem)) {
    throw refuse(
      'ca-key-encrypted',
      'the CA key is encrypted with a passphrase; whoever issues certificates with it must read it alone',
      ['decrypt it: `openssl pkey -in FILE -out ca.key`'],
    );
  }
  try {
    return createPrivateKey(pem);
  } catch {
    // The cause is dropped on purpose: nothing of the key may reach an error.
    throw refuse('ca-key-unreadable', 'the CA key is not a PEM private key', [
      'it must begin with -----BEGIN PRIVATE KEY-----',
    ]);
  }
}
