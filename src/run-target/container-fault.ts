import { shellWord } from '../shell-word.ts';
import type { CheckResult } from '../verify/result.ts';
import { TASKS } from '../verify/tasks/look.ts';
import { serviceOf } from './container-task.ts';
import type { Found, RunHost } from './host-containers.ts';

/**
 * What a container should not be: a failure of its service.
 * @param isSilent whether the engine of a host gives no answer any more: then it only was so
 */
export function containerFault(
  { host, container }: Found,
  detail: string,
  isSilent: (host: RunHost) => boolean,
): CheckResult {
  return {
    service: serviceOf(container),
    task: container.id,
    node: host.name,
    check: TASKS,
    status: isSilent(host) ? 'unsure' : 'failed',
    detail,
  };
}

/** What ends a container on its host, and leaves its volumes. */
export function removalCommand({ container }: Pick<Found, 'container'>): string {
  const name = shellWord(container.name);
  return `docker stop ${name} && docker rm ${name}`;
}
