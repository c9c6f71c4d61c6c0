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
 * changed; or is merely due. Pure.
 * @returns undefined if it stays, or was never issued
 */
export function leafReason(need: SecretNeed, { lock, newAuthorities, now }: LeafInputs): LeafReason | undefined {
  const locked = lock.secrets[need.secret];
  if (!need.issued || !locked) return undefined;
  const must =
    kindChange(need, locked) ??
    (newAuthorities.has(need.issued.by) ||
    locked.issued?.authority !== lock.secrets[need.issued.by]?.facts.certificateSha256
      ? 'its CA changed'
      : difference(need.options as unknown as LeafOptions, locked.issued));
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

const kindChange = ({ kind: { name } }: SecretNeed, { kind }: LockedSecret): string | undefined =>
  kind === name ? undefined : `its kind changes (${kind} → ${name})`;

function difference(options: LeafOptions, issued: LockedSecret['issued']): string | undefined {
  if (!issued) return 'nothing is known of what it was issued for';
  const added = options.names.filter((name) => !issued.names.includes(name));
  const gone = issued.names.filter((name) => !options.names.includes(name));
  if (added.length + gone.length > 0) {
    const words = [...added.map((name) => `${name} is new`), ...gone.map((name) => `${name} goes`)];
    return `its names change (${words.join(', ')})`;
  }
  if (options.subject !== issued.subject) return `its subject changes (${issued.subject} → ${options.subject})`;
  if (options.key !== issued.key) return `its key changes (${issued.key} → ${options.key})`;
  if (options.days !== issued.days) return `its lifetime changes (${issued.days} → ${options.days} days)`;
  const before = issued.backdateHours ?? LEAF_DEFAULTS.backdateHours;
  const { backdateHours } = options;
  return backdateHours === before ? undefined : `its backdating changes (${before} → ${backdateHours} hours)`;
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
