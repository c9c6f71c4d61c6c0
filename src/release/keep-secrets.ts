import { swarmSecretName } from '../bundle/names.ts';
import { unfitLeaf } from '../bundle/leaf-changes.ts';
import type { Lock } from '../bundle/lock.ts';
import type { StackDocument } from '../compose/types.ts';
import { BundleError, EXIT } from '../errors.ts';
import type { SecretNeed } from '../sdk/definition.ts';
import { wasEverGood } from './choose.ts';
import type { NeedsOf } from './defined-by.ts';
import type { Release, StoredRelease } from './record.ts';
import { means } from './same-secret.ts';

/** A secret that was replaced after the release that is brought back. */
export interface ReplacedSecret {
  secret: string;
  /** Version of the release that is brought back. */
  then: number;
  /** The present one. */
  now: number;
}

/**
 * The release whose secrets are the present ones: the newest if it is good, or was before it was deployed again; if it
 * failed or was not finished the first time, the good one that it was to replace, so that a way back from it takes its
 * secrets back too.
 * @param releases newest first
 */
export function presentRelease(releases: readonly StoredRelease[]): StoredRelease | undefined {
  return releases.find(wasEverGood);
}

/**
 * The present versions of the secrets that a release calls for: those of the newest good release that means the same
 * one. A store of before has its own password, and data that was kept the one that it was last told.
 * @param releases newest first
 */
export function presentSecrets(
  needs: readonly SecretNeed[],
  releases: readonly StoredRelease[],
  needsOf: NeedsOf,
): Lock['secrets'] {
  const good = releases.filter(wasEverGood);
  return Object.fromEntries(
    needs.flatMap((need) => {
      const entry = good.find((release) => means(release, need, needsOf))?.lock.secrets[need.secret];
      return entry === undefined ? [] : [[need.secret, entry]];
    }),
  );
}

/**
 * The secrets of which a later version is the present one than that of the release that is brought back. Sorted by
 * name.
 * @param needs what the answers of the release that is brought back call for
 */
export function replacedSecrets(
  past: Pick<Release, 'lock'>,
  present: Lock['secrets'],
  needs: readonly SecretNeed[],
): ReplacedSecret[] {
  return needs
    .flatMap(({ secret }) => {
      const [then, now] = [past.lock.secrets[secret], present[secret]];
      // Of another kind it is another secret, only by the same name.
      if (!then || !now || now.kind !== then.kind || now.version <= then.version) return [];
      return [{ secret, then: then.version, now: now.version }];
    })
    .sort((a, b) => (a.secret < b.secret ? -1 : 1));
}

/**
 * The lock and the document of a release with the present versions of its replaced secrets. A certificate of the
 * bundle's CA stays with the CA that issued it: the present one if it names what the release dials, else the release's
 * own if its CA is the one that stays. How long it was to hold counts for nothing there, and what no service of the
 * release mounts, such as a user's certificate, comes back with none.
 * @param present `presentSecrets`
 * @throws BundleError (exit 3) if neither certificate fits
 */
export function withPresentSecrets(
  stack: string,
  past: Pick<Release, 'number' | 'lock' | 'document'>,
  present: Lock['secrets'],
  needs: readonly SecretNeed[],
): { lock: Lock; document: StackDocument; kept: ReplacedSecret[] } {
  const replaced = replacedSecrets(past, present, needs);
  const of = (secret: string): boolean => replaced.some((one) => one.secret === secret);
  const secrets = { ...past.lock.secrets };
  const take = (secret: string): void => {
    const entry = present[secret];
    if (entry) secrets[secret] = entry;
  };
  for (const need of needs) if (!need.issued && of(need.secret)) take(need.secret);
  const fits = (need: SecretNeed): boolean => unfitLeaf(need, { secrets }) === undefined;
  const isMounted = ({ files }: SecretNeed): boolean =>
    Object.values(files).some((file) => past.document.secrets[file] !== undefined);
  for (const need of needs.filter(({ issued }) => issued)) {
    const own = secrets[need.secret];
    if (of(need.secret)) take(need.secret);
    if (!own || !isMounted(need) || fits(need)) continue;
    secrets[need.secret] = own;
    if (!fits(need)) throw noCertificate(past.number, need.secret);
  }
  const kept = replaced.filter(({ secret, now: version }) => secrets[secret]?.version === version);
  return { lock: { ...past.lock, secrets }, document: withVersions(stack, past.document, needs, kept), kept };
}

function withVersions(
  stack: string,
  document: StackDocument,
  needs: readonly SecretNeed[],
  kept: readonly ReplacedSecret[],
): StackDocument {
  const secrets = { ...document.secrets };
  for (const { secret, now } of kept) {
    for (const file of Object.values(needs.find((need) => need.secret === secret)?.files ?? {}))
      if (secrets[file]) secrets[file] = { ...secrets[file], name: swarmSecretName(stack, file, now) };
  }
  return { ...document, secrets };
}

function noCertificate(number: number, secret: string): BundleError {
  return new BundleError(
    'certificate-does-not-fit',
    `release ${number} cannot run with the present CA: neither the present certificate "${secret}" nor that ` +
      'release’s own was issued by it for the names that this release dials',
    {
      exit: EXIT.preflight,
      hints: [
        'put these answers into bundle.yaml, then `bundle init` and `bundle deploy`: certificates are issued again',
        'or, unless the CA of then was replaced because it leaked: --with-secrets brings back that release’s secrets ' +
          'too, that CA with its certificates',
      ],
    },
  );
}

/** `token v2 (then v1)`, one after the other. */
export function replacedText(replaced: readonly ReplacedSecret[]): string {
  return replaced.map(({ secret, then, now }) => `${secret} v${now} (then v${then})`).join(', ');
}
