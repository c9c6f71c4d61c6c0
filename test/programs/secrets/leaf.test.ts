import { X509Certificate } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { certificateAuthority, certificateAuthorityWithChain } from '../../../secrets/certificate-authority.ts';
import type { Material } from '../../../src/sdk/kind.ts';
import {
  LEAF_DEFAULTS,
  leafCertificate,
  leafPemStore,
  leafPkcs12,
  trustPkcs12,
  type LeafOptions,
} from '../../../secrets/leaf.ts';
import { inDirectory, openssl, refusal, requested, source } from '../../unit/secrets/material.ts';

const options = (more: Partial<LeafOptions> = {}): LeafOptions => ({
  ...LEAF_DEFAULTS,
  subject: 'kafka-1',
  names: ['kafka-1', '10.0.0.1', 'fd00::1'],
  ...more,
});
const made = async (kind: typeof leafCertificate, ca: Material, more: Partial<LeafOptions> = {}): Promise<Material> =>
  (await kind.generate?.(options(more), source, ca)) ?? {};
const of = (material: Material, part: string): Buffer => material[part] ?? Buffer.alloc(0);

let ca: Material;
beforeAll(async () => {
  ca = (await certificateAuthority.generate?.({ subject: 'prod CA', keyBits: 2048, days: 100 }, source)) ?? {};
});

test.each([
  ['leaf', leafCertificate],
  ['PEM store', leafPemStore],
] as const)('a %s without a subject is one for its names', async (_what, kind) => {
  const leaf = await made(kind, ca, { subject: '' });
  expect(kind.accept(leaf, new Date())).toEqual(leaf);
  expect(kind.describe(leaf)).toMatchObject({ subject: '' });
});

describe.each(['rsa-2048', 'rsa-3072', 'ec-p256'] as const)('a leaf with a key %s', (key) => {
  it('is taken by openssl’s strict verification, by every name', async () => {
    const leaf = await made(leafCertificate, ca, { key });
    inDirectory({ 'ca.crt': of(ca, 'certificate'), leaf: of(leaf, 'certificate') }, (dir) => {
      for (const name of [
        ['-verify_hostname', 'kafka-1'],
        ['-verify_ip', '10.0.0.1'],
        ['-verify_ip', 'fd00::1'],
      ]) {
        for (const purpose of ['sslserver', 'sslclient'])
          expect(
            openssl(dir, 'verify', '-x509_strict', '-purpose', purpose, ...name, '-CAfile', 'ca.crt', 'leaf'),
          ).toContain('OK');
      }
      expect(() => openssl(dir, 'verify', '-verify_hostname', 'kafka-2', '-CAfile', 'ca.crt', 'leaf')).toThrow();
    });
    expect(leafCertificate.accept(leaf, new Date())).toEqual(leaf);
    expect(of(leaf, 'key').toString()).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
  });

  it('in PKCS#12 is a key store to Java and to OpenSSL 3 without its legacy provider', async () => {
    const leaf = await made(leafPkcs12, ca, { key });
    inDirectory({ 'k.p12': of(leaf, 'keystore'), pass: of(leaf, 'password') }, (dir) => {
      const listed = keytool(dir, 'k.p12', '-v');
      expect(listed).toContain('Your keystore contains 1 entry');
      expect(listed).toContain('Alias name: kafka-1');
      expect(listed).toContain('Entry type: PrivateKeyEntry');
      const dumped = openssl(dir, 'pkcs12', '-in', 'k.p12', '-passin', 'file:pass', '-nodes');
      expect(new X509Certificate(dumped.slice(dumped.indexOf('-----BEGIN CERT'))).fingerprint256).toBe(
        new X509Certificate(of(leaf, 'certificate')).fingerprint256,
      );
      // Java must read the key itself, too: it asks for it with the password when it copies the store.
      execFileSync(
        'keytool',
        [
          '-importkeystore',
          '-srckeystore',
          'k.p12',
          '-srcstorepass:file',
          'pass',
          '-destkeystore',
          'copy',
          '-deststorepass:file',
          'pass',
        ],
        { cwd: dir, stdio: 'pipe' },
      );
      expect(keytool(dir, 'copy')).toContain('PrivateKeyEntry');
    });
    expect(leafPkcs12.accept(leaf, new Date())).toEqual(leaf);
  });
});

