import { link, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BundleError, EXIT } from '../errors.ts';
import { readPlain } from '../read-whole.ts';
import { fileError, PUBLIC_FILE } from './files.ts';
import { isAlive, thisOperator } from './operator.ts';

/** In a directory that is being written: who does it. */
export const WRITE_LOCK = '.writing.lock';

/** Writing takes a second or so: whoever has not ended by then was killed, and its id is another process's. */
const LONGEST_MS = 60_000;

/** Those of this process, which may write in several directories at once. */
const own = new Set<string>();

/**
 * Does something as the only process of bundle that writes in a directory. What a killed one left does not stand in its
 * way.
 * @throws BundleError `being-written` (exit 8) if another one is writing there
 */
export async function aloneIn<Result>(dir: string, work: () => Promise<Result>): Promise<Result> {
  const path = join(dir, WRITE_LOCK);
  if (!(await take(path)) && !((await clearAway(path)) && (await take(path)))) throw beingWritten(dir);
  try {
    return await work();
  } finally {
    own.delete(path);
    await rm(path, { force: true });
  }
}

/** That somebody else writes there at this moment. */
export const beingWritten = (dir: string): BundleError =>
  new BundleError('being-written', `another bundle is writing in ${dir}`, {
    exit: EXIT.held,
    hints: [
      'nothing was written by this one; run it again when the other has ended, a minute at most if it was killed',
    ],
  });

async function take(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', PUBLIC_FILE);
    own.add(path);
    try {
      await file.writeFile(holder());
    } catch (error) {
      // A full disk takes a name, and no content: an empty lock would keep everybody out.
      own.delete(path);
      await rm(path, { force: true });
      throw error;
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw fileError('write', path, error);
  }
}

/** A process's id is its own within its pid namespace alone, which stands in `boot`. */
function holder(): string {
  const { host, pid, boot } = thisOperator();
  return `${host} ${pid} ${boot}\n`;
}

/** Takes away what a killed process left. @returns false if it lives, or another one was quicker */
async function clearAway(path: string): Promise<boolean> {
  const aside = `${path}.${process.pid}`;
  try {
    const left = (await readPlain(path)).toString('utf8');
    if (own.has(path) || !(await isLeft(path, left))) return false;
    await rename(path, aside);
    const taken = (await readPlain(aside)).toString('utf8');
    // Meanwhile another one cleared it away and took its place.
    if (taken !== left) await link(aside, path);
    await rm(aside);
    return taken === left;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
    throw fileError('take away', path, error);
  }
}

/**
 * Whether nobody holds it any more. Of a process of another machine, another start of it or another pid namespace
 * (containers that have one host name, as with the network of their host) only its age tells.
 */
async function isLeft(path: string, text: string): Promise<boolean> {
  const age = Date.now() - (await stat(path)).mtimeMs;
  if (age > LONGEST_MS) return true;
  const [host, number, ...boot] = text.trim().split(' ');
  const here = thisOperator();
  // An earlier build wrote no more than the first two.
  if (host !== here.host || (boot.length > 0 && boot.join(' ') !== here.boot)) return false;
  const pid = Number(number);
  return pid === here.pid || !isAlive(pid);
}
