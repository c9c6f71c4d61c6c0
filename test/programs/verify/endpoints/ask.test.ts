import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { createServer as createTls } from 'node:tls';
import { type Socket, createServer as createTcp, type AddressInfo, type Server } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { EndpointExpectation, TlsEndpoint } from '../../../../src/sdk/definition.ts';
import { momentOf, systemClock, type Clock } from '../../../../src/swarm/clock.ts';
import { askEndpoint } from '../../../../src/verify/endpoints/ask.ts';
import type { EndpointSubject, Keys } from '../../../../src/verify/endpoints/types.ts';
import { certify, type Identity } from '../../../unit/verify/endpoints/material.ts';

const TOKEN = 'right-token-0123456789';
const ca = certify(undefined, { cn: 'our CA', ca: true });
const good = certify(ca, { names: ['imply-manager'] });
const stranger = certify(certify(undefined, { cn: 'our CA', ca: true }), { names: ['imply-manager'] });
const keys: Keys = { authority: () => ({ certificate: Buffer.from(ca.certificate) }), token: () => TOKEN };
const part = { secret: 'ca', part: 'certificate' };

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});
const listen = async (server: Server, port = 0): Promise<number> => {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};
const https = (
  { certificate, key }: Identity,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  options: object = {},
): Promise<number> => listen(createHttps({ cert: certificate, key, ...options }, answer));
const ok = (_request: IncomingMessage, response: ServerResponse): void => void response.end('secret body');

const ask = (
  endpoint: EndpointExpectation,
  port: number,
  change: {
    tls?: TlsEndpoint;
    keys?: Keys;
    waitMs?: number;
    giveUpMs?: number;
    signal?: AbortSignal;
    clock?: Clock;
    handOn?: boolean;
    host?: string;
  } = {},
) => {
  const clock = change.clock ?? systemClock;
  const now = clock.now();
  const subject = {
    service: 'app',
    task: {} as EndpointSubject['task'],
    endpoint,
    ...(change.tls ? { tls: change.tls } : {}),
  };
  const limits = {
    deadline: now + (change.waitMs ?? 0),
    giveUpAt: now + (change.giveUpMs ?? Math.max(5_000, change.waitMs ?? 0)),
    signal: change.signal ?? new AbortController().signal,
  };
  return askEndpoint(subject, { host: change.host ?? '127.0.0.1', port }, change.keys ?? keys, {
    ...limits,
    clock,
    now: () => momentOf(clock, 0),
    ...(change.handOn === undefined ? {} : { handOn: change.handOn }),
  });
};
const tls: TlsEndpoint = { kind: 'tls', name: 'https', port: 9097, names: ['imply-manager'], authority: part };
const http: EndpointExpectation = {
  kind: 'http',
  name: 'health',
  port: 9097,
  tls: false,
  path: '/health',
  status: [200],
};
const authentication: EndpointExpectation = {
  kind: 'authentication',
  name: 'api-token',
  port: 9989,
  tls: true,
  user: 'imply',
  token: { secret: 'auth-token', part: 'token' },
  request: { method: 'POST', path: '/action', body: '{"a":1}' },
};

describe('a port that may be closed', () => {
  const CLOSED = 'closed until somebody opens it';
  const secured: EndpointExpectation = { kind: 'secured', name: 'router-not-plain', port: 9088, closedUntil: CLOSED };
  const waiting = (port: number) => ask(secured, port, { waitMs: 60_000 });

  test('is not run while it is closed, and not waited for', async () => {
    const port = await listen(createTcp());
    servers.pop()?.close();
    expect(await waiting(port)).toMatchObject({ status: 'not-run', detail: CLOSED, reached: false });
    const hangsUp = await listen(createTcp((socket) => socket.destroy()));
    expect(await waiting(hangsUp)).toMatchObject({ status: 'not-run', detail: CLOSED, reached: false });
  });
  test('cannot be told if there is no way to it, and is tried twice', async () => {
    let waits = 0;
    const clock = { ...systemClock, sleep: async () => void (waits += 1) };
    // No single host, so that Linux has no way there for TCP (ENETUNREACH); what nobody has may be refused on the way.
    const outcome = await ask(secured, 9088, { host: '255.255.255.255', waitMs: 60_000, clock });
    expect(outcome).toMatchObject({ status: 'unsure', reached: false });
    expect(outcome.detail).toMatch(/, asked from this machine$/);
    expect(waits).toBe(1);
  });
  test('speaks TLS, by whatever certificate, and no plain HTTP', async () => {
    for (const own of [good, stranger])
      expect(await waiting(await https(own, ok))).toMatchObject({
        status: 'passed',
        detail: 'TLSv1.3; whose certificate it shows is not looked at, plain HTTP refused',
      });
  });
  test('fails for plain HTTP', async () => {
    expect(await waiting(await listen(createHttp(ok)))).toMatchObject({
      status: 'failed',
      detail: 'it serves plain HTTP on the same port (200): no TLS handshake of 1.2 or newer',
    });
  });
  test('tells nothing by silence, or by what is neither', async () => {
    const silent = await listen(createTcp((socket) => socket.on('error', () => undefined)));
    expect(await waiting(silent)).toMatchObject({ status: 'unsure', reached: false });
    const neither = await listen(
      createTcp((socket) => socket.on('error', () => undefined).once('data', () => socket.end('no, thank you'))),
    );
    expect(await waiting(neither)).toMatchObject({ status: 'unsure', detail: 'no TLS handshake of 1.2 or newer' });
  });
});

