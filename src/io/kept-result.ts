import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { keepFile, ownCache } from './own-cache.ts';

/**
 * What a command printed that found nothing to do, for the next one that would find the same: that one loads no
 * definition and renders nothing. It is printed again only if all that it followed from is as it was, to the byte; of
 * whatever differs, or cannot be read, the command itself judges. That is:
 *  - **the files** of the bundle's directory that the command looked at: by SHA-256 of what it read, not of what is
 *    there when it ends, which it may not have seen; and those that must not be there;
 *  - **the build**: name, size, inode and times of each of its files. Names hold a hash of the content, but a package
 *    may be patched in place; the time of a file's last change (ctime) cannot be set;
 *  - **Node's version**, whose engine sorts and matches.
 *
 * A result that follows from anything else (secrets, the time, an engine, a variable, an option) must not be kept. What
 * is kept is digests and the printed line, in the user's own cache directory (own-cache.ts).
 */
export interface KeptResult {
  /** What would be printed again; undefined if nothing is kept, if something differs, or if that cannot be told. */
  text: () => string | undefined;
  /** Keeps what was printed, in place of what was kept before. Never throws. */
  keep: (printed: Printed) => void;
}

/** What was printed, and the files that it followed from. */
export interface Printed {
  text: string;
  /** What was read, by name in the directory; undefined if there was no such file. */
  files: Readonly<Record<string, Uint8Array | string | undefined>>;
}

/** As JSON, below a line with the digest of that: a file that lost its end is none. */
interface Kept {
  text: string;
  build: string;
  /** SHA-256 by name; null if there was no such file. */
  files: Record<string, string | null>;
}

/** What is loaded first of a build. */
const ENTRY = 'bundle.cjs';

/**
 * What is kept of a directory. All directories share 256 files, so that they never grow many: what another one left
 * there fits this one as well, if all its files are the same.
 * @param dir absolute path
 * @param build the directory of the program that runs
 * @returns undefined if nothing may be kept: there is no cache directory of this user's, or this is no build
 */
export function keptResult(
  env: NodeJS.ProcessEnv,
  dir: string,
  build: string = import.meta.dirname,
): KeptResult | undefined {
  const cache = ownCache(env, 'render');
  // Now, before the rest of it is loaded: what is replaced from here on belongs to another build.
  const id = cache === undefined ? undefined : buildId(build);
  if (cache === undefined || id === undefined) return undefined;
  const file = join(cache, digestOf(dir).slice(0, 2));
  return {
    text() {
      try {
        const kept = readKept(file);
        return kept?.build === id && isAsRead(dir, kept.files) ? kept.text : undefined;
      } catch {
        // The command meets the same fault, and has words for it.
        return undefined;
      }
    },
    keep({ text, files }) {
      const digests = Object.entries(files).map(
        ([name, content]) => [name, content === undefined ? null : digestOf(content)] as const,
      );
      const kept: Kept = { text, build: id, files: Object.fromEntries(digests) };
      const json = JSON.stringify(kept);
      keepFile(file, `${digestOf(json)}\n${json}`);
    },
  };
}

/** @returns undefined if it is not whole @throws Error if there is none */
function readKept(file: string): Kept | undefined {
  const content = readFileSync(file, 'utf8');
  const end = content.indexOf('\n');
  const json = content.slice(end + 1);
  return digestOf(json) === content.slice(0, end) ? (JSON.parse(json) as Kept) : undefined;
}

/** @throws Error if it cannot be told */
function isAsRead(dir: string, files: Kept['files']): boolean {
  return Object.entries(files).every(([name, digest]) => {
    const path = join(dir, name);
    if (digest === null) return lstatSync(path, { throwIfNoEntry: false }) === undefined;
    // To read a pipe would be to wait for whoever writes it.
    return statSync(path).isFile() && digestOf(readFileSync(path)) === digest;
  });
}

/** @returns undefined for a directory that holds no build, as src/ in a checkout does not, or cannot be read */
function buildId(directory: string): string | undefined {
  try {
    const names = readdirSync(directory).sort();
    if (!names.includes(ENTRY)) return undefined;
    const files = names.map((name) => {
      const { size, ino, mtimeMs, ctimeMs } = statSync(join(directory, name));
      return [name, size, ino, mtimeMs, ctimeMs];
    });
    return digestOf(JSON.stringify([process.version, directory, files]));
  } catch {
    return undefined;
  }
}

const digestOf = (content: Uint8Array | string): string => createHash('sha256').update(content).digest('hex');
