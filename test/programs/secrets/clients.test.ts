import { X509Certificate, createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { certificateAuthority, certificateAuthorityWithChain } from '../../../secrets/certificate-authority.ts';
import { issueLeaf } from '../../../secrets/issue-leaf.ts';
import { tryAuthority } from '../../../src/io/try-authority.ts';
import { inDirectory, openssl, refusal, source } from '../../unit/secrets/material.ts';

interface Pair {
  certificate: Buffer;
  key: Buffer;
}

const BASIC = 'basicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=hash\n';
const SIGNS = 'keyUsage=critical,keyCertSign,cRLSign\n';

/** One for all roots, one for all others: what is tried is what the certificates say. */
const [rootKey, otherKey] = ['root', 'other'].map(() =>
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
) as [string, string];

/** A CA with these extensions, of its own or issued by another. */
function authority(cn: string, extensions: string, issuer?: Pair, days = 30, key = issuer ? otherKey : rootKey): Pair {
  return inDirectory(
    {
      ext: extensions,
      k: key,
      ...(issuer && { 'i.crt': issuer.certificate, 'i.key': issuer.key }),
    },
    (dir) => {
      openssl(dir, 'req', '-new', '-key', 'k', '-out', 'r', '-subj', cn);
      openssl(
        dir,
        'x509',
        '-req',
        '-in',
        'r',
        ...(issuer ? ['-CA', 'i.crt', '-CAkey', 'i.key', '-CAcreateserial'] : ['-signkey', 'k']),
        '-days',
        String(days),
        '-extfile',
        'ext',
        '-out',
        'c',
      );
      return { certificate: readFileSync(join(dir, 'c')), key: readFileSync(join(dir, 'k')) };
    },
  );
}

const root = authority('/CN=root', BASIC + SIGNS);
const middle = authority('/O=Ünïcode GmbH/OU=a+OU=b/CN=middle', BASIC + SIGNS, root);
const limited = (line: string): Pair => authority('/CN=limited', `${BASIC}${SIGNS}${line}\n`);
const below = (top: Pair, line = ''): Pair => authority('/CN=below', `${BASIC}${SIGNS}${line}\n`, top);
const chainOf = (top: Pair, line = ''): Pair => {
  const { certificate, key } = below(top, line);
  return { certificate: Buffer.concat([certificate, top.certificate]), key };
};
const ofCurve = (namedCurve: string, issuer?: Pair): Pair => {
  const key = generateKeyPairSync('ec', { namedCurve }).privateKey.export({ type: 'pkcs8', format: 'pem' });
  return authority(`/CN=ec ${namedCurve}`, BASIC + SIGNS, issuer, 30, String(key));
};
const [ecRoot, ecMiddle] = [ofCurve('P-256'), ofCurve('P-384', root)];
const NAMES = ['manager', '10.0.0.7', 'fd00::7'];

/** CA, OpenSSL's verdict, Java's, and our code for OpenSSL. */
const CASES: [name: string, pair: Pair, byOpenssl: boolean, byJava: boolean, code?: string][] = [
  ['root', root, true, true],
  ['no-key-usage', authority('/CN=plain', BASIC), true, true],
  ['path-length-0', authority('/CN=plain', `basicConstraints=critical,CA:TRUE,pathlen:0\n${SIGNS}`), true, true],
  [
    'constraints-fit',
    limited(
      'nameConstraints=critical,permitted;DNS:manager,permitted;IP:10.0.0.0/255.0.0.0,permitted;IP:fd00::/ff00::',
    ),
    true,
    true,
  ],
  ['constraints-of-mail', limited('nameConstraints=critical,permitted;email:example.org'), true, true],
  ['name-excluded', limited('nameConstraints=critical,excluded;DNS:manager'), false, true, 'ca-name-constraints'],
  [
    'name-not-permitted',
    limited('nameConstraints=critical,permitted;DNS:example.org'),
    false,
    true,
    'ca-name-constraints',
  ],
  [
    'address-excluded',
    limited('nameConstraints=critical,excluded;IP:10.0.0.0/255.0.0.0'),
    false,
    true,
    'ca-name-constraints',
  ],
  ['usage-client', limited('extendedKeyUsage=clientAuth'), false, true, 'ca-extended-key-usage'],
  ['usage-code', limited('extendedKeyUsage=codeSigning,emailProtection'), false, true, 'ca-extended-key-usage'],
  ['usage-server', limited('extendedKeyUsage=serverAuth,clientAuth'), true, true],
  ['intermediate', middle, false, true, 'ca-intermediate'],
  ['whole-chain', { certificate: Buffer.concat([middle.certificate, root.certificate]), key: middle.key }, true, true],
  ['rsa-below-an-ec-root', chainOf(ecRoot), true, true],
  ['ec-p256', ecRoot, true, true],
  ['ec-p384', ofCurve('P-384'), true, true],
  ['ec-p521', ofCurve('P-521'), true, true],
  [
    'ec-below-an-rsa-root',
    { certificate: Buffer.concat([ecMiddle.certificate, root.certificate]), key: ecMiddle.key },
    true,
    true,
  ],
  ['chain-without-root', chainOf(middle), false, true, 'ca-intermediate'],
  [
    'root-of-path-length-0',
    chainOf(authority('/CN=short', `basicConstraints=critical,CA:TRUE,pathlen:0\n${SIGNS}`)),
    false,
    true,
    'ca-refused-by-clients',
  ],
  [
    'subject-excluded',
    limited('nameConstraints=critical,excluded;dirName:dn\n[dn]\nCN=manager'),
    false,
    true,
    'ca-name-constraints',
  ],
  [
    'subject-not-permitted',
    limited('nameConstraints=critical,permitted;dirName:dn\n[dn]\nO=Example'),
    false,
    true,
    'ca-name-constraints',
  ],
  ['constraints-of-uri', limited('nameConstraints=critical,permitted;URI:example.org'), true, true],
  ['names-permitted', limited('nameConstraints=critical,permitted;DNS:manager'), true, true],
  [
    'chain-name-not-permitted',
    chainOf(limited('nameConstraints=critical,permitted;DNS:example.org')),
    false,
    true,
    'ca-name-constraints',
  ],
  ['usage-any', limited('extendedKeyUsage=anyExtendedKeyUsage'), false, true, 'ca-extended-key-usage'],
  ['usage-server-of-old', limited('extendedKeyUsage=msSGC'), true, true],
  ['chain-usage', chainOf(root, 'extendedKeyUsage=clientAuth'), false, true, 'ca-extended-key-usage'],
  ['chain-root-usage', chainOf(limited('extendedKeyUsage=clientAuth')), false, true, 'ca-extended-key-usage'],
  ['unknown-critical', limited('1.2.3.4=critical,ASN1:UTF8String:x'), false, true, 'ca-refused-by-clients'],
  ['policies', limited('policyConstraints=critical,requireExplicitPolicy:0'), true, true],
  ['no-cert-sign', authority('/CN=nosign', `${BASIC}keyUsage=critical,digitalSignature\n`), false, false],
];

const leafKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const leafOf = ({ certificate, key }: Pair): string =>
  issueLeaf({ certificate: new X509Certificate(certificate), key: createPrivateKey(key) }, leafKey, {
    subject: 'manager',
    names: NAMES,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    serial: randomBytes(16),
  });

const files = Object.fromEntries(
  CASES.flatMap(([name, pair]) => [
    [`${name}.crt`, pair.certificate],
    [`${name}.leaf`, Buffer.from(leafOf(pair))],
  ]),
);

describe('what the clients of a CA say of a certificate that it issues', () => {
  let java: Record<string, string> = {};
  beforeAll(() => {
    const program = join(import.meta.dirname, 'Accepts.java');
    const said = inDirectory(files, (dir) =>
      execFileSync('java', [program, ...CASES.map(([name]) => name)], { cwd: dir, encoding: 'utf8' }),
    );
    java = Object.fromEntries(
      said
        .trim()
        .split('\n')
        .map((line) => line.split(' ')),
    );
  }, 60_000);

  it.each(CASES)('%s', (name, _pair, byOpenssl, byJava) => {
    const verify = (): string =>
      inDirectory(files, (dir) =>
        openssl(
          dir,
          'verify',
          '-purpose',
          'sslserver',
          '-verify_hostname',
          'manager',
          '-CAfile',
          `${name}.crt`,
          `${name}.leaf`,
        ),
      );
    if (byOpenssl) expect(verify()).toContain('OK');
    else expect(verify).toThrow();
    expect(java[name]).toBe(String(byJava));
  });

  it.each(CASES.filter(([, , , byJava]) => byJava))(
    '%s: our trial comes to the same',
    async (_name, pair, byOpenssl, _byJava, code) => {
      const material = certificateAuthorityWithChain.accept({ ...pair }, new Date(Date.now() + 1000));
      const fault = await tryAuthority(material, { names: NAMES, clients: ['openssl'] }, source);
      expect(fault?.code).toBe(code);
      expect(fault === undefined).toBe(byOpenssl);
      expect(await tryAuthority(material, { names: NAMES, clients: ['pkix'] }, source)).toBeUndefined();
      // A client of each kind: the stricter one decides.
      expect((await tryAuthority(material, { names: NAMES, clients: ['openssl', 'pkix'] }, source))?.code).toBe(code);
    },
  );

  it.each([
    ['address-excluded', 'has name constraints that rule out 10.0.0.7, which'],
    // An address is no DNS name: a limit on names says nothing of it.
    ['name-not-permitted', 'has name constraints that rule out manager, which'],
    ['subject-excluded', 'rule out the subject of the certificates'],
    ['subject-not-permitted', 'rule out the subject of the certificates'],
    ['root-of-path-length-0', '(or one above it in its file) has a path length'],
    ['chain-usage', '(or one above it in its file) has an extended key usage'],
    ['chain-without-root', 'is an intermediate (issued by CN=root)'],
    ['unknown-critical', 'unhandled critical extension'],
  ])('%s: says %s', async (wanted, words) => {
    const pair = CASES.find(([name]) => name === wanted)?.[1] as Pair;
    const fault = await tryAuthority({ ...pair }, { names: NAMES, clients: ['openssl'] }, source);
    expect(fault?.text).toContain(words);
  });
});

it('keyUsage without keyCertSign is refused for that reason', () => {
  const pair = CASES.find(([name]) => name === 'no-cert-sign')?.[1] as Pair;
  const error = refusal(() => certificateAuthority.accept({ ...pair }, new Date(Date.now() + 1000)));
  expect([error.code, error.message]).toEqual(['ca-key-usage', expect.stringContaining('keyCertSign')]);
});

describe('a chain', () => {
  const now = new Date(Date.now() + 1000);
  it('is put in order, the one that issues first', () => {
    const any = Buffer.concat([root.certificate, middle.certificate]);
    const stored = certificateAuthorityWithChain.accept({ certificate: any, key: middle.key }, now);
    expect(stored['certificate']?.toString()).toBe(`${middle.certificate.toString()}${root.certificate.toString()}`);
    expect(certificateAuthorityWithChain.describe(stored).subject).toContain('CN=middle');
  });

  it('may hold a certificate twice, and says which of several has ended', () => {
    const twice = Buffer.concat([middle.certificate, root.certificate, root.certificate]);
    const stored = certificateAuthorityWithChain.accept({ certificate: twice, key: middle.key }, now);
    expect(stored['certificate']?.toString()).toBe(`${middle.certificate.toString()}${root.certificate.toString()}`);
    const brief = authority('/CN=brief', BASIC + SIGNS, undefined, 1);
    const { certificate, key } = chainOf(brief);
    const error = refusal(() =>
      certificateAuthorityWithChain.accept({ certificate, key }, new Date(Date.now() + 2 * 86_400_000)),
    );
    expect([error.code, error.message]).toEqual(['ca-expired', expect.stringContaining('CN=brief above the CA')]);
  });

  it('is refused with a certificate that is none of it, and where one is handed on', () => {
    const strange = Buffer.concat([middle.certificate, root.certificate, authority('/CN=other', BASIC).certificate]);
    expect(
      refusal(() => certificateAuthorityWithChain.accept({ certificate: strange, key: middle.key }, now)).code,
    ).toBe('ca-certificate-chain');
    const chain = Buffer.concat([middle.certificate, root.certificate]);
    expect(refusal(() => certificateAuthority.accept({ certificate: chain, key: middle.key }, now)).code).toBe(
      'ca-certificate-chain',
    );
  });
});
