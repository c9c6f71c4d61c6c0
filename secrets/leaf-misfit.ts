import { X509Certificate } from 'node:crypto';
import { subjectLine } from '../src/sdk/certificate-name.ts';
import type { Material } from '../src/sdk/kind.ts';
import { CERTIFICATE_BLOCK } from './read-authority.ts';
import { part } from './text.ts';

/** What is looked at of LeafOptions. */
interface Wanted {
  subject: string;
  names: readonly string[];
}

/** The certificates in a file of PEM; none if one cannot be parsed. */
export function certificatesOf(pem: Buffer): X509Certificate[] {
  try {
    return (pem.toString('utf8').match(CERTIFICATE_BLOCK) ?? []).map((block) => new X509Certificate(block));
  } catch {
    return [];
  }
}

/**
 * Why a leaf is not what its CA issues for these options: another CA, a name that it lacks, another subject. What it
 * has beside them is its operator's choice. A PEM store holds the certificate once more, and that one is presented.
 */
export function leafMisfit(options: Wanted, material: Material, issuer: Material): string | undefined {
  return Object.values(material)
    .flatMap((content) => certificatesOf(content).slice(0, 1))
    .map((leaf) => misfitOf(leaf, options, issuer))
    .find((text) => text !== undefined);
}

/** Why a trust store is not that of its CA. */
export function trustMisfit(_options: object, material: Material, issuer: Material): string | undefined {
  const [trusted, wanted] = [material, issuer].map((each) => certificatesOf(part(each, 'certificate'))[0]);
  return trusted && wanted && !trusted.raw.equals(wanted.raw) ? 'does not hold the certificate of its CA' : undefined;
}

function misfitOf(leaf: X509Certificate, { subject, names }: Wanted, issuer: Material): string | undefined {
  const [authority] = certificatesOf(part(issuer, 'certificate'));
  if (!authority || !leaf.checkIssued(authority) || !leaf.verify(authority.publicKey))
    return 'was not issued by its CA';
  const missing = names.filter((name) => !isFor(leaf, name));
  if (missing.length > 0) return `is not for ${missing.join(', ')}`;
  // Of a client it is the name by which it is let in.
  const is = Object.entries(leaf.toLegacyObject().subject ?? {});
  const fits = subject === '' ? is.length === 0 : is.length === 1 && is[0]?.[0] === 'CN' && is[0][1] === subject;
  return fits
    ? undefined
    : `has the subject ${subjectLine(leaf) || '(none)'}, not ${subject === '' ? '(none)' : `CN=${subject}`}`;
}

const isFor = (leaf: X509Certificate, name: string): boolean =>
  (/^[\d.]+$|:/.test(name)
    ? leaf.checkIP(name)
    : leaf.checkHost(name, { subject: 'never', partialWildcards: false })) !== undefined;
