import type { EndpointExpectation, SecretPart, TlsEndpoint } from '../../sdk/definition.ts';
import type { SwarmTask } from '../../engine/port.ts';
import type { CheckOutcome } from '../result.ts';
import type { Place } from './connect.ts';

/** One port of one running task, and what it must show. */
export interface EndpointSubject {
  /** Short name, without the stack's. */
  service: string;
  task: SwarmTask;
  /** Host name of its node. */
  node?: string;
  /** Of a `tls` endpoint the names are all that are dialled: the definition's, and those that live tasks dial. */
  endpoint: EndpointExpectation;
  /** What the certificate on this port must be. A token is sent over TLS only if this is there and holds. */
  tls?: TlsEndpoint;
}

/** One port of a service, and where this machine can ask it. */
export interface PlacedEndpoint {
  endpoint: EndpointExpectation;
  /** What its certificate must be. */
  tls?: TlsEndpoint;
  /** Where it is open to this machine; empty if it is not published. */
  places: readonly Place[];
  /** True if it is published and the swarm tells no address to dial. */
  unaddressed?: boolean;
}

export interface EndpointAskOptions {
  /**
   * A server that is not there yet, or answers 5xx, is asked again until then (by the clock of the verification, in
   * ms).
   */
  deadline: number;
  /** Nothing is asked any more after this; at least the deadline. */
  giveUpAt: number;
  signal: AbortSignal;
}

/** What a port shows. */
export interface EndpointOutcome extends CheckOutcome {
  /** True if it failed as a server does that is not complete yet. */
  starting?: boolean | undefined;
}

/**
 * Asks ports that are not published, from inside the stack's network. Gives an outcome for each subject; one without is
 * taken as `unsure`.
 */
export type InsideProber = (
  subjects: readonly EndpointSubject[],
  options: EndpointAskOptions,
) => Promise<Map<EndpointSubject, EndpointOutcome>>;

/**
 * The certificate that others must chain to: itself, or only its digest (SHA-256 of the DER, hex) if this machine
 * has no `secrets/`.
 */
export type KnownAuthority = { certificate: Buffer } | { sha256: string };

/** What this machine knows of the bundle's secrets. */
export interface Keys {
  authority: (part: SecretPart) => KnownAuthority | undefined;
  /** Undefined without `secrets/`. */
  token: (part: SecretPart) => string | undefined;
}
