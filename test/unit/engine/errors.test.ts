import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { BundleError } from '../../../src/errors.ts';
import { answerError, engineWords, socketError } from '../../../src/engine/errors.ts';

const address = { url: 'unix:///var/run/docker.sock', source: 'default' };
const withCode = (code: string, text = 'text of node'): Error => Object.assign(new Error(text), { code });

describe('socketError', () => {
  it.each([
    ['ENOENT', 'there is no such socket'],
    ['EACCES', 'permission denied'],
    ['ECONNREFUSED', 'connection refused'],
    ['ENOTFOUND', 'the host name is unknown'],
    ['EAI_AGAIN', 'the host name is unknown'],
    ['EHOSTUNREACH', 'the host cannot be reached'],
    ['ECONNRESET', 'the connection broke off'],
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

  it('may ask for an unlock, or for more managers', () => {
    expect(answerError('x', 503, '{"message":"Swarm is encrypted and needs to be unlocked"}').hints[0]).toContain(
      'docker swarm unlock',
    );
    expect(answerError('x', 500, '{"message":"The swarm does not have a leader."}').hints[0]).toContain(
      'managers must be up',
    );
  });
});
