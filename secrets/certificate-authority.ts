import { X509Certificate, createHash, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { authorityEnd } from './authority-end.ts';
import { deniesSigning, saysAuthority } from './certificate-usage.ts';
import { subjectLine } from '../src/sdk/certificate-name.ts';
import type { Material, SecretKind } from '../src/sdk/kind.ts';
import { ISSUING_CURVES } from './issuing-curves.ts';
import { CERTIFICATE_BLOCK, readCertificates, readKey } from './read-authority.ts';
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
 * A certificate authority: a self-signed root certificate and its private key, PEM, as one. The profile is the one
 * nearest to what the `openssl req -x509 -new -nodes` of Imply's page yields (RSA, SHA-256, unencrypted PKCS#8): other
 * profiles are untested there.
 */
export const certificateAuthority: SecretKind<AuthorityOptions> = {
  name: 'certificate-authority',
  title: 'CA',
  parts: ['certificate', 'key'],
  issues: 'alone',

  async generate(options, source) {
    // node-forge takes long to load, and only a new CA needs it.
    const { issueAuthority } = await import('./issue-authority.ts');
    // Native and off the event loop; node-forge's own generator would block it.
    const { privateKey } = await promisify(generateKeyPair)('rsa', {
      modulusLength: options.keyBits,
      publicExponent: 0x10001,
    });
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    return { certificate: Buffer.from(issueAuthority(key, options, source)), key: Buffer.from(key) };
  },

  outline: (options, now) => `RSA ${options.keyBits}, until ${authorityEnd(options, now).toISOString().slice(0, 10)}`,

  accept(material, now) {
    const certificates = readCertificates(part(material, 'certificate'));
    if (certificates.length > 1) {
      throw refuse('ca-certificate-chain', `the CA certificate file holds ${certificates.length} PEM blocks`, [
        'give the one signing certificate, without a chain and without its key',
      ]);
    }
    return accepted(certificates, part(material, 'key'), now);
  },

  describe(material: Material) {
    const chain = (part(material, 'certificate').toString('utf8').match(CERTIFICATE_BLOCK) ?? []).map(
      (pem) => new X509Certificate(pem),
    );
    const [certificate = new X509Certificate(part(material, 'certificate'))] = chain;
    // A chain ends with the first of its links that ends.
    const ends = chain.map(({ validTo }) => Date.parse(validTo));
    return {
      subject: subjectLine(certificate),
      notBefore: new Date(certificate.validFrom).toISOString(),
      notAfter: new Date(Math.min(...ends)).toISOString(),
      certificateSha256: createHash('sha256').update(certificate.raw).digest('hex'),
    };
  },
};

/**
 * The same kind for stacks that hand the certificate on as a file of several: its clients may be given an intermediate,
 * since the certificates above it come along. The issuing certificate comes first, then each one's issuer.
 */
export const certificateAuthorityWithChain: SecretKind<AuthorityOptions> = {
  ...certificateAuthority,
  issues: 'chain',
  accept: (material, now) =>
    accepted(readCertificates(part(material, 'certificate')), part(material, 'key'), now, ISSUING_CURVES),
};

/** The pair as it is stored. @param curves of EC keys that may issue, beside RSA @throws BundleError (exit 3) */
function accepted(given: X509Certificate[], keyFile: Buffer, now: Date, curves: typeof ISSUING_CURVES = {}): Material {
  // `cat ca.crt root.crt` of a ca.crt that holds its root already gives it twice.
  const certificates = given.filter((each, at) => given.findIndex((other) => other.raw.equals(each.raw)) === at);
  const key = readKey(keyFile);
  checkKey(key, curves);
  const own = certificates.find((each) => each.checkPrivateKey(key));
  if (!own)
    throw refuse('ca-pair-mismatch', 'the CA key does not belong to the CA certificate', [
      'give the pair that was made together',
    ]);
  const chain = upwards(own, certificates);
  if (chain.length < certificates.length) {
    throw refuse(
      'ca-certificate-chain',
      `the CA certificate file holds ${certificates.length} certificates that are not one chain`,
      ['give the signing certificate and those above it, up to the root, and no others'],
    );
  }
  for (const each of chain) {
    const above = `the certificate ${subjectLine(each) || 'without a subject'} above the CA certificate`;
    checkAuthority(each, now, each === own ? 'the CA certificate' : above);
  }
  return {
    certificate: Buffer.from(chain.map(String).join('')),
    key: Buffer.from(key.export({ type: 'pkcs8', format: 'pem' }).toString()),
  };
}

/** From a certificate up, each one's issuer next. */
function upwards(from: X509Certificate, among: readonly X509Certificate[]): X509Certificate[] {
  const chain = [from];
  for (let at: X509Certificate | undefined = from; at;) {
    const below: X509Certificate = at;
    at = among.find((each) => !chain.includes(each) && below.checkIssued(each) && below.verify(each.publicKey));
    if (at) chain.push(at);
  }
  return chain;
}

function checkKey(key: KeyObject, curves: typeof ISSUING_CURVES): void {
  const { asymmetricKeyType: type = 'unknown', asymmetricKeyDetails: { namedCurve = '' } = {} } = key;
  if (namedCurve in curves) return;
  if (type !== 'rsa') {
    const titles = Object.values(curves).map(({ title }) => title);
    throw refuse(
      'ca-key-type',
      `the CA key is of type ${namedCurve === '' ? type : `${type} (${namedCurve})`}, which issues no certificates here`,
      [
        `give a CA with an RSA key of 2048 to 4096 bits${titles.length > 0 ? `, or an EC key (${titles.join(', ')})` : ''}`,
      ],
    );
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < 2048)
    throw refuse('ca-key-short', `the CA key has ${bits} bits; at least 2048 are needed`, [
      'make an RSA key of 2048 to 4096 bits',
    ]);
}

function checkAuthority(certificate: X509Certificate, now: Date, name: string): void {
  if (!saysAuthority(certificate)) {
    throw refuse('ca-not-authority', `${name} is not a certificate authority (CA:TRUE is missing)`, [
      'a server certificate cannot issue others; give a CA certificate',
    ]);
  }
  if (deniesSigning(certificate)) {
    throw refuse(
      'ca-key-usage',
      `the keyUsage of ${name} does not allow it to sign certificates (keyCertSign is missing), and ` +
        'clients refuse what it signs',
      [
        'have it issued again with keyUsage keyCertSign and cRLSign, or without keyUsage; or leave it out, and ' +
          'a CA is made',
      ],
    );
  }
  // What is left: an extension that OpenSSL cannot make sense of.
  if (!certificate.ca)
    throw refuse('ca-not-authority', `OpenSSL does not take ${name} as a certificate authority`, [
      'look at its extensions: `openssl x509 -in FILE -noout -text`',
    ]);
  // RFC 5280, 4.1.2.4: Java 17 reads no certificate whose issuer has an empty name (keytool: “Failed to parse input”).
  if (subjectLine(certificate) === '') {
    throw refuse(
      'ca-no-subject',
      `${name} has an empty subject, and clients refuse certificates whose issuer has no name`,
      [
        'have it issued again with a subject: `openssl req -x509 … -subj "/CN=My CA"`; or leave it out, and a CA is made',
      ],
    );
  }
  if (now < new Date(certificate.validFrom)) {
    throw refuse('ca-not-yet-valid', `${name} is valid only from ${certificate.validFrom}`, [
      'check this machine’s clock; if that is right, the one by which the CA was made was ahead: give another, or leave ' +
        'it out, and a CA is made',
    ]);
  }
  if (now > new Date(certificate.validTo)) {
    throw refuse('ca-expired', `${name} expired on ${certificate.validTo}`, [
      'give one that is valid, or leave it out, and a CA is made',
    ]);
  }
}
