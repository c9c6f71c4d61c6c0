import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { BundleError } from '../../../src/errors.ts';
import { resolveEngine } from '../../../src/engine/address.ts';
import { connect } from '../../../src/engine/docker.ts';
import { answerError, engineWords, socketError } from '../../../src/engine/errors.ts';

const address = { url: 'unix:///var/run/docker.sock', source: 'default' };
const withCode = (code: string, text = 'text of node'): Error => Object.assign(new Error(text), { code });

describe('socketError', () => {
  it.each([
    ['ENOENT', 'there is no such socket'],
    ['EACCES', 'permission denied'],
    ['ECONNREFUSED', 'connection refused'],
    ['ENOTFOUND', 'its name does not resolve'],
    ['EAI_AGAIN', 'its name does not resolve'],
    ['EHOSTUNREACH', 'no route to it'],
    ['ECONNRESET', 'the connection was closed'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'its TLS certificate or ours is refused: text of node'],
    ['EWHATEVER', 'text of node'],
  ])('%s: %s', (code, why) => {
    const error = socketError('list the nodes', address, withCode(code));
    expect(error).toMatchObject({
      code: 'engine-unreachable',
      message: `cannot list the nodes: no engine answers at unix:///var/run/docker.sock (from default): ${why}`,
    });
    expect(error.hints).toHaveLength(1);
  });

  it.each([
    ['SSH-2.0-OpenSSH_9.2\r\n', 'what answers there speaks no HTTP; it begins with "SSH-2.0-OpenSSH_9.2"'],
    ['220 mail.example ESMTP\r\n', 'it begins with "220 mail.example ESMTP"'],
    ['\x15\x03\x01\x00\x02\x02\x46', 'what answers there speaks TLS'],
    ['J\x00\x00\x00\x0a8.0.36\x00', 'it begins with'],
  ])('what answers with %j is no engine', async (greeting, words) => {
    const server = createServer((socket) => socket.end(Buffer.from(greeting, 'latin1'))).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      const location = await resolveEngine({ host: `tcp://127.0.0.1:${String(port)}`, env: {}, home: '/nowhere' });
      const error = await connect(location).then(
        () => undefined,
        (thrown: unknown) => thrown as BundleError,
      );
      expect([error?.code, error?.message]).toEqual(['engine-unreachable', expect.stringContaining(words)]);
      expect(error?.message).not.toContain('Parse Error');
    } finally {
      server.close();
    }
  });

  it('keeps nothing of an error that may hold a request, and passes our own on', () => {
    const hidden = Object.assign(withCode('ECONNRESET'), { request: 'body' });
    expect(inspect(socketError('x', address, hidden), { depth: null, showHidden: true })).not.toContain('body');
    const own = new BundleError('engine-error', 'x');
    expect(socketError('x', address, own)).toBe(own);
  });
});

