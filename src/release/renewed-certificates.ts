import { unfitLeaf } from '../bundle/leaf-changes.ts';
import { LABEL, swarmSecretName } from '../bundle/names.ts';
import type { Lock, LockedSecret } from '../bundle/lock.ts';
import { daysUntil } from '../days.ts';
import type { SwarmSecret } from '../engine/port.ts';
import type { SecretNeed } from '../sdk/definition.ts';
import type { NeedsOf } from './defined-by.ts';
import type { StoredRelease } from './record.ts';
import { means } from './same-secret.ts';

/**
 * The certificates of the bundle's CA, among the present secrets, that have expired or do within a day: nobody would be
 * let in by one that a way back brings, and nobody renews it in time. Pure.
 */
export function endingCertificates(needs: readonly SecretNeed[], present: Lock['secrets'], now: Date): SecretNeed[] {
  return needs.filter(({ secret, issued }) => {
    const { notAfter } = present[secret]?.facts ?? {};
    return issued !== undefined && notAfter !== undefined && daysUntil(notAfter, now) < 1;
  });
}

/**
 * What was issued anew in place of them: by the present CA, for what the release that is brought back dials, as the
 * newest release has it whose version is in the swarm. Whatever became of that release: it did not fail by a
 * certificate that lets the same in for longer. Pure.
 * @param ending `endingCertificates`
 * @param from.releases newest first
 * @param from.inSwarm the secrets of the stack in the swarm
 */
export function renewedCertificates(
  ending: readonly SecretNeed[],
  present: Lock['secrets'],
  from: {
    stack: string;
    releases: readonly StoredRelease[];
    needsOf: NeedsOf;
    inSwarm: readonly SwarmSecret[];
    now: Date;
  },
): Lock['secrets'] {
  const { releases, needsOf, now } = from;
  return Object.fromEntries(
    ending.flatMap((need) => {
      const found = releases.find((release) => {
        const entry = release.lock.secrets[need.secret];
        return (
          entry !== undefined &&
          means(release, need, needsOf) &&
          isRenewal(need, entry, present, now) &&
          isHeld(need, entry, { ...from, document: release.document })
        );
      });
      const entry = found?.lock.secrets[need.secret];
      return entry === undefined ? [] : [[need.secret, entry]];
    }),
  );
}

function isRenewal(need: SecretNeed, entry: LockedSecret, present: Lock['secrets'], now: Date): boolean {
  const ending = present[need.secret];
  const { notBefore, notAfter } = entry.facts;
  if (ending === undefined || entry.version <= ending.version || notAfter === undefined) return false;
  if (daysUntil(notAfter, now) < 1 || (notBefore !== undefined && Date.parse(notBefore) > now.getTime())) return false;
  return unfitLeaf(need, { secrets: { ...present, [need.secret]: entry } }) === undefined;
}

/** Whether the swarm has what services mount of it, to the byte. */
function isHeld(
  { files }: SecretNeed,
  { version, fingerprints }: LockedSecret,
  { stack, document, inSwarm }: { stack: string; inSwarm: readonly SwarmSecret[] } & Pick<StoredRelease, 'document'>,
): boolean {
  const fingerprintOf = new Map(inSwarm.map(({ name, labels }) => [name.toLowerCase(), labels[LABEL.fingerprint]]));
  const mounted = Object.entries(files).filter(([, file]) => document.secrets[file] !== undefined);
  return (
    mounted.length > 0 &&
    mounted.every(([part, file]) => {
      const fingerprint = fingerprintOf.get(swarmSecretName(stack, file, version).toLowerCase());
      return fingerprint !== undefined && fingerprint === fingerprints[part];
    })
  );
}
