/** Whether an IP address means "any", as `0.0.0.0` and `::` do: it names no host. */
export const isUnspecified = (address: string): boolean => ANY.has(canonical(address) ?? '');

/** Whether an IP address is that of whoever dials it: another machine means itself by it. */
export const isLoopback = (address: string): boolean => LOOPBACK.test(canonical(address) ?? '');

// The last of each: IPv4 as IPv6 writes it, `::ffff:127.0.0.1`.
const ANY = new Set(['0.0.0.0', '[::]', '[::ffff:0:0]']);
const LOOPBACK = /^(127\.|\[::1\]$|\[::ffff:7f)/;

/** The one way to write an IP address, IPv6 in brackets (WHATWG URL, host parsing); undefined for anything else. */
function canonical(address: string): string | undefined {
  if (!/^\d+(\.\d+){3}$|:/.test(address)) return undefined;
  const url = `http://${address.includes(':') ? `[${address}]` : address}/`;
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}