describe('the words of an engine', () => {
  it.each([
    ['{"message":"no such service"}', 'no such service'],
    ['{"message":"rpc error: code = NotFound desc = service x not found"}', 'service x not found'],
    ['page not found\n', 'page not found'],
    [
      '<!DOCTYPE html><html><head><title>403 ' +
        'Forbidden</title><style>p{}</style></head><body><h1>Access&nbsp;denied</h1>\n<p>by the ' +
        '&quot;gateway&quot;</p></body></html>',
      '500 from the request, not the engine\'s words: 403 Forbidden Access denied by the "gateway"',
    ],
    ['{"message":"a volume called <head>"}', 'a volume called <head>'],
    ['', 'HTTP status 500 without a reason'],
    ['{"error":1}', 'HTTP status 500 without a reason'],
    ['x'.repeat(600), `${'x'.repeat(500)}…`],
  ])('%s', (body, words) => {
    expect(engineWords(500, body)).toBe(words);
  });

  it.each([
    // Traefik, nginx, HAProxy, an authorising plugin (moby: pkg/authorization), oauth2-proxy, a gateway without engine.
    [403, 'Forbidden', 'Forbidden (403 from GET /secrets)', 'engine-error', 3],
    [
      403,
      '<html><h1>403 Forbidden</h1></html>',
      "403 from GET /secrets, not the engine's words: 403 Forbidden",
      'engine-error',
      3,
    ],
    [
      403,
      '{"message":"authorization denied by plugin opa: no"}',
      'authorization denied by plugin opa: no (403 from GET /secrets)',
      'engine-error',
      3,
    ],
    [401, '{"error":"login"}', 'HTTP status 401 without a reason (401 from GET /secrets)', 'engine-error', 3],
    [407, '', 'HTTP status 407 without a reason (407 from GET /secrets)', 'engine-error', 3],
    [502, 'Bad Gateway', 'Bad Gateway (502 from GET /secrets)', 'engine-error', 3],
    [
      504,
      '<html><body>Gateway Time-out',
      "504 from GET /secrets, not the engine's words: Gateway Time-out",
      'engine-error',
      3,
    ],
    // A page is no word of the engine that there is no such thing, or that it is in use.
    [
      404,
      '<html><title>404 Not Found</title></html>',
      "404 from GET /secrets, not the engine's words: 404 Not Found",
      'engine-error',
      3,
    ],
    [
      409,
      '<html><title>409 Conflict</title></html>',
      "409 from GET /secrets, not the engine's words: 409 Conflict",
      'engine-error',
      3,
    ],
    [302, '', '302 from GET /secrets, a redirect, which no engine gives', 'engine-error', 3],
    // The engine's own.
    [404, '{"message":"secret x not found"}', 'secret x not found', 'engine-not-found', 1],
    [403, '{"message":"network x has active endpoints"}', 'network x has active endpoints', 'engine-conflict', 1],
    [500, '{"message":"context deadline exceeded"}', 'context deadline exceeded', 'engine-error', 1],
    [
      503,
      '{"message":"This node is not a swarm manager."}',
      'This node is not a swarm manager.',
      'engine-not-manager',
      1,
    ],
  ])('%i %s', (status, body, words, code, exit) => {
    const read = answerError('list the secrets', status, body, 'GET /secrets');
    expect(read).toMatchObject({ code, exit, message: `cannot list the secrets: ${words}` });
    // What was to be written may be half done.
    expect(answerError('create secret x', status, body, 'POST /secrets/create').exit).toBe(1);
  });

  it.each([
    'The swarm does not have a leader.',
    'This node is not a swarm manager. Manager is being prepared or has trouble connecting to the cluster.',
  ])('ask for more managers, not for a new swarm: %s', (message) => {
    const { code, hints } = answerError('x', 503, JSON.stringify({ message }));
    expect([code, hints]).toEqual(['engine-not-manager', [expect.stringContaining('managers must be up')]]);
  });

  it('ask a worker for a manager, not for a new swarm', () => {
    const message =
      "This node is not a swarm manager. Worker nodes can't be used to view or modify cluster state. Please run this " +
      'command on a manager node or promote the current node to a manager.';
    const { hints } = answerError('x', 503, JSON.stringify({ message }));
    expect(hints).toEqual(['talk to a manager: --host or --context names one']);
  });

  it('tell managers that do not agree in time, which may have done it', () => {
    const message = 'rpc error: code = Unknown desc = context deadline exceeded';
    const { code, message: words, hints } = answerError('create config x', 500, JSON.stringify({ message }));
    expect([code, words]).toEqual(['engine-error', 'cannot create config x: context deadline exceeded']);
    expect(hints).toEqual([expect.stringMatching(/did not agree in time: .*run the same command again$/)]);
  });

  it('may ask for an unlock', () => {
    expect(answerError('x', 503, '{"message":"Swarm is encrypted and needs to be unlocked"}').hints[0]).toContain(
      'docker swarm unlock',
    );
  });
});
