import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';

/** Several times the stack.yml of thousands of services. */
const LARGEST = 64 * 1024 * 1024;

/**
 * A file's content. A device has no end, and a pipe may have none: of either no more is read than one byte too many.
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
