import { stripVTControlCharacters } from 'node:util';
import type { Redactor } from './redact.ts';

/** A container's line without escape sequences, as programs colour their output. */
export function withoutEscapes(line: string): string {
  return line.includes('\u001b') || line.includes('\u009b') ? stripVTControlCharacters(line) : line;
}

/**
 * A line of a container as we may print it: no escape sequence or control character, no secret, not too long.
 * Redacted before it is cut: half a secret is still one. If it is cut, the part around `around` is kept.
 */
export function quote(line: string, redactor: Redactor, limit: number, around = ''): string {
  const clean = redactor(withoutEscapes(line))
    .replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
    .trim();
  if (clean.length <= limit) return clean;
  const at = around === '' ? 0 : Math.max(0, clean.indexOf(around));
  const start = at + around.length <= limit - 1 ? 0 : Math.min(at, clean.length - limit);
  const piece = clean.slice(start, start + limit - 2).trim();
  return `${start > 0 ? '…' : ''}${piece}${start + limit - 2 < clean.length ? '…' : ''}`;
}
