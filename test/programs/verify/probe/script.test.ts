import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createPlain, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecure } from 'node:https';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTls } from 'node:tls';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProbeQuestion } from '../../../../src/verify/probe/question.ts';
import { parseFindings, type Facts } from '../../../../src/verify/probe/parse.ts';
import { probeScript } from '../../../../src/verify/probe/script.ts';
import { certify } from '../../../unit/verify/endpoints/material.ts';

const works = (program: string, args: string[]): string | undefined => {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return undefined;
  }
};
const [, major = 0, minor = 0] = /^curl (\d+)\.(\d+)/.exec(works('curl', ['--version']) ?? '')?.map(Number) ?? [];
const unsupported = major > 7 || (major === 7 && minor >= 88) ? undefined : 'no curl 7.88 or newer on this machine';
if (unsupported !== undefined) process.stderr.write(`SKIPPED, the probe's script cannot run here: ${unsupported}\n`);
const shells = [['sh'], ['bash'], ['busybox', 'sh']].filter(
  ([program = '', ...args]) => works(program, [...args, '-c', 'exit 0']) !== undefined,
);

/** How a connection ends that nobody serves yet: in order, and not. */
const HANG_UPS: Readonly<Record<string, (socket: Socket) => void>> = {
  ended: (socket) => void socket.end(),
  reset: (socket) => void socket.resetAndDestroy(),
};

/** All that is awkward for a shell, for curl's configuration and for printf. */
const TOKEN = 'To"k\\e$n`x\'%s-{0123}#456789';

