import { describe, expect, it } from 'vitest';
import { EXIT } from '../../../src/errors.ts';
import { kinds, passwordInQuotes, passwordOfWord } from '../../../secrets/index.ts';
import type { SecretKind } from '../../../src/sdk/kind.ts';
import { refusal, source } from './material.ts';

const now = new Date();
const give = (kind: SecretKind<never>, text: string | Buffer): string => {
  const [part = ''] = kind.parts;
  return (kind.accept({ [part]: Buffer.from(text) }, now)[part] as Buffer).toString();
};
const TOKEN = 'dGhpcyBpcyBhIHRva2VuIG9mIHRoZSB0ZXN0cw==';

describe('an authentication token', () => {
  it('is 32 random bytes, one line of base64url', async () => {
    const made = (await kinds.authToken.generate?.({}, source))?.['token']?.toString();
    expect(made).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(made).not.toBe((await kinds.authToken.generate?.({}, source))?.['token']?.toString());
    expect(give(kinds.authToken, made as string)).toBe(made);
  });

  it.each([
    ['a line end', `${TOKEN}\n`],
    ['a Windows line end', `${TOKEN}\r\n`],
    ['a byte-order mark', `\uFEFF${TOKEN}\n`],
    ['several line ends', `${TOKEN}\n\n`],
  ])('loses %s', (_what, text) => expect(give(kinds.authToken, text)).toBe(TOKEN));

  it.each([
    ['nothing', '\n', 'token-empty'],
    ['two lines', `${TOKEN}\n${TOKEN}\n`, 'token-lines'],
    ['a space', `${TOKEN} x`, 'token-characters'],
    ['a control character', `${TOKEN}\u0007`, 'token-characters'],
    ['a letter outside ASCII', `${TOKEN}é`, 'token-characters'],
    ['UTF-16, as PowerShell writes it', Buffer.from(`\uFEFF${TOKEN}\n`, 'utf16le'), 'secret-encoding'],
    ['too little', 'short-token', 'token-short'],
  ])('is refused with %s', (_what, text, code) => {
    const error = refusal(() => give(kinds.authToken, text));
    expect(error).toMatchObject({ code, exit: EXIT.preflight });
    expect(JSON.stringify([error.message, error.hints])).not.toContain(text.toString().trim() || 'nothing');
  });
});

describe('a password', () => {
  it('may hold spaces, quotes, dollars and letters of any script', () =>
    expect(give(kinds.password, 'p "a\'$s & wörd\n')).toBe('p "a\'$s & wörd'));
  it('is made strong', async () =>
    expect((await kinds.password.generate?.({}, source))?.['password']?.toString()).toMatch(/^[A-Za-z0-9_-]{32}$/));
  it.each([
    ['nothing', '\r\n', 'password-empty'],
    ['two lines', 'a\nb', 'password-characters'],
    ['a tab', 'a\tb', 'password-characters'],
    ['another encoding, which would make it another password', Buffer.from('w\xf6rd', 'latin1'), 'secret-encoding'],
  ])('is refused with %s', (_what, text, code) =>
    expect(refusal(() => give(kinds.password, text))).toMatchObject({ code, exit: EXIT.preflight }),
  );
});

describe('a password of a program that takes fewer characters', () => {
  it.each([
    ['base64 for a word', passwordOfWord, 'a+b/c='],
    ['letters of any script for a word', passwordOfWord, 'wörd'],
    ['a quote for SQL', passwordInQuotes, "it's"],
    ['a backslash for SQL', passwordInQuotes, 'a\\b'],
  ])('is refused with %s, and the refusal says how to make one', (_what, kind, text) => {
    const error = refusal(() => give(kind, text));
    expect(error).toMatchObject({ code: 'password-characters', exit: EXIT.preflight });
    expect(error.hints.join()).toContain('openssl rand -hex 32');
    expect(JSON.stringify([error.message, error.hints])).not.toContain(text);
  });
  it.each([passwordOfWord, passwordInQuotes])('is taken as generated, and of that command', async (kind) => {
    const made = (await kind.generate?.({}, source))?.['password']?.toString() ?? '';
    expect(give(kind, made)).toBe(made);
    expect(give(kind, `${'0af9'.repeat(16)}\n`)).toBe('0af9'.repeat(16));
    expect(kind.name).toBe(kinds.password.name);
  });
});

describe('a licence', () => {
  it('keeps its lines', () =>
    expect(give(kinds.licence as SecretKind<never>, '\uFEFFline 1\r\nline 2\r\n\r\n')).toBe('line 1\nline 2'));
  it('cannot be generated', () => expect('generate' in kinds.licence).toBe(false));
  it.each([
    ['nothing', ' \n', 'licence-empty'],
    ['binary', 'a\0b', 'licence-binary'],
  ])('is refused with %s', (_what, text, code) =>
    expect(refusal(() => give(kinds.licence as SecretKind<never>, text))).toMatchObject({ code }),
  );
});

it('every kind has its own name, and a title for people', () => {
  const all = Object.values(kinds);
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  for (const { title, parts } of all) expect([title.length > 0, parts.length > 0]).toEqual([true, true]);
});
