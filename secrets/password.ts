import type { SecretKind } from '../src/sdk/kind.ts';
import { oneLine, part, refuse } from './text.ts';

/** A password, one line. 24 random bytes as base64url when generated. */
export const password: SecretKind = {
  name: 'password',
  title: 'password',
  parts: ['password'],
  async generate(_options, source) {
    return { password: Buffer.from(source.bytes(24).toString('base64url')) };
  },
  accept(material) {
    const text = oneLine(part(material, 'password'), 'password');
    if (text === '') throw refuse('password-empty', 'the password is empty', ['give a file that holds one line']);

    if (/[\x00-\x1f\x7f]/.test(text)) {
      throw refuse('password-characters', 'the password holds line breaks or control characters', [
        'give a file that holds one line',
      ]);
    }
    return { password: Buffer.from(text) };
  },
  describe: () => ({}),
};
