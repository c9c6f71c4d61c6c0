import { daysUntil } from '../../days.ts';
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { Moment } from '../../swarm/clock.ts';
import { issuerOf, subjectOf } from '../../sdk/certificate-name.ts';
import type { CheckOutcome, CheckStatus, SeenCertificate } from '../result.ts';
import type { KnownAuthority } from './types.ts';

export interface PresentedCertificate {
  /** As the server sent it, its own first; each DER or PEM. */
  chain: readonly (Buffer | string)[];
  /** As OpenSSL names it: TLSv1.3. Undefined if the client did not say; then it is not judged. */
  protocol?: string | undefined;
}

export interface CertificateDemand {
  /** Names that clients dial. */
  names: readonly string[];
  /** Undefined: nothing is known of the authority here. */
  authority: KnownAuthority | undefined;
  now: Moment;
}

/** A chain of more links is not one that anybody made on purpose. */
const MOST_LINKS = 6;
const PROTOCOLS = ['TLSv1.2', 'TLSv1.3'];

/**
 * Whether a server's certificate is what its clients must see: it chains to the authority, every link is in date, it
 * names what is dialled (SAN only, wildcards as RFC 6125 6.4.3 has them), and TLS is 1.2 or newer. All faults are told.
 */
export function judgeCertificate(
  { chain, protocol }: PresentedCertificate,
  { names, authority, now }: CertificateDemand,
): CheckOutcome {
  const parsed = parse(chain);
  const [own] = parsed ?? [];
  if (parsed === undefined || own === undefined)
    return { status: 'failed', detail: 'what the server presented is no certificate' };
  const link = linkTo(authority, parsed);
  const certificate = seenCertificate(own, now.here);
  const dates = (link.status === 'passed' ? link.path : [own]).map((one) => judgeDates(one, one === own, now));
  const faults = [
    ...(link.status === 'failed' ? [link.detail] : []),
    ...dates.flatMap(({ fault = [] }) => fault),
    ...(link.status === 'passed' ? link.path.filter((one) => !isAuthority(one, authority)) : [own]).flatMap((one) =>
      usageFault(one, one === own),
    ),
    ...names.filter((name) => !covers(own, name)).map((name) => `it does not name ${name}, which is what clients dial`),
    ...(protocol !== undefined && !PROTOCOLS.includes(protocol)
      ? [`the protocol is ${protocol}; 1.2 or newer is needed`]
      : []),
  ];
  const evidence = `${describe(certificate)}${protocol === undefined ? '' : `, ${protocol}`}`;
  if (faults.length > 0) return { status: 'failed', detail: `${faults.join('; ')} (${evidence})`, certificate };
  const [doubt] = dates.flatMap(({ doubt = [] }) => doubt);
  if (doubt !== undefined) return { status: 'unsure', detail: `${doubt} (${evidence})`, certificate };
  if (link.status === 'unsure') return { status: 'unsure', detail: `${link.detail} (${evidence})`, certificate };
  return { status: 'passed', detail: evidence, certificate };
}

/** Whether a presented chain (DER, its own first) leads up to a root certificate. */
export function isIssuedBy(root: Buffer | string, chain: readonly (Buffer | string)[]): boolean {
  const presented = parse(chain);
  return presented !== undefined && linkTo({ certificate: Buffer.from(root) }, presented).status === 'passed';
}

/**
 * Who issued what answers, if that is neither the authority nor one of its name: then a proxy that intercepts TLS may
 * have answered in place of the server.
 * @param chain as the server sent it, its own first
 * @returns undefined if it is the authority's, if nothing is known of the authority, or if nothing can be read
 */
export function otherIssuer(
  chain: readonly (Buffer | string)[],
  authority: KnownAuthority | undefined,
): string | undefined {
  const presented = parse(chain);
  const [own] = presented ?? [];
  if (presented === undefined || own === undefined || linkTo(authority, presented).status !== 'failed')
    return undefined;
  const known = authority && 'certificate' in authority ? parse([authority.certificate])?.[0] : undefined;
  return known !== undefined && presented.some((one) => issuerOf(one) === subjectOf(known))
    ? undefined
    : line(issuerOf(own)) || 'nobody named';
}

type Link =
  | { status: Extract<CheckStatus, 'passed'>; path: X509Certificate[] }
  | { status: Extract<CheckStatus, 'failed' | 'unsure'>; detail: string };

/** The way from the server's certificate up to the authority, each link's signature proved. */
function linkTo(authority: KnownAuthority | undefined, presented: readonly X509Certificate[]): Link {
  if (authority === undefined)
    return {
      status: 'unsure',
      detail: 'whether its CA is the bundle’s cannot be told: this machine does not know that certificate',
    };
  const known =
    'certificate' in authority
      ? parse([authority.certificate])?.[0]
      : presented.find((one) => digest(one) === authority.sha256.toLowerCase());
  const path: X509Certificate[] = [];
  for (let at = presented[0]; at !== undefined && path.length < MOST_LINKS; at = issuerAmong(presented, at, path)) {
    path.push(at);
    if (known !== undefined && (digest(at) === digest(known) || issued(known, at)))
      return { status: 'passed', path: digest(at) === digest(known) ? path : [...path, known] };
  }
  const top = path.at(-1);
  // A root of its own that is not the authority: no other is possible. Else a digest alone says nothing about who
  // signed.
  if (known !== undefined || top?.verify(top.publicKey) === true)
    return { status: 'failed', detail: 'it was not issued by the bundle’s CA' };
  return {
    status: 'unsure',
    detail:
      'whether it was issued by the bundle’s CA cannot be told: the server does not present that certificate, ' +
      'and this checkout has no secrets/ to take it from',
  };
}

