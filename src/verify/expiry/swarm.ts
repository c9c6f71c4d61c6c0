import { DAY_MS } from '../../days.ts';
import { X509Certificate } from 'node:crypto';
import type { Moment } from '../../swarm/clock.ts';
import type { Engine, SwarmNode } from '../../engine/port.ts';
import { connectTls, NoAnswer, presentedChain, type Place } from '../endpoints/connect.ts';
import { isIssuedBy, seenCertificate } from '../endpoints/judge-certificate.ts';
import type { CheckResult } from '../result.ts';
import { EXPIRY, judgeEnding, type ExpiryLimit } from './judge.ts';

export interface SwarmExpiryOptions {
  limit: ExpiryLimit;
  now: Moment;
  signal: AbortSignal;
}

/** What results of the swarm itself are of. */
export const SWARM = 'swarm';
const HANDSHAKE_MS = 3_000;
/**
 * Swarmkit renews a node's certificate when half to a fifth of its own time is left (ca/renewer.go): a limit that is
 * asked for counts no further than that.
 */
const LEAST_LEFT = 0.2;
const ON_THE_NODE =
  '`openssl x509 -enddate -noout -in /var/lib/docker/swarm/certificates/swarm-node.crt` on the node tells';

/** The swarm's root certificate; two while it is being replaced. */
export async function rootExpiry(
  engine: Pick<Engine, 'swarmTrust'>,
  limit: ExpiryLimit,
  now: Moment,
): Promise<CheckResult[]> {
  const { roots } = await engine.swarmTrust();
  return roots.map((root) => {
    const certificate = seenCertificate(new X509Certificate(root), now.here);
    const { status, detail } = judgeEnding(certificate, limit, now);
    const fix = status === 'failed' ? '; `docker swarm ca --rotate` makes a new one' : '';
    return {
      service: SWARM,
      check: EXPIRY,
      status,
      detail: `root CA ${certificate.subject}: ${detail}${fix}`,
      certificate,
    };
  });
}

/** The certificates that managers show to other nodes. A worker's is not to be seen from here. */
export async function nodeExpiry(
  engine: Pick<Engine, 'swarmTrust' | 'nodes'>,
  options: SwarmExpiryOptions,
): Promise<CheckResult[]> {
  const [{ roots }, nodes] = await Promise.all([engine.swarmTrust(), engine.nodes()]);
  const sorted = [...nodes].sort((a, b) => a.hostname.localeCompare(b.hostname));
  return Promise.all(
    sorted.map(async (node) => ({
      service: SWARM,
      node: node.hostname,
      check: EXPIRY,
      ...(await ofNode(node, roots, options)),
    })),
  );
}

type Outcome = Pick<CheckResult, 'status' | 'detail' | 'certificate'>;

async function ofNode(node: SwarmNode, roots: readonly string[], options: SwarmExpiryOptions): Promise<Outcome> {
  if (node.managerAddress === undefined)
    return { status: 'not-run', detail: `a worker shows its certificate to managers only; ${ON_THE_NODE}` };
  const place = placeOf(node.managerAddress);
  try {
    const socket = await connectTls(place, node.id, { ms: HANDSHAKE_MS, signal: options.signal });
    const chain = presentedChain(socket);
    socket.destroy();
    return judgeNode(node, chain, roots, options);
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    return {
      status: 'not-run',
      detail: `the manager’s port ${node.managerAddress} cannot be asked from here (${error.message}); ${ON_THE_NODE}`,
    };
  }
}

function judgeNode(
  node: Pick<SwarmNode, 'id' | 'hostname' | 'managerAddress'>,
  chain: readonly Buffer[],
  roots: readonly string[],
  { limit, now }: SwarmExpiryOptions,
): Outcome {
  const [der] = chain;
  const own = der && new X509Certificate(der);
  if (own === undefined || own.checkHost(node.id) === undefined || !roots.some((root) => isIssuedBy(root, chain))) {
    return {
      status: 'unsure',
      detail:
        `what answers at ${node.managerAddress ?? ''} shows no certificate of this node and swarm: is the port ` +
        `forwarded? ${ON_THE_NODE}`,
    };
  }
  const certificate = seenCertificate(own, now.here);
  const leastMs = (Date.parse(own.validTo) - Date.parse(own.validFrom)) * LEAST_LEFT;
  // By a longer limit each node would fail for a part of its certificate's time, with nothing to do about it.
  const least = Math.min(limit.ms, leastMs);
  const { status, detail } = judgeEnding(certificate, { ...limit, ms: least }, now);
  const soon = judgeEnding(certificate, limit, now).status !== 'passed';
  const early =
    status === 'passed' && soon
      ? `; the swarm renews it by itself, at the latest with ${Math.floor(leastMs / DAY_MS)} days left`
      : '';
  return { status, detail: `${node.hostname}: ${detail}${early}`, certificate };
}

/** Of `10.0.0.1:2377` and `[fd00::1]:2377`. */
function placeOf(address: string): Place {
  const at = address.lastIndexOf(':');
  return { host: address.slice(0, at).replace(/^\[(.*)\]$/, '$1'), port: Number(address.slice(at + 1)) };
}
