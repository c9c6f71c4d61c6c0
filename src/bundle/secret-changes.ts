import type { Material } from '../sdk/kind.ts';
import type { SecretNeed } from '../sdk/definition.ts';
import { BundleError, EXIT } from '../errors.ts';
import { issuerExpired, issuerNotHere, requireIssued } from './issuers.ts';
import { leafReason } from './leaf-changes.ts';
import type { Lock } from './lock.ts';
import { isLocked, lockedAs } from './lock-entry.ts';
import { NO_BACKUP } from './lost-secrets.ts';

/** What `init` does with one secret. A version is made only if the content changed. */
export type SecretChange =
  /** Locked, and on disk as locked, or on another machine's disk. */
  | { act: 'keep'; need: SecretNeed; version: number; onDisk: boolean }
  /** `why`: of a certificate that is issued again. */
  | { act: 'generate'; need: SecretNeed; version: number; why?: string }
  /** Equal to what is locked, but not on disk in just that form: put back, no new version. */
  | { act: 'restore'; need: SecretNeed; version: number; material: Material; from: string }
  /** Given in this run. `tried`: of a CA, the clients whose verifiers took a certificate that it issued. */
  | { act: 'take'; need: SecretNeed; version: number; material: Material; from: string; tried?: string[] }
  /**
   * The files in `secrets/` are not what the lock means: replaced by hand (`replaces` is the locked version), or put
   * there before there was one.
   */
  | {
      act: 'adopt';
      need: SecretNeed;
      version: number;
      replaces: number | undefined;
      material: Material;
      tried?: string[];
    };

export interface SecretInputsGiven {
  needs: SecretNeed[];
  lock: Lock;
  /** The bundle's fingerprint key; undefined on a machine without `secrets/`, and for a new bundle. */
  key: Buffer | undefined;
  onDisk: Readonly<Record<string, Material>>;
  /** Material given in this run, by secret, with where it came from. */
  given: Record<string, { material: Material; from: string }>;
  now: Date;
  /** Certificates that are merely due are issued again, too. */
  renew?: boolean;
  /** `secrets/` was lost, or a part of it: what is missing is made anew, and without its key nothing is as locked. */
  newSecrets?: boolean;
  /** Secrets that stay as they are locked, though what is on the disk is not that: also with `newSecrets`. */
  kept?: ReadonlySet<string>;
  /** The highest version of each secret that the swarm has, as far as it was asked: none of them is made again. */
  taken?: ReadonlyMap<string, number>;
}

/** Whether a version is made that there was not before. */
export const makesVersion = ({ act }: SecretChange): boolean => act === 'generate' || act === 'take' || act === 'adopt';

/**
 * What happens to each secret that the answers call for. Pure.
 * @throws BundleError (exit 3) if material is refused, or this machine must not make any
 */
export function secretChanges(inputs: SecretInputsGiven): SecretChange[] {
  const others = inputs.needs.filter((need) => !need.issued).map((need) => changeOf(need, inputs));
  const newAuthorities = new Set(others.filter(makesVersion).map(({ need }) => need.secret));
  const issued = inputs.needs
    .filter((need) => need.issued)
    .map((need) => issuedChange(need, inputs, newAuthorities) ?? changeOf(need, inputs));
  requireIssuers(issued, others, inputs);
  for (const change of issued) {
    const issuer = others.find(({ need }) => need.secret === change.need.issued?.by);
    if (change.act === 'adopt' || change.act === 'take')
      requireIssued(change, issuer && issuerOf(issuer, inputs.onDisk));
  }
  const inOrder = new Map([...others, ...issued].map((change) => [change.need, change]));
  const changes = inputs.needs.flatMap((need) => inOrder.get(need) ?? []);
  const making = changes.find((change) => change.act !== 'keep');
  if (making && inputs.key === undefined && inputs.newSecrets !== true && Object.keys(inputs.lock.secrets).length > 0) {
    throw new BundleError(
      'no-fingerprint-key',
      'this machine does not have the bundle’s secrets/ with its fingerprint key, so no version of ' +
        `"${making.need.secret}" is made here`,
      {
        exit: EXIT.preflight,
        hints: ['run this where the bundle’s secrets/ is, or restore it from your backup', NO_BACKUP],
      },
    );
  }
  return changes;
}

/**
 * @throws BundleError (exit 3) if a certificate is to be issued by a CA that is not on this machine as it was locked,
 *   or has ended: no certificate outlives its CA, so that it would have ended before it began
 */
