import type { SecuredEndpoint } from '../../sdk/definition.ts';
import type { CheckOutcome } from '../result.ts';
import { askInPlain } from './ask-tls.ts';
import { connectTls, NoAnswer, type Limit, type Place } from './connect.ts';
import { judgeSecured } from './judge-tls.ts';

/**
 * Whether a port that may be closed speaks TLS, and no plain HTTP.
 * @returns not run if its host refuses the connection; `reached` false if there is no answer here
 * @throws NoAnswer if there is no way to it: whether it is closed nobody knows then; the signal's reason
 */
export async function askSecured(
  endpoint: SecuredEndpoint,
  place: Place,
  limit: Limit,
): Promise<CheckOutcome & { reached: boolean }> {
  try {
    const spoken = await protocolOf(place, limit);
    return { ...judgeSecured(spoken, await askInPlain(place.host, place, limit)), reached: true };
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    if (error.kind === 'down') return { status: 'not-run', detail: endpoint.closedUntil, reached: false };
    if (error.kind !== 'silent') throw error;
    return { status: 'unsure', detail: `${error.message}, asked from this machine`, reached: false };
  }
}

/** Undefined if there is no handshake. */
async function protocolOf(place: Place, limit: Limit): Promise<string | undefined> {
  try {
    const socket = await connectTls(place, undefined, limit);
    const protocol = socket.getProtocol() ?? undefined;
    socket.destroy();
    return protocol;
  } catch (error) {
    if (error instanceof NoAnswer && (error.kind === 'strange' || error.kind === 'refusal'))
      return error.shown?.protocol;
    throw error;
  }
}
