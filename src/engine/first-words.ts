/** What a stranger printed, for an error: any language, any bytes. */
import { stripVTControlCharacters } from 'node:util';

/** How much of it is quoted, in characters. */
const QUOTED = 80;
const SHOWN_BYTES = 8;

/** A text on one line, without what would steer a terminal or turn the direction of what is read. */
export function onOneLine(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .replace(/[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g, '')
    .trim();
}

/**
 * The first bytes in words: the text in quotation marks; or what they are, if they are no text. A character whose last
 * bytes are still to come is left out.
 */
export function firstWords(bytes: Buffer): string {
  const text = new TextDecoder('utf-8').decode(bytes, { stream: true });
  const words = onOneLine(text);
  if (words === '') return bytes.length === 0 ? 'nothing' : 'white space';
  const unreadable = [...text].filter((each) => each === '\ufffd' || /[^\P{Cc}\s\u001b]/u.test(each)).length;
  if (unreadable * 3 > [...text].length) {
    const hex = [...bytes.subarray(0, SHOWN_BYTES)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    return `bytes that are no text (${hex}${bytes.length > SHOWN_BYTES ? ' …' : ''})`;
  }
  const shown = [...words];
  return shown.length > QUOTED ? `"${shown.slice(0, QUOTED).join('')}…"` : `"${words}"`;
}
