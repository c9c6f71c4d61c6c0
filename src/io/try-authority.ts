import { DAY_MS } from '../days.ts';
import { X509Certificate, createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { loadIssuer } from '../../secrets/index.ts';
import type { Dialled } from '../bundle/dialled-names.ts';
import type { Material, RandomSource } from '../sdk/kind.ts';
import { trialHandshake, type HandshakeRefusal } from './trial-handshake.ts';

/** Why clients refuse what a CA issues. */
export interface AuthorityFault {
  code: 'ca-intermediate' | 'ca-name-constraints' | 'ca-extended-key-usage' | 'ca-refused-by-clients';
  /** After "the CA certificate": for a sentence. */
  text: string;
}

/**
 * What Java's PKIX accepts although OpenSSL does not, of the certificates that a client was told to trust: it takes
 * each of them as it is, with its keyUsage alone (run with Java 17: test/unit/secrets/clients.test.ts).
 */
const FINE_FOR_PKIX: readonly AuthorityFault['code'][] = [
  'ca-intermediate',
  'ca-name-constraints',
  'ca-extended-key-usage',
];

/**
 * Tries a CA before anything depends on it: issues a certificate for the names that will be dialled, for this moment
 * only, and puts it through the verifier of the clients.
 * @param material of a certificate-authority, as `accept` gave it
 * @returns undefined if the clients accept it
 */
export async function tryAuthority(
  material: Material,
  { names, clients }: Dialled,
  source: RandomSource,
): Promise<AuthorityFault | undefined> {
  const { certificate: trusted, key: issuerKey } = material;
  if (!trusted || !issuerKey) throw new TypeError('a CA has a certificate and a key');
  const { issueLeaf } = await loadIssuer();
  const issuer = { certificate: new X509Certificate(trusted), key: createPrivateKey(issuerKey) };
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const tryNames = (of: readonly string[]): Promise<HandshakeRefusal | undefined> => {
    const now = source.now().getTime();
    const times = { notBefore: new Date(now - DAY_MS), notAfter: new Date(now + DAY_MS), serial: source.bytes(16) };
    const certificate = issueLeaf(issuer, privateKey, { subject: of[0] ?? NO_NAME, names: of, ...times });
    return trialHandshake({ certificate, key: pem(privateKey), trusted, name: of[0] ?? NO_NAME });
  };
  const dialled = names.length === 0 ? [NO_NAME] : names;
  const refusal = await tryNames(dialled);
  if (!refusal) return undefined;
  const fault = await faultOf(refusal, issuer.certificate, () => excluded(dialled, tryNames));
  return !clients.includes('openssl') && FINE_FOR_PKIX.includes(fault.code) ? undefined : fault;
}

/** If no name is known: the CA itself is tried all the same. */
const NO_NAME = 'localhost';
const pem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

async function excluded(
  names: readonly string[],
  tryNames: (of: readonly string[]) => Promise<HandshakeRefusal | undefined>,
): Promise<string[]> {
  const result: string[] = [];
  for (const name of names) if (await tryNames([name])) result.push(name);
  return result;
}

/**
 * The verification errors of OpenSSL that a CA causes, in words (openssl-verification-options(1)); any other is quoted.
 */
async function faultOf(
  { code, reason }: HandshakeRefusal,
  { issuer }: X509Certificate,
  which: () => Promise<string[]>,
): Promise<AuthorityFault> {
  if (code.startsWith('UNABLE_TO_GET_ISSUER_CERT')) {
    const above = issuer.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ', ');
    return {
      code: 'ca-intermediate',
      text:
        `is an intermediate (issued by ${above}), and clients that are given it without its root refuse what it ` +
        'signs',
    };
  }
  if (/(permitted|excluded) subtree/.test(reason)) {
    return {
      code: 'ca-name-constraints',
      text: `has name constraints that rule out ${(await which()).join(', ')}, which clients dial`,
    };
  }
  if (code === 'INVALID_PURPOSE') {
    return {
      code: 'ca-extended-key-usage',
      text: 'has an extended key usage without serverAuth, and clients refuse servers that it issues a certificate for',
    };
  }
  return { code: 'ca-refused-by-clients', text: `issues certificates that clients refuse: ${reason}` };
}
