import { shellWord } from '../shell-word.ts';
import type { CommonOptions } from './command.ts';

/**
 * The flags that name an engine, to append to a command that is to reach the same one: ` --host ssh://far`; empty if
 * none was given.
 */
export function engineFlags({ context, host }: Pick<CommonOptions, 'context' | 'host'>): string {
  return `${context ? ` --context ${shellWord(context)}` : ''}${host ? ` --host ${shellWord(host)}` : ''}`;
}
