import { fingerprints } from '../bundle/fingerprint.ts';
import type { LockedSecret } from '../bundle/lock.ts';
import { LABEL, swarmSecretName } from '../bundle/names.ts';
import type { SecretChange } from '../bundle/secret-changes.ts';
import type { NeedsOf } from '../release/defined-by.ts';
import { wasHeld } from '../release/older.ts';
import { means, meansAnother } from '../release/same-secret.ts';
import { unreadAfter } from '../release/unread.ts';
import type { SwarmPast } from './swarm.ts';

/** Where a content is looked for. */
export interface Versions {
  stack: string;
  key: Buffer;
  /** What the lockfile means by the secret. */
  locked: LockedSecret;
  needsOf: NeedsOf;
  past: SwarmPast;
}

/** The version that a content was of, before another one took its place. */
export interface EarlierVersion {
  version: number;
  /** The swarm has each part of the locked version: nothing is lost with a file on this disk. */
  inSwarm: boolean;
}

type Prints = Readonly<Record<string, string | undefined>>;

/**
 * The version, before the locked one, that had the content of a changed file in `secrets/`: it was replaced since. By
 * the releases, and by the labels of what was made without one. Pure.
 * @returns undefined if the swarm never had it, as far as it tells; and if nothing replaced it there: the locked
 *   version never came to be in the swarm, or was taken back
 */
export function earlierVersion(
  { need, material, replaces = 0 }: Extract<SecretChange, { act: 'adopt' }>,
  { stack, key, locked, needsOf, past: { secrets, history } }: Versions,
): EarlierVersion | undefined {
  const content = fingerprints(key, need.secret, material);
  const present = history.releases.find((release) => wasHeld(release) && means(release, need, needsOf));
  // What a newer version of bundle recorded since may have replaced it.
  if (present !== undefined && unreadAfter(history.unreadable, present.number) === undefined)
    if (areOf(present.lock.secrets[need.secret]?.fingerprints ?? {}, content)) return undefined;

  const released = history.releases.flatMap((release) => {
    const entry = release.lock.secrets[need.secret];
    return entry === undefined ? [] : [{ ...entry, other: meansAnother(release, need, needsOf) }];
  });
  const labels = new Map(secrets.map(({ name, labels: each }) => [name.toLowerCase(), each[LABEL.fingerprint]]));
  const inSwarm = (version: number): Prints =>
    Object.fromEntries(
      Object.entries(need.files).flatMap(([part, file]) => {
        const name = swarmSecretName(stack, file, version).toLowerCase();
        return labels.has(name) ? [[part, labels.get(name)]] : [];
      }),
    );
  const had = (version: number, prints: Prints): boolean => {
    const entries = released.filter((entry) => entry.version === version);
    // By the same name it is another secret, such as the password of another store: it replaced none.
    const own = entries.filter(({ other, kind }) => !other && kind === need.kind.name);
    return (
      own.some((entry) => areOf(entry.fingerprints, prints)) ||
      (entries.length === 0 && areOf(inSwarm(version), prints))
    );
  };
  if (!had(replaces, locked.fingerprints)) return undefined;
  const there = inSwarm(replaces);
  const whole = Object.keys(need.files).every((part) => part in there) && areOf(there, locked.fingerprints);
  // The newest counts.
  for (let version = replaces - 1; version > 0; version--)
    if (had(version, content)) return { version, inSwarm: whole };
  return undefined;
}

/** Whether there are fingerprints, and all are of this content. */
const areOf = (prints: Prints, content: Prints): boolean =>
  Object.keys(prints).length > 0 && Object.entries(prints).every(([part, value]) => content[part] === value);
