import { describe, expect, test } from 'vitest';
import { judgeAuthentication } from '../../../../src/verify/endpoints/judge-authentication.ts';
import { judgeCertificate, otherIssuer } from '../../../../src/verify/endpoints/judge-certificate.ts';
import { inPlain, type InPlain, judgeStatus, withPlain } from '../../../../src/verify/endpoints/judge-http.ts';
import type { KnownAuthority } from '../../../../src/verify/endpoints/types.ts';
import { certify, digestOf, type Identity } from '../../../unit/verify/endpoints/material.ts';

const ca = certify(undefined, { cn: 'our CA', ca: true, until: 900 });
const twin = certify(undefined, { cn: 'our CA', ca: true });
const server = certify(ca, { cn: 'imply-manager', names: ['imply-manager', 'localhost', '10.0.0.3'] });

const known = ({ certificate }: Identity): KnownAuthority => ({ certificate: Buffer.from(certificate) });
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000);
const judge = (
  chain: Identity[],
  change: {
    authority?: KnownAuthority | undefined;
    names?: string[];
    protocol?: string;
    days?: number;
    engineDays?: number;
  } = {},
) => {
  const { names = ['imply-manager'], protocol = 'TLSv1.3', days = 0, engineDays } = change;
  const authority = 'authority' in change ? change.authority : known(ca);
  return judgeCertificate(
    { chain: chain.map(({ certificate }) => certificate), protocol },
    { names, authority, now: { here: inDays(days), ...(engineDays !== undefined && { there: inDays(engineDays) }) } },
  );
};