describe('TLS', () => {
  test('a real handshake, and plain HTTP refused', async () => {
    expect(await ask(tls, await https(good, ok))).toMatchObject({
      status: 'passed',
      detail: expect.stringMatching(/our CA.*TLSv1\.3, plain HTTP refused$/),
      certificate: { names: ['imply-manager'] },
    });
    expect((await ask(tls, await https(stranger, ok))).status).toBe('failed');
  });
  test('the whole chain that it presents is looked at', async () => {
    const middle = certify(ca, { cn: 'middle', ca: true });
    const leaf = certify(middle, { names: ['imply-manager'] });
    expect(
      (await ask(tls, await https({ ...leaf, certificate: leaf.certificate + middle.certificate }, ok))).status,
    ).toBe('passed');
    expect((await ask(tls, await https(leaf, ok))).status).toBe('failed');
  });
  test('a server that takes TLS 1.1 or 1.0 too, with the certificate of all', async () => {
    const versions = (minVersion: string) => ({ minVersion, ciphers: 'DEFAULT@SECLEVEL=0' });
    for (const oldest of ['TLSv1', 'TLSv1.1']) {
      const port = await https(good, ok, versions(oldest));
      expect(await ask(tls, port)).toMatchObject({
        status: 'failed',
        detail: expect.stringMatching(/^it takes TLS 1\.1 or older too: .*our CA.*TLSv1\.3$/),
        certificate: { names: ['imply-manager'] },
      });
      expect(await ask({ ...tls, olderTls: 'told' }, port)).toMatchObject({
        status: 'passed',
        detail: expect.stringMatching(/TLSv1\.3; it takes TLS 1\.1 or older too, plain HTTP refused$/),
      });
    }
    expect((await ask(tls, await https(good, ok, versions('TLSv1.2')))).status).toBe('passed');
    expect((await ask(tls, await https(good, ok, versions('TLSv1.3')))).status).toBe('passed');
  });
  test('a server that serves plain HTTP instead', async () => {
    expect(await ask(tls, await listen(createHttp(ok)))).toMatchObject({
      status: 'failed',
      detail: 'it serves plain HTTP on the same port (200); it does not speak TLS',
    });
  });
  test('a port with both, the better for browsers', async () => {
    const secure = await https(good, ok);
    const plain = await listen(createHttp(ok));
    const { connect } = await import('node:net');
    const both = await listen(
      createTcp((client) =>
        client.once('data', (first: Buffer) => {
          const behind = connect(first[0] === 0x16 ? secure : plain, '127.0.0.1');
          for (const socket of [client, behind]) socket.on('error', () => undefined);
          behind.write(first);
          client.pipe(behind).pipe(client);
        }),
      ),
    );
    expect(await ask(tls, both)).toMatchObject({
      status: 'failed',
      detail: expect.stringMatching(/^it serves plain HTTP on the same port \(200\): CN=server/),
      certificate: {},
    });
  });
  test('a port that sends plain HTTP on to https, its headers in pieces', async () => {
    const secure = await https(good, ok);
    const { connect } = await import('node:net');
    const both = await listen(
      createTcp((client) => {
        client.on('error', () => undefined);
        client.once('data', (first: Buffer) => {
          if (first[0] !== 0x16) {
            client.write('HTTP/1.1 301 Moved Permanently\r\n');
            return setImmediate(() => client.end('location: https://127.0.0.1/\r\n\r\n'));
          }
          const behind = connect(secure, '127.0.0.1');
          behind.on('error', () => undefined);
          behind.write(first);
          client.pipe(behind).pipe(client);
        });
      }),
    );
    expect(await ask(tls, both)).toMatchObject({
      status: 'passed',
      detail: expect.stringMatching(/, plain HTTP redirected to https$/),
    });
  });
  test('nothing newer than 1.1', async () => {
    const port = await https(good, ok, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' });
    expect(await ask(tls, port)).toMatchObject({ status: 'failed', detail: 'it speaks no TLS of 1.2 or newer' });
  });
  describe('a server of TLS 1.2 that refuses a client without certificate, in the handshake', () => {
    const peersOnly = (options: object = {}) => ({
      ...{ ca: ca.certificate, requestCert: true, rejectUnauthorized: true, maxVersion: 'TLSv1.2' },
      ...options,
    });
    const REFUSES = 'it refuses a client without certificate';

    test('is judged by the certificate that it showed before', async () => {
      expect(await ask(tls, await https(good, ok, peersOnly()))).toMatchObject({
        status: 'passed',
        detail: expect.stringMatching(/our CA.*TLSv1\.2; it refuses a client without certificate, plain HTTP refused$/),
        certificate: { names: ['imply-manager'] },
      });
      expect(await ask(tls, await https(stranger, ok, peersOnly()))).toMatchObject({
        status: 'failed',
        detail: expect.stringMatching(/^it was not issued by the bundle’s CA/),
      });
    });
    test('of 1.3, after it', async () => {
      expect((await ask(tls, await https(good, ok, peersOnly({ maxVersion: 'TLSv1.3' })))).status).toBe('passed');
    });
    test('fails if it takes an older protocol too', async () => {
      const port = await https(good, ok, peersOnly({ minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' }));
      expect(await ask(tls, port)).toMatchObject({
        status: 'failed',
        detail: expect.stringMatching(/^it takes TLS 1\.1 or older too: .*our CA/),
      });
    });
    test('cannot be told if nothing is signed by the key of that certificate', async () => {
      const port = await https(good, ok, peersOnly({ ciphers: 'AES256-GCM-SHA384' }));
      expect(await ask(tls, port)).toMatchObject({ status: 'unsure', detail: REFUSES });
    });
    test('cannot be told by HTTP or a token, and is secured', async () => {
      const port = await https(good, ok, peersOnly());
      for (const endpoint of [{ ...http, tls: true }, authentication])
        expect(await ask(endpoint, port, { tls }), endpoint.kind).toMatchObject({ status: 'unsure', detail: REFUSES });
      const secured = { kind: 'secured', name: 'tls', port: 9088, closedUntil: 'opened' } as const;
      expect(await ask(secured, port)).toMatchObject({ status: 'passed', detail: expect.stringMatching(/^TLSv1\.2;/) });
    });
    test('is not what refuses every client, as without a cipher in common', async () => {
      const port = await https(good, ok, peersOnly({ ciphers: 'PSK-AES256-GCM-SHA384' }));
      const failed = { status: 'failed', detail: expect.stringMatching(/^the TLS handshake failed \(/) };
      expect(await ask(tls, port)).toMatchObject(failed);
      const exchange = { kind: 'exchange', name: 'peers', port: 1, serverName: 'imply-manager' } as const;
      expect(await ask({ ...exchange, send: '00', answer: '00', expected: 'refusal' }, port)).toMatchObject(failed);
    });
  });
  test('nobody listens: it cannot be told', async () => {
    const port = await listen(createTcp());
    servers.splice(0).forEach((server) => server.close());
    expect(await ask(tls, port)).toMatchObject({
      status: 'unsure',
      detail: 'connection refused, asked from this machine',
      reached: false,
    });
  });
  test('one that starts slowly is waited for', async () => {
    const port = await listen(createTcp());
    servers.splice(0).forEach((server) => server.close());
    const asked = ask(tls, port, { waitMs: 10_000 });
    await listen(createHttps({ cert: good.certificate, key: good.key }, ok), port);
    expect((await asked).status).toBe('passed');
  });
  test('an abort ends it at once', async () => {
    const port = await listen(createTcp(() => undefined));
    const stop = new AbortController();
    const asked = ask(tls, port, { signal: stop.signal, waitMs: 60_000 });
    stop.abort(new Error('stopped'));
    await expect(asked).rejects.toThrow('stopped');
  });
});

describe('HTTP and TCP', () => {
  test('the status decides, the body is not told', async () => {
    expect(await ask(http, await listen(createHttp(ok)))).toEqual({
      status: 'passed',
      detail: 'HTTP 200',
      reached: true,
    });
    expect(await ask({ ...http, tls: true }, await https(good, ok))).toEqual({
      status: 'passed',
      detail: 'HTTP 200',
      reached: true,
    });
    expect(
      await ask(http, await listen(createHttp((_request, response) => void response.writeHead(404).end('secret')))),
    ).toEqual({ status: 'failed', detail: 'HTTP 404 instead of 200', reached: true });
    expect(await ask(http, await https(good, ok))).toMatchObject({ status: 'unsure' });
    expect(
      await ask(
        http,
        await listen(createTcp((socket) => socket.end('SSH-2.0-OpenSSH_9.2p1\r\n').on('error', () => undefined))),
      ),
    ).toEqual({ status: 'failed', detail: 'its answer is not HTTP', reached: true });
  });
  test('an IPv6 address is named in brackets', async () => {
    const named: (string | undefined)[] = [];
    const port = await https(good, (request, response) => {
      named.push(request.headers.host);
      response.end();
    });
    await ask({ ...http, tls: true }, port, { tls: { ...tls, names: ['fd00::1'] } });
    await ask({ ...authentication, token: part }, port, {
      tls: { ...tls, names: ['fd00::1'] },
      keys: { ...keys, token: () => undefined, authority: () => undefined },
    });
    expect([...new Set(named)]).toEqual(['[fd00::1]']);
  });
  test('503 while it starts', async () => {
    let calls = 0;
    const port = await listen(
      createHttp((_request, response) => void response.writeHead((calls += 1) < 3 ? 503 : 200).end()),
    );
    expect((await ask(http, port, { waitMs: 10_000 })).status).toBe('passed');
  });
  test.each([
    ['an answer that is wrong is asked for again for a moment only', 404, 12_000],
    ['one that says it is starting is, until the time is up', 503, 121_000],
  ])('%s: %i', async (_what, status, most) => {
    let time = 0;
    const clock: Clock = {
      now: () => time,
      sleep: (ms) => {
        time += ms;
        return Promise.resolve();
      },
    };
    const port = await listen(createHttp((_request, response) => void response.writeHead(status).end()));
    expect((await ask(http, port, { waitMs: 120_000, clock })).status).toBe('failed');
    expect(time).toBeGreaterThan(most * 0.7);
    expect(time).toBeLessThanOrEqual(most);
  });
  test('an answer that is wrong gets its moment from when it came, however long nobody listened before', async () => {
    const port = await listen(createTcp());
    servers.splice(0).forEach((server) => server.close());
    let time = 0;
    let asked = 0;
    const clock: Clock = {
      now: () => time,
      sleep: async (ms) => {
        time += ms;
        if (time === 40_000)
          await listen(
            createHttp((_request, response) => void response.writeHead((asked += 1) < 3 ? 404 : 200).end()),
            port,
          );
      },
    };
    expect((await ask(http, port, { waitMs: 120_000, clock })).status).toBe('passed');
    expect(asked).toBe(3);
  });
  /** By it each attempt has the same time, however many there were. */
  const moment = Date.now();
  const still: Clock = { now: () => moment, sleep: () => Promise.resolve() };
  test.each([
    ['HTTP', http, 'passed'],
    ['TLS', tls, 'passed'],
    ['a token, and lets anyone in', authentication, 'failed'],
  ])('%s: one that takes the connection and says nothing at first is starting', async (_what, endpoint, status) => {
    const answer = (_request: IncomingMessage, response: ServerResponse): void => void response.writeHead(200).end();
    const behind = endpoint.kind === 'http' ? createHttp(answer) : createHttps({ cert: good.certificate, key: good.key }, answer); // prettier-ignore
    let taken = 0;
    const port = await listen(
      createTcp((socket) => {
        socket.on('error', () => undefined);
        if ((taken += 1) > 3) behind.emit('connection', socket);
      }),
    );
    const asked = await ask(endpoint, port, { waitMs: 100_000, giveUpMs: 500, clock: still, tls });
    expect(taken).toBeGreaterThan(3);
    expect(asked).toMatchObject({ status, reached: true });
  });
  test('one that says nothing for good cannot be told, and is there', async () => {
    const port = await listen(createTcp((socket) => void socket.on('error', () => undefined)));
    expect(await ask(http, port, { giveUpMs: 200, clock: still })).toEqual({
      status: 'unsure',
      detail: 'it takes the connection, and gave no answer in 0.2 s, asked from this machine',
      reached: true,
      silent: true,
    });
  });
  test('one that says nothing is left to whom it is handed on', async () => {
    let taken = 0;
    const port = await listen(
      createTcp((socket) => {
        socket.on('error', () => undefined);
        taken += 1;
      }),
    );
    const asked = await ask(http, port, { waitMs: 100_000, giveUpMs: 200, clock: still, handOn: true });
    expect(asked).toMatchObject({ status: 'unsure', silent: true });
    expect(taken).toBe(2);
  });
  test('a status line in pieces', async () => {
    const port = await listen(
      createTcp((socket) => {
        socket.on('error', () => undefined);
        socket.once('data', () =>
          [...'HTTP/1.1 200 OK\r\n\r\n'].forEach((character, index) =>
            setTimeout(() => socket.write(character), index),
          ),
        );
      }),
    );
    expect((await ask(http, port)).status).toBe('passed');
  });
  test('TCP', async () => {
    expect((await ask({ kind: 'tcp', name: 'x', port: 1 }, await listen(createTcp()))).status).toBe('passed');
  });
  test.each([
    [
      'a greeting in pieces',
      '',
      ['no', 'v2'],
      (socket) => {
        socket.write('hello v');
        setTimeout(() => socket.write('2'), 20);
      },
      'passed',
      'greets with "v2"',
    ],
    [
      'an answer',
      'ruok',
      ['imok'],
      (socket) => void socket.once('data', (data) => socket.end(data.toString() === 'ruok' ? 'imok' : 'no')),
      'passed',
      'answers "ruok" with "imok"',
    ],
    [
      'another server',
      '',
      ['v2'],
      (socket) => void socket.end('SSH-2.0'),
      'failed',
      'takes connections, but does not greet with "v2"',
    ],
    ['one that says nothing', 'ruok', ['imok'], () => undefined, 'failed', 'does not answer "ruok" with "imok"'],
  ] satisfies [string, string, string[], (socket: Socket) => void, string, string][])(
    'TCP: %s',
    async (_name, send, contains, serve, status, detail) => {
      const port = await listen(
        createTcp((socket) => {
          socket.on('error', () => undefined);
          serve(socket);
        }),
      );
      const outcome = await ask({ kind: 'tcp', name: 'x', port: 1, greeting: { send, contains } }, port, {
        waitMs: 1_000,
        giveUpMs: 1_500,
      });
      expect(outcome).toMatchObject({ status, detail: expect.stringContaining(detail) as string });
    },
  );
});

describe('authentication', () => {
  const guarded =
    (seen: string[], letsIn: (password: string | undefined) => boolean) =>
    (request: IncomingMessage, response: ServerResponse): void => {
      const password =
        request.headers.authorization?.startsWith('Basic ') === true
          ? Buffer.from(request.headers.authorization.slice(6), 'base64').toString().split(':')[1]
          : undefined;
      seen.push(password ?? 'none');
      request.on('data', (body: Buffer) =>
        seen.push(`${String(request.method)} ${String(request.url)} ${body.toString()}`),
      );
      request.on('end', () => response.writeHead(letsIn(password) ? 404 : 401).end(`secret ${TOKEN}`));
    };
  test('the right token in, a wrong one and none refused', async () => {
    const seen: string[] = [];
    const port = await https(
      good,
      guarded(seen, (password) => password === TOKEN),
    );
    expect(await ask(authentication, port, { tls })).toEqual({
      status: 'passed',
      detail: 'with the token 404, with a wrong one 401, without 401',
      reached: true,
    });
    expect(seen.filter((line) => line.startsWith('POST'))).toEqual(Array(3).fill('POST /action {"a":1}'));
    expect(seen.filter((line) => line === TOKEN)).toHaveLength(1);
  });
  test('one that lets anyone in', async () => {
    expect(
      await ask(
        authentication,
        await https(
          good,
          guarded([], () => true),
        ),
        { tls },
      ),
    ).toMatchObject({ status: 'failed', detail: expect.stringContaining('lets in a wrong token and no token at all') });
  });
  test.each<[string, Identity, TlsEndpoint | undefined, string]>([
    ['another CA', stranger, tls, 'unsure'],
    ['another name', certify(ca, { names: ['other'] }), tls, 'unsure'],
    ['nothing known of its certificate', good, undefined, 'not-run'],
  ])('the token never goes to a server with %s', async (_what, identity, of, status) => {
    const seen: string[] = [];
    expect(
      await ask(
        authentication,
        await https(
          identity,
          guarded(seen, () => true),
        ),
        of ? { tls: of } : {},
      ),
    ).toMatchObject({ status, detail: expect.stringMatching(/^a token is (not )?sent to/) });
    expect(seen).toEqual([]);
  });
  test('nor in clear to a server that should speak TLS', async () => {
    const seen: string[] = [];
    expect((await ask(authentication, await listen(createHttp(guarded(seen, () => true))), { tls })).status).toBe(
      'failed',
    );
    expect(seen).toEqual([]);
  });
  test('without secrets/ the others are asked all the same', async () => {
    const without = { ...keys, token: () => undefined };
    const seen: string[] = [];
    expect(
      await ask(
        authentication,
        await https(
          good,
          guarded(seen, () => false),
        ),
        { tls, keys: without },
      ),
    ).toMatchObject({ status: 'unsure', detail: expect.stringContaining('no secrets/') });
    expect(seen.filter((line) => !line.startsWith('POST'))).toHaveLength(2);
    expect(
      (
        await ask(
          authentication,
          await https(
            good,
            guarded([], () => true),
          ),
          { tls, keys: without },
        )
      ).status,
    ).toBe('failed');
  });
  test('in clear, where the definition says so', async () => {
    const port = await listen(createHttp(guarded([], (password) => password === TOKEN)));
    expect((await ask({ ...authentication, tls: false }, port)).status).toBe('passed');
  });
});

describe('a question of bytes through TLS', () => {
  const exchange = (expected: 'answer' | 'refusal'): EndpointExpectation => ({
    kind: 'exchange',
    name: 'protocol',
    port: 9094,
    serverName: 'imply-manager',
    send: '00ff0a',
    answer: '..000a',
    expected,
  });
  /** Answers the question, and no other, with these bytes in two pieces. */
  const answering = (hex: string) => (socket: Socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      if (data.toString('hex') !== '00ff0a') return void socket.end();
      socket.write(Buffer.from(hex.slice(0, 2), 'hex'));
      setTimeout(() => socket.write(Buffer.from(hex.slice(2), 'hex')), 20);
    });
  };
  const secure = (hex: string, options: object = {}): Promise<number> =>
    listen(createTls({ cert: good.certificate, key: good.key, ...options }, answering(hex)));
  const peersOnly = { ca: ca.certificate, requestCert: true, rejectUnauthorized: true };

  test.each([
    ['the answer', '00000a99', {}, 'passed', 'failed', /^answers a client without certificate/],
    ['the answer of another byte', 'ab000a', {}, 'passed', 'failed', /^answers/],
    ['another answer', '00010a', {}, 'failed', 'failed', /neither answers/],
    ['no certificate, no answer (1.3)', '00000a', peersOnly, 'failed', 'passed', /^refuses a client/],
    ['the same of 1.2', '00000a', { ...peersOnly, maxVersion: 'TLSv1.2' }, 'failed', 'passed', /^refuses a client/],
  ])('%s', async (_title, hex, options, answer, refusal, detail) => {
    const port = await secure(hex, options);
    expect(await ask(exchange('answer'), port)).toMatchObject({
      status: answer,
      detail: expect.stringMatching(detail),
    });
    expect((await ask(exchange('refusal'), port)).status).toBe(refusal);
  });

  test('the same answer without TLS passes neither way', async () => {
    const port = await listen(createTcp(answering('00000a')));
    for (const expected of ['answer', 'refusal'] as const)
      expect(await ask(exchange(expected), port)).toMatchObject({ status: 'failed', detail: 'answers without TLS' });
  });

  test('a server that hangs up after the handshake is asked again, and refuses nobody', async () => {
    const port = await listen(
      createTls({ cert: good.certificate, key: good.key }, (socket) => void socket.on('error', () => undefined).end()),
    );
    expect(await ask(exchange('refusal'), port)).toMatchObject({ status: 'failed' });
  });
});
