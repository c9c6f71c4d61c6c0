import { daysUntil } from '../days.ts';
import { LEAF_DEFAULTS, type LeafOptions } from '../../secrets/index.ts';
import type { SecretNeed } from '../sdk/definition.ts';
import type { Lock, LockedSecret } from './lock.ts';

/**
 * Why a certificate is issued again. `must`: it is not what its clients need. `due`: it ends soon, and waits until
 * somebody says so.
 */
export interface LeafReason {
  urgency: 'must' | 'due';
  /** For a sentence: `its names change (server-4 is new)`. */
  text: string;
}

export interface LeafInputs {
  lock: Lock;
  /** CAs that become another in this run, by their key in bundle.lock.json. */
  newAuthorities: ReadonlySet<string>;
  now: Date;
}

/**
 * Whether a certificate that a CA of the bundle issued must be issued again: its CA, its names or its parameters
 * changed, or it is not valid yet; or is merely due. Pure.
 * @returns undefined if it stays, or was never issued
 */
export function leafReason(need: SecretNeed, { lock, newAuthorities, now }: LeafInputs): LeafReason | undefined {
  const locked = lock.secrets[need.secret];
  if (!need.issued || !locked) return undefined;
  const must =
    unfitLeaf(need, lock, newAuthorities) ??
    otherParameters(need.options as unknown as LeafOptions, locked.issued) ??
    notBegun(locked, now);
  if (must !== undefined) return { urgency: 'must', text: must };
  const { notAfter } = locked.facts;
  if (notAfter === undefined) return undefined;
  const days = daysUntil(notAfter, now);
  if (days >= need.issued.renewalDays) return undefined;
  // One that ends with its CA would end no later when it is issued again.
  const authorityEnds = lock.secrets[need.issued.by]?.facts.notAfter;
  if (authorityEnds !== undefined && Date.parse(authorityEnds) <= Date.parse(notAfter)) return undefined;
  return { urgency: 'due', text: days < 0 ? `it expired on ${notAfter.slice(0, 10)}` : `it has ${days} days left` };
}

/**
 * Why the locked certificate proves nothing to who dials it, whatever its key and its dates: it is of another kind, CA,
 * name or subject. Pure.
 * @param newAuthorities `LeafInputs.newAuthorities`
 * @returns undefined if it fits, or there is none
 */
export function unfitLeaf(
  need: SecretNeed,
  { secrets }: Pick<Lock, 'secrets'>,
  newAuthorities: ReadonlySet<string> = new Set(),
): string | undefined {
  const locked = secrets[need.secret];
  if (!need.issued || !locked) return undefined;
  const { by } = need.issued;
  const isOfAnother = newAuthorities.has(by) || locked.issued?.authority !== secrets[by]?.facts.certificateSha256;
  return (
    kindChange(need, locked) ??
    (isOfAnother ? 'its CA changed' : otherName(need.options as unknown as LeafOptions, locked.issued))
  );
}

const kindChange = ({ kind: { name } }: SecretNeed, { kind }: LockedSecret): string | undefined =>
  kind === name ? undefined : `its kind changes (${kind} → ${name})`;

function otherName(
  options: Pick<LeafOptions, 'names' | 'subject'>,
  issued: LockedSecret['issued'],
): string | undefined {
  if (!issued) return 'nothing is known of what it was issued for';
  const added = options.names.filter((name) => !issued.names.includes(name));
  const gone = issued.names.filter((name) => !options.names.includes(name));
  if (added.length + gone.length > 0) {
    const words = [...added.map((name) => `${name} is new`), ...gone.map((name) => `${name} goes`)];
    return `its names change (${words.join(', ')})`;
  }
  return options.subject === issued.subject
    ? undefined
    : `its subject changes (${issued.subject} → ${options.subject})`;
}

function otherParameters(options: LeafOptions, issued: LockedSecret['issued']): string | undefined {
  if (!issued) return undefined;
  if (options.key !== issued.key) return `its key changes (${issued.key} → ${options.key})`;
  if (options.days !== issued.days) return `its lifetime changes (${issued.days} → ${options.days} days)`;
  const before = issued.backdateHours ?? LEAF_DEFAULTS.backdateHours;
  const { backdateHours } = options;
  return backdateHours === before ? undefined : `its backdating changes (${before} → ${backdateHours} hours)`;
}

/** Nobody takes it before then. */
function notBegun({ facts: { notBefore } }: LockedSecret, now: Date): string | undefined {
  return notBefore !== undefined && Date.parse(notBefore) > now.getTime()
    ? `it is valid only from ${notBefore}: it was issued by a clock that was ahead`
    : undefined;
}

/**
 * What bundle.lock.json keeps of what a certificate was issued for. @param authority SHA-256 of the CA's certificate
 */
export function issuedFor(need: SecretNeed, authority: string): LockedSecret['issued'] {
  if (!need.issued) return undefined;
  const { subject, names, key, days, backdateHours } = need.options as unknown as LeafOptions;
  return {
    by: need.issued.by,
    authority,
    subject,
    names: [...names],
    key,
    days,
    ...(backdateHours !== LEAF_DEFAULTS.backdateHours && { backdateHours }),
  };
}
