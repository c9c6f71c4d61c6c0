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

/** The same kind, for a program that takes nothing else: letters, digits, _ and -, as generated ones have. */
export const passwordOfWord = narrowed(
  /^[A-Za-z0-9_-]+$/,
  'the password has other characters than letters, digits, _ and -, which its program does not take',
);

/** The same kind, for a program that puts it between quotes of SQL as it is. */
export const passwordInQuotes = narrowed(
  /^[^'\\]+$/,
  "the password has a ' or a \\, which the program that makes its user puts into SQL as it is",
);

/** @param message why any other is refused; it never quotes the password */
function narrowed(takes: RegExp, message: string): SecretKind {
  return {
    ...password,
    accept(material, now) {
      const accepted = password.accept(material, now);
      if (!takes.test(part(accepted, 'password').toString()))
        throw refuse('password-characters', message, ['`openssl rand -hex 32` makes one that will do']);
      return accepted;
    },
  };
}
