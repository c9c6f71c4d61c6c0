import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quote } from '../../../src/ui/quote.ts';
import { createRedactor, withhold, withholdAll, withheldNotice } from '../../../src/ui/redact.ts';

const TOKEN = 'q7/Zk+9Jr3"x\\y &%';

describe('createRedactor', () => {
  const redact = createRedactor([TOKEN]);

  test.each([
    ['whole', TOKEN],
    ['twice', `${TOKEN}${TOKEN}`],
    ['with the line end of its file', `${TOKEN}\n`],
    ['base64', Buffer.from(TOKEN).toString('base64')],
    ['base64 of the file, line end and all', Buffer.from(`${TOKEN}\n`).toString('base64')],
    ['base64url', Buffer.from(TOKEN).toString('base64url')],
    ['a Basic header', `Authorization: Basic ${Buffer.from(`imply:${TOKEN}`).toString('base64')}`],
    ['a Basic header of another user', `Basic ${Buffer.from(`admin1:${TOKEN}`).toString('base64')}`],
    ['URL-encoded', `?p=${encodeURIComponent(TOKEN)}&x`],
    [
      'URL-encoded in lower case',
      encodeURIComponent(TOKEN).toLowerCase().replace('q7%2fzk', 'q7%2fZk').replace('jr3', 'Jr3'),
    ],
    ['as a form', encodeURIComponent(TOKEN).replaceAll('%20', '+')],
    ['JSON', JSON.stringify({ password: TOKEN })],
  ])('takes the value out: %s', (_how, text) => {
    const redacted = redact(`before ${text} after`);
    expect(redacted).toMatch(/^before .*\[redacted\].* after$/s);
    for (const piece of [TOKEN, 'Zk+9Jr3', Buffer.from(TOKEN).toString('base64').slice(4, 16)])
      expect(redacted).not.toContain(piece);
  });

  /** As JSON that escapes more than it need: these characters, in small or big letters. */
  const unicode = (text: string, which: RegExp, big = false) => {
    const units = text.split('').map((unit) => {
      if (!which.test(unit)) return unit < '\ud800' || unit > '\udfff' ? JSON.stringify(unit).slice(1, -1) : unit;
      const hex = unit.charCodeAt(0).toString(16).padStart(4, '0');
      return `\\u${big ? hex.toUpperCase() : hex}`;
    });
    return `"${units.join('')}"`;
  };
  const slashes = (text: string) => JSON.stringify(text).replaceAll('/', '\\/');
  const ODD = 'p/a=s<&>\'ß😀"w\\d\tx';
  const PEM = 'MIIEvQ/BADANBgkq+hki\nAgEAAo/BAQC7VJTU+9Us\n';

  test.each<[string, string, string]>([
    ['a slash', ODD, slashes(ODD)],
    ['what HTML would read', ODD, unicode(ODD, /[=&<>']/)],
    ['what HTML would read, in big letters', ODD, unicode(ODD, /[=&<>']/, true)],
    ['all that is not ASCII', ODD, unicode(ODD, /[^ -~]/)],
    ['every character', ODD, unicode(ODD, /[^]/)],
    ['quotes, and bytes by their number', "it's=so", '"it\\\'s\\x3dso"'],
    ['in base64', ODD, slashes(`Basic ${Buffer.from(`u:${ODD}`).toString('base64')}`).replaceAll('=', '\\u003d')],
    ['in an address', ODD, slashes(`https://h/?p=${encodeURIComponent(ODD)}`)],
    ['in JSON within JSON', ODD, slashes(JSON.stringify({ ODD }))],
    ['in a key', PEM, slashes(PEM)],
    ['a short one, after a line break', 'abc', '"x\\nabc"'],
  ])('takes out what a writer of JSON escaped: %s', (_what, value, text) => {
    const line = `{"é":"\\u00e9\\/","a":${text},"b":"\\u00e9\\/"}`;
    const redacted = createRedactor([value])(line);
    expect(redacted).toMatch(/^\{"é":"\\u00e9\\\/","a":"[^,]*\[redacted\][^,]*","b":"\\u00e9\\\/"\}$/);
    expect(redacted.length, 'nothing of it is left').toBeLessThan(
      line.length - Math.min(text.length, value.length) + 24,
    );
    for (const piece of [value.slice(0, 3), value.trim().slice(-3)])
      expect(JSON.stringify(redacted)).not.toContain(piece);
  });

  test('knows a value with a backslash also if a reader of JSON undid it', () => {
    const value = 'ab\\/cd\\tef';
    expect(createRedactor([value])('{pw: ab/cd\tef}')).toBe('{pw: [redacted]}');
    expect(createRedactor([value])(`{pw: ${value}}`)).toBe('{pw: [redacted]}');
  });

  test('never lets a value through, however it was escaped', () => {
    const one = fc.tuple(fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }), fc.constantFrom(/[]/, /[^]/));
    const written = (parts: [string, RegExp][], big: boolean) =>
      parts.map(([unit, which]) => unicode(unit, which, big).slice(1, -1)).join('');
    fc.assert(
      fc.property(fc.array(one, { minLength: 6, maxLength: 12 }), fc.string(), fc.boolean(), (parts, around, big) => {
        const value = parts.map(([unit]) => unit).join('');
        fc.pre(value === value.trim() && !/[\r\n\uFEFF\uFFFD]/.test(value) && Buffer.from(value).toString() === value);
        const framed = JSON.stringify(around).replaceAll('[', '(');
        const redacted = createRedactor([value])(`${framed}${written(parts, big)}${framed}`);
        expect(redacted).toContain('[redacted]');
        expect(redacted.length).toBeLessThanOrEqual(2 * framed.length + '[redacted]'.length * 3);
      }),
    );
  });

  test('takes out each line of a key, however it is wrapped, and leaves its frame', () => {
    const body = ['MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj', 'AgEAAoIBAQC7VJTUt9Us8cKjMzEfYyjiWA4R4/M2'];
    const key = `-----BEGIN PRIVATE KEY-----\n${body.join('\n')}\n-----END PRIVATE KEY-----\n`;
    const one = createRedactor([Buffer.from(key)]);
    expect(one(`read ${body[1] ?? ''}`)).toBe('read [redacted]');
    expect(one(body.join(''))).toBe('[redacted]');
    expect(one(JSON.stringify(key))).not.toContain('MIIE');
    expect(one('expected -----BEGIN PRIVATE KEY-----')).toBe('expected -----BEGIN PRIVATE KEY-----');
  });

  test('leaves no tail of values that overlap', () => {
    const both = createRedactor(['abcdefgh', 'efghijkl', 'abcdefghijklmnop']);
    expect(both('-abcdefghijkl-')).toBe('-[redacted]-');
    expect(both('-abcdefghijklmnop-')).toBe('-[redacted]-');
  });

  test('takes short values out only as words', () => {
    const short = createRedactor(['abc']);
    expect(short('abc, (abc) but abcde and xabc_')).toBe('[redacted], ([redacted]) but abcde and xabc_');
  });

  test('knows nothing of empty values', () => {
    expect(createRedactor(['', '\n', Buffer.alloc(0)])('some text')).toBe('some text');
  });

  test('never lets a value through, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 6, unit: 'binary' }), fc.string(), fc.string(), (value, before, after) => {
        const known = Buffer.from(value)
          .toString()
          .replace(/^\uFEFF/, '')
          .replace(/[\r\n]+$/, '');
        fc.pre(known.trim() !== '' && !'[redacted]'.includes(known));
        const redacted = createRedactor([value])(`${before}${known}${after}`);
        // What stands around the mark may happen to spell the value again only where it was there before.
        expect(redacted.split('[redacted]').some((piece) => piece.includes(known))).toBe(false);
      }),
    );
  });
});

