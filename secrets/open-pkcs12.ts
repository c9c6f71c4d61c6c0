import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import forge from 'node-forge';

/** What is in a PKCS#12 store. */
export interface StoreContent {
  keys: KeyObject[];
  certificates: X509Certificate[];
}

/**
 * Opens a PKCS#12 store, of whoever wrote it.
 * @returns undefined if it is none, or does not open by this password: of a wrong one, no more can be told
 */
export function openStore(store: Buffer, password: string): StoreContent | undefined {
  try {
    const asn1 = forge.asn1.fromDer(forge.util.createBuffer(store.toString('latin1')));
    const bags = forge.pkcs12.pkcs12FromAsn1(asn1, false, password).safeContents.flatMap(({ safeBags }) => safeBags);
    return {
      keys: bags.flatMap((bag) => (isKey(bag) ? [keyOf(bag)] : [])),
      certificates: bags.flatMap((bag) => (bag.type === forge.pki.oids['certBag'] ? [certificateOf(bag)] : [])),
    };
  } catch {
    // The cause is dropped on purpose: nothing of the store may reach an error.
    return undefined;
  }
}

const isKey = ({ type }: forge.pkcs12.Bag): boolean =>
  type === forge.pki.oids['keyBag'] || type === forge.pki.oids['pkcs8ShroudedKeyBag'];

const derOf = (value: forge.asn1.Asn1): Buffer => Buffer.from(forge.asn1.toDer(value).getBytes(), 'latin1');

/** node-forge reads RSA by itself, and hands on the rest as it is. */
const keyOf = ({ key, asn1 }: forge.pkcs12.Bag): KeyObject =>
  createPrivateKey({
    key: derOf(key ? forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(key)) : asn1),
    format: 'der',
    type: 'pkcs8',
  });

const certificateOf = ({ cert, asn1 }: forge.pkcs12.Bag): X509Certificate =>
  new X509Certificate(derOf(cert ? forge.pki.certificateToAsn1(cert) : asn1));
