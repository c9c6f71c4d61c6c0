import { X509Certificate, createHash } from 'node:crypto';
import { subjectLine } from '../src/sdk/certificate-name.ts';
import type { SecretKind } from '../src/sdk/kind.ts';
import { otherForm } from './pem-forms.ts';
import { CERTIFICATE_BLOCK as BLOCK } from './read-authority.ts';
import { decode, part, pemLines, refuse } from './text.ts';

/**
 * Certificates of authorities that someone else keeps, PEM: what a client checks a server's certificate against. Only
 * the user has them; nothing in them is secret.
 */
export const authorityCertificates: SecretKind = {
  name: 'authority-certificates',
  title: 'authority’s certificate',
  parts: ['certificates'],
  accept(material, now) {
    const content = pemLines(part(material, 'certificates'));
    const form = otherForm(content, 'certificate');
    if (form && !form.name.startsWith('certificate and')) {
      throw refuse(
        'authority-format',
        `the file with the authority’s certificate is not plain PEM: it is ${form.name}`,
        [form.hint],
      );
    }
    const text = decode(content, 'authority’s certificate');
    if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
      throw refuse('authority-with-key', 'the file with the authority’s certificate holds a private key as well', [
        'give the certificate alone, clients need no key: `openssl x509 -in FILE -out ca.crt`',
      ]);
    }
    const certificates = (text.match(BLOCK) ?? []).map(parse);
    if (certificates.length === 0)
      throw refuse('authority-format', 'the file with the authority’s certificate is not a PEM certificate', [
        'it must begin with -----BEGIN CERTIFICATE-----',
      ]);
    const leaf = certificates.find((certificate) => !certificate.ca);
    if (leaf !== undefined)
      throw refuse(
        'authority-is-none',
        `the certificate of ${subjectLine(leaf) || 'nobody named'} is not one of an authority (CA:TRUE is missing)`,
        ['give the certificate that signed the server’s, not the server’s own'],
      );
    if (certificates.every((certificate) => new Date(certificate.validTo) < now)) {
      throw refuse('authority-expired', `the authority’s certificate ended at ${endOf(certificates[0])}`, [
        'ask who keeps the server for the present one',
      ]);
    }
    return { certificates: Buffer.from(certificates.map(String).join('')) };
  },
  describe(material) {
    const certificates = (part(material, 'certificates').toString('utf8').match(BLOCK) ?? []).map(parse);
    // Of several, one is enough to go on with: the last to end is what counts.
    const last = certificates.toSorted((a, b) => Date.parse(a.validTo) - Date.parse(b.validTo)).at(-1);
    if (last === undefined) return {};
    return {
      subject: subjectLine(last),
      notBefore: new Date(last.validFrom).toISOString(),
      notAfter: endOf(last),
      certificateSha256: createHash('sha256').update(last.raw).digest('hex'),
    };
  },
};

function parse(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw refuse('authority-unreadable', 'the authority’s certificate cannot be parsed', [
      'compare it with the original: `openssl x509 -in FILE -noout -text`',
    ]);
  }
}

const endOf = (certificate: X509Certificate | undefined): string =>
  certificate === undefined ? '' : new Date(certificate.validTo).toISOString();
