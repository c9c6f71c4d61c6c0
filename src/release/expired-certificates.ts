import { LABEL, swarmSecretName } from '../bundle/names.ts';
import type { Lock } from '../bundle/lock.ts';
import type { SwarmSecret } from '../engine/port.ts';
import type { StackPlan } from '../sdk/definition.ts';
import { versionOf } from './choose.ts';

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
  /**
   * A version of a lock counts only if the swarm has the very one that the lock means. A label with its end speaks for
   * itself, as of what was deployed by hand, of which there is no lock once others were issued.
   */
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
  const isOver = (end: string | undefined): boolean => end !== undefined && Date.parse(end) < now;
  const bases = new Set(
    certificates.flatMap(({ files }) =>
      Object.values(files).map((file) => versionOf(swarmSecretName(stack, file, 1))[0]),
    ),
  );
  const labelled = liveSecrets.filter(({ name, labels }) => bases.has(versionOf(name)[0]) && isOver(labels[LABEL.end]));
  const names = certificates.flatMap(({ secret, files }) =>
    locks.flatMap((lock) => {
      const locked = lock.secrets[secret];
      if (!locked || !isOver(locked.facts.notAfter)) return [];
      return Object.entries(files).flatMap(([part, file]) => {
        const name = swarmSecretName(stack, file, locked.version);
        const fingerprint = locked.fingerprints[part];
        return fingerprint !== undefined && labelOf.get(name) === fingerprint ? [name] : [];
      });
    }),
  );
  return new Set([...labelled.map(({ name }) => name), ...names]);
}
