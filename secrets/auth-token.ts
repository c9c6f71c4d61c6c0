import type { SecretKind } from '../src/sdk/kind.ts';
import { oneLine, part, refuse } from './text.ts';

/**
 * A shared token, one ASCII line: it travels as an HTTP Basic password. 32 random bytes as base64url when generated.
 */
export const authToken: SecretKind = {
  name: 'auth-token',
  title: 'token',
  parts: ['token'],
  async generate(_options, source) {
    return { token: Buffer.from(source.bytes(32).toString('base64url')) };
  },
  accept(material) {
    const text = oneLine(part(material, 'token'), 'authentication token');
    if (text === '')
      throw refuse('token-empty', 'the authentication token is empty', ['give a file that holds one line']);
    if (/[\r\n]/.test(text))
      throw refuse('token-lines', 'the authentication token has more than one line', [
        'give a file that holds one line',
      ]);
    if (!/^[\x21-\x7e]+$/.test(text)) {
      throw refuse('token-characters', 'the authentication token holds spaces, control or non-ASCII characters', [
        'use printable ASCII; `openssl rand -base64 32` makes a good one',
      ]);
    }
    if (text.length < 16) {
      throw refuse('token-short', `the authentication token has ${text.length} characters; at least 16 are needed`, [
        '`openssl rand -base64 32` makes a good one',
      ]);
    }
    return { token: Buffer.from(text) };
  },
  describe: () => ({}),
};
