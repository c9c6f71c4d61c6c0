import { X509Certificate, createHash, createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { authorityEnd } from './authority-end.ts';
import type { Material, SecretKind } from './kind.ts';
import { part, refuse } from './text.ts';

export interface AuthorityOptions {
  /** Common name of the subject. */
  subject: string;
  /** RSA key size. */
  keyBits: number;
  /** Validity in days. */
  days: number;
}

/**
 * A certificate authority: a self-signed root certificate and its private key, PEM, as one. The profile is the one nearest to what
 * the `openssl req -x509 -new -nodes` of Imply's page yields (RSA, SHA-256, unencrypted PKCS#8): other profiles are untested there.
 */
export const certificateAuthority: SecretKind<AuthorityOptions> = {
  name: 'certificate-authority',
  title: 'CA',
  parts: ['certificate', 'key'],

  async generate(options, source) {
    // node-forge takes long to load, and only a new CA needs it.
    const { issueAuthority } = await import('./issue-authority.ts');
    // Native and off the event loop; node-forge's own generator would block it.
    const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: options.keyBits, publicExponent: 0x10001 });
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    return { certificate: Buffer.from(issueAuthority(key, options, source)), key: Buffer.from(key) };
  },

  outline: (options, now) => `RSA ${options.keyBits}, until ${authorityEnd(options, now).toISOString().slice(0, 10)}`,

  accept(material, now) {
    const certificate = readCertificate(part(material, 'certificate').toString('utf8'));
    const key = readKey(part(material, 'key').toString('utf8'));
    checkAuthority(certificate, key, now);
    return {
      certificate: Buffer.from(certificate.toString()),
      key: Buffer.from(key.export({ type: 'pkcs8', format: 'pem' }).toString()),
    };
  },

  describe(material: Material) {
    const certificate = new X509Certificate(part(material, 'certificate'));
    return {
      subject: certificate.subject.replaceAll('\n', ', '),
      notBefore: new Date(certificate.validFrom).toISOString(),
      notAfter: new Date(certificate.validTo).toISOString(),
      certificateSha256: createHash('sha256').update(certificate.raw).digest('hex'),
    };
  },
};

function readCertificate(pem: string): X509Certificate {
  const count = pem.match(/-----BEGIN ([A-Z ]+)-----/g) ?? [];
  if (count.length === 0) throw refuse('ca-certificate-format', 'the CA certificate is not a PEM file', ['it must begin with -----BEGIN CERTIFICATE-----']);
  if (!/-----BEGIN CERTIFICATE-----/.test(pem)) {
    throw refuse('ca-certificate-is-not-one', 'the file given as the CA certificate holds no certificate', ['were certificate and key swapped?']);
  }
  if (count.length > 1) {
    throw refuse('ca-certificate-chain', `the CA certificate file holds ${count.length} PEM blocks`, ['give the one signing certificate, without a chain and without its key']);
  }
  try {
    return new X509Certificate(pem);
  } catch {
    throw refuse('ca-certificate-unreadable', 'the CA certificate cannot be parsed', ['compare it with the original: `openssl x509 -in FILE -noout -text`']);
  }
}

function readKey(pem: string): KeyObject {
  if (/-----BEGIN CERTIFICATE-----/.test(pem)) {
    throw refuse('ca-key-is-certificate', 'the file given as the CA key holds a certificate, not a private key', ['give ca.key, which begins with -----BEGIN PRIVATE KEY-----']);
  }
  if (/ENCRYPTED/.test(pem)) {
    throw refuse('ca-key-encrypted', 'the CA key is encrypted with a passphrase; whoever issues certificates with it must read it alone', [
      'decrypt it: `openssl pkey -in FILE -out ca.key`',
    ]);
  }
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    // The cause is dropped on purpose: nothing of the key may reach an error.
    throw refuse('ca-key-unreadable', 'the CA key is not a PEM private key', ['it must begin with -----BEGIN PRIVATE KEY-----']);
  }
  if (key.asymmetricKeyType !== 'rsa') {
    throw refuse('ca-key-type', `the CA key is of type ${key.asymmetricKeyType ?? 'unknown'}; only RSA is known to work`, ['make an RSA key of 2048 to 4096 bits']);
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < 2048) throw refuse('ca-key-short', `the CA key has ${bits} bits; at least 2048 are needed`, ['make an RSA key of 2048 to 4096 bits']);
  return key;
}

function checkAuthority(certificate: X509Certificate, key: KeyObject, now: Date): void {
  if (!certificate.checkPrivateKey(key)) {
    throw refuse('ca-pair-mismatch', 'the CA key does not belong to the CA certificate', ['give the pair that was made together']);
  }
  if (!certificate.ca) {
    throw refuse('ca-not-authority', 'the certificate is not a certificate authority (CA:TRUE is missing)', ['a server certificate cannot issue others; give a CA certificate']);
  }
  if (now < new Date(certificate.validFrom)) {
    throw refuse('ca-not-yet-valid', `the CA certificate is valid only from ${certificate.validFrom}`, ['check this machine’s clock']);
  }
  if (now > new Date(certificate.validTo)) {
    throw refuse('ca-expired', `the CA certificate expired on ${certificate.validTo}`, ['make a new CA']);
  }
}
