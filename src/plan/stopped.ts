import type { ServiceChange } from './changes.ts';
import { REPLICAS_FIELD } from './diff.ts';

/** Whether a service stands at a count of 0 and gets tasks: a run ended before it started it again, or by hand. */
export const isStopped = ({ action, changes }: Pick<ServiceChange, 'action' | 'changes'>): boolean =>
  action === 'update' && changes.some(({ field, from }) => field === REPLICAS_FIELD && from === '0');
