import { usageError } from '../errors.ts';

const UTF_16 = [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])];

/**
 * The text of a file that people edit and other programs convert: UTF-8, without a byte order mark. A carriage return
 * alone is a line end, as YAML has it (YAML 1.2.2, 5.4); the parser takes it for a character, and all that follows a
 * comment for a part of it.
 * @param file as its user named it
 * @throws BundleError (exit 2) for another encoding
 */
export function fileText(content: Buffer, file: string): string {
  const utf16 = UTF_16.some((mark) => content.subarray(0, 2).equals(mark)) || content.subarray(0, 200).includes(0);
  try {
    if (utf16) throw new TypeError('UTF-16');
    return new TextDecoder('utf-8', { fatal: true }).decode(content).replace(/\r(?!\n)/g, '\n');
  } catch {
    throw usageError('file-encoding', `${file} is ${utf16 ? 'UTF-16' : 'not UTF-8'} text`, [
      'save it as UTF-8; PowerShell’s > and some editors write UTF-16',
    ]);
  }
}