function requireIssuers(
  issued: readonly SecretChange[],
  others: readonly SecretChange[],
  { renew, lock, now }: SecretInputsGiven,
): void {
  const kept = new Map(
    others.flatMap((change) => (change.act === 'keep' ? [[change.need.secret, change] as const] : [])),
  );
  for (const change of issued) {
    const issuer = kept.get(change.need.issued?.by ?? '');
    if (change.act !== 'generate' || issuer === undefined) continue;
    if (!issuer.onDisk) throw issuerNotHere(change.need.secret, change.why, renew === true ? 'deploy --renew' : 'init');
    const { notAfter } = lock.secrets[issuer.need.secret]?.facts ?? {};
    if (notAfter !== undefined && Date.parse(notAfter) <= now.getTime())
      throw issuerExpired(change.need.secret, issuer.need, notAfter);
  }
}

/** The material by which a CA issues after this run; undefined if it is made only now, or is not on this machine. */
function issuerOf(change: SecretChange, onDisk: SecretInputsGiven['onDisk']): Material | undefined {
  if ('material' in change) return change.material;
  return change.act === 'keep' && change.onDisk ? onDisk[change.need.secret] : undefined;
}

/** A certificate that is issued again; undefined if it is not, or not yet issued at all. */
function issuedChange(
  need: SecretNeed,
  inputs: SecretInputsGiven,
  newAuthorities: ReadonlySet<string>,
): SecretChange | undefined {
  const reason = leafReason(need, { lock: inputs.lock, newAuthorities, now: inputs.now });
  if (!reason || (reason.urgency === 'due' && inputs.renew !== true)) return undefined;
  return { act: 'generate', need, version: nextVersion(need, inputs), why: reason.text };
}

/** In the swarm may be a higher one than the locked: of a rotation that was taken back, or of another operator. */
function nextVersion({ secret }: SecretNeed, { lock, taken }: SecretInputsGiven): number {
  return Math.max(lock.secrets[secret]?.version ?? 0, taken?.get(secret) ?? 0) + 1;
}

function changeOf(need: SecretNeed, inputs: SecretInputsGiven): SecretChange {
  const { lock, key, onDisk, given, now, newSecrets = false, kept } = inputs;
  const { secret } = need;
  const locked = lockedAs(need, lock);
  const next = nextVersion(need, inputs);
  const present = newSecrets ? usable(need, onDisk[secret], now) : onDisk[secret];
  const offered = given[secret];
  if (offered) {
    const material = need.kind.accept(offered.material, now);
    if (locked && key && isLocked(locked, key, secret, material)) {
      if (present && isLocked(locked, key, secret, present))
        return { act: 'keep', need, version: locked.version, onDisk: true };
      return { act: 'restore', need, version: locked.version, material, from: offered.from };
    }
    return { act: 'take', need, version: next, material, from: offered.from };
  }
  if (present) {
    if (locked && (key ? isLocked(locked, key, secret, present) : !newSecrets))
      return { act: 'keep', need, version: locked.version, onDisk: true };
    const material = acceptedFrom(need, present, now);
    // An editor added a line end: what counts is as locked.
    if (locked && key && isLocked(locked, key, secret, material))
      return { act: 'restore', need, version: locked.version, material, from: 'secrets/' };
    return { act: 'adopt', need, version: next, replaces: locked?.version, material };
  }
  if (locked && (!newSecrets || kept?.has(secret) === true))
    return { act: 'keep', need, version: locked.version, onDisk: false };
  if (need.mustBeGiven || !need.kind.generate) {
    throw new BundleError('secret-not-given', `no ${need.kind.title} was given for "${secret}" (${need.purpose})`, {
      exit: EXIT.usage,
      hints: Object.values(need.inputs).map((input) => `--set secretFiles.${input}=FILE`),
    });
  }
  return { act: 'generate', need, version: next };
}

/** Of what is made anew if it is missing: an issued certificate that is refused is as good as missing. */
function usable(need: SecretNeed, present: Material | undefined, now: Date): Material | undefined {
  if (!present || !need.issued) return present;
  try {
    need.kind.accept(present, now);
    return present;
  } catch (error) {
    if (error instanceof BundleError) return undefined;
    throw error;
  }
}

/** A refusal names the file: of several passwords it may be any. */
function acceptedFrom(need: SecretNeed, present: Material, now: Date): Material {
  try {
    return need.kind.accept(present, now);
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    const { code, message, exit, hints } = error;
    throw new BundleError(code, `secrets/${Object.values(need.files).join(', ')}: ${message}`, { exit, hints });
  }
}
