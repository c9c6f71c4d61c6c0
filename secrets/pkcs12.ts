import { createHmac, randomBytes, type KeyObject, type X509Certificate } from 'node:crypto';
import forge from 'node-forge';

type Asn1 = forge.asn1.Asn1;
const { asn1 } = forge;
const { Class, Type } = asn1;

const DATA = '1.2.840.113549.1.7.1';
const KEY_BAG = '1.2.840.113549.1.12.10.1.2';
const CERTIFICATE_BAG = '1.2.840.113549.1.12.10.1.3';
const X509 = '1.2.840.113549.1.9.22.1';
const FRIENDLY_NAME = '1.2.840.113549.1.9.20';
const LOCAL_KEY_ID = '1.2.840.113549.1.9.21';
/**
 * Java lists a certificate as trusted only with this attribute (sun.security.pkcs12.PKCS12KeyStore, TrustedKeyUsage:
 * any usage).
 */
const JAVA_TRUSTED = '2.16.840.1.113894.746875.1.1';
const ANY_USAGE = '2.5.29.37.0';
const SHA256 = '2.16.840.1.101.3.4.2.1';
/**
 * As keytool of Java 17 and OpenSSL 3 write it: PBES2 with AES-256 and HMAC-SHA-256, read from Java 8u301 on without a
 * legacy provider.
 */
const ENCRYPTION = { algorithm: 'aes256', prfAlgorithm: 'sha256', count: 10_000, saltSize: 16 } as const;
const MAC_ITERATIONS = 10_000;
const MAC_BYTES = 32;

const sequence = (...value: Asn1[]): Asn1 => asn1.create(Class.UNIVERSAL, Type.SEQUENCE, true, value);
const set = (...value: Asn1[]): Asn1 => asn1.create(Class.UNIVERSAL, Type.SET, true, value);
const tagged = (value: Asn1): Asn1 => asn1.create(Class.CONTEXT_SPECIFIC, 0, true, [value]);
const oid = (text: string): Asn1 => asn1.create(Class.UNIVERSAL, Type.OID, false, asn1.oidToDer(text).getBytes());
const octets = (bytes: string): Asn1 => asn1.create(Class.UNIVERSAL, Type.OCTETSTRING, false, bytes);
const integer = (value: number): Asn1 =>
  asn1.create(Class.UNIVERSAL, Type.INTEGER, false, asn1.integerToDer(value).getBytes());
const name = (text: string): Asn1 =>
  attribute(FRIENDLY_NAME, asn1.create(Class.UNIVERSAL, Type.BMPSTRING, false, text)); // node-forge writes it as UTF-16
const attribute = (type: string, value: Asn1): Asn1 => sequence(oid(type), set(value));
const derOf = (value: Asn1): string => asn1.toDer(value).getBytes();

/**
 * A PKCS#12 key store: a private key (RSA or EC) and its chain, the key's own certificate first. node-forge builds it
 * from what node:crypto wrote, since it reads no EC key by itself.
 */
export function keyStore(key: KeyObject, chain: readonly X509Certificate[], alias: string, password: string): Buffer {
  const id = attribute(LOCAL_KEY_ID, octets('\x01'));
  const info = asn1.fromDer(forge.util.createBuffer(key.export({ type: 'pkcs8', format: 'der' }).toString('latin1')));
  const encrypted = (forge.pki as unknown as KeyEncryption).encryptPrivateKeyInfo(info, password, ENCRYPTION);
  const certificates = chain.map((each, at) => certificateBag(each, at === 0 ? [name(alias), id] : []));
  return container([bag(KEY_BAG, encrypted, [name(alias), id]), ...certificates], password);
}

/** A PKCS#12 trust store: certificates that a client trusts, and no key. */
export function trustStore(certificates: readonly X509Certificate[], alias: string, password: string): Buffer {
  const trusted = attribute(JAVA_TRUSTED, oid(ANY_USAGE));
  return container(
    certificates.map((each, at) => certificateBag(each, [name(at === 0 ? alias : `${alias}-${at + 1}`), trusted])),
    password,
  );
}

/** The types name other options than the library has. */
interface KeyEncryption {
  encryptPrivateKeyInfo(info: Asn1, password: string, options: typeof ENCRYPTION): Asn1;
}

function bag(type: string, value: Asn1, attributes: Asn1[]): Asn1 {
  return sequence(oid(type), tagged(value), ...(attributes.length > 0 ? [set(...attributes)] : []));
}

/** Certificates are public: they stay unencrypted. */
function certificateBag({ raw }: X509Certificate, attributes: Asn1[]): Asn1 {
  return bag(CERTIFICATE_BAG, sequence(oid(X509), tagged(octets(raw.toString('latin1')))), attributes);
}

/** PFX with password integrity (RFC 7292, 4 and Appendix B). */
function container(bags: Asn1[], password: string): Buffer {
  const contents = derOf(sequence(data(derOf(sequence(...bags)))));
  const salt = randomBytes(MAC_BYTES).toString('latin1');
  const key = (forge.pkcs12 as unknown as KeyDerivation).generateKey(
    password,
    forge.util.createBuffer(salt),
    3,
    MAC_ITERATIONS,
    MAC_BYTES,
    forge.md.sha256.create(),
  );
  const digest = createHmac('sha256', Buffer.from(key.getBytes(), 'latin1'))
    .update(contents, 'latin1')
    .digest('binary');
  const algorithm = sequence(oid(SHA256), asn1.create(Class.UNIVERSAL, Type.NULL, false, ''));
  const mac = sequence(sequence(algorithm, octets(digest)), octets(salt), integer(MAC_ITERATIONS));
  return Buffer.from(derOf(sequence(integer(3), data(contents), mac)), 'latin1');
}

interface KeyDerivation {
  generateKey(
    password: string,
    salt: forge.util.ByteStringBuffer,
    id: number,
    iterations: number,
    length: number,
    digest: forge.md.MessageDigest,
  ): forge.util.ByteStringBuffer;
}

const data = (content: string): Asn1 => sequence(oid(DATA), tagged(octets(content)));
