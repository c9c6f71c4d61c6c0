/** The curves of EC keys that may issue certificates, by the name that node:crypto has for them. */
export const ISSUING_CURVES: Readonly<Record<string, IssuingCurve>> = {
  prime256v1: { title: 'P-256', hash: 'sha256', oid: '1.2.840.10045.4.3.2' },
  secp384r1: { title: 'P-384', hash: 'sha384', oid: '1.2.840.10045.4.3.3' },
  secp521r1: { title: 'P-521', hash: 'sha512', oid: '1.2.840.10045.4.3.4' },
};

/** A curve, and what its keys sign with: a hash as long as it (RFC 5758, 3.2, whose are the identifiers). */
export interface IssuingCurve {
  /** As people call it. */
  title: string;
  hash: string;
  /** Of the algorithm of the signature. */
  oid: string;
}
