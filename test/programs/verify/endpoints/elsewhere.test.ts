import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { networkInterfaces } from 'node:os';
import { createServer as createTcp, type AddressInfo, type Server } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { EndpointExpectation, TlsEndpoint } from '../../../../src/sdk/definition.ts';
import { DAY_MS } from '../../../../src/days.ts';
import { createRedactor } from '../../../../src/ui/redact.ts';
import type { InsideProber } from '../../../../src/verify/endpoints/types.ts';
import type { CheckOutcome } from '../../../../src/verify/result.ts';
import { verifyStack } from '../../../../src/verify/verify.ts';
import { systemClock } from '../../../../src/swarm/clock.ts';
import { FakeSwarm } from '../../../unit/converge/fake-swarm.ts';
import { VirtualClock } from '../../../unit/converge/virtual-clock.ts';
import { certify, type Identity } from '../../../unit/verify/endpoints/material.ts';

const ca = certify(undefined, { cn: 'our CA', ca: true });
const task = certify(ca, { names: ['app'] });
const proxyCa = certify(undefined, { cn: 'Example Corp TLS Inspection', ca: true });
const proxy = certify(proxyCa, { names: ['app'] });
const namesake = certify(certify(undefined, { cn: 'our CA', ca: true }), { names: ['app'] });
const expired = certify(ca, { names: ['app'], from: -9, until: -2 });

const tls: TlsEndpoint = {
  kind: 'tls',
  name: 'https',
  port: 9097,
  names: ['app'],
  authority: { secret: 'ca', part: 'certificate' },
};
const health: EndpointExpectation = { kind: 'http', name: 'health', port: 9097, tls: true, path: '/', status: [200] };
const token: EndpointExpectation = {
  kind: 'authentication',
  name: 'token',
  port: 9097,
  tls: true,
  user: 'me',
  token: { secret: 'token', part: 'token' },
  request: { method: 'GET', path: '/' },
};
/** As Kafka's: an HTTP server, or a proxy, has no such answer. */
const bytes: EndpointExpectation = {
  kind: 'exchange',
  name: 'protocol',
  port: 9097,
  serverName: 'app',
  send: '00ff0a',
  answer: '..000a',
  expected: 'answer',
};

/** An address of this machine that is no loopback: as a node elsewhere would have. */
const ROUTED = Object.values(networkInterfaces())
  .flat()
  .find((one) => one?.family === 'IPv4' && !one.internal)?.address;

async function serve(server: Server): Promise<number> {
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  return (server.address() as AddressInfo).port;
}
const secure = ({ certificate, key }: Identity, status = 200): Promise<number> =>
  serve(createHttps({ cert: certificate, key }, (_request, response) => void response.writeHead(status).end()));

/** Verifies one endpoint whose task runs on a node with this address, by an engine with this clock. */
async function verified(
  endpoint: EndpointExpectation,
  {
    address,
    port,
    inside,
    aheadDays = 0,
    engine = 'ssh://elsewhere',
    certificates = [tls],
  }: {
    address: string;
    port: number;
    inside?: CheckOutcome;
    aheadDays?: number;
    engine?: string;
    certificates?: TlsEndpoint[];
  },
) {
  const swarm = new FakeSwarm(new VirtualClock(Date.now() + aheadDays * DAY_MS), ['node1']);
  Object.assign(swarm.nodes[0] ?? {}, { address });
  const ports = [{ protocol: 'tcp', target: 9097, published: port, mode: 'host' } as const];
  const app = swarm.service('app', { ports });
  swarm.task(app, { nodeId: 'id-node1', stateAt: new Date().toISOString(), hostPorts: ports });
  const ask: InsideProber = async (subjects) => new Map(subjects.map((one) => [one, inside as CheckOutcome]));
  const { results, exit } = await verifyStack(
    { ...swarm.engine(), address: { url: engine, source: '--host' } },
    {
      stack: 'prod',
      ensembles: [],
      keys: { authority: () => ({ certificate: Buffer.from(ca.certificate) }), token: () => 'right-token' },
      secrets: {},
      forbidden: {},
      timeoutMs: 8_000,
      clock: systemClock,
      redactor: createRedactor([]),
      ...(inside && { inside: ask }),
      expectations: [
        {
          service: 'app',
          replicas: 1,
          logs: [],
          endpoints: [endpoint],
          certificates,
          withinSeconds: 2,
          startGraceSeconds: 0,
          needs: undefined,
          looks: { running: true, secrets: false, absent: true, stable: false },
        },
      ],
    },
  );
  const { status, detail } = results.find(({ check }) => check === endpoint.name) ?? {};
  return { status, detail, exit };
}
const PASSED: CheckOutcome = { status: 'passed', detail: 'as it should be' };
const FAILED: CheckOutcome = { status: 'failed', detail: 'of another CA' };

