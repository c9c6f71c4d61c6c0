import { LABEL, swarmSecretName } from '../bundle/names.ts';
import type { Lock } from '../bundle/lock.ts';
import type { SwarmSecret } from '../engine/port.ts';
import type { StackPlan } from '../sdk/definition.ts';

/** The swarm's names of certificates that a CA of the bundle issued and that have expired. */
interface Expired {
  /**
   * By which services know each other: those of a CA that all who mount it must have in the same version. With one of
   * them nobody is let in by another any more, whatever still talks over connections of before.
   */
  expired: Set<string>;
  /** These, and those for whatever other use. */
  expiredOfAll: Set<string>;
}

interface Seen {
  /** Of what was deployed: bundle.lock.json may name newer versions than those that run. */
  locks: readonly Pick<Lock, 'secrets'>[];
  /** A version counts only if the swarm has the very one that the lock means. */
  liveSecrets: readonly SwarmSecret[];
  /** Milliseconds, of the clock that is behind if there are two. */
  now: number;
}

/**
 * Which certificates of what was deployed have expired. Pure. Goes by dates and fingerprints alone, never by what does
 * not answer.
 */
export function expiredCertificates(
  stack: string,
  { secrets, together }: Pick<StackPlan, 'secrets' | 'together'>,
  seen: Seen,
): Expired {
  const isShared = (authority: string): boolean =>
    secrets.some(
      (need) => need.secret === authority && Object.values(need.files).some((file) => together.includes(file)),
    );
  const issued = secrets.filter((need) => need.issued !== undefined);
  const peers = issued.filter((need) => need.issued && isShared(need.issued.by));
  return { expired: expiredOf(stack, peers, seen), expiredOfAll: expiredOf(stack, issued, seen) };
}

function expiredOf(stack: string, certificates: StackPlan['secrets'], { locks, liveSecrets, now }: Seen): Set<string> {
  const labelOf = new Map(liveSecrets.map(({ name, labels }) => [name, labels[LABEL.fingerprint]]));
  const names = certificates.flatMap(({ secret, files }) =>
    locks.flatMap((lock) => {
      const locked = lock.secrets[secret];
      if (locked?.facts.notAfter === undefined || !(Date.parse(locked.facts.notAfter) < now)) return [];
      return Object.entries(files).flatMap(([part, file]) => {
        const name = swarmSecretName(stack, file, locked.version);
        const fingerprint = locked.fingerprints[part];
        return fingerprint !== undefined && labelOf.get(name) === fingerprint ? [name] : [];
      });
    }),
  );
  return new Set(names);
}
