import { lstat, realpath, stat } from 'node:fs/promises';

/**
 * Where a file is to be written: a link is followed, so that it stays one and what it names has the new content. One
 * that names nothing is replaced. So is, for root, one whose maker does not own what it names: he might not write
 * there.
 * @throws Error of the file system
 */
export async function placeOf(path: string): Promise<string> {
  try {
    const link = await lstat(path);
    if (!link.isSymbolicLink()) return path;
    const place = await realpath(path);
    const trusted = process.getuid?.() !== 0 || link.uid === 0 || link.uid === (await stat(place)).uid;
    return trusted ? place : path;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return path;
    throw error;
  }
}
