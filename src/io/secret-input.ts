import type { Readable } from 'node:stream';
import { BundleError, EXIT, usageError } from '../errors.ts';
import { SECRET_LIMIT as LIMIT } from '../bundle/names.ts';
import { fileError } from './files.ts';
import { readWhole } from '../read-whole.ts';

/** Secret material from a file. Errors name the file as its user did, and nothing that is in it. */
export async function readSecretFile(path: string, shown: string): Promise<Buffer> {
  let content: Buffer;
  try {
    content = await readWhole(path, LIMIT);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EFBIG') throw tooLarge(shown);
    // The user named it: that is wrong usage, not a failing disk.
    throw usageError('file', fileError('read', shown, error).message);
  }
  return checked(content, shown);
}

/** Secret material from standard input, to its end. */
export async function readSecretStdin(stdin: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin as AsyncIterable<Buffer | string>) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    chunks.push(bytes);
    if ((size += bytes.length) > LIMIT) break;
  }
  return checked(Buffer.concat(chunks), 'standard input');
}

function checked(content: Buffer, shown: string): Buffer {
  if (content.length === 0) throw refused(`${shown} is empty`, 'give the secret in it');
  if (content.length >= LIMIT) throw tooLarge(shown);
  return content;
}

const tooLarge = (shown: string): BundleError =>
  refused(`${shown} is larger than the 500 kB that swarm takes as a secret`, 'is it the right file?');

function refused(message: string, hint: string): BundleError {
  return new BundleError('secret-input', message, { exit: EXIT.preflight, hints: [hint] });
}
