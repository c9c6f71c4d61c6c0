import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readAuthority, readSigningAuthority, readToken } from '../../../scripts/images/simulator/common/material.ts';
import { makeAuthority } from './support.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'material-'));
afterAll(() => rmSync(dir, { recursive: true }));

let count = 0;
const file = (content: string): string => {
  const name = path.join(dir, String(count++));
  writeFileSync(name, content);
  return name;
};
const missing = path.join(dir, 'missing');
const directory = path.join(dir, 'directory');
mkdirSync(directory);

const { cert, key } = makeAuthority();
const other = makeAuthority();
const encrypted = createPrivateKey(key).export({
  type: 'pkcs8',
  format: 'pem',
  cipher: 'aes-256-cbc',
  passphrase: 'x',
}) as string;
const pkcs1 = createPrivateKey(key).export({ type: 'pkcs1', format: 'pem' }) as string;
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
}) as string;

describe('the pair of CA certificate and key', () => {
  it('is taken when it fits, whatever the form of the key', () => {
    expect(readSigningAuthority({ cert: file(cert), key: file(key) })?.certificate.ca).toBe(true);
    expect(readSigningAuthority({ cert: file(cert), key: file(pkcs1) })).toBeDefined();
  });

  it('is no pair when there is none', () => {
    expect(readSigningAuthority({ cert: missing, key: missing })).toBeUndefined();
  });

  it.each([
    ['the certificate stored as the key', cert, cert, /CA key .*no PEM private key in it \(it holds a certificate\)/],
    [
      'the key stored as the certificate',
      key,
      key,
      /CA certificate .*no PEM certificate in it \(it holds a private key\)/,
    ],
    ['another key', cert, other.key, /does not belong to/],
    ['an encrypted key', cert, encrypted, /is encrypted/],
    ['a key of another kind', cert, ec, /does not belong to/],
    ['no CA', makeAuthority({ ca: false }).cert, key, /is not a certificate authority/],
    ['an expired CA', makeAuthority({ validDays: -1 }).cert, key, /expired on/],
    ['an empty key', cert, ' \n', /CA key .*is empty/],
    ['a damaged certificate', cert.replace(/\nMII/, '\nAAA'), key, /cannot be parsed/],
  ])('is refused: %s', (_what, certificate, privateKey, why) => {
    expect(() => readSigningAuthority({ cert: file(certificate), key: file(privateKey) })).toThrow(why);
  });

  it('is refused when one is missing, or a directory', () => {
    expect(() => readSigningAuthority({ cert: file(cert), key: missing })).toThrow(/give both or neither/);
    expect(() => readSigningAuthority({ cert: missing, key: file(key) })).toThrow(/give both or neither/);
    expect(() => readSigningAuthority({ cert: file(cert), key: directory })).toThrow(/is a directory/);
    expect(() => readAuthority(directory)).toThrow(/is a directory/);
  });
});

describe('the token', () => {
  it.each([
    ['a line with its end', 'abc=\n', 'abc='],
    ['a line of a Windows editor', 'abc=\r\n', 'abc='],
    ['no line end', 'abc=', 'abc='],
    ['several lines', 'abc=\ndef\n', 'abc='],
    ['an empty file', '', undefined],
  ])('is the first line of the file: %s', (_what, content, token) => {
    expect(readToken({ SIMULATOR_AUTH_TOKEN_PATH: file(content), IMPLY_MANAGER_AUTH_TOKEN: 'not this' })).toBe(token);
  });

  it('comes from the environment when there is no file', () => {
    expect(readToken({ SIMULATOR_AUTH_TOKEN_PATH: missing, IMPLY_MANAGER_AUTH_TOKEN: 'abc' })).toBe('abc');
    expect(readToken({ SIMULATOR_AUTH_TOKEN_PATH: missing, IMPLY_MANAGER_AUTH_TOKEN: '' })).toBeUndefined();
  });

  it('is no directory', () => {
    expect(() => readToken({ SIMULATOR_AUTH_TOKEN_PATH: directory })).toThrow(/is a directory/);
  });
});
