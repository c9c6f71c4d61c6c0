import { usageError } from '../errors.ts';
import type { FromEnvironment } from './types.ts';

// Go's YAML reader refuses the C0 and C1 controls, takes U+0085, U+2028 and U+2029 for line ends, and a lone surrogate
// is not UTF-8.
const UNPRINTABLE = /[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u;

/**
 * Throws a usage error if `text` holds a character that would not reach a container unchanged. The value is not
 * quoted.
 */
export function checkText(text: string, path: string): void {
  const found = UNPRINTABLE.exec(text)?.[0];
  if (found === undefined) return;
  const code = `U+${(found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  throw usageError('document-control-character', `${path}: the value holds the control character ${code}`, [
    'Remove it from the answer; only tab and line feed can be passed on.',
  ]);
}

/** Doubles every dollar: docker interpolates all string values of a stack file, and never its keys. */
export function escapeDollars(text: string): string {
  return text.replaceAll('$', '$$$$');
}

/**
 * `${NAME:?hint}`, which docker refuses to deploy while NAME is unset or empty. The CLI looks for `-` before it looks
 * for `:?` (docker/cli, cli/compose/template): with a hyphen anywhere in the hint the value silently becomes the text
 * after it, even if NAME is set. A brace would end the expression. Both are replaced by look-alikes.
 */
export function requiredVariable(value: FromEnvironment, path: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(value.fromEnvironment)) {
    throw usageError(
      'document-variable-name',
      `${path}: "${value.fromEnvironment}" is no name of an environment variable`,
    );
  }
  checkText(value.hint, path);
  return `\${${value.fromEnvironment}:?${value.hint.replaceAll('-', '\u2010').replaceAll('}', ')').replace(/\s+/g, ' ')}}`;
}
