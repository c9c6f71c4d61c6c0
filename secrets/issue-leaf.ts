import { X509Certificate, createHash, createPublicKey, sign, type KeyObject } from 'node:crypto';
import forge from 'node-forge';
import { keyIdentifier } from './certificate-usage.ts';
import { ISSUING_CURVES } from './issuing-curves.ts';

export interface Issuer {
  certificate: X509Certificate;
  /** RSA, or EC on a curve of `ISSUING_CURVES`. */
  key: KeyObject;
}

export interface LeafRequest {
  /** Common name of the subject; empty: it has none. */
  subject: string;
  /** DNS names and IP addresses, as clients dial them. None: it is of a client, and proves no server. */
  names: readonly string[];
  notBefore: Date;
  notAfter: Date;
  /** 16 random bytes. */
  serial: Buffer;
}

type Asn1 = forge.asn1.Asn1;
const { asn1 } = forge;
const RSA_SHA256 = '1.2.840.113549.1.1.11';
/* The types lack two functions that the library exports. */
const pki = forge.pki as typeof forge.pki & { getTBSCertificate(certificate: forge.pki.Certificate): Asn1 };
const { bytesFromIP } = forge.util as typeof forge.util & { bytesFromIP(this: void, address: string): string | null };
const isAddress = (name: string): boolean => bytesFromIP(name) !== null;
const toDer = (value: Asn1): Buffer => Buffer.from(asn1.toDer(value).getBytes(), 'binary');
const fromDer = (der: Buffer): Asn1 => asn1.fromDer(forge.util.createBuffer(der.toString('binary')));

/** Places in a TBSCertificate with a version (RFC 5280, 4.1). */
const SIGNATURE = 2;
const ISSUER = 3;
const SUBJECT = 5;
const PUBLIC_KEY = 6;

/** What node-forge writes where the leaf's own key comes: it knows RSA keys alone. */
const PLACE_HOLDER = pki.setRsaPublicKey(new forge.jsbn.BigInteger('1'), new forge.jsbn.BigInteger('1'));

/**
 * Issues a certificate for a server and client, or for a client alone if it has no names: signed with the issuer's key
 * (SHA-256; as long a hash as its curve with EC), SAN, SKI, AKI, critical CA:FALSE and keyUsage. node-forge knows RSA
 * keys alone, so the key of the leaf, RSA or EC, goes in as node:crypto wrote it, and node:crypto signs; the issuer's
 * name goes in byte for byte, since verifiers compare it.
 * @param key private key of the leaf
 * @returns the certificate, PEM
 */
export function issueLeaf(issuer: Issuer, key: KeyObject, request: LeafRequest): string {
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const certificate = pki.createCertificate();
  certificate.publicKey = PLACE_HOLDER;
  certificate.serialNumber = serialNumber(request.serial);
  certificate.validity.notBefore = request.notBefore;
  certificate.validity.notAfter = request.notAfter;
  certificate.setSubject(request.subject === '' ? [] : [{ name: 'commonName', value: request.subject }]);
  certificate.setExtensions(extensions(issuer, key, spki, request.names));
  const { hash, algorithm } = signatureOf(issuer.key);
  // Another place-holder.
  certificate.siginfo.algorithmOid = RSA_SHA256;
  const body = pki.getTBSCertificate(certificate);
  const parts = body.value as Asn1[];
  parts[SIGNATURE] = algorithm;
  parts[ISSUER] = subjectOf(issuer.certificate);
  parts[PUBLIC_KEY] = fromDer(spki);
  // The first byte says how many bits of the last are none.
  const signature = `\0${sign(hash, toDer(body), issuer.key).toString('binary')}`;
  const signed = sequence([body, algorithm, primitive(asn1.Type.BITSTRING, signature)]);
  return new X509Certificate(toDer(signed)).toString();
}

/** By RSA keys with a NULL as parameters (RFC 4055, 5), by EC keys with none (RFC 5758, 3.2). */
function signatureOf(key: KeyObject): { hash: string; algorithm: Asn1 } {
  const curve = ISSUING_CURVES[key.asymmetricKeyDetails?.namedCurve ?? ''];
  const oid = primitive(asn1.Type.OID, asn1.oidToDer(curve?.oid ?? RSA_SHA256).getBytes());
  return {
    hash: curve?.hash ?? 'sha256',
    algorithm: sequence(curve ? [oid] : [oid, primitive(asn1.Type.NULL, '')]),
  };
}

const sequence = (values: Asn1[]): Asn1 => asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SEQUENCE, true, values);
const primitive = (type: forge.asn1.Type, content: string): Asn1 =>
  asn1.create(asn1.Class.UNIVERSAL, type, false, content);

/** Top bit clear: a serial is a signed integer; next bit set: never zero, always of full length. */
export function serialNumber(random: Buffer): string {
  const serial = Buffer.from(random);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  return serial.toString('hex');
}

function extensions(
  { certificate, key: issuerKey }: Issuer,
  key: KeyObject,
  spki: Buffer,
  names: readonly string[],
): object[] {
  const identifier =
    keyIdentifier(certificate) ?? identifierOf(createPublicKey(issuerKey).export({ type: 'spki', format: 'der' }));
  return [
    { name: 'basicConstraints', cA: false, critical: true },
    // An EC key encrypts nothing (RFC 5480, 3).
    {
      name: 'keyUsage',
      digitalSignature: true,
      ...(key.asymmetricKeyType === 'rsa' && { keyEncipherment: true }),
      critical: true,
    },
    { name: 'extKeyUsage', serverAuth: names.length > 0, clientAuth: true },
    ...(names.length === 0
      ? []
      : [
          {
            name: 'subjectAltName',
            altNames: names.map((name) => (isAddress(name) ? { type: 7, ip: name } : { type: 2, value: name })),
          },
        ]),
    { id: '2.5.29.14', value: primitive(asn1.Type.OCTETSTRING, identifierOf(spki).toString('binary')) },
    { name: 'authorityKeyIdentifier', keyIdentifier: identifier.toString('binary') },
  ];
}

/** RFC 7093, 2, method 4: the hash of the SubjectPublicKeyInfo, shortened. */
const identifierOf = (spki: Buffer): Buffer => createHash('sha256').update(spki).digest().subarray(0, 20);

function subjectOf({ raw }: X509Certificate): Asn1 {
  const body = (fromDer(raw).value as Asn1[])[0];
  const subject = (body?.value as Asn1[] | undefined)?.[SUBJECT];
  if (!subject) throw new TypeError('the issuer’s certificate has no subject');
  return subject;
}