/** What keytool lists of a store whose password is in the file `pass`. */
function keytool(dir: string, store: string, ...more: string[]): string {
  return execFileSync('keytool', ['-list', '-keystore', store, '-storepass:file', 'pass', ...more], {
    cwd: dir,
    encoding: 'utf8',
    stdio: 'pipe',
  });
}

it('a trust store is one to Java and to OpenSSL', async () => {
  const store = await made(trustPkcs12, ca, { subject: 'ca' });
  inDirectory({ 't.p12': of(store, 'truststore'), pass: of(store, 'password') }, (dir) => {
    expect(keytool(dir, 't.p12')).toContain('trustedCertEntry');
    expect(openssl(dir, 'pkcs12', '-in', 't.p12', '-passin', 'file:pass', '-nokeys')).toContain('BEGIN CERTIFICATE');
  });
});

/** Every Java of this machine that compiles, of Debian's and of those beside them; at least that on the path. */
function javas(): string[] {
  const folder = '/usr/lib/jvm';
  const found = (existsSync(folder) ? readdirSync(folder) : [])
    .map((name) => join(folder, name, 'bin/javac'))
    .filter((path) => existsSync(path))
    .map((path) => join(dirname(realpathSync(path)), 'java'));
  return found.length === 0 ? ['java'] : [...new Set(found)];
}

it('a key store serves and a trust store trusts, in a handshake of real sockets, of every Java that is here', async () => {
  const keys = ['rsa-2048', 'rsa-3072', 'ec-p256'] as const;
  const other = await certificateAuthority.generate?.({ subject: 'prod CA', keyBits: 2048, days: 100 }, source);
  const files: Record<string, Buffer> = {};
  const add = (name: string, part: string, material: Material): void => {
    files[`${name}.p12`] = of(material, part);
    files[`${name}.pass`] = of(material, 'password');
  };
  for (const key of keys) add(key, 'keystore', await made(leafPkcs12, ca, { key }));
  add('trust', 'truststore', await made(trustPkcs12, ca, { subject: 'ca' }));
  add('another', 'truststore', await made(trustPkcs12, other ?? {}, { subject: 'ca' }));
  const cases = [...keys.map((key) => `${key},kafka-1,trust`), 'ec-p256,kafka-2,trust', 'ec-p256,kafka-1,another'];
  for (const java of javas()) {
    const said = inDirectory(files, (dir) =>
      execFileSync(java, [join(import.meta.dirname, 'Stores.java'), ...cases], { cwd: dir, encoding: 'utf8' }),
    );
    const [wrongName, wrongTrust] = said.trim().split('\n').slice(keys.length);
    expect(said, java).toMatch(new RegExp(`^${keys.map((key) => `${key},kafka-1,trust CN=kafka-1 !\n`).join('')}`));
    expect(wrongName, java).toMatch(/ refused: .*No subject alternative DNS name matching kafka-2/);
    expect(wrongTrust, java).toMatch(/ refused: .*PKIX path/);
  }
}, 300_000);

