/**
 * A kind of secret: how its material is made, accepted from files, checked and described. Code only, never material.
 * A kind has one part (a token) or several that are made, checked and versioned as one (a certificate and its key).
 */
export interface SecretKind<Options = Record<string, never>> {
  /** Value of the label `bundle.kind`. */
  readonly name: string;
  /** What people call it: `new CA`, `new token`. */
  readonly title: string;
  /** Part names, in order; the key order of every Material of this kind. */
  readonly parts: readonly string[];
  /**
   * Present if its parts `certificate` and `key` issue certificates. `chain`: what clients are told to trust may be
   * several certificates, so that an intermediate comes with those above it.
   */
  readonly issues?: 'alone' | 'chain';
  /**
   * Makes new material. Absent if only the user can supply it (a licence). `issuer`: the CA that a SecretNeed names
   * as its own.
   */
  generate?(options: Options, source: RandomSource, issuer?: Material): Promise<Material>;
  /** What `generate` will make, for the summary before it does: `RSA 3072, until 2036-11-21`. */
  outline?(options: Options, now: Date): string;
  /**
   * Checks material before anything is sent: parses, matches, in date. Gives the material as it is to be stored (a
   * token without its line end); throws BundleError naming the fault, never a value.
   */
  accept(material: Material, now: Date): Material;
  /**
   * Checks accepted material of its operator's own by what takes long to load: that a store opens. Absent if there is
   * nothing of the sort. @throws BundleError as `accept`
   */
  prove?(material: Material): Promise<void>;
  /**
   * What speaks against accepted material having been issued by the CA for these options, to follow `the certificate`;
   * undefined if nothing does. Absent of a kind that no CA issues.
   */
  misfit?(options: Options, material: Material, issuer: Material): string | undefined;
  /**
   * Public facts for the lock file and `status`: subject, dates, a public certificate's digest. Never derived from a
   * private value.
   */
  describe(material: Material): PublicFacts;
}

/** Part name to content. */
export type Material = Record<string, Buffer>;

export interface PublicFacts {
  /** ISO 8601; what `status` counts days to. */
  notAfter?: string;
  notBefore?: string;
  subject?: string;
  /** SHA-256 of a public certificate's DER, hex. */
  certificateSha256?: string;
}

export interface RandomSource {
  bytes(count: number): Buffer;
  now(): Date;
}
