import { describe, expect, it } from 'vitest';
import { answerError, timeoutError } from '../../../src/engine/errors.ts';
import { refusalOf } from '../../../src/image/refusal.ts';

const ask = (status: number, message: string): unknown =>
  answerError('find image r.example/x:t in its registry', status, JSON.stringify({ message }));

/**
 * Answers of `/distribution/NAME/json`: [status, text]. Those of both engines were read in the lab from a registry that
 * gave each answer.
 */
describe('a refusal of a registry', () => {
  it.each([
    // Engine 20.10.24 and 28.5.2 alike
    [404, 'manifest unknown: manifest unknown', 'absent'],
    [404, 'name unknown: repository name not known to registry', 'absent'],
    [404, "name unknown: The repository with name 'x' does not exist in the registry with id '123'", 'absent'],
    [500, 'unknown: artifact harbor/x:t not found', 'absent'],
    [500, 'unknown: project harbor not found', 'absent'],
    [401, 'unauthorized', 'denied'],
    [403, 'denied', 'denied'],
    [429, 'toomanyrequests: You have reached your pull rate limit', 'unclear'],
    [500, 'received unexpected HTTP status: 500 Internal Server Error', 'unclear'],
    [500, 'received unexpected HTTP status: 503 Service Unavailable', 'unclear'],
    [500, 'Get "http://10.219.82.1:5999/v2/": dial tcp 10.219.82.1:5999: connect: connection refused', 'unreachable'],
    [500, 'Get "http://10.219.82.77:5000/v2/": dial tcp 10.219.82.77:5000: connect: no route to host', 'unreachable'],
    [
      500,
      'Get "https://nowhere.example:5000/v2/": proxyconnect tcp: dial tcp 127.0.0.1:9: connect: connection refused',
      'unreachable',
    ],
    [
      500,
      'Get "http://10.219.82.1:5002/v2/": net/http: request canceled while waiting for connection ' +
        '(Client.Timeout exceeded while awaiting headers)',
      'unreachable',
    ],
    [500, 'Get "http://10.219.82.1:5002/v2/": context deadline exceeded', 'unreachable'],
    [500, 'Get "http://10.219.82.1:5002/v2/": dial tcp 10.219.82.1:5002: i/o timeout', 'unreachable'],
    // 20.10.24: a page
    [
      500,
      "error parsing HTTP 404 response body: invalid character '<' looking for beginning of value: " +
        '"<html><body>nginx</body></html>"',
      'unclear',
    ],
    [
      500,
      "error parsing HTTP 403 response body: invalid character '<' looking for beginning of value: " +
        '"<html><body>Squid</body></html>"',
      'unclear',
    ],
    [
      500,
      'error parsing HTTP 404 response body: invalid character \'p\' after top-level value: "404 page not found\\n"',
      'unclear',
    ],
    // 28.5.2: a page
    [500, 'unknown: <html><body>nginx</body></html>', 'unclear'],
    [403, 'denied: <html><body>Squid</body></html>', 'unclear'],
    [500, 'unknown: 404 page not found\n', 'unclear'],
    // As users report them: Docker Hub, GHCR, ECR, a proxy, TLS
    [
      401,
      'errors:\ndenied: requested access to the resource is denied\nunauthorized: authentication required\n',
      'denied',
    ],
    [
      404,
      "pull access denied for x, repository does not exist or may require 'docker login': denied: requested " +
        'access to the resource is denied',
      'denied',
    ],
    [500, 'Head "https://ghcr.io/v2/x/y/manifests/latest": denied', 'denied'],
    [
      500,
      'Head "https://registry-1.docker.io/v2/x/manifests/t": unauthorized: incorrect username or password',
      'denied',
    ],
    [500, 'Get "https://r.example/v2/": no basic auth credentials', 'denied'],
    [403, 'denied: Your authorization token has expired. Reauthenticate and try again.', 'denied'],
    [404, 'manifest for r.example/proxy:1 not found: manifest unknown: manifest unknown', 'absent'],
    [500, 'Get "https://registry-1.docker.io/v2/": Forbidden', 'unreachable'],
    [500, 'Get "https://registry-1.docker.io/v2/": Proxy Authentication Required', 'unreachable'],
    [500, 'Get "https://r.example/v2/": dial tcp: lookup r.example on 10.0.0.2:53: no such host', 'unreachable'],
    [500, 'Get "https://r.example/v2/": x509: certificate signed by unknown authority', 'unreachable'],
    [
      500,
      'Get "https://r.example/v2/": tls: failed to verify certificate: x509: certificate is valid for a, not r.example',
      'unreachable',
    ],
    [500, 'Get "https://r.example/v2/": http: server gave HTTP response to HTTPS client', 'unreachable'],
    [500, 'Get "https://auth.docker.io/token?scope=x": EOF', 'unreachable'],
    [500, 'something nobody has seen', 'unclear'],
  ])('%i %s is %s', (status, text, kind) => {
    expect(refusalOf(ask(status, text)).kind).toBe(kind);
  });

  it('is unreachable where the engine itself gave no answer in time', () => {
    expect(
      refusalOf(timeoutError('find image x in its registry', { url: 'unix:///x', source: 'default' }, 20_000)).kind,
    ).toBe('unreachable');
  });

  it('is quoted on one line, once, without markup', () => {
    expect(refusalOf(ask(404, 'manifest unknown: manifest unknown')).words).toBe('manifest unknown');
    expect(
      refusalOf(
        ask(
          401,
          'errors:\ndenied: requested access to the resource is denied\nunauthorized: authentication required\n',
        ),
      ).words,
    ).toBe('denied: requested access to the resource is denied; unauthorized: authentication required');
    expect(
      refusalOf(ask(403, 'denied: <html><head><title>ERROR</title></head><body><h1>Access Denied</h1></body></html>'))
        .words,
    ).toBe("a web page, not a registry's answer: denied: ERROR Access Denied");
  });
});
