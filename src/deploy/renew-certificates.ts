import { join, resolve } from 'node:path';
import { leafReason } from '../bundle/leaf-changes.ts';
import { FILE } from '../bundle/names.ts';
import { secretChanges } from '../bundle/secret-changes.ts';
import { BundleError, EXIT } from '../errors.ts';
import { loadBundle } from '../project/bundle-dir.ts';
import { readIfPresent } from '../io/files.ts';
import { systemSource } from '../io/system.ts';
import { finishWriting, writeFilesInto } from '../io/write-files.ts';
import { bundleFiles, changedFiles } from '../init/files.ts';
import type { CommandIo } from '../cli/io.ts';
import type { CommonOptions } from '../cli/options.ts';
import { isOurs } from '../project/render-files.ts';

/**
 * `deploy --renew`: issues the certificates of the bundle again that are due, in the bundle's directory, before it is
 * read for the deployment.
 * @throws BundleError (exit 3) on a checkout without `secrets/`, or with a secret that was replaced by hand
 */
export async function renewCertificates(options: CommonOptions, io: CommandIo): Promise<void> {
  const dir = resolve(io.cwd, options.dir);
  await finishWriting(dir);
  const { bundle, plan, lock, secrets } = await loadBundle(dir);
  const now = systemSource.now();
  const due = plan.secrets.filter((need) => leafReason(need, { lock, newAuthorities: new Set(), now }));
  if (due.length === 0) {
    io.stderr('no certificate is due\n');
    return;
  }
  const changes = secretChanges({
    needs: plan.secrets,
    lock,
    key: secrets.key,
    onDisk: secrets.files,
    given: {},
    now,
    renew: true,
  });
  const other = changes.find(({ act, need }) => act !== 'keep' && !due.includes(need));
  if (other) {
    throw new BundleError(
      'renew-other',
      `the secret "${other.need.secret}" is not as bundle.lock.json means it, so that nothing was issued`,
      { exit: EXIT.preflight, hints: ['run `bundle init` on this directory first'] },
    );
  }
  const answersText = (await readIfPresent(join(dir, FILE.answers)))?.toString('utf8') ?? '';
  const { files } = await bundleFiles({
    bundle,
    answersText,
    changes,
    onDisk: secrets.files,
    lock,
    images: lock.images ?? {},
    key: secrets.key,
    source: systemSource,
  });
  await writeFilesInto(dir, await changedFiles(dir, files, isOurs));
  for (const change of changes)
    if (change.act === 'generate')
      io.stderr(
        `${change.need.secret}: issued again as version ${change.version}, since ${change.why ?? 'it is new'}\n`,
      );
}
