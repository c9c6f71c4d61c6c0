import type { X509Certificate } from 'node:crypto';

/*
 * node:crypto tells in one flag whether a certificate may issue others (X509_check_ca of OpenSSL), not which extension
 * denies it. These extensions are of a fixed, short form in DER, so that they are found by their OIDs (RFC 5280,
 * 4.2.1.2, 4.2.1.3 and 4.2.1.9).
 */
const KEY_USAGE = Buffer.from('0603551d0f', 'hex');
const BASIC_CONSTRAINTS = Buffer.from('0603551d13', 'hex');
const CRITICAL = Buffer.from('0101ff', 'hex');
const SUBJECT_KEY = Buffer.from('0603551d0e', 'hex');
const NAME_CONSTRAINTS = Buffer.from('0603551d1e', 'hex');
const CERT_SIGN = 0x04;

/** Whether basicConstraints says CA:TRUE, whatever keyUsage says. */
export function saysAuthority({ raw }: X509Certificate): boolean {
  const value = extension(raw, BASIC_CONSTRAINTS);
  // SEQUENCE { BOOLEAN TRUE … }
  return value !== undefined && value[0] === 0x30 && value.subarray(2, 5).equals(CRITICAL);
}

/** Whether there is a keyUsage that denies signing certificates; without the extension every use is allowed. */
export function deniesSigning({ raw }: X509Certificate): boolean {
  const value = extension(raw, KEY_USAGE);
  // BIT STRING, its length, its unused bits, the first octet of bits
  return value !== undefined && value[0] === 0x03 && ((value[3] ?? 0) & CERT_SIGN) === 0;
}

/**
 * Whether a certificate is a root with nothing in it that limits what it may issue: every client that trusts it takes
 * what it signs.
 */
export function isUnlimitedRoot(certificate: X509Certificate): boolean {
  // Node calls the extended key usages `keyUsage`.
  const limited =
    certificate.raw.includes(NAME_CONSTRAINTS) || (certificate.keyUsage as string[] | undefined) !== undefined;
  return !limited && certificate.checkIssued(certificate);
}

/** Its subjectKeyIdentifier, by which those that it issues name it; undefined if it has none. */
export function keyIdentifier({ raw }: X509Certificate): Buffer | undefined {
  const value = extension(raw, SUBJECT_KEY);
  return value?.[0] === 0x04 ? value.subarray(2) : undefined;
}

/** What is in the OCTET STRING of an extension. */
function extension(der: Buffer, oid: Buffer): Buffer | undefined {
  const at = der.indexOf(oid);
  if (at === -1) return undefined;
  let rest = der.subarray(at + oid.length);
  if (rest.subarray(0, 3).equals(CRITICAL)) rest = rest.subarray(3);
  return rest[0] === 0x04 ? rest.subarray(2, 2 + (rest[1] ?? 0)) : undefined;
}
