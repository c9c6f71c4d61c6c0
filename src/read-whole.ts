import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';

/** Several times the stack.yml of thousands of services. */
const LARGEST = 64 * 1024 * 1024;

/**
 * The content of a file that a program wrote, and no user named: a pipe or a device in its place is none, and might be
 * read for ever.
 * @throws Error of the file system; with the code EFTYPE for a pipe, a socket or a device
 */
export async function readPlain(path: string): Promise<Buffer> {
  const about = await stat(path);
  // Reading a directory says by itself that it is one.
  if (!about.isFile() && !about.isDirectory())
    throw Object.assign(new Error('it is no file'), { code: 'EFTYPE', path });
  return readWhole(path);
}

/**
 * A file's content, or that of a pipe, as a user may name one: `<(…)` of a shell, /dev/stdin. A device has no end, and
 * a pipe may have none: of either no more is read than one byte too many.
 * @param limit bytes
 * @throws Error of the file system; with the code EFBIG if there are more bytes
 */
export async function readWhole(path: string, limit = LARGEST): Promise<Buffer> {
  const about = await stat(path);
  if (about.isFile() && about.size > limit) throw tooLarge(limit);
  if (about.isFile() || about.isDirectory()) return readFile(path);
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream(path, { end: limit })) chunks.push(chunk as Buffer);
  const content = Buffer.concat(chunks);
  if (content.length > limit) throw tooLarge(limit);
  return content;
}

const tooLarge = (limit: number): Error =>
  Object.assign(new Error(`it is larger than ${String(limit)} bytes`), { code: 'EFBIG' });
