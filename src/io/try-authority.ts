import { DAY_MS } from '../days.ts';
import { X509Certificate, createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { loadIssuer } from '../../secrets/index.ts';
import type { Dialled } from '../bundle/dialled-names.ts';
import { issuerOf } from '../sdk/certificate-name.ts';
import type { Material, RandomSource } from '../sdk/kind.ts';
import { trialHandshake, type HandshakeRefusal } from './trial-handshake.ts';

/** Why clients refuse what a CA issues. */
export interface AuthorityFault {
  code: 'ca-intermediate' | 'ca-name-constraints' | 'ca-extended-key-usage' | 'ca-refused-by-clients';
  /** After "the CA certificate": for a sentence. */
  text: string;
}

/** A fault, and whether it is one of the certificates that a client was told to trust. */
interface Judged extends AuthorityFault {
  /**
   * Java's PKIX takes each certificate that it was told to trust as it is, with its keyUsage alone (run with Java 17:
   * test/programs/secrets/clients.test.ts).
   */
  fineForPkix: boolean;
}

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
  const tryNames = (of: readonly string[], subject: string): Promise<HandshakeRefusal | undefined> => {
    const now = source.now().getTime();
    const times = { notBefore: new Date(now - DAY_MS), notAfter: new Date(now + DAY_MS), serial: source.bytes(16) };
    const certificate = issueLeaf(issuer, privateKey, { subject, names: of, ...times });
    return trialHandshake({ certificate, key: pem(privateKey), trusted, name: of[0] ?? NO_NAME });
  };
  const dialled = names.length === 0 ? [NO_NAME] : names;
  const [subject = NO_NAME] = dialled;
  const refusal = await tryNames(dialled, subject);
  if (!refusal) return undefined;
  const chain = trusted.toString('latin1').split(/(?=-----BEGIN)/);
  const top = new X509Certificate(chain.at(-1) ?? trusted);
  const { fineForPkix, code, text } = await faultOf(refusal, top, () => excluded(dialled, tryNames));
  if (fineForPkix && !clients.includes('openssl')) return undefined;
  return { code, text: chain.length > 1 ? `(or one above it in its file) ${text}` : text };
}

/** If no name is known: the CA itself is tried. */
const NO_NAME = 'localhost';
const pem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

/**
 * The names that constraints rule out, each tried without a subject, which constraints may rule out as well
 * (RFC 5280, 4.2.1.10: directoryName); none if it is the subject alone.
 */
async function excluded(
  names: readonly string[],
  tryNames: (of: readonly string[], subject: string) => Promise<HandshakeRefusal | undefined>,
): Promise<string[]> {
  const result: string[] = [];
  for (const name of names) if (await tryNames([name], '')) result.push(name);
  return result;
}

/**
 * The verification errors of OpenSSL that a CA causes, in words (openssl-verification-options(1)); any other is quoted.
 */
async function faultOf(
  { code, reason }: HandshakeRefusal,
  top: X509Certificate,
  which: () => Promise<string[]>,
): Promise<Judged> {
  const fineForPkix = true;
  if (code.startsWith('UNABLE_TO_GET_ISSUER_CERT')) {
    const above = issuerOf(top).replace(/[\u0000-\u001f\u007f-\u009f]+/g, ', ');
    return {
      fineForPkix,
      code: 'ca-intermediate',
      text:
        `is an intermediate (issued by ${above}), and clients that are given it without its root refuse what it ` +
        'signs',
    };
  }
  if (/(permitted|excluded) subtree/.test(reason)) {
    const names = await which();
    const ruledOut =
      names.length > 0
        ? `${names.join(', ')}, which clients dial`
        : 'the subject of the certificates that it is to issue (a directory name, as in `openssl x509 -noout -subject`)';
    return { fineForPkix, code: 'ca-name-constraints', text: `has name constraints that rule out ${ruledOut}` };
  }
  if (code === 'INVALID_PURPOSE') {
    return {
      fineForPkix,
      code: 'ca-extended-key-usage',
      text: 'has an extended key usage without serverAuth, and clients refuse servers that it issues a certificate for',
    };
  }
  if (code === 'PATH_LENGTH_EXCEEDED' || /path length/.test(reason)) {
    return {
      fineForPkix,
      code: 'ca-refused-by-clients',
      text: 'has a path length (pathlen in basicConstraints) that allows no CA below it, and clients refuse what that signs',
    };
  }
  return {
    fineForPkix: /critical extension/.test(reason),
    code: 'ca-refused-by-clients',
    text: `issues certificates that clients refuse: ${reason}`,
  };
}