describe('certificates', () => {
  test('one of our CA, in date, for the name that is dialled, passes with its evidence', () => {
    expect(judge([server])).toEqual({
      status: 'passed',
      detail: 'CN=imply-manager, for imply-manager, localhost, 10.0.0.3, issued by CN=our CA, 29 days left, TLSv1.3',
      certificate: {
        subject: 'CN=imply-manager',
        names: ['imply-manager', 'localhost', '10.0.0.3'],
        issuer: 'CN=our CA',
        notAfter: expect.stringMatching(/Z$/),
        daysLeft: 29,
      },
    });
    expect(judge([server, ca], { names: ['localhost', '10.0.0.3'] }).status).toBe('passed');
  });

  test('one with names of hosts alone, without a subject, passes; an issuer without a name is told', () => {
    const nameless = certify(ca, { cn: '', names: ['imply-manager'] });
    expect(judge([nameless])).toMatchObject({
      status: 'passed',
      detail: expect.stringMatching(/^no subject, for imply-manager, issued by CN=our CA/),
      certificate: { subject: '', issuer: 'CN=our CA' },
    });
    const above = certify(undefined, { cn: '', ca: true });
    const below = certify(above, { names: ['imply-manager'], until: -1, from: -3 });
    expect(judge([below, above])).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('issued by nobody named'),
    });
    expect(otherIssuer([below.certificate], known(ca))).toBe('nobody named');
  });

  test('through intermediates that it presents, in any order', () => {
    const middle = certify(ca, { cn: 'middle', ca: true });
    const leaf = certify(middle, { names: ['imply-manager'] });
    expect(judge([leaf, ca, middle]).status).toBe('passed');
    expect(judge([leaf])).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('not issued by the bundle’s CA'),
    });
    const notForThat = certify(ca, { cn: 'no CA' });
    expect(
      judge([certify(notForThat, { names: ['imply-manager'] }), notForThat]).status,
      'a certificate that may not issue',
    ).toBe('failed');
    const over = certify(ca, { cn: 'over', ca: true, until: 1 });
    expect(judge([certify(over, { names: ['imply-manager'] }), over], { days: 2 })).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('CN=over above it expired'),
    });
  });

  test('an extended key usage must be that of a server, of each below the authority; of the authority itself it is no matter', () => {
    const names = ['imply-manager'];
    const of = (...usages: ('serverAuth' | 'clientAuth')[]) => judge([certify(ca, { names, usages })]);
    expect(of('serverAuth', 'clientAuth').status).toBe('passed');
    expect(of()).toMatchObject({ status: 'passed' });
    expect(of('clientAuth')).toMatchObject({
      status: 'failed',
      detail: expect.stringMatching(/^its extended key usage lacks serverAuth, so that clients refuse it \(/),
    });
    const middle = certify(ca, { cn: 'middle', ca: true, usages: ['clientAuth'] });
    expect(judge([certify(middle, { names, usages: ['serverAuth'] }), middle])).toMatchObject({
      status: 'failed',
      detail: expect.stringMatching(/^CN=middle above it has an extended key usage without serverAuth/),
    });
    const root = certify(undefined, { cn: 'root', ca: true, usages: ['clientAuth'] });
    expect(judge([certify(root, { names })], { authority: known(root) }).status).toBe('passed');
  });

  test.each<[string, () => ReturnType<typeof judge>, RegExp]>([
    [
      'another CA',
      () => judge([certify(certify(undefined, { cn: 'x', ca: true }), { names: ['imply-manager'] })]),
      /^it was not issued by the bundle’s CA/,
    ],
    [
      'another CA of the same name',
      () => judge([certify(twin, { names: ['imply-manager'] }), twin]),
      /^it was not issued by the bundle’s CA/,
    ],
    [
      'signed by itself',
      () => judge([certify(undefined, { cn: 'our CA', names: ['imply-manager'] })]),
      /^it was not issued by the bundle’s CA/,
    ],
    ['expired', () => judge([server], { days: 31 }), /^it expired on \d{4}-\d\d-\d\d \(.*, expired on/],
    ['not valid yet', () => judge([server], { days: -5 }), /^it is not valid before/],
    [
      'a CA that has expired',
      () => judge([certify(ca, { names: ['imply-manager'], until: 2000 })], { days: 1000 }),
      /^CN=our CA above it expired/,
    ],
    [
      'one name of two missing',
      () => judge([server], { names: ['localhost', 'manager.example'] }),
      /^it does not name manager\.example, which/,
    ],
    [
      'the name in the common name only',
      () => judge([certify(ca, { cn: 'imply-manager' })]),
      /^it does not name imply-manager.*for no name at all/,
    ],
    ['an address that it does not name', () => judge([server], { names: ['10.0.0.4'] }), /does not name 10\.0\.0\.4/],
    ['an old protocol', () => judge([server], { protocol: 'TLSv1.1' }), /^the protocol is TLSv1\.1/],
    ['no certificate', () => judge([]), /is no certificate/],
    ['nonsense', () => judge([{ certificate: 'x', key: '' }]), /is no certificate/],
  ])('%s fails', (_what, run, detail) => {
    const { status, detail: said } = run();
    expect([status, said]).toEqual(['failed', expect.stringMatching(detail)]);
  });

  test('wildcards stand for one whole label', () => {
    const wild = certify(ca, { names: ['*.example.org', 'f*.example.net'] });
    expect(['a.example.org', 'A.Example.Org'].map((name) => judge([wild], { names: [name] }).status)).toEqual([
      'passed',
      'passed',
    ]);
    expect(
      ['example.org', 'a.b.example.org', 'foo.example.net'].map((name) => judge([wild], { names: [name] }).status),
    ).toEqual(['failed', 'failed', 'failed']);
  });

  test.each([
    [
      { days: 31, engineDays: 0 },
      /^two clocks are apart: by this machine’s it expired on .*, by the other it is in date/,
    ],
    [{ days: 0, engineDays: -5 }, /^two clocks are apart: by the engine’s it is not valid before/],
  ])('by one of two clocks in date cannot be told: %j', (change, detail) => {
    const outcome = judge([server], change);
    expect([outcome.status, outcome.detail]).toEqual(['unsure', expect.stringMatching(detail)]);
    expect(judge([server], { ...change, names: ['other'] }).status, 'another fault is one all the same').toBe('failed');
  });

  test('every fault is told', () => {
    const { detail } = judge([certify(twin, { names: ['other'], until: 1 })], { days: 2, protocol: 'TLSv1' });
    expect(detail).toMatch(
      /^it was not issued.*; it expired.*; it does not name imply-manager.*; the protocol is TLSv1;/,
    );
  });

  test('with a digest alone: what is presented tells, and what is not cannot', () => {
    const digest = { sha256: digestOf(ca) };
    expect(judge([server, ca], { authority: digest }).status).toBe('passed');
    expect(judge([server], { authority: digest })).toMatchObject({
      status: 'unsure',
      detail: expect.stringContaining('no secrets/'),
      certificate: { daysLeft: 29 },
    });
    expect(
      judge([certify(twin, { names: ['imply-manager'] }), twin], { authority: digest }).status,
      'another root',
    ).toBe('failed');
    expect(
      judge([certify(twin, { names: ['imply-manager'] }), ca], { authority: digest }).status,
      'our CA presented, and not its issuer',
    ).toBe('failed');
    expect(judge([server], { authority: undefined }).status).toBe('unsure');
    expect(judge([server], { authority: undefined, days: 99 }).status, 'a fault is one all the same').toBe('failed');
  });

  test('what a certificate says cannot steer a terminal', () => {
    const evil = judge([certify(ca, { cn: 'a\u001b[2Jb\nc', names: ['imply-manager'] })]);
    expect(evil.detail).not.toMatch(/[\u0000-\u001f]/);
    expect(JSON.stringify(evil.certificate)).not.toContain('\\u001b');
  });
});

