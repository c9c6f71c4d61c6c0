import { X509Certificate, createHash, createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { subjectLine } from '../src/sdk/certificate-name.ts';
import type { Material, PublicFacts, RandomSource, SecretKind } from '../src/sdk/kind.ts';
import { certificatesOf, leafMisfit, trustMisfit } from './leaf-misfit.ts';
import { oneLine, part, pemText, refuse } from './text.ts';

/** What a leaf certificate is to be. Whatever differs from what bundle.lock.json has calls for a new one. */
export interface LeafOptions {
  /** Common name of the subject: at most 64 characters. */
  subject: string;
  /** DNS names and IP addresses that clients dial. None: it is of a client, and proves no server. */
  names: readonly string[];
  key: LeafKey;
  days: number;
  /** Clocks of hosts differ a little: it is valid from so long before now. */
  backdateHours: number;
}

export type LeafKey = 'rsa-2048' | 'rsa-3072' | 'rsa-4096' | 'ec-p256';

/** What a definition need not say. @see LEAF_RENEWAL_DAYS */
export const LEAF_DEFAULTS = { key: 'rsa-3072', days: 365, backdateHours: 1 } as const satisfies Partial<LeafOptions>;
/** With fewer days left than this a leaf is due. */
export const LEAF_RENEWAL_DAYS = 60;

type LeafKind = SecretKind<LeafOptions>;

const HOUR_MS = 3_600_000;

/** Certificate (with those above it, but for the root) and key apart, PEM; the key PKCS#8. */
export const leafCertificate: LeafKind = {
  ...common('leaf-certificate', ['certificate', 'key']),
  async generate(options, source, issuer) {
    const { key, chain } = await issue(options, source, issuer);
    return { certificate: pemOf(chain), key: keyPem(key) };
  },
  accept(material, now) {
    const key = pemText(part(material, 'key'));
    return { certificate: requireFit(part(material, 'certificate'), key, now), key };
  },
};

/**
 * Key and certificate in one PEM file, as Kafka's PEM key store has it. The part `certificate` is the same without the
 * key.
 */
export const leafPemStore: LeafKind = {
  ...common('leaf-pem-store', ['keystore', 'certificate']),
  async generate(options, source, issuer) {
    const { key, chain } = await issue(options, source, issuer);
    return { keystore: Buffer.concat([keyPem(key), pemOf(chain)]), certificate: pemOf(chain) };
  },
  accept(material, now) {
    const keystore = pemText(part(material, 'keystore'));
    return { keystore, certificate: requireFit(part(material, 'certificate'), keystore, now) };
  },
};

/** A PKCS#12 key store with a password of its own. The part `certificate` is what is in it, PEM. */
export const leafPkcs12: LeafKind = {
  ...common('leaf-pkcs12', ['keystore', 'password', 'certificate']),
  async generate(options, source, issuer) {
    const { key, chain } = await issue(options, source, issuer);
    const { keyStore } = await import('./pkcs12.ts');
    const password = newPassword(source);
    return {
      keystore: keyStore(key, chain, options.subject, password),
      password: Buffer.from(password),
      certificate: pemOf(chain),
    };
  },
  accept(material, now) {
    return {
      keystore: part(material, 'keystore'),
      password: storePassword(material),
      certificate: requireFit(part(material, 'certificate'), undefined, now),
    };
  },
  async prove(material) {
    const keys = await requireStore(material, 'keystore');
    const [leaf] = certificatesOf(part(material, 'certificate'));
    if (!keys.some((key) => leaf?.checkPrivateKey(key)))
      throw refuse('leaf-pair-mismatch', 'the key store holds no key of the certificate', [STORE_HINT]);
  },
};

/** A PKCS#12 trust store with the issuer's certificates. Its options but `subject`, the alias, say nothing here. */
export const trustPkcs12: LeafKind = {
  ...common('trust-pkcs12', ['truststore', 'password', 'certificate']),
  title: 'trust store',
  outline: ({ subject }) => `its CA’s certificates, as ${subject}`,
  async generate(options, source, issuer) {
    const certificates = certificatesOf(part(issuer ?? {}, 'certificate'));
    const { trustStore } = await import('./pkcs12.ts');
    const password = newPassword(source);
    return {
      truststore: trustStore(certificates, options.subject, password),
      password: Buffer.from(password),
      certificate: pemOf(certificates),
    };
  },
  accept: (material) => ({
    truststore: part(material, 'truststore'),
    password: storePassword(material),
    certificate: pemText(part(material, 'certificate')),
  }),
  async prove(material) {
    await requireStore(material, 'truststore');
  },
  misfit: trustMisfit,
};

const STORE_HINT =
  'give a PKCS#12 store with its password, and what is in it as the certificate, PEM; `keytool -list -keystore FILE` ' +
  'and `openssl pkcs12 -in FILE -nokeys` show whether it opens, and what it holds';

/**
 * The keys in a store, which must hold the certificate beside it. @throws BundleError (exit 3)
 */
async function requireStore(material: Material, store: 'keystore' | 'truststore'): Promise<KeyObject[]> {
  const { openStore } = await import('./open-pkcs12.ts');
  const content = openStore(part(material, store), part(material, 'password').toString('utf8'));
  const what = store === 'keystore' ? 'key store' : 'trust store';
  if (content === undefined)
    throw refuse('leaf-unreadable', `the ${what} is no PKCS#12, or does not open by its password`, [STORE_HINT]);
  const [wanted] = certificatesOf(part(material, 'certificate'));
  const held = content.certificates.some(
    (each) => each.serialNumber === wanted?.serialNumber && each.publicKey.equals(wanted.publicKey),
  );
  if (!held) throw refuse('leaf-pair-mismatch', `the ${what} does not hold the certificate`, [STORE_HINT]);
  return content.keys;
}

/** What all of them are. */
function common<Parts extends string>(name: string, parts: readonly Parts[]) {
  return {
    name,
    title: 'certificate',
    parts,
    outline: ({ key, names, subject }: LeafOptions): string =>
      names.length === 0 ? `${key}, of the client ${subject}` : `${key}, for ${names.join(', ')}`,
    misfit: leafMisfit,
    describe(material: Material): PublicFacts {
      const [leaf] = certificatesOf(part(material, 'certificate'));
      if (!leaf) return {};
      return {
        subject: subjectLine(leaf),
        notBefore: new Date(leaf.validFrom).toISOString(),
        notAfter: new Date(leaf.validTo).toISOString(),
        certificateSha256: createHash('sha256').update(leaf.raw).digest('hex'),
      };
    },
  };
}

/** A new key and its chain: the leaf, then the CA's certificates below a root, which clients have already. */
async function issue(
  options: LeafOptions,
  source: RandomSource,
  issuer: Material | undefined,
): Promise<{ key: KeyObject; chain: X509Certificate[] }> {
  const above = certificatesOf(part(issuer ?? {}, 'certificate'));
  const [certificate] = above;
  if (!certificate) throw new TypeError('the issuer has no certificate');
  // node-forge takes long to load, and only issuing needs it.
  const { issueLeaf } = await import('./issue-leaf.ts');
  const key = await newKey(options.key);
  const now = source.now().getTime();
  // No certificate outlives the one that proves it.
  const end = Math.min(now + options.days * 24 * HOUR_MS, ...above.map(({ validTo }) => Date.parse(validTo)));
  const pem = issueLeaf({ certificate, key: createPrivateKey(part(issuer ?? {}, 'key')) }, key, {
    subject: options.subject,
    names: options.names,
    notBefore: new Date(now - options.backdateHours * HOUR_MS),
    notAfter: new Date(end),
    serial: source.bytes(16),
  });
  return { key, chain: [new X509Certificate(pem), ...above.filter((each) => !each.checkIssued(each))] };
}

async function newKey(key: LeafKey): Promise<KeyObject> {
  if (key === 'ec-p256') return (await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' })).privateKey;
  return (
    await promisify(generateKeyPair)('rsa', {
      modulusLength: Number(key.slice('rsa-'.length)),
      publicExponent: 0x10001,
    })
  ).privateKey;
}

/** The lockfile, not the file, says whether one is due: a file of before may be in the way of the locked version. */
const WAYS_OUT =
  'restore its files from your newest backup, or have it issued again by `bundle deploy --renew` if it is due; else ' +
  'remove its files from secrets/: what runs goes on with the locked version, and `bundle init --new-secrets` issues ' +
  'another';

const NOT_YET =
  'set this machine’s clock right, if that is behind; else it was issued by a clock that was ahead: `bundle deploy` ' +
  'issues it again, if it is the one that bundle.lock.json means';

/**
 * The certificate as it is stored, after a look at whether the key is its own, and it is in date. @throws BundleError
 * (exit 3)
 */
function requireFit(file: Buffer, key: Buffer | undefined, now: Date): Buffer {
  const certificate = pemText(file);
  const [leaf] = certificatesOf(certificate);
  if (!leaf) throw refuse('leaf-unreadable', 'the certificate cannot be parsed', [WAYS_OUT]);
  if (key !== undefined && !leaf.checkPrivateKey(keyOf(key))) {
    throw refuse('leaf-pair-mismatch', 'the key does not belong to the certificate', [WAYS_OUT]);
  }
  if (now < new Date(leaf.validFrom))
    throw refuse('leaf-not-yet-valid', `the certificate is valid only from ${leaf.validFrom}`, [NOT_YET]);
  if (now > new Date(leaf.validTo))
    throw refuse('leaf-expired', `the certificate expired on ${leaf.validTo}`, [WAYS_OUT]);
  return certificate;
}

function keyOf(pem: Buffer): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    // The cause is dropped on purpose: nothing of the key may reach an error.
    throw refuse('leaf-unreadable', 'the certificate’s key cannot be parsed', [WAYS_OUT]);
  }
}

const pemOf = (chain: readonly X509Certificate[]): Buffer => Buffer.from(chain.map(String).join(''));
const keyPem = (key: KeyObject): Buffer => Buffer.from(key.export({ type: 'pkcs8', format: 'pem' }).toString());
const storePassword = (material: Material): Buffer => Buffer.from(oneLine(part(material, 'password'), 'password'));
const newPassword = (source: RandomSource): string => source.bytes(24).toString('base64url');
