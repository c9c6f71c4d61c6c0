import { join } from 'node:path';
import { lockedAs, lockedPart } from '../bundle/lock-entry.ts';
import { FILE, formerFile, swarmSecretName } from '../bundle/names.ts';
import { readIfPresent } from '../io/files.ts';
import type { ServiceSpec } from '../compose/spec.ts';
import type { BundleDirectory } from '../project/bundle-dir.ts';
import { versionOf } from '../release/choose.ts';
import type { Remains } from '../swarm/steps/remains.ts';

/** A secret of which the swarm has the only copy that is known of here: nobody can read it back from there. */
export interface LostValue {
  /** Key in bundle.lock.json. */
  secret: string;
  /** Names in the swarm. */
  names: string[];
  /** What it is for. */
  purpose: string;
  /** Names of volumes that stay, and whose data goes by it and refuses any other. */
  lockedData: string[];
}

/**
 * The secrets that go with a stack, and whose values are not on this disk. What the bundle issues again is none.
 * Versions that count: the locked one, those that services mount, and the newest where data may go by it or nothing is
 * mounted: a rotation that was taken back leaves a higher one that nobody uses.
 * @param deleted the volumes that go too, wherever they are
 */
export async function lostValues(
  directory: Pick<BundleDirectory, 'dir' | 'bundle' | 'plan' | 'lock' | 'secrets'>,
  { secrets, services }: Pick<Remains, 'secrets' | 'services'>,
  deleted: readonly string[],
): Promise<LostValue[]> {
  const { dir, bundle, plan, lock } = directory;
  const mounted = new Set(
    services.flatMap(({ spec }) =>
      ((spec as ServiceSpec).TaskTemplate?.ContainerSpec?.Secrets ?? []).map(({ SecretName = '' }) =>
        SecretName.toLowerCase(),
      ),
    ),
  );
  const lost = plan.secrets.map(async (need): Promise<LostValue[]> => {
    const { secret, purpose, files, issued, keptIn = [] } = need;
    if (issued !== undefined) return [];
    const locked = lockedAs(need, lock)?.version ?? 0;
    const names = await Promise.all(
      Object.entries(files).map(async ([part, file]): Promise<string[]> => {
        const own = secrets
          .map(({ name }) => versionOf(name))
          .filter(([base, version]) => base === `${bundle.name}_${file}`.toLowerCase() && version !== Infinity)
          .map(([, version]) => version);
        if (own.length === 0) return [];
        const nameOf = (version: number): string => swarmSecretName(bundle.name, file, version);
        const newest = Math.max(...own);
        const used = own.filter((version) => mounted.has(nameOf(version).toLowerCase()));
        const meant = own.filter(
          (version) =>
            version === locked ||
            used.includes(version) ||
            (version === newest && (keptIn.length > 0 || used.length === 0)),
        );
        const isLockedHere = lockedPart(directory, { secret, part }) !== undefined;
        const here = await Promise.all(
          meant.map(async (version) => {
            if (version === locked) return isLockedHere;
            // The locked one serves as well: no data goes by it.
            if (keptIn.length === 0 && isLockedHere) return true;
            return isThere(join(dir, FILE.secrets, formerFile(file, version)));
          }),
        );
        return meant.filter((_version, at) => here[at] !== true).map(nameOf);
      }),
    );
    const volumes = keptIn.map((volume) => `${bundle.name}_${volume}`);
    const of = { secret, names: names.flat(), purpose };
    return of.names.length === 0 ? [] : [{ ...of, lockedData: volumes.filter((volume) => !deleted.includes(volume)) }];
  });
  return (await Promise.all(lost)).flat();
}

/** A `secrets/` that this user may not read counts as absent, as for all that only reads. */
const isThere = (path: string): Promise<boolean> =>
  readIfPresent(path).then(
    (content) => content !== undefined,
    () => false,
  );

/** What to know before they are removed; nothing if there are none. */
export function lostValueTexts(lost: readonly LostValue[]): string[] {
  if (lost.length === 0) return [];
  const copy = 'only a copy of secrets/ from elsewhere can deploy them again';
  return [
    `the values of ${lost.flatMap(({ names }) => names).join(', ')} are not on this machine: once removed, ${copy}`,
    ...lost
      .filter(({ lockedData }) => lockedData.length > 0)
      .map(
        ({ purpose, names, lockedData }) =>
          `the data in ${lockedData.join(', ')} stays, goes by ${names.join(', ')} (${purpose}), and is locked without it`,
      ),
  ];
}
