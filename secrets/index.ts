import { authToken } from './auth-token.ts';
import { authorityCertificates } from './authority-certificates.ts';
import { certificateAuthority } from './certificate-authority.ts';
import { leafCertificate, leafPemStore, leafPkcs12, trustPkcs12 } from './leaf.ts';
import { licence } from './licence.ts';
import { password } from './password.ts';

/** The kinds of secret. A new kind is a file here and one line in this list. */
export const kinds = {
  authToken,
  authorityCertificates,
  certificateAuthority,
  leafCertificate,
  leafPemStore,
  leafPkcs12,
  licence,
  password,
  trustPkcs12,
};

/** The same kind as `kinds.password`, for programs that take fewer characters. */
export { passwordInQuotes, passwordOfWord } from './password.ts';

/** The same kind as `kinds.certificateAuthority`, for stacks that hand the certificate on with those above it. */
export { certificateAuthorityWithChain } from './certificate-authority.ts';

export { isUnlimitedRoot } from './certificate-usage.ts';
export { LEAF_DEFAULTS, LEAF_RENEWAL_DAYS } from './leaf.ts';
export type { LeafOptions } from './leaf.ts';
/** Loads what issues certificates: node-forge, which takes long to load. */
export const loadIssuer = () => import('./issue-leaf.ts');
