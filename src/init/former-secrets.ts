import { join } from 'node:path';
import { isLocked } from '../bundle/lock-entry.ts';
import { FILE, formerFile } from '../bundle/names.ts';
import type { SecretChange } from '../bundle/secret-changes.ts';
import { PRIVATE_FILE } from '../io/files.ts';
import type { PlannedFile } from '../io/write-files.ts';
import { isSameSecret } from '../release/same-secret.ts';
import type { Material } from '../sdk/kind.ts';
import type { Existing } from './existing.ts';

interface Former {
  /** What it was for. */
  purpose: string;
  /** Keys of the volumes whose data goes by it. */
  keptIn: readonly string[];
  files: PlannedFile[];
}

/**
 * Secrets that data goes by, and in whose place another one by the same name is put: the files are the only ones that
 * can be read, and are kept under a name with their version.
 */
export function formerSecrets(
  {
    changes,
    key,
    onDisk,
  }: { changes: readonly SecretChange[]; key: Buffer | undefined; onDisk: Readonly<Record<string, Material>> },
  existing: Existing | undefined,
): Former[] {
  return changes.flatMap((change): Former[] => {
    const { secret } = change.need;
    const [locked, present] = [existing?.lock.secrets[secret], onDisk[secret]];
    const former = existing?.plan?.secrets.find((need) => need.secret === secret);
    if (change.act !== 'take' || !locked || !present || !key || !former?.keptIn?.length) return [];
    if (isSameSecret(former, change.need) || !isLocked(locked, key, secret, present)) return [];
    const files = Object.entries(former.files).map(([part, file]) => ({
      path: join(FILE.secrets, formerFile(file, locked.version)),
      content: present[part] ?? '',
      mode: PRIVATE_FILE,
    }));
    return [{ purpose: former.purpose, keptIn: former.keptIn, files }];
  });
}

/** That the data stays with the former secret, and where that one is. */
export const formerSecretTexts = (former: readonly Former[], stack: string): string[] =>
  former.map(
    ({ purpose, keptIn, files }) =>
      `the data in ${keptIn.map((volume) => `${stack}_${volume}`).join(', ')} stays, and goes by the ${purpose} of ` +
      `before: it is kept as ${files.map(({ path }) => path).join(', ')}`,
  );
