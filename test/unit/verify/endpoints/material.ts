import { createHash, generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import forge from 'node-forge';

/** A certificate and its key, as PEM. */
export interface Identity {
  certificate: string;
  key: string;
}

const DAY = 24 * 60 * 60 * 1000;

export interface Wanted {
  /** Empty: no subject at all. */
  cn?: string;
  names?: string[];
  ca?: boolean;
  /** Extended key usages; the extension is absent without. */
  usages?: ('serverAuth' | 'clientAuth')[];
  /** Days from now. */
  from?: number;
  until?: number;
}

/** A certificate signed by `issuer`, or by itself. */
export function certify(
  issuer: Identity | undefined,
  { cn = 'server', names = [], ca = false, usages = [], from = -1, until = 30 }: Wanted = {},
): Identity {
  const pair = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const made = forge.pki.createCertificate();
  made.publicKey = forge.pki.publicKeyFromPem(pair.publicKey);
  made.serialNumber = `01${randomBytes(8).toString('hex')}`;
  made.validity.notBefore = new Date(Date.now() + from * DAY);
  made.validity.notAfter = new Date(Date.now() + until * DAY);
  const subject = cn === '' ? [] : [{ name: 'commonName', value: cn }];
  made.setSubject(subject);
  made.setIssuer(issuer === undefined ? subject : forge.pki.certificateFromPem(issuer.certificate).subject.attributes);
  made.setExtensions([
    { name: 'basicConstraints', cA: ca, critical: true },
    ...(usages.length === 0
      ? []
      : [{ name: 'extKeyUsage', ...Object.fromEntries(usages.map((usage) => [usage, true])) }]),
    ...(names.length === 0
      ? []
      : [
          {
            name: 'subjectAltName',
            altNames: names.map((name) => (isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name })),
          },
        ]),
  ]);
  made.sign(forge.pki.privateKeyFromPem(issuer?.key ?? pair.privateKey), forge.md.sha256.create());
  return { certificate: forge.pki.certificateToPem(made), key: pair.privateKey };
}

export const digestOf = ({ certificate }: Identity): string =>
  createHash('sha256').update(new X509Certificate(certificate).raw).digest('hex');
