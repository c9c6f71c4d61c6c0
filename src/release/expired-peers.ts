import { LABEL, swarmSecretName } from '../bundle/names.ts';
import type { Lock } from '../bundle/lock.ts';
import type { SwarmSecret } from '../engine/port.ts';
import type { StackPlan } from '../sdk/definition.ts';

/**
 * The swarm's names of the certificates that have expired and by which services know each other: those of a CA that all
 * who mount it must have in the same version. With one of them nobody is let in by another any more, whatever still
 * talks over connections of before. Pure. Goes by dates and fingerprints alone, never by what does not answer.
 * @param locks of what was deployed: bundle.lock.json may name newer versions than those that run
 * @param liveSecrets a version counts only if the swarm has the very one that the lock means
 * @param now milliseconds, of the clock that is behind if there are two
 */
export function expiredPeers(
  stack: string,
  { secrets, together }: Pick<StackPlan, 'secrets' | 'together'>,
  { locks, liveSecrets, now }: { locks: readonly Pick<Lock, 'secrets'>[]; liveSecrets: readonly SwarmSecret[]; now: number }, // prettier-ignore
): Set<string> {
  const isShared = (authority: string): boolean =>
    secrets.some(
      (need) => need.secret === authority && Object.values(need.files).some((file) => together.includes(file)),
    );
  const labelOf = new Map(liveSecrets.map(({ name, labels }) => [name, labels[LABEL.fingerprint]]));
  const names = secrets
    .filter(({ issued }) => issued !== undefined && isShared(issued.by))
    .flatMap(({ secret, files }) =>
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
