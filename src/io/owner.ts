import { constants, open, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

const isRoot = (): boolean => process.getuid?.() === 0;

/**
 * Gives what root made in a folder to that folder's owner: after `sudo bundle` in somebody's bundle he could not read
 * his own secrets. Does nothing for any other user, and where the file system keeps no owners or lets root choose none.
 */
export async function giveToOwner(made: FileHandle, folder: string): Promise<void> {
  if (!isRoot()) return;
  const { uid, gid } = await stat(folder);
  if (uid !== 0) await made.chown(uid, gid).catch(() => undefined);
}

/**
 * The same of a folder that was made. It is opened without following a link: whoever owns the folder above could have
 * put one into its place.
 */
export async function giveDirectoryToOwner(path: string): Promise<void> {
  if (!isRoot()) return;
  const made = await open(path, constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    await giveToOwner(made, dirname(path));
  } finally {
    await made.close();
  }
}