describe('quoting a container', () => {
  test('drops escape sequences and control characters before it redacts', () => {
    expect(
      quote(
        '\u001b]0;title\u0007\u001b[31mpass\u001b[0mword=hunter22\u0000\r',
        createRedactor(['password=hunter22']),
        100,
      ),
    ).toBe('[redacted]');
  });

  test('redacts before it cuts', () => {
    const line = `${'x'.repeat(95)} hunter22hunter22`;
    expect(quote(line, createRedactor(['hunter22hunter22']), 100)).not.toContain('hunter');
  });

  test('keeps what was looked for where it cuts', () => {
    const line = `${'a '.repeat(300)}TLS: Enabled${' b'.repeat(300)}`;
    const cut = quote(line, createRedactor([]), 200, 'TLS: Enabled');
    expect(cut).toContain('TLS: Enabled');
    expect(cut.length).toBeLessThanOrEqual(200);
    expect(cut).toMatch(/^….*…$/);
  });

  test('withholds everything where no value is known, and says how to see it', () => {
    expect(withholdAll.quotes).toBe(false);
    expect(withholdAll('anything')).toBe('[withheld]');
    expect(withheldNotice('abc', withholdAll)).toBe(
      'not quoted, since this checkout has no secrets/ to redact it with: docker service logs abc shows it',
    );
  });

  test('takes what is known out of words that are said in any case', () => {
    expect(createRedactor([TOKEN]).words(`is ${TOKEN}`)).toBe('is [redacted]');
    const some = withhold('a file is missing', [TOKEN]);
    expect([some.quotes, some.why, some.words(`is ${TOKEN}`)]).toEqual([false, 'a file is missing', 'is [redacted]']);
    expect(withholdAll.words(`is ${TOKEN}`)).toBe(`is ${TOKEN}`);
  });
});
