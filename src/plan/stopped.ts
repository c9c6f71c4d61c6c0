import type { ServiceChange } from './changes.ts';
import { REPLICAS_FIELD } from './diff.ts';

type Change = Pick<ServiceChange, 'action' | 'changes'>;

/** Whether a service stands at a count of 0 and gets tasks: a run ended before it started it again, or by hand. */
export const isStopped = ({ action, changes }: Change): boolean =>
  action === 'update' && changes.some(({ field, from }) => field === REPLICAS_FIELD && from === '0');

/** Whether an update replaces the tasks that a service has, wherever they run. */
export const isReplaced = ({ action, changes }: Change): boolean =>
  action === 'update' && changes.some(({ effect, field }) => effect === 'restart' && field !== REPLICAS_FIELD);
