import { BundleError, EXIT } from '../src/sdk/errors.ts';

/** A refusal of secret material: exit 3, names the fault and never the value. */
export function refuse(code: string, message: string, hints: string[] = []): BundleError {
  return new BundleError(code, message, { exit: EXIT.preflight, hints });
}

/** The part of a material; a missing one is our bug in the caller. */
export function part(material: Record<string, Buffer>, name: string): Buffer {
  const content = material[name];
  if (!content) throw new TypeError(`secret part ${name} is missing`);
  return content;
}

/** The line ends of Windows, of old Macs, and those that a second conversion doubled (CR CR LF), as LF. */
export const lineEnds = (text: string): string => text.replace(/\r*\n|\r/g, '\n');

/** The same of a file of PEM; any other is left to the byte. */
export function pemLines(content: Buffer): Buffer {
  return content.includes('-----BEGIN') ? Buffer.from(lineEnds(content.toString('latin1')), 'latin1') : content;
}

/**
 * A file of PEM to the byte, but for what editors and conversions put in: a byte-order mark, line ends of other
 * systems, and more or less than one line end at its end.
 */
export function pemText(content: Buffer): Buffer {
  const text = lineEnds(content.toString('latin1').replace(/^\xef\xbb\xbf/, '')).replace(/\n+$/, '');
  return Buffer.from(`${text}\n`, 'latin1');
}

/**
 * The text of a file without a byte-order mark. Another encoding is refused: read as UTF-8, it would silently become
 * another secret.
 */
export function decode(content: Buffer, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    throw refuse('secret-encoding', `the ${what} is not UTF-8 text`, [
      'save the file as UTF-8; PowerShell’s > and some editors write UTF-16',
    ]);
  }
}

/** Text without line ends at its end: editors add them, and a token must match to the byte. */
export function oneLine(content: Buffer, what: string): string {
  return decode(content, what).replace(/[\r\n]+$/, '');
}
