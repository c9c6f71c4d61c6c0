import type { Notice } from '../../src/sdk/definition.ts';
import { sizeBytes } from '../../src/sdk/helpers.ts';

/** A warning if a Java heap is larger than what is kept free for its task. @param at of the two answers */
export function heapNotice(heapMb: number, reserved: string, at: { heap: string; reserve: string }): Notice[] {
  const bytes = sizeBytes(reserved, at.reserve);
  if (bytes === 0 || heapMb * 1024 ** 2 <= bytes) return [];
  return [
    {
      name: 'heap-unreserved',
      level: 'warning',
      text:
        `${at.heap} is ${heapMb}, and ${at.reserve} keeps ${reserved} free: the heap alone does not fit in that, and ` +
        'the scheduler may fill the node until the kernel ends tasks',
      hint: `set ${at.reserve} to ${2 * heapMb}M, or ${at.heap} to at most half of what is reserved`,
    },
  ];
}