describe('a proxy that intercepts TLS between this machine and the node', () => {
  const says = /could not tell from here: .*issued by CN=Example Corp TLS Inspection: a proxy/;

  test.each([tls, health, token, bytes])(
    '$name: could not tell from here, with the issuer that answered',
    async (endpoint) => {
      const answer = await verified(endpoint, { address: ROUTED ?? '', port: await secure(proxy) });
      expect(answer).toMatchObject({ status: 'unsure', exit: 7, detail: expect.stringMatching(says) });
      expect(answer.detail, 'what can be done').toContain('verify.probeImage');
    },
  );

  test.each([
    [PASSED, 0],
    [FAILED, 5],
  ])('inside decides: %j', async (inside, exit) => {
    const answer = await verified(tls, { address: ROUTED ?? '', port: await secure(proxy), inside });
    expect(answer).toMatchObject({ status: inside.status, exit, detail: expect.stringMatching(says) });
  });

  test('a CA of the same name is the cluster’s own, made anew: that fails', async () => {
    expect(await verified(tls, { address: ROUTED ?? '', port: await secure(namesake) })).toMatchObject({ exit: 5 });
  });

  test('a certificate of the bundle’s CA that has expired is the task’s: that fails', async () => {
    const answer = await verified(tls, { address: ROUTED ?? '', port: await secure(expired) });
    expect(answer).toMatchObject({ exit: 5, detail: expect.stringContaining('expired on') });
  });

  test('a status of the task itself fails; a proxy that gives its own page in its place does not', async () => {
    const inside = PASSED;
    const [own, page] = [await secure(task, 403), await secure(proxy, 403)];
    expect(await verified(health, { address: ROUTED ?? '', port: own })).toMatchObject({ exit: 5 });
    expect(await verified(health, { address: ROUTED ?? '', port: page })).toMatchObject({ exit: 7 });
    expect(await verified(health, { address: ROUTED ?? '', port: page, inside })).toMatchObject({ exit: 0 });
  });
});

describe('an engine whose clock is not this machine’s', () => {
  test.each([
    ['has expired by this one’s', -5, expired, /by this machine’s it expired on .*, by the other it is in date/],
    ['has expired by that one’s', 40, task, /by the engine’s it expired on .*, by the other it is in date/],
    ['is not valid yet by that one’s', -9, task, /by the engine’s it is not valid before .*, by the other/],
  ])('a certificate that %s: could not tell', async (_what, aheadDays, identity, says) => {
    const at = { address: ROUTED ?? '', port: await secure(identity), aheadDays };
    expect(await verified(tls, at)).toMatchObject({ status: 'unsure', exit: 7, detail: expect.stringMatching(says) });
    // Nothing is sent to a server that may be in nobody's hands any more.
    expect(await verified(token, at)).toMatchObject({
      status: 'unsure',
      detail: expect.stringContaining('a token is not sent'),
    });
  });

  test('one that has expired by both fails', async () => {
    const at = { address: ROUTED ?? '', port: await secure(expired), aheadDays: 2 };
    expect(await verified(tls, at)).toMatchObject({ status: 'failed', exit: 5 });
  });

  test('one that is in date by both passes', async () => {
    expect(await verified(tls, { address: ROUTED ?? '', port: await secure(task), aheadDays: 2 })).toMatchObject({
      status: 'passed',
    });
  });
});

describe('a failure that is of the task for sure', () => {
  const plain = (): Promise<number> => serve(createHttp((_request, response) => void response.end('hello')));

  test.each<[string, EndpointExpectation, () => Promise<number>]>([
    ['a certificate of the bundle’s CA that has expired', tls, () => secure(expired)],
    ['another CA of the same name', tls, () => secure(namesake)],
    ['another name in the certificate', { ...tls, names: ['other'] }, () => secure(task)],
    ['no TLS at all', tls, plain],
    ['a status that is not wanted', health, () => secure(task, 403)],
    ['the same without TLS', { ...health, tls: false, status: [204] }, plain],
    ['a token that is not asked for', token, () => secure(task)],
    ['no answer to a question of bytes', bytes, () => secure(task)],
  ])('stands over an answer from inside: %s', async (_what, endpoint, listen) => {
    const answer = await verified(endpoint, { address: ROUTED ?? '', port: await listen(), inside: PASSED });
    expect(answer).toMatchObject({ status: 'failed', exit: 5 });
    expect(answer.detail).not.toContain(PASSED.detail);
  });

  test('a port that nobody has open here does not: it may be closed to this machine only', async () => {
    const server = createHttp();
    const port = await serve(server);
    await new Promise((resolve) => server.close(resolve));
    const at = { address: ROUTED ?? '', port };
    expect(await verified(tls, { ...at, inside: PASSED })).toMatchObject({ status: 'passed', exit: 0 });
    expect(await verified(tls, { ...at, inside: FAILED })).toMatchObject({ status: 'failed', exit: 5 });
  });
});

