import { UNSTABLE_ADVICE } from '../converge/outcome.ts';
import { shortHistory, shortHistoryOf } from '../converge/history.ts';
import type { Snapshot } from '../swarm/snapshot.ts';
import { explainUnstable, howItEnded, stabilityOf, type Stability } from '../converge/stability.ts';
import type { TaskEngine } from '../engine/port.ts';
import { resultFor } from './tasks/check-task.ts';
import { ownWords } from './tasks/own-words.ts';
import type { CheckResult } from './result.ts';
import type { Expected, StackVerifyOptions } from './options.ts';

/** Word for `--only` and `--skip`, and name of the result. There is one if a service is not stable. */
export const STABLE = 'stable';

/**
 * How a service stayed up since it was deployed; undefined if that is not looked at, or the service is not there.
 */
export function stabilityOfExpected(
  { service: name, startGraceSeconds, needs, looks }: Expected,
  { services, tasks, nodes, managersNow: now }: Snapshot,
  stack: string,
): Stability | undefined {
  const service = services.find((one) => one.name === `${stack}_${name}`);
  if (service === undefined || !looks.stable) return undefined;
  return stabilityOf({ service, stack, services, tasks, nodes, now, startGraceSeconds, needs });
}

/**
 * The result for a service that is not stable: failed, with the last lines of its last task, or unsure while its task
 * has not outlived those that ended during the start; none for a stable one, unless it was asked for by name: unsure if
 * the swarm keeps too few tasks to tell.
 */
export async function stabilityResult(
  engine: Pick<TaskEngine, 'taskLogs'>,
  { service: name, named = [] }: Expected,
  stability: Stability | undefined,
  snapshot: Snapshot,
  { clock, redactor, stack }: Pick<StackVerifyOptions, 'clock' | 'redactor' | 'stack'>,
): Promise<CheckResult[]> {
  const service = snapshot.services.find((one) => one.name === `${stack}_${name}`);
  if (stability?.is === 'stable' && named.includes(STABLE)) {
    const short = service && shortHistoryOf(service, snapshot.taskHistory);
    if (short !== undefined)
      return [{ service: name, check: STABLE, status: 'unsure', detail: `${short.why}; ${short.mend}` }];
    return [{ service: name, check: STABLE, status: 'passed', detail: redactor.words(endsText(stability)) }];
  }
  if (stability === undefined || stability.is === 'stable') return [];
  const { text, task, hints = [] } = explainUnstable(stability, snapshot.managersNow);
  const node = snapshot.nodes.find(({ id }) => id === task.nodeId)?.hostname;
  const result = (status: CheckResult['status'], detail: string): CheckResult[] => [
    resultFor({ name, task, node }, { check: STABLE, status, detail: redactor.words(detail) }),
  ];
  if (stability.is === 'settling') {
    return result(
      'unsure',
      `during its start ${text.replace(/^it does not stay up: /, '')}; its task now has not run long enough to ` +
        'tell that it stays',
    );
  }
  const last = await ownWords(engine, task, { tty: service?.tty ?? false, clock, redactor });
  return result('failed', `${text}${last}; ${[...hints, UNSTABLE_ADVICE].join('; ')}`);
}

/**
 * That no loop can be seen, for who looks at everything: the setting is the swarm's, and no service fails for it.
 * @param taskHistory as in `EngineInfo`
 */
export function unseenLoops(stack: string, taskHistory: number | undefined): CheckResult[] {
  const short = shortHistory(taskHistory);
  if (short === undefined) return [];
  return [{ service: stack, check: STABLE, status: 'not-run', detail: `${short.why}; ${short.mend}` }];
}

/** Of a stable service: what the swarm has in mind of ended tasks. */
function endsText({ ends }: Stability): string {
  const [last] = ends;
  if (last === undefined) return 'no task of it is known to have ended unplanned since it was deployed';
  const times = ends.length === 1 ? 'once' : `${String(ends.length)} times`;
  return `it stays up: a task of it ended ${times} unplanned since it was deployed, the last time ${howItEnded(last)}`;
}
