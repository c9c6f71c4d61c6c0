import type { Clock, Moment } from '../../swarm/clock.ts';
import type { SwarmTask } from '../../engine/port.ts';
import type { Redactor } from '../../ui/redact.ts';
import type { PlacedEndpoint } from './types.ts';
import type { CheckOutcome, CheckStatus } from '../result.ts';
import { isLoopback } from '../../image/own-address.ts';
import { askEndpoint, type Asked } from './ask.ts';
import type { Batches } from './batches.ts';
import type { Place } from './connect.ts';
import type { EndpointAskOptions, EndpointOutcome, EndpointSubject, Keys } from './types.ts';
import { placeName } from './where.ts';

export interface EndpointOptions {
  clock: Clock;
  /** By what dates of certificates are judged. */
  now: () => Moment;
  redactor: Redactor;
  keys: Keys;
  /** Asks what is not published; undefined if nothing can be asked inside. */
  inside: Batches | undefined;
  /** Whether the engine that was asked is this machine's own: its loopback address is this machine's too then. */
  local: boolean;
}

/** Worst last. */
const ORDER: readonly CheckStatus[] = ['passed', 'not-run', 'unsure', 'failed'];

const HINT =
  'run verify where that address can be reached, set verify.probeImage in bundle.yaml to ask from inside the ' +
  'stack’s network, or leave the check out with --skip';

/**
 * One port of one task: asked from this machine if it is published, at each place; if it is not, or cannot be
 * reached from here, from inside the stack's network.
 */
export async function checkEndpoint(
  { name, task, node }: { name: string; task: SwarmTask; node: string | undefined },
  { endpoint, tls, places, unaddressed = false }: PlacedEndpoint,
  options: EndpointOptions,
  within: EndpointAskOptions,
): Promise<EndpointOutcome> {
  const { clock, now, keys, inside, redactor, local } = options;
  const subject: EndpointSubject = {
    service: name,
    task,
    endpoint,
    ...(node === undefined ? {} : { node }),
    ...(tls === undefined ? {} : { tls }),
  };
  if (places.length > 0) {
    const asked = await askAll(subject, places, keys, {
      ...{ ...within, clock, now, local },
      handOn: inside !== undefined,
    });
    const doubtful = !asked.reached || asked.elsewhere;
    // What is of the task for sure stands: no answer from elsewhere makes a failure good.
    const { silent = false } = asked;
    if (!doubtful && !(silent && inside !== undefined)) return redacted(asked, redactor);
    if (inside === undefined && isClosed(subject, asked)) return redacted(asked, redactor);
    if (inside === undefined) return redacted({ ...asked, detail: `${asked.detail}; ${HINT}` }, redactor);
    // Where the question belongs: what is said there outranks what is said here.
    const outcome = await inside.ask(subject, within.deadline);
    if (isClosed(subject, outcome)) return redacted(outcome, redactor);
    return redacted(
      { ...outcome, detail: `${outcome.detail} (asked inside the stack’s network; ${asked.detail})` },
      redactor,
    );
  }
  if (endpoint.kind === 'registration' && 'unknown' in endpoint.register)
    return { status: 'not-run', detail: endpoint.register.unknown };
  if (inside === undefined)
    return unaddressed
      ? { status: 'unsure', detail: `the swarm tells no address of ${node ?? 'its node'} that names a host; ${HINT}` }
      : { status: 'not-run', detail: 'not published; with verify.probeImage in bundle.yaml it is asked inside' };
  return redacted(await inside.ask(subject, within.deadline), redactor);
}

/** Rightly, as far as anybody knows: it is told by that alone, for all such ports in one line. */
const isClosed = ({ endpoint }: EndpointSubject, { status }: CheckOutcome): boolean =>
  endpoint.kind === 'secured' && status === 'not-run';

/** What this machine was told. */
interface FromHere extends EndpointOutcome, Pick<Asked, 'silent'> {
  reached: boolean;
  /** True if what answered need not be the task: then its answer does not count. */
  elsewhere: boolean;
}

/** Whether an answer that passes shows who gave it: it came through TLS, with a certificate of the bundle's CA. */
function isProved({ endpoint, tls }: EndpointSubject): boolean {
  switch (endpoint.kind) {
    case 'tls':
      return true;
    case 'http':
    case 'authentication':
      return endpoint.tls && tls !== undefined;
    case 'exchange':
      // A refusal may come in the handshake, before the certificate.
      return endpoint.expected === 'answer' && tls !== undefined;
    default:
      return false;
  }
}

/**
 * An answer of somebody else says nothing of the task: the loopback address of this machine is not that of a node, and
 * a proxy that intercepts TLS shows a certificate of its own. What a certificate proves was the task even so.
 */
function ofTheTask(
  subject: EndpointSubject,
  { issuer, ...asked }: Asked,
  { host, local }: { host: string; local: boolean },
): FromHere {
  const own = !local && isLoopback(host);
  if (own && isClosed(subject, asked)) {
    const detail = 'could not tell from here: that address is this machine’s own, and nothing listens there';
    return { ...asked, status: 'unsure', detail, elsewhere: true };
  }
  const passed = asked.status === 'passed' && (!own || isProved(subject));
  if (!asked.reached || passed) return { ...asked, elsewhere: false };
  const who =
    issuer !== undefined
      ? `what answers has a certificate issued by ${issuer || 'nobody named'}: a proxy between that intercepts TLS, ` +
        'or the task with a certificate of another CA'
      : isLoopback(host)
        ? 'that address is this machine’s own, and another program may have answered'
        : undefined;
  return who === undefined
    ? { ...asked, elsewhere: false }
    : { ...asked, status: 'unsure', detail: `could not tell from here: ${who} (${asked.detail})`, elsewhere: true };
}

/** The worst of what all places say; one that answers nobody is not made good by another. */
async function askAll(
  subject: EndpointSubject,
  places: readonly Place[],
  keys: Keys,
  { local, ...limits }: EndpointAskOptions & Pick<EndpointOptions, 'clock' | 'now' | 'local'> & { handOn: boolean },
): Promise<FromHere> {
  const asked = await Promise.all(
    places.map(async (place) => {
      const one = ofTheTask(subject, await askEndpoint(subject, place, keys, limits), { ...place, local });
      return isClosed(subject, one) ? one : { ...one, detail: `${placeName(place)}: ${one.detail}` };
    }),
  );
  return worst(asked);
}

function worst<One extends CheckOutcome>(outcomes: readonly One[]): One {
  return outcomes.reduce((one, other) => (ORDER.indexOf(other.status) > ORDER.indexOf(one.status) ? other : one));
}

/** Certificate fields are chosen by whoever runs the server: they are redacted too. */
function redacted({ status, detail, certificate, starting }: EndpointOutcome, { words }: Redactor): EndpointOutcome {
  return {
    status,
    detail: words(detail),
    starting,
    ...(certificate && {
      certificate: {
        ...certificate,
        subject: words(certificate.subject),
        issuer: words(certificate.issuer),
        names: certificate.names.map(words),
      },
    }),
  };
}