function issuerAmong(
  presented: readonly X509Certificate[],
  child: X509Certificate,
  path: readonly X509Certificate[],
): X509Certificate | undefined {
  return presented.find((one) => !path.includes(one) && issued(one, child));
}

/** Names, key identifiers and signature fit. */
function issued(issuer: X509Certificate, child: X509Certificate): boolean {
  return issuer.ca && child.checkIssued(issuer) && child.verify(issuer.publicKey);
}

function covers(certificate: X509Certificate, name: string): boolean {
  // Never the common name: clients no longer look at it. Partial wildcards (f*.example) neither.
  return (
    (isIP(name) === 0
      ? certificate.checkHost(name, { subject: 'never', partialWildcards: false })
      : certificate.checkIP(name)) !== undefined
  );
}

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';

/**
 * OpenSSL refuses a server if an extended key usage of any link lacks serverAuth. The authority itself is judged when
 * it is taken, by trial.
 */
function usageFault(certificate: X509Certificate, own: boolean): string[] {
  // Node calls the extended ones `keyUsage`, and leaves it undefined without the extension.
  const usages = certificate.keyUsage as string[] | undefined;
  if (usages === undefined || usages.includes(SERVER_AUTH)) return [];
  return [
    `${own ? 'its' : `${line(subjectOf(certificate)) || 'one without a subject'} above it has an`} extended key ` +
      `usage${own ? ' lacks' : ' without'} serverAuth, so that clients refuse it`,
  ];
}

function isAuthority(certificate: X509Certificate, authority: KnownAuthority | undefined): boolean {
  if (authority === undefined) return false;
  return (
    digest(certificate) ===
    ('sha256' in authority ? authority.sha256.toLowerCase() : digest(new X509Certificate(authority.certificate)))
  );
}

/** A fault by every clock, or a doubt if one of two has it in date: which of them is wrong cannot be told. */
function judgeDates(
  certificate: X509Certificate,
  own: boolean,
  { here, there = here }: Moment,
): { fault?: string; doubt?: string } {
  const what = own ? 'it' : `${line(subjectOf(certificate)) || 'one without a subject'} above it`;
  const [byOurs, byTheirs] = [dateFault(certificate, here), dateFault(certificate, there)];
  if (byOurs !== undefined && byTheirs !== undefined) return { fault: `${what} ${byOurs}` };
  const fault = byOurs ?? byTheirs;
  if (fault === undefined) return {};
  const whose = byOurs === undefined ? 'the engine’s' : 'this machine’s';
  return { doubt: `two clocks are apart: by ${whose} ${what} ${fault}, by the other it is in date` };
}

function dateFault(certificate: X509Certificate, now: Date): string | undefined {
  if (now.getTime() > Date.parse(certificate.validTo)) return `expired on ${day(certificate.validTo)}`;
  if (now.getTime() < Date.parse(certificate.validFrom))
    return `is not valid before ${new Date(certificate.validFrom).toISOString()}`;
  return undefined;
}

/** What is told of a certificate. */
export function seenCertificate(certificate: X509Certificate, now: Date): SeenCertificate {
  const notAfter = new Date(certificate.validTo);
  return {
    subject: line(subjectOf(certificate)),
    names: alternativeNames(certificate.subjectAltName ?? ''),
    issuer: line(issuerOf(certificate)),
    notAfter: notAfter.toISOString(),
    daysLeft: daysUntil(notAfter, now),
  };
}

function describe({ subject, names, issuer, notAfter, daysLeft }: SeenCertificate): string {
  const time = daysLeft < 0 ? `expired on ${day(notAfter)}` : `${daysLeft} days left`;
  return (
    `${subject || 'no subject'}, for ${names.join(', ') || 'no name at all'}, issued by ` +
    `${issuer || 'nobody named'}, ${time}`
  );
}

/** `DNS:a, IP Address:10.0.0.1`, where Node puts what holds a comma or a quote into quotes. */
function alternativeNames(text: string): string[] {
  return [...text.matchAll(/(?:DNS|IP Address):("(?:[^"\\]|\\.)*"|[^,]*)/g)].map(([, name = '']) => clean(name));
}

/** A distinguished name on one line: Node gives one attribute a line. */
function line(name: string): string {
  return name.split('\n').map(clean).join(', ');
}

/** What a stranger's server may write must not steer a terminal. */
function clean(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
}

const day = (time: string): string => new Date(time).toISOString().slice(0, 10);
const digest = (certificate: X509Certificate): string => certificate.fingerprint256.replaceAll(':', '').toLowerCase();

function parse(certificates: readonly (Buffer | string)[]): X509Certificate[] | undefined {
  try {
    return certificates.map((one) => new X509Certificate(one));
  } catch {
    return undefined;
  }
}
