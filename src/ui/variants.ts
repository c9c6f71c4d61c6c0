import { unescaped } from './unescape.ts';

/**
 * Every form in which a secret value may turn up in a text. A value that itself looks escaped may have had that undone
 * by whoever reads a line of JSON.
 */
export function variantsOf(value: Buffer | string): string[] {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
  const whole = bytes
    .toString('utf8')
    .replace(/[\r\n]+$/, '')
    .replace(/^\uFEFF/, '');
  if (whole.trim() === '') return [];
  const lines = whole
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line.length >= 6 && !isArmour(line));
  const plain = whole.includes('\n') ? [whole, ...lines, unwrapped(whole)] : [whole];
  return [
    ...plain,
    ...plain.flatMap((text) => [jsonEscaped(text), unescaped(text), ...urlEncoded(text)]),
    ...encoded(bytes),
    ...encoded(Buffer.from(whole, 'utf8')),
  ].filter((text) => text !== '');
}

/** The frame of a PEM block is no secret, and hiding it hides what the text is about. */
function isArmour(line: string): boolean {
  return /^-----(BEGIN|END) [A-Z0-9 ]+-----$/.test(line);
}

/** A PEM body on one line. */
function unwrapped(text: string): string {
  return text
    .split(/\r?\n/)
    .filter((line) => !isArmour(line.trim()))
    .join('');
}

function jsonEscaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function urlEncoded(text: string): string[] {
  const upper = encodeURIComponent(text);
  const strict = upper.replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
  return [upper, strict].flatMap((one) => {
    const lower = one.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase());
    return [one, lower, one.replaceAll('%20', '+'), lower.replaceAll('%20', '+')];
  });
}

/**
 * Base64 at each of the three alignments it can have inside a longer text that was encoded as one, such as `user:token`
 * in a Basic header: only the characters that depend on nothing but the value.
 */
function encoded(bytes: Buffer): string[] {
  if (bytes.length < 4) return [bytes.toString('base64')];
  const inner = [0, 1, 2]
    .map((before) => {
      const text = Buffer.concat([Buffer.alloc(before), bytes])
        .toString('base64')
        .replace(/=+$/, '');
      const foreign = Math.ceil((before * 8) / 6);
      const complete = Math.floor(((before + bytes.length) * 8) / 6);
      return text.slice(foreign, complete);
    })
    .filter((text) => text.length >= 6);
  const standard = [bytes.toString('base64'), bytes.toString('base64').replace(/=+$/, ''), ...inner];
  return standard.flatMap((text) => [text, text.replaceAll('+', '-').replaceAll('/', '_')]);
}
