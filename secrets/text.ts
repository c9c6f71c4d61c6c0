import { BundleError, EXIT } from '../src/errors.ts';

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

/** Text without a byte-order mark and line ends at its end: Windows editors add both, and a token must match to the byte. */
export function trimLineEnd(content: Buffer): string {
  return content.toString('utf8').replace(/^\uFEFF/, '').replace(/[\r\n]+$/, '');
}
