/** Certificates issued by the CA, as the manager does for itself and for its agents. */
import { randomBytes, type X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import forge from 'node-forge';
import type { Identity } from '../common/http.ts';
import { newKeyPair } from '../common/keys.ts';

const DAY = 24 * 60 * 60 * 1000;

/** The CA as PEM. */
export interface Issuer {
  certificatePem: string;
  keyPem: string;
}

/**
 * A server certificate for names and addresses, signed by the CA.
 *
 * @param validDays negative for one that has expired already.
 */
export function issue(issuer: Issuer, publicKeyPem: string, names: readonly string[], validDays = 365): string {
  const ca = forge.pki.certificateFromPem(issuer.certificatePem);
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKeyPem);
  // RFC 5280: positive, so the first bit is clear.
  certificate.serialNumber = `01${randomBytes(15).toString('hex')}`;
  certificate.validity.notBefore = new Date(Date.now() - DAY - Math.max(0, -validDays) * DAY);
  certificate.validity.notAfter = new Date(Math.min(Date.now() + validDays * DAY, ca.validity.notAfter.getTime()));
  certificate.setSubject([{ name: 'commonName', value: (names[0] ?? 'simulator').slice(0, 64) }]);
  certificate.setIssuer(ca.subject.attributes);
  const caKeyId = ca.getExtension('subjectKeyIdentifier') as { subjectKeyIdentifier?: string } | null;
  certificate.setExtensions([
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
    { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
    { name: 'subjectKeyIdentifier' },
    ...(caKeyId?.subjectKeyIdentifier === undefined
      ? []
      : [
          {
            name: 'authorityKeyIdentifier',
            keyIdentifier: Buffer.from(caKeyId.subjectKeyIdentifier, 'hex').toString('latin1'),
          },
        ]),
    {
      name: 'subjectAltName',
      altNames: names.map((name) => (isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name })),
    },
  ]);
  certificate.sign(forge.pki.privateKeyFromPem(issuer.keyPem), forge.md.sha256.create());
  return forge.pki.certificateToPem(certificate);
}

/** A server's certificate, followed by the CA's, with a new key. */
export async function issueIdentity(issuer: Issuer, names: readonly string[], validDays?: number): Promise<Identity> {
  const { publicKey, privateKey } = await newKeyPair();
  return { cert: `${issue(issuer, publicKey, names, validDays)}${issuer.certificatePem}`, key: privateKey };
}

/** A CA of the same name that nobody trusts. */
export async function strangerLike(authority: X509Certificate): Promise<Issuer> {
  const { publicKey, privateKey } = await newKeyPair();
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey);
  certificate.serialNumber = '01';
  certificate.validity.notBefore = new Date(authority.validFrom);
  certificate.validity.notAfter = new Date(authority.validTo);
  const { attributes } = forge.pki.certificateFromPem(authority.toString()).subject;
  certificate.setSubject(attributes);
  certificate.setIssuer(attributes);
  certificate.setExtensions([{ name: 'basicConstraints', cA: true, critical: true }]);
  certificate.sign(forge.pki.privateKeyFromPem(privateKey), forge.md.sha256.create());
  return { certificatePem: forge.pki.certificateToPem(certificate), keyPem: privateKey };
}
