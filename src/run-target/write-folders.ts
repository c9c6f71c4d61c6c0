import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PUBLIC_FILE, privateDirectory, readIfPresent, writeAtomically } from '../io/files.ts';
import { FILE, IGNORE_ALL } from '../bundle/names.ts';
import type { HostScript } from './plan/left.ts';
import { saveRunSettings, type RunSettings } from './settings.ts';
import { finishWriting, writeFilesInto, type PlannedFile } from '../io/write-files.ts';

/** A host's folder with the contents of its secrets. */
export interface PlannedFolder {
  host: string;
  files: PlannedFile[];
}

export interface StaleFolders {
  /** Files that are not as they should be, by host. */
  changed: Map<string, (PlannedFile & { missing: boolean })[]>;
  /** Below `run/`: files of ours that nothing names any more, and folders of hosts without a service. */
  obsolete: string[];
}

/**
 * What differs from what is on disk. Files of the user's own are left out. @param own names of the files of variables
 * that are ours, of this rendering and the one before
 */
export async function staleFolders(
  dir: string,
  folders: readonly PlannedFolder[],
  own: ReadonlySet<string>,
  before: RunSettings | undefined,
): Promise<StaleFolders> {
  const changed: StaleFolders['changed'] = new Map();
  const hosts = new Set(folders.map(({ host }) => host));
  const obsolete = (before?.hosts ?? []).filter((host) => !hosts.has(host));
  for (const { host, files } of folders) {
    const differs: (PlannedFile & { missing: boolean })[] = [];
    for (const file of files) {
      const present = await readIfPresent(join(dir, host, file.path));
      if (present === undefined || !(await isAsPlanned(join(dir, host, file.path), present, file)))
        differs.push({ ...file, missing: present === undefined });
    }
    if (differs.length > 0) changed.set(host, differs);
    const planned = new Set(files.map(({ path }) => path));
    for (const path of await ownFiles(join(dir, host), own)) if (!planned.has(path)) obsolete.push(join(host, path));
  }
  return { changed, obsolete };
}

/**
 * Writes `run/`: of each host's folder all that changed or nothing, so that a certificate never lies beside another
 * one's key. A run that was killed is completed by the next.
 * @throws BundleError for a file that cannot be written
 */
export async function writeFolders(
  dir: string,
  { changed, obsolete }: StaleFolders,
  settings: RunSettings,
  before: RunSettings | undefined,
): Promise<void> {
  await privateDirectory(dir);
  await writeAtomically(join(dir, FILE.ignore), IGNORE_ALL, PUBLIC_FILE);
  // While folders and files come and go all of them are known, so that a killed run leaves none that nobody removes.
  await saveRunSettings(dir, {
    ...settings,
    hosts: [...new Set([...(before?.hosts ?? []), ...settings.hosts])],
    services: [...new Set([...(before?.services ?? []), ...settings.services])],
  });
  for (const [host, files] of changed) {
    await privateDirectory(join(dir, host));
    await writeFilesInto(join(dir, host), files);
  }
  for (const path of obsolete) await rm(join(dir, path), { recursive: true, force: true });
  await saveRunSettings(dir, settings);
}

/** What each host was told to start by the rendering before, as far as it is still on this disk. */
export async function scriptsBefore(dir: string, before: RunSettings | undefined): Promise<HostScript[]> {
  const scripts = await Promise.all(
    (before?.hosts ?? []).map(async (host) => ({ host, script: await readIfPresent(join(dir, host, 'run.sh')) })),
  );
  return scripts.flatMap(({ host, script }) =>
    script === undefined ? [] : [{ host, script: script.toString('utf8') }],
  );
}

/** Completes what a killed run had begun to write. */
export async function finishFolders(dir: string, before: RunSettings | undefined): Promise<void> {
  for (const host of before?.hosts ?? []) await finishWriting(join(dir, host));
}

async function isAsPlanned(path: string, present: Buffer, { content, mode }: PlannedFile): Promise<boolean> {
  return present.equals(Buffer.from(content)) && ((await stat(path)).mode & 0o777) === mode;
}

/** Secrets and files of variables: of those that are left nobody would know what they are. */
async function ownFiles(folder: string, own: ReadonlySet<string>): Promise<string[]> {
  const list = async (path: string): Promise<string[]> =>
    readdir(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
  const secrets = await list(join(folder, 'secrets'));
  return [...(await list(folder)).filter((name) => own.has(name)), ...secrets.map((name) => join('secrets', name))];
}
