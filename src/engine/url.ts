/** Engine URLs: what `--host`, DOCKER_HOST and a context's Host may say. */
import { usageError } from '../errors.ts';

/** Where to connect to. */
export type Target =
  | { kind: 'unix'; path: string }
  | { kind: 'tcp'; host: string; port: number }
  | { kind: 'ssh'; host: string; port?: number; user?: string; socket?: string };

/** The docker CLI's default engine (docker/cli: opts/hosts.go). */
const DEFAULT_SOCKET = '/var/run/docker.sock';
const PLAIN_PORT = 2375;
const TLS_PORT = 2376;

/**
 * Reads an engine URL as the docker CLI does (docker/cli: opts/hosts.go, connhelper/ssh/ssh.go): `unix://` without a
 * path is the default socket, a name without a scheme is TCP, the TCP port defaults to 2375, or to 2376 with TLS.
 * @param source who gave it, for the error
 * @throws BundleError `engine-address` (usage) for anything else
 */
export function parseEngineUrl(text: string, source: string, tls: boolean): { url: string; target: Target } {
  const bad = (why: string): never => {
    throw usageError('engine-address', `${source} names no engine we can talk to: ${why}`, [
      'for example unix:///var/run/docker.sock, tcp://host:2376 or ssh://user@host',
    ]);
  };
  const [, scheme = 'tcp', rest = ''] = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):\/\/)?(.*)$/s.exec(text.trim()) ?? [];
  if (scheme === 'unix') {
    const path = rest === '' ? DEFAULT_SOCKET : rest;
    return { url: `unix://${path}`, target: { kind: 'unix', path } };
  }
  if (scheme !== 'tcp' && scheme !== 'ssh') return bad(`scheme ${scheme}:// is not unix, tcp or ssh`);

  // Parsed under a scheme that URL has no default port for, so that every port is kept.
  const url = URL.canParse(`tcp://${rest}`) ? new URL(`tcp://${rest}`) : bad('it is no URL');
  const port = url.port === '' ? undefined : Number(url.port);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (url.password !== '') return bad('a password in the URL is not supported');
  if (url.search !== '' || url.hash !== '') return bad('it has a query or a fragment');
  // A leading dash would be an option to ssh.
  if (host.startsWith('-') || url.username.startsWith('-')) return bad('host and user may not begin with a dash');
  return scheme === 'tcp' ? tcp() : ssh();

  function tcp(): { url: string; target: Target } {
    if (url.pathname !== '/' && url.pathname !== '') return bad('a path after the port is not supported');
    const name = host === '' ? 'localhost' : host;
    const target = { kind: 'tcp' as const, host: name, port: port ?? (tls ? TLS_PORT : PLAIN_PORT) };
    return { url: `tcp://${name.includes(':') ? `[${name}]` : name}:${String(target.port)}`, target };
  }

  function ssh(): { url: string; target: Target } {
    if (host === '') return bad('it has no host');
    const socket = url.pathname === '/' ? '' : decodeURIComponent(url.pathname);
    // The path is read by the remote shell.
    if (!/^[\w./-]*$/.test(socket)) return bad('the socket path has characters that a remote shell would read');
    const user = decodeURIComponent(url.username);
    return {
      url: `ssh://${rest}`,
      target: {
        kind: 'ssh',
        host,
        ...(port === undefined ? {} : { port }),
        ...(user === '' ? {} : { user }),
        ...(socket === '' ? {} : { socket }),
      },
    };
  }
}
