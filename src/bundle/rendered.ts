import { createHash } from 'node:crypto';
import type { Lock } from './lock.ts';

/** The lockfile with the digest of the stack.yml that is written beside it: so a change by hand is told from an old one. */
export function withRendered(lock: Lock, stackText: string): Lock {
  return { ...lock, rendered: digestOf(stackText) };
}

/**
 * Whether a stack.yml is what bundle last wrote there. False if somebody edited it, and if the lockfile is of a version
 * that did not note it.
 */
export function isAsWritten({ rendered }: Lock, stackText: string): boolean {
  return rendered === digestOf(stackText);
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');
