/** Keys for servers. */
import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';

/** A new RSA key pair as PEM. */
export function newKeyPair(): Promise<{ publicKey: string; privateKey: string }> {
  return promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}