/** The job's program as it is, in the shells of this machine, against real servers. */
describe.skipIf(unsupported !== undefined)('the program of the probe', () => {
  const ca = certify(undefined, { cn: 'our CA', ca: true });
  const own = certify(ca, { cn: 'manager', names: ['manager'] });
  const stranger = certify(undefined, { cn: 'our CA', names: ['manager'] });
  const basic = `Basic ${Buffer.from(`imply:${TOKEN}`).toString('base64')}`;
  const seen: Record<string, string[]> = {};
  const servers: Server[] = [];
  const port: Record<string, number> = {};
  let dir: string;
  let agents: () => object[] = () => [];

  const answer = (name: string) => (request: IncomingMessage, response: ServerResponse) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      (seen[name] ??= []).push(`${request.method} ${request.url} ${request.headers.authorization ?? '-'} ${body}`);
      if (request.url === "/it's") response.statusCode = 204;
      else if (request.url !== '/' && request.headers.authorization !== basic) response.statusCode = 401;
      response.end(JSON.stringify({ cluster: { id: 'x', state: 'registered' }, agents: agents() }));
    });
  };
  const listen = async (name: string, server: Server) => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    servers.push(server);
    port[name] = (server.address() as AddressInfo).port;
  };

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'bundle-probe-'));
    await mkdir(join(dir, 'ca'));
    await writeFile(join(dir, 'ca/content'), ca.certificate);
    await writeFile(join(dir, 'token'), `${TOKEN}\r\n`);
    await listen('good', createSecure({ cert: own.certificate, key: own.key }, answer('good')));
    await listen('stranger', createSecure({ cert: stranger.certificate, key: stranger.key }, answer('stranger')));
    await listen('old', createSecure({ cert: own.certificate, key: own.key, maxVersion: 'TLSv1.2' }, answer('old')));
    const weak = { minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    await listen('weak', createSecure({ cert: own.certificate, key: own.key, ...weak }, answer('weak')));
    await listen(
      'weak bytes',
      createTls({ cert: own.certificate, key: own.key, ...weak }, (socket) => socket.end('x')),
    );
    await listen('plain', createPlain(answer('plain')));
    await listen(
      'flink',
      createPlain((_request, response) => response.writeHead(301, { location: 'https://manager:8081/' }).end()),
    );
    await listen(
      'elsewhere',
      createPlain((_request, response) => response.writeHead(302, { location: '/to?https://x' }).end()),
    );
    await listen(
      'silent',
      createServer((socket) => socket.on('error', () => undefined)),
    );
    const [closed, late] = [createServer(), createServer()];
    await listen(
      'talker',
      createServer((socket) => {
        socket.on('error', () => undefined);
        // As MySQL greets: zero bytes, and what telnet takes for commands.
        socket.write(
          Buffer.concat([
            Buffer.from([74, 0, 0, 0, 10]),
            Buffer.from('8.4.11'),
            Buffer.from([0, 255, 255, 255, 2, 0, 255, 223, 21, 0]),
            Buffer.from('caching_sha2_password\0'),
          ]),
        );
      }),
    );
    await listen(
      'asked',
      createServer((socket) =>
        socket
          .on('error', () => undefined)
          .once('data', (data) => socket.end(data.toString() === "ru'ok" ? 'imok' : 'no')),
      ),
    );
    const bytes = (options: object) =>
      createTls({ cert: own.certificate, key: own.key, ...options }, (socket) =>
        socket
          .on('error', () => undefined)
          .on('data', (data) =>
            socket.write(Buffer.from(data.toString('hex') === '00ff250a5c' ? 'ab000a00ff' : '00', 'hex')),
          ),
      );
    const peersOnly = { ca: ca.certificate, requestCert: true, rejectUnauthorized: true };
    await listen('bytes', bytes({}));
    await listen('peers', bytes(peersOnly));
    await listen('old peers', bytes({ ...peersOnly, maxVersion: 'TLSv1.2' }));
    await listen('rsa peers', bytes({ ...peersOnly, maxVersion: 'TLSv1.2', ciphers: 'AES256-GCM-SHA384' }));
    await listen('closed', closed);
    await listen('late', late);
    closed.close();
    late.close();
  });
  afterAll(async () => {
    for (const server of servers) server.close();
    await rm(dir, { recursive: true, force: true });
  });

  const run = async (shell: string[], asks: [string, ProbeQuestion['ask']][], patienceSeconds = 0) => {
    const questions = asks.map(([where, ask], index): ProbeQuestion => ({
      id: `q${index}`,
      address: '127.0.0.1',
      port: port[where] ?? 0,
      ask,
    }));
    const script = probeScript(questions, {
      random: 'abcdefghijklmnopqrstuvwxyz012345',
      patienceSeconds,
      authorities: { ca: join(dir, 'ca/content') },
    });
    const [program = '', ...args] = [...shell, '-c', script];
    // Variables of those names must not become the environment of a child.
    const child = spawn(program, args, {
      env: {
        PATH: process.env['PATH'],
        token: 'x',
        right: 'x',
        wrong: 'x',
        made: 'x',
        rest: 'x',
        https_proxy: 'http://127.0.0.1:1',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    await once(child, 'close');
    expect(stderr).toBe('');
    const { trouble, facts } = parseFindings(stdout.split('\n'));
    expect(trouble).toBeUndefined();
    return { stdout, ca: facts.get('ca'), facts: asks.map((_unused, index) => facts.get(`q${index}`) as Facts) };
  };
  const request = (name: string | undefined, more: object = {}) => ({
    trust: name === undefined ? undefined : { name, authorityFile: join(dir, 'ca/content') },
    method: 'GET' as const,
    path: '/agents',
    login: { user: 'imply', tokenFile: join(dir, 'token') },
    ...more,
  });
  const text = (pem: string) => pem.replaceAll('\r', '').trim();

  test.each(shells)('%s: certificates, statuses, connections, tokens', async (...shell) => {
    for (const name of Object.keys(seen)) delete seen[name];
    const tls: ProbeQuestion['ask'] = { kind: 'tls', name: 'manager' };
    const {
      stdout,
      ca: shown,
      facts: [
        good,
        other,
        old,
        plain,
        silent,
        closed,
        http,
        tokens,
        withheld,
        renamed,
        posted,
        sentOn,
        inside,
        ...weak
      ],
    } = await run(shell, [
      ['good', tls],
      ['stranger', tls],
      ['old', tls],
      ['plain', tls],
      ['silent', { kind: 'tcp' }],
      ['closed', { kind: 'tcp' }],
      ['good', { kind: 'http', tls: true, path: "/it's", status: [204] }],
      ['good', { kind: 'authentication', request: request('manager') }],
      ['stranger', { kind: 'authentication', request: request('manager') }],
      ['good', { kind: 'authentication', request: request('another-name') }],
      ['plain', { kind: 'authentication', request: request(undefined, { method: 'POST', body: '{"it\'s":"$HOME"}' }) }],
      ['flink', tls],
      ['elsewhere', tls],
      ['weak', tls],
      ['weak bytes', tls],
    ]);
    expect(shown?.certificates.map(text)).toEqual([text(ca.certificate)]);
    expect(good).toMatchObject({ protocol: 'TLSv1.3', answers: { tls: { exit: 0 }, plain: { status: 0 } } });
    expect(good?.certificates.map(text)).toEqual([text(own.certificate)]);
    expect(other?.certificates.map(text)).toEqual([text(stranger.certificate)]);
    expect(old?.protocol).toBe('TLSv1.2');
    expect(weak.map((each) => [each.protocol, each.older])).toEqual(Array(2).fill(['TLSv1.3', true]));
    for (const each of [good, other, old, plain, sentOn]) expect(each?.older).toBe(false);
    expect(plain).toMatchObject({ certificates: [], answers: { tls: { exit: 35 }, plain: { exit: 0, status: 200 } } });
    expect(sentOn?.answers).toMatchObject({ redirect: { exit: 0, status: 301 } });
    expect(sentOn?.answers.plain).toBeUndefined();
    expect(inside?.answers).toMatchObject({ plain: { exit: 0, status: 302 } });
    expect(silent?.answers.tcp?.exit).toBe(0);
    expect(closed?.answers.tcp?.exit).toBe(7);
    expect(http?.answers.status).toEqual({ exit: 0, status: 204 });
    expect(tokens?.answers).toEqual({
      none: { exit: 0, status: 401 },
      wrong: { exit: 0, status: 401 },
      right: { exit: 0, status: 200 },
    });
    expect(posted?.answers).toEqual({
      none: { exit: 0, status: 401 },
      wrong: { exit: 0, status: 401 },
      right: { exit: 0, status: 200 },
    });
    expect(withheld?.answers).toEqual({ none: { exit: 60, status: 0 } });
    expect(renamed?.answers).toEqual({ none: { exit: 60, status: 0 } });

    const wrong = `Basic ${Buffer.from(`imply:${'abcdefghijklmnopqrstuvwxyz012345'.slice(0, TOKEN.length)}`).toString('base64')}`;
    expect(seen['good']?.filter((line) => line.startsWith('GET /agents'))).toEqual([
      'GET /agents - ',
      `GET /agents ${wrong} `,
      `GET /agents ${basic} `,
    ]);
    expect(seen['plain']).toContain(`POST /agents ${basic} {"it's":"$HOME"}`);
    // The handshake's HEAD; nothing else was sent to whom it did not trust.
    expect(new Set(seen['stranger'])).toEqual(new Set(['HEAD / - ']));
    for (const form of [TOKEN, basic.slice(6)]) expect(stdout).not.toContain(form);
  });

  test('a port that may be closed is asked once, and not waited for', async () => {
    const began = performance.now();
    const {
      facts: [closed, good, old, plain, bytes],
    } = await run(
      ['sh'],
      ['closed', 'good', 'old', 'plain', 'bytes'].map((where) => [where, { kind: 'secured' }]),
      60,
    );
    expect(performance.now() - began).toBeLessThan(30_000);
    expect(closed?.answers.tls?.exit).toBe(7);
    expect(good).toMatchObject({ protocol: 'TLSv1.3', certificates: [], answers: { tls: { exit: 0 } } });
    expect(good?.answers.plain?.exit).not.toBe(0);
    expect(old?.protocol).toBe('TLSv1.2');
    expect(plain?.answers).toMatchObject({ tls: { exit: 35 }, plain: { exit: 0, status: 200 } });
    expect(bytes?.answers.tls?.exit, 'TLS, and no HTTP in it').toBe(0);
  });

  test.each(shells)('%s: a server of TLS 1.2 that refuses a client without certificate', async (...shell) => {
    const tls: ProbeQuestion['ask'] = { kind: 'tls', name: 'manager' };
    const {
      facts: [old, peers, rsa, strange],
    } = await run(shell, [
      ['old peers', tls],
      ['peers', tls],
      ['rsa peers', tls],
      ['talker', tls],
    ]);
    expect(old).toMatchObject({ protocol: 'TLSv1.2', refusal: 'shown', answers: { tls: { exit: 35 } } });
    // Node's server adds the CA by which it knows its clients.
    expect(old?.certificates.map(text)).toEqual([own, ca].map(({ certificate }) => text(certificate)));
    expect(peers).toMatchObject({ protocol: 'TLSv1.3', answers: { tls: { exit: 56 } } });
    expect(peers?.refusal, 'of 1.3, after the handshake').toBeUndefined();
    expect(rsa, 'nothing is signed by the key').toMatchObject({ refusal: 'unsigned', certificates: [] });
    expect(strange).toMatchObject({ certificates: [], answers: { tls: { exit: 35 } } });
    expect(strange?.refusal).toBeUndefined();
  });

  test('an IPv6 address is asked for as a name is', async () => {
    const { facts } = await run(
      ['sh'],
      [
        ['good', { kind: 'tls', name: 'fd00::1' }],
        ['good', { kind: 'authentication', request: request('fd00::1') }],
      ],
    );
    expect(facts[0]?.certificates.map(text)).toEqual([text(own.certificate)]);
    expect(facts[1]?.answers, 'it is not in the certificate').toEqual({ none: { exit: 60, status: 0 } });
  });

  // Side by side: they wait, and none looks at what another one sent.
  test.concurrent.each(shells)('%s: greetings', async (...shell) => {
    const greeting = (send: string, ...contains: string[]): ProbeQuestion['ask'] => ({
      kind: 'tcp',
      greeting: { send, contains },
    });
    const { facts } = await run(shell, [
      ['talker', greeting('', 'mysql_native_password', 'caching_sha2_password')],
      ['asked', greeting("ru'ok", 'imok')],
      ['asked', greeting('srvr', 'imok')],
      ['silent', greeting('', 'x')],
      ['closed', greeting('', 'x')],
    ]);
    expect(facts.map(({ answers }) => answers.greeting)).toEqual([
      { exit: 0, status: 2 },
      { exit: 0, status: 1 },
      { exit: 0, status: 0 },
      { exit: 0, status: 0 },
      { exit: 7, status: 0 },
    ]);
  });

  test.concurrent.each(shells)(
    '%s: questions of bytes through TLS',
    async (...shell) => {
      const exchange = (answer: string, send = '00ff250a5c'): ProbeQuestion['ask'] => ({
        kind: 'exchange',
        name: 'manager',
        send,
        answer,
      });
      const { facts } = await run(shell, [
        ['bytes', exchange('..000a00')],
        ['bytes', exchange('..000b00')],
        ['bytes', exchange('..000a00', '00ff')],
        ['peers', exchange('..000a00')],
        ['old peers', exchange('..000a00')],
        ['asked', exchange('..000a00')],
        ['closed', exchange('..000a00')],
      ]);
      expect(facts.map(({ answers }) => answers.exchange)).toEqual([
        { exit: 0, status: 1 },
        { exit: 0, status: 0 },
        { exit: 0, status: 0 },
        { exit: 0, status: 2 },
        { exit: 0, status: 2 },
        { exit: 0, status: 0 },
        { exit: 7, status: 0 },
      ]);
    },
    30_000,
  );

  test.concurrent('a server that is not there yet is asked again', async () => {
    const late = createPlain((_request, response) => response.end());
    setTimeout(() => late.listen(port['late'], '127.0.0.1'), 1_200);
    const {
      facts: [found],
    } = await run(['sh'], [['late', { kind: 'http', tls: false, path: '/', status: [200] }]], 60);
    late.close();
    expect(found?.answers.status).toEqual({ exit: 0, status: 200 });
  });

  test.concurrent.each(shells)(
    '%s: one that hangs up at first, as a proxy does before it, is asked again',
    async (...shell) => {
      const ask: Record<string, ProbeQuestion['ask']> = {
        handshake: { kind: 'tls', name: 'manager' },
        status: { kind: 'http', tls: true, path: "/it's", status: [204] },
        plain: { kind: 'http', tls: false, path: '/', status: [200] },
        tokens: { kind: 'authentication', request: request('manager') },
        register: {
          kind: 'registration',
          request: request('manager'),
          entries: ['"id":"x"'],
          anyEntry: '"id":',
          states: ['"state":"registered"'],
          settleSeconds: 0,
        },
      };
      const asks: [string, ProbeQuestion['ask']][] = [];
      for (const [name, question] of Object.entries(ask))
        for (const [way, hangUp] of Object.entries(HANG_UPS)) {
          const server = `${name} ${way} ${shell.join(' ')}`;
          let asked = 0;
          await listen(
            server,
            createServer((socket) => {
              socket
                .on('error', () => undefined)
                .once('data', (data) => {
                  if ((asked += 1) <= 2) return void hangUp(socket);
                  const behind = connect(port[name === 'plain' ? 'plain' : 'good'] ?? 0, '127.0.0.1');
                  behind.on('error', () => undefined).write(data);
                  socket.pipe(behind).pipe(socket);
                });
            }),
          );
          asks.push([server, question]);
        }
      const { facts } = await run(shell, asks, 20);
      const found = (name: string) =>
        facts.filter((_facts, index) => asks[index]?.[0].startsWith(`${name} `)).map(({ answers }) => answers);
      for (const { tls } of found('handshake')) expect(tls).toEqual({ exit: 0, status: 0 });
      for (const { status } of found('status')) expect(status).toEqual({ exit: 0, status: 204 });
      for (const { status } of found('plain')) expect(status).toEqual({ exit: 0, status: 200 });
      for (const tokens of found('tokens'))
        expect(tokens).toMatchObject({ none: { status: 401 }, right: { status: 200 } });
      for (const { register } of found('register')) expect(register).toEqual({ exit: 0, status: 200 });
    },
  );

  test.concurrent.each(shells)('%s: a server that answers something else at first is asked again', async (...shell) => {
    let asked = 0;
    await listen(
      `early ${shell.join(' ')}`,
      createPlain((_request, response) => void response.writeHead((asked += 1) < 3 ? 404 : 200).end()),
    );
    const {
      facts: [found],
    } = await run(shell, [[`early ${shell.join(' ')}`, { kind: 'http', tls: false, path: '/', status: [200] }]], 60);
    expect(found?.answers.status).toEqual({ exit: 0, status: 200 });
  });

  test.concurrent.each(shells)('%s: where there is no token, nobody is asked', async (...shell) => {
    await writeFile(join(dir, 'empty'), '\n');
    const files = ['none', 'empty'].map((name) => join(dir, name));
    const { facts } = await run(
      shell,
      files.map((tokenFile) => [
        'good',
        { kind: 'authentication', request: request('manager', { login: { user: 'imply', tokenFile } }) },
      ]),
    );
    for (const found of facts) expect(found).toMatchObject({ mute: true, answers: {} });
  });

  test('a register: who is in it, and how; a text in it forges nothing; it is asked again while somebody is missing', async () => {
    const entry = (name: string, state: string) => ({
      name,
      checks: { store: 'ok, {"name":"missing","state":"registered"}' },
      state,
    });
    const since = performance.now();
    agents = () => [
      entry('late', performance.now() - since > 1500 ? 'registered' : 'lost'),
      entry('known', 'registered'),
      { name: 'without', checks: {} },
      entry('other', 'registered'),
      entry('away', 'registered but unreachable'),
    ];
    const names = ['known', 'late', 'missing', 'without', 'away'];
    const ask: ProbeQuestion['ask'] = {
      kind: 'registration',
      request: request('manager'),
      anyEntry: '"name":',
      entries: names.map((name) => `"name":"${name}"`),
      states: ['registered', 'registered but unreachable', 'lost'].map((state) => `"state":"${state}"`),
      settleSeconds: 0,
    };
    const {
      facts: [atOnce],
    } = await run(['sh'], [['good', ask]], 0);
    expect(atOnce?.answers.register).toEqual({ exit: 0, status: 200 });
    expect([...(atOnce?.known ?? [])]).toEqual([
      [1, 2],
      [0, 0],
      [4, 1],
    ]);
    const {
      stdout,
      facts: [later],
    } = await run(['sh'], [['good', ask]], 3);
    expect([...(later?.known ?? [])]).toEqual([
      [1, 0],
      [0, 0],
      [4, 1],
    ]);
    expect(stdout).not.toContain('store');
    const begun = performance.now();
    await run(['sh'], [['good', { ...ask, entries: ['"name":"known"'], settleSeconds: 2 }]], 5);
    expect(performance.now() - begun).toBeGreaterThan(1_000);
  });
});
