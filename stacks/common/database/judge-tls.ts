import type { Finding } from '../../../src/sdk/definition.ts';
import type { TlsReading } from './reading.ts';
import type { DatabaseServer } from './server.ts';

/**
 * How the connection is kept from others, as this machine made it; what the tasks make of it is their software's own
 * affair.
 */
export function judgeTls(
  where: string,
  { clients, authority }: DatabaseServer,
  { protocol, required, distrusted, misnamed }: TlsReading,
): Finding[] {
  if (protocol === undefined)
    return [{ level: 'warning', text: `${where} offers no TLS: passwords and data of ${clients} travel in clear` }];
  const demand =
    required === undefined
      ? ''
      : required
        ? ', and takes no connection without'
        : ', and takes connections in clear too';
  if (distrusted !== undefined) {
    return [
      {
        level: 'warning',
        text:
          `${where} offers ${protocol}${demand}, but its certificate is not trusted here: ${distrusted}; a client ` +
          'that verifies it will not connect',
        hint: 'give the authority’s certificate, or let the server have a certificate of one that is trusted everywhere',
      },
    ];
  }
  const trust =
    authority === undefined
      ? 'its certificate is trusted by this machine, of the containers that is not known'
      : 'its certificate is vouched for by the authority that is given';
  if (misnamed !== undefined)
    return [
      {
        level: 'warning',
        text:
          `${where} offers ${protocol}${demand}; ${trust}, but does not name the host; a client that looks for ` +
          'the name will not connect',
        hint: misnamed,
      },
    ];
  return [{ level: 'info', text: `${where} offers ${protocol}${demand}; ${trust}` }];
}
