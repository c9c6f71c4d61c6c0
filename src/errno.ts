/**
 * Node's codes of failed system calls in plain words (errno(3), getaddrinfo(3)). What the object is, the caller says.
 */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was closed',
  EPIPE: 'the connection was closed',
  EHOSTUNREACH: 'no route to it',
  ENETUNREACH: 'no route to it',
  ETIMEDOUT: 'no answer',
  ENOTFOUND: 'its name does not resolve',
  EAI_AGAIN: 'its name does not resolve',
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of the path is not a directory',
  ENOSPC: 'the disk is full',
  EFTYPE: 'it is a pipe, a socket or a device, and no file',
  EFBIG: 'it is too large for what it is to be',
  EROFS: 'the file system is read-only',
  EXDEV: 'it is on another file system',
};

/** Why a system call failed: words for its code if there are any, else the code, else what the error says. */
export function errnoText(error: unknown): string {
  const { code, message } = error as Partial<NodeJS.ErrnoException>;
  return WORDS[code ?? ''] ?? code ?? message ?? 'unknown error';
}
