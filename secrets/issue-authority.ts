import forge from 'node-forge';
import type { AuthorityOptions } from './certificate-authority.ts';
import { authorityEnd } from './authority-end.ts';
import { serialNumber } from './issue-leaf.ts';
import type { RandomSource } from '../src/sdk/kind.ts';

/** Clocks of hosts differ a little: a certificate that starts "now" is not yet valid on some of them. */
const BACKDATE_MS = 60 * 60 * 1000;

/**
 * Issues a self-signed root for a private key (PKCS#8 PEM): SHA-256, random positive serial, SKI, AKI, critical CA:TRUE
 * and keyUsage keyCertSign + cRLSign (RFC 5280, 4.2.1). node-forge issues only; nothing is ever verified with it.
 * @returns the certificate, PEM
 */
export function issueAuthority(keyPem: string, options: AuthorityOptions, source: RandomSource): string {
  const privateKey = forge.pki.privateKeyFromPem(keyPem);
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.setRsaPublicKey(privateKey.n, privateKey.e);
  certificate.serialNumber = serialNumber(source.bytes(16));
  const now = source.now().getTime();
  certificate.validity.notBefore = new Date(now - BACKDATE_MS);
  certificate.validity.notAfter = authorityEnd(options, source.now());
  const name = [{ name: 'commonName', value: options.subject }];
  certificate.setSubject(name);
  certificate.setIssuer(name);
  const keyIdentifier = certificate.generateSubjectKeyIdentifier().getBytes();
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    { name: 'subjectKeyIdentifier' },
    { name: 'authorityKeyIdentifier', keyIdentifier },
  ]);
  certificate.sign(privateKey, forge.md.sha256.create());
  return forge.pki.certificateToPem(certificate).replaceAll('\r\n', '\n');
}
