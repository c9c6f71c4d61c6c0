import type { Finding } from '../check.ts';

/** Either way a warning only: this machine is not the one that counts. */
export function unreachable(where: string, why: string): Finding {
  return {
    level: 'warning',
    text: `${where} cannot be reached from this machine: ${why}`,
    hint: 'what counts is that the nodes reach it; ask from one of them, or look at the logs after the deploy',
  };
}