it('of an intermediate, the leaf comes with the chain, without the root', async () => {
  const middle = inDirectory(
    {
      'r.crt': of(ca, 'certificate'),
      'r.key': of(ca, 'key'),
      ext: 'basicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\nkeyUsage=critical,keyCertSign\n',
    },
    (dir) => {
      openssl(
        dir,
        'req',
        '-new',
        '-nodes',
        '-newkey',
        'rsa:2048',
        '-keyout',
        'k',
        '-out',
        'r',
        '-utf8',
        '-subj',
        '/O=Ünïcode GmbH/OU=a+OU=b/CN=middle',
        '-multivalue-rdn',
      );
      const certificate = openssl(
        dir,
        'x509',
        '-req',
        '-in',
        'r',
        '-CA',
        'r.crt',
        '-CAkey',
        'r.key',
        '-CAcreateserial',
        '-days',
        '50',
        '-extfile',
        'ext',
      );
      return { certificate: Buffer.from(certificate), key: Buffer.from(openssl(dir, 'pkey', '-in', 'k')) };
    },
  );
  const chain = { ...middle, certificate: Buffer.concat([middle.certificate, of(ca, 'certificate')]) };
  const leaf = await made(leafPemStore, certificateAuthorityWithChain.accept(chain, new Date(Date.now() + 1000)));
  expect(
    of(leaf, 'certificate')
      .toString()
      .match(/BEGIN CERTIFICATE/g),
  ).toHaveLength(2);
  expect(of(leaf, 'keystore').toString()).toContain('BEGIN PRIVATE KEY');
  inDirectory({ 'ca.crt': of(ca, 'certificate'), leaf: of(leaf, 'certificate') }, (dir) => {
    expect(openssl(dir, 'verify', '-x509_strict', '-untrusted', 'leaf', '-CAfile', 'ca.crt', 'leaf')).toContain('OK');
  });
  // It outlives none of those above it, although 365 days were asked for.
  expect(Date.parse(leafPemStore.describe(leaf).notAfter ?? '')).toBeLessThan(Date.now() + 51 * 86_400_000);
});

it.each([
  ['P-256', 'ecdsa-with-SHA256'],
  ['P-384', 'ecdsa-with-SHA384'],
  ['P-521', 'ecdsa-with-SHA512'],
])('of a CA with an EC key on %s it is signed by %s', async (curve, algorithm) => {
  const given = requested({ key: ['ec', '-pkeyopt', `ec_paramgen_curve:${curve}`] });
  const issuer = certificateAuthorityWithChain.accept({ ...given }, new Date(Date.now() + 1000));
  const leaf = await made(leafPemStore, issuer, { key: 'ec-p256' });
  inDirectory({ 'ca.crt': given.certificate, leaf: of(leaf, 'certificate') }, (dir) => {
    expect(openssl(dir, 'verify', '-CAfile', 'ca.crt', 'leaf')).toContain('OK');
    expect(openssl(dir, 'x509', '-in', 'leaf', '-noout', '-text').match(new RegExp(algorithm, 'g'))).toHaveLength(2);
  });
});

it('without names it proves a client and no server', async () => {
  const leaf = await made(leafCertificate, ca, { key: 'ec-p256', subject: 'alice', names: [] });
  const certificate = new X509Certificate(of(leaf, 'certificate'));
  expect([certificate.subject, certificate.subjectAltName]).toEqual(['CN=alice', undefined]);
  inDirectory({ 'ca.crt': of(ca, 'certificate'), leaf: of(leaf, 'certificate') }, (dir) => {
    const verify = (purpose: string) =>
      openssl(dir, 'verify', '-x509_strict', '-purpose', purpose, '-CAfile', 'ca.crt', 'leaf');
    expect(verify('sslclient')).toContain('OK');
    expect(() => verify('sslserver')).toThrow();
  });
});

it('is refused with another key, and once it has expired', async () => {
  const [one, two] = [
    await made(leafCertificate, ca, { key: 'ec-p256' }),
    await made(leafCertificate, ca, { key: 'ec-p256', days: 2 }),
  ];
  expect(
    refusal(() => leafCertificate.accept({ certificate: of(one, 'certificate'), key: of(two, 'key') }, new Date()))
      .code,
  ).toBe('leaf-pair-mismatch');
  expect(refusal(() => leafCertificate.accept(two, new Date(Date.now() + 3 * 86_400_000))).code).toBe('leaf-expired');
  // Issued by a clock that was ahead, or judged by one that is behind.
  expect(refusal(() => leafCertificate.accept(two, new Date(Date.now() - 3 * 86_400_000))).code).toBe(
    'leaf-not-yet-valid',
  );
});
