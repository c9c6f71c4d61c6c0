import type { SwarmService } from '../engine/port.ts';
import { isJobService } from '../swarm/current-tasks.ts';

/** Of so many tasks of a slot two at least have ended: with fewer a loop looks like one end. */
const LEAST_KEPT = 3;
const MEND = 'docker swarm update --task-history-limit 5';

/** What makes a history too short to tell, and what makes it longer. */
export interface ShortHistory {
  /** For a sentence. */
  why: string;
  mend: string;
}

/**
 * Whether the swarm keeps too few tasks of each slot to tell that they end again and again. It counts the task that
 * runs too (moby/swarmkit: manager/orchestrator/taskreaper/task_reaper.go, tick).
 * @param limit as in `EngineInfo`
 * @returns undefined if it keeps enough, or the engine does not tell
 */
export function shortHistory(limit: number | undefined): ShortHistory | undefined {
  if (limit === undefined || limit < 0 || limit >= LEAST_KEPT) return undefined;
  const why = `the swarm keeps ${limit} task${limit === 1 ? '' : 's'} of a slot (the one that runs is one of them)`;
  return { why: `${why}: whether tasks end again and again cannot be seen`, mend: `\`${MEND}\` has it keep more` };
}

/** The same of a service: of one with a limit of restarts the swarm keeps one task more than that, whatever its own. */
export function shortHistoryOf(
  service: Pick<SwarmService, 'mode' | 'spec'>,
  limit: number | undefined,
): ShortHistory | undefined {
  if (isJobService(service)) return undefined;
  const { TaskTemplate: template } = service.spec as { TaskTemplate?: { RestartPolicy?: Attempts | null } | null };
  const attempts = template?.RestartPolicy?.MaxAttempts ?? 0;
  if (attempts <= 0) return shortHistory(limit);
  const short = shortHistory(attempts + 1);
  return short && { ...short, mend: 'a higher `restart_policy.max_attempts` of the service has it keep more' };
}

interface Attempts {
  MaxAttempts?: number;
}
