import { createHmac } from 'node:crypto';
import type { Material } from '../sdk/kind.ts';

/**
 * Keyed fingerprints of one secret's parts: HMAC-SHA-256 under the bundle's own random key, hex. Keyed, because a plain
 * hash in a label would let anyone who may list secrets test guesses of a weak password.
 * @param key 32 random bytes, kept in `secrets/`
 */
export function fingerprints(key: Buffer, secret: string, material: Material): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [part, content] of Object.entries(material)) {
    result[part] = createHmac('sha256', key).update(`${secret}\0${part}\0`).update(content).digest('hex');
  }
  return result;
}