describe('tokens', () => {
  test.each<[number | undefined, number, number, string]>([
    [200, 401, 401, 'passed'],
    [404, 403, 401, 'passed'],
    [302, 401, 401, 'passed'],
    [200, 200, 401, 'failed'],
    [200, 401, 200, 'failed'],
    [404, 404, 404, 'failed'],
    [undefined, 200, 401, 'failed'],
    [401, 401, 401, 'failed'],
    [403, 401, 401, 'failed'],
    [200, 500, 401, 'unsure'],
    [503, 401, 401, 'unsure'],
    [200, 401, 429, 'unsure'],
    [undefined, 401, 401, 'unsure'],
  ])('right %s, wrong %s, none %s: %s', (right, wrong, none, status) => {
    expect(judgeAuthentication({ right, wrong, none }).status).toBe(status);
  });
  test('says who was let in', () => {
    expect(judgeAuthentication({ right: 200, wrong: 200, none: 404 }).detail).toBe(
      'it lets in a wrong token and no token at all: with the token 200, with a wrong one 200, without 404',
    );
  });
});

describe('plain HTTP on a TLS port', () => {
  test.each<[string, string, InPlain]>([
    ['Node and Java close', '', 'refused'],
    ['a TLS alert', '\u0015\u0003\u0003\u0000\u0002\u0002\u0016', 'refused'],
    ['Go', 'HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.', 'refused'],
    ['upgrade required', 'HTTP/1.1 426 Upgrade Required\r\n', 'refused'],
    ['Flink', 'HTTP/1.1 301 Moved Permanently\r\nlocation: https://127.0.0.1:8081/\r\n\r\n', 'redirected'],
    ['a redirect in plain', 'HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1/login\r\n\r\n', 301],
    ['one within the server', 'HTTP/1.1 302 Found\r\nLocation: /login?to=https://x/\r\n\r\n', 302],
    ['one that says not where', 'HTTP/1.1 301 Moved\r\n\r\nLocation: https://x/', 301],
    ['a page that names https', 'HTTP/1.1 200 OK\r\nLocation: https://x/\r\n\r\n', 200],
    ['a page', 'HTTP/1.1 200 OK\r\n', 200],
    ['a log-in', 'HTTP/1.1 401 Unauthorized\r\n', 401],
    ['not found', 'HTTP/1.1 404', 404],
  ])('%s', (_what, answer, found) => {
    expect(inPlain(Buffer.from(answer, 'latin1'))).toBe(found);
  });
  test('spoils the best certificate', () => {
    expect(withPlain({ status: 'passed', detail: 'CN=x' }, 'refused')).toEqual({
      status: 'passed',
      detail: 'CN=x, plain HTTP refused',
    });
    expect(withPlain({ status: 'passed', detail: 'CN=x' }, 200)).toEqual({
      status: 'failed',
      detail: 'it serves plain HTTP on the same port (200): CN=x',
    });
    expect(judgeStatus(503, [200, 204])).toEqual({ status: 'failed', detail: 'HTTP 503 instead of 200 or 204' });
  });
});