test('a port that takes connections and says nothing here is asked inside too, and is not one out of reach', async () => {
  const port = await serve(createTcp((socket) => void socket.on('error', () => undefined)));
  const at = { address: ROUTED ?? '', port };
  expect(await verified(health, { ...at, inside: PASSED })).toMatchObject({ status: 'passed', exit: 0 });
  const answer = await verified(health, at);
  expect(answer).toMatchObject({ status: 'unsure', exit: 7 });
  expect(answer.detail).toMatch(/it takes the connection, and gave no answer in [\d.]+ s, asked from this machine$/);
}, 30_000);

describe('a node whose address is loopback', () => {
  const strangers = [
    ['plain HTTP on a TLS port', tls, () => serve(createHttp((_request, response) => void response.end('hello')))],
    ['a certificate of its own', tls, () => secure(certify(undefined, { names: ['localhost'] }))],
    [
      'another status',
      { ...health, tls: false },
      () => serve(createHttp((_request, response) => void response.writeHead(404).end())),
    ],
    ['no certificate for a token', token, () => secure(expired)],
  ] as const;

  test.each(strangers)('another program that answers with %s says nothing', async (_what, endpoint, listen) => {
    const port = await listen();
    for (const address of ['127.0.0.1', '127.0.0.2'])
      expect(await verified(endpoint, { address, port })).toMatchObject({
        status: 'unsure',
        exit: 7,
        detail: expect.stringMatching(/could not tell from here: /),
      });
    expect(await verified(endpoint, { address: '127.0.0.1', port, inside: PASSED })).toMatchObject({ exit: 0 });
    expect(await verified(endpoint, { address: '127.0.0.1', port, inside: FAILED })).toMatchObject({ exit: 5 });
  });

  test('an answer that a certificate proves counts', async () => {
    const at = { address: '127.0.0.1', port: await secure(task) };
    expect(await verified(tls, at)).toMatchObject({ status: 'passed', exit: 0 });
    expect(await verified(health, at)).toMatchObject({ status: 'passed', exit: 0 });
  });

  const greets: EndpointExpectation = {
    ...{ kind: 'tcp', name: 'client-port', port: 9097 },
    greeting: { send: 'srvr', contains: ['Mode: '] },
  };
  const inClear: EndpointExpectation = { ...health, tls: false };
  const namesakes: [string, EndpointExpectation, TlsEndpoint[], () => Promise<number>][] = [
    ['the right greeting', greets, [tls], () => serve(createTcp((socket) => void socket.end('Mode: standalone\n')))],
    ['the right status', inClear, [tls], () => serve(createHttp((_request, response) => void response.end()))],
    ['the right status, with a certificate that nobody asks about', health, [], () => secure(task)],
  ];

  test.each(namesakes)('one that proves nothing does not: %s', async (_what, endpoint, certificates, listen) => {
    const at = { address: '127.0.0.1', port: await listen(), certificates };
    expect(await verified(endpoint, at)).toMatchObject({
      ...{ status: 'unsure', exit: 7 },
      detail: expect.stringMatching(/that address is this machine’s own, and another program may have answered/),
    });
    expect(await verified(endpoint, { ...at, inside: FAILED })).toMatchObject({ exit: 5 });
    expect(await verified(endpoint, { ...at, inside: PASSED })).toMatchObject({ exit: 0 });
    // One machine: its engine, its tasks and this command.
    expect(await verified(endpoint, { ...at, engine: 'unix:///var/run/docker.sock' })).toMatchObject({ exit: 0 });
    expect(await verified(endpoint, { ...at, address: ROUTED ?? '' })).toMatchObject({ exit: 0 });
  });
});

test('a published port of a node without an address is not asked anywhere, and that is said', async () => {
  expect(await verified(tls, { address: '', port: 9097 })).toMatchObject({
    status: 'unsure',
    exit: 7,
    detail: expect.stringMatching(/the swarm tells no address of node1/),
  });
  expect(await verified(tls, { address: '', port: 9097, inside: PASSED })).toMatchObject({ exit: 0 });
});
