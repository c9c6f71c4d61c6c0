import type { TlsEndpoint } from '../../sdk/definition.ts';
import type { CheckOutcome } from '../result.ts';
import { withPlain, type InPlain } from './judge-http.ts';

/** A server that takes an old protocol too lets whoever is between it and a client choose that. */
export function withOlderTls(
  outcome: CheckOutcome,
  takes: boolean,
  { olderTls }: Pick<TlsEndpoint, 'olderTls'>,
): CheckOutcome {
  if (!takes) return outcome;
  const fault = 'it takes TLS 1.1 or older too';
  if (olderTls === 'told') return { ...outcome, detail: `${outcome.detail}; ${fault}` };
  return {
    ...outcome,
    status: 'failed',
    detail: outcome.status === 'failed' ? `${fault}; ${outcome.detail}` : `${fault}: ${outcome.detail}`,
  };
}

/**
 * Whether a port speaks TLS, whosever certificate it shows. Plain HTTP is a fault for sure; a handshake that fails may
 * want more than was offered.
 * @param spoken the protocol, as OpenSSL names it; undefined if there was no handshake
 */
export function judgeSecured(spoken: string | undefined, plain: InPlain): CheckOutcome {
  if (spoken === undefined) return withPlain({ status: 'unsure', detail: 'no TLS handshake of 1.2 or newer' }, plain);
  return withPlain({ status: 'passed', detail: `${spoken}; whose certificate it shows is not looked at` }, plain);
}
