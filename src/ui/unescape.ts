/**
 * What JSON may escape (RFC 8259, section 7), and what other quoting writes beside it: `\'` and `\x3d`. Writers of JSON
 * differ in what they escape without need: PHP and Gson `/` and `=`, Go `<`, `>` and `&`, Python all that is not ASCII.
 */
const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(["'\\/bfnrt]))/g;

const CONTROLS: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/**
 * A text as it was before its writer escaped it, one level of it; what is no escape stays as it is.
 * @param note told of each escape: where its one character is in what is returned, and how long it was
 */
export function unescaped(text: string, note?: (at: number, length: number) => void): string {
  if (!text.includes('\\')) return text;
  let removed = 0;
  return text.replace(
    ESCAPE,
    (whole: string, unicode: string | undefined, byte: string | undefined, plain: string | undefined, at: number) => {
      note?.(at - removed, whole.length);
      removed += whole.length - 1;
      return plain === undefined
        ? String.fromCharCode(Number.parseInt(unicode ?? byte ?? '', 16))
        : (CONTROLS[plain] ?? plain);
    },
  );
}
