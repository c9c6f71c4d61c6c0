/** HOST:PORT as people write it: the one parser of all who take one. */

export interface HostPort {
  /** A name or an address; an IPv6 address without brackets. */
  host: string;
  port: number;
}

const NAME = /^(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?$/;
/** Eight groups, or fewer around one `::`; the last two may be an IPv4 address. */
function isIpv6(text: string): boolean {
  const plain = text.replace(/(?<=:)(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/, (all, ...bytes: string[]) =>
    bytes.slice(0, 4).every((byte) => Number(byte) <= 255) ? '0:0' : all,
  );
  const halves = plain.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  return (
    groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group)) &&
    (halves.length === 2 ? groups.length <= 7 : groups.length === 8)
  );
}

/** A host and its port, or why it is none and what was probably meant. Never throws. */
export function parseHostPort(text: string): { at: HostPort; why?: undefined } | { at?: undefined; why: string } {
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0];
  if (scheme !== undefined) return { why: `it is written without ${scheme}` };
  if (/\s/.test(text)) return { why: 'it has a space in it' };
  const slash = text.indexOf('/');
  if (slash >= 0) return { why: `it is HOST:PORT alone; the path ${text.slice(slash)} does not belong here` };
  const [, bracketed, bracketedPort] = /^\[([^\]]*)\](?::(.*))?$/.exec(text) ?? [];
  if (bracketed !== undefined) {
    if (bracketed.includes('%')) return { why: 'an address with a zone (%…) is known on one host only' };
    if (!isIpv6(bracketed)) return { why: 'what is in brackets is no IPv6 address' };
    return withPort(bracketed, bracketedPort, text);
  }
  if (isIpv6(text)) {
    // What looks like a port was meant as one, though it is a group of an address too.
    const [, address = '', port = ''] = /^(.*):(\d{4,5})$/.exec(text) ?? [];
    return {
      why:
        'an IPv6 address is written in brackets, with its port: ' +
        `${isIpv6(address) ? `[${address}]:${port}` : `[${text}]:PORT`}`,
    };
  }
  const cut = text.lastIndexOf(':');
  const host = cut < 0 ? text : text.slice(0, cut);
  if (host.includes(':'))
    return {
      why: isIpv6(host)
        ? `an IPv6 address is written in brackets: [${host}]:${text.slice(cut + 1)}`
        : 'it has a colon too many: HOST:PORT, several with commas',
    };
  if (host === '') return { why: 'it names no host' };
  if (!NAME.test(host)) return { why: `"${host}" is no host name and no address` };
  return withPort(host, cut < 0 ? undefined : text.slice(cut + 1), text);
}

function withPort(host: string, port: string | undefined, text: string): ReturnType<typeof parseHostPort> {
  if (port === undefined || port === '') return { why: `a port is missing: ${text.replace(/:$/, '')}:PORT` };
  if (!/^[0-9]{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65535)
    return { why: `${port} is no port: 1 to 65535` };
  return { at: { host, port: Number(port) } };
}

/** As a client takes it. */
export function formatHostPort({ host, port }: HostPort): string {
  return `${bracketed(host)}:${String(port)}`;
}

/**
 * A host as it stands before a port, in URLs and in the header `Host`: an IPv6 address in brackets (RFC 3986, 3.2.2).
 */
export const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);
