import type { Ensemble, EnsembleReading, MemberReading } from '../sdk/definition.ts';
import type { Clock } from '../swarm/clock.ts';
import { currentTasks } from '../swarm/current-tasks.ts';
import type { Snapshot } from '../swarm/snapshot.ts';
import type { TaskEngine } from '../engine/port.ts';
import { probeEnsemble, type ProbeAnswer } from '../quorum/probe.ts';
import { BundleError } from '../errors.ts';
import { runningSince } from '../converge/needs.ts';
import { deadlineOf } from './tasks/deadline.ts';
import type { Work } from './jobs.ts';
import type { CheckResult } from './result.ts';
import type { Doubt } from './unheard.ts';

/** Word for `--only` and `--skip`, and name of the result of an ensemble. */
export const QUORUM = 'quorum';

export interface EnsembleOptions {
  stack: string;
  clock: Clock;
  /** The whole verification's end. */
  endsAt: number;
  /** Of the nodes of its members. */
  doubt: Doubt;
}

const RETRY_MS = 2_000;

/**
 * Asks an ensemble how it is, until it is whole, may no longer be forming, or lacks only what waiting does not mend.
 * The result is the ensemble's, under its name.
 */
export function quorumWork(engine: TaskEngine, ensemble: Ensemble, snapshot: Snapshot, options: EnsembleOptions): Work {
  const { stack, clock } = options;
  const services = snapshot.services.filter(({ name }) =>
    ensemble.services.some((member) => name === `${stack}_${member}`),
  );
  const tasks = services
    .flatMap((service) => currentTasks(service, snapshot.tasks))
    .filter(({ state }) => state === 'running');
  const [youngest] = [...tasks].sort((a, b) => runningSince(b) - runningSince(a));
  const ahead = snapshot.managersNow - snapshot.askedAt;
  const result = (rest: Pick<CheckResult, 'status' | 'detail'>): CheckResult => ({
    service: ensemble.name,
    check: QUORUM,
    ...rest,
  });
  return {
    key: `ensemble ${ensemble.name} ${tasks.map(({ id, stateAt }) => `${id} ${stateAt}`).join(' ')}`,
    doubt: tasks.map(({ nodeId }) => options.doubt(nodeId)).find((why) => why !== undefined),
    open: [result({ status: 'unsure', detail: 'the time was up before it had answered' })],
    run: async (emit, signal) => {
      const deadline =
        youngest === undefined
          ? clock.now()
          : deadlineOf({ task: youngest, withinSeconds: ensemble.policy.patience.wholeSeconds }, { ...options, ahead });
      for (let attempt = 1; ; attempt++) {
        const askedAt = clock.now();
        const answer = await probe(engine, ensemble, stack, clock, signal);
        const verdict = judge(answer);
        // Another answer would come after its time: this one is the last.
        const nextAt = clock.now() + RETRY_MS + (clock.now() - askedAt);
        const last = attempt === 1 && mayHaveRunOutOfTime(answer) ? options.endsAt : deadline;
        if (verdict.status === 'passed' || staysAsItIs(answer) || nextAt >= last) {
          emit(result(verdict));
          return;
        }
        await clock.sleep(RETRY_MS, signal);
      }
    },
  };
}

async function probe(
  engine: TaskEngine,
  ensemble: Ensemble,
  stack: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  try {
    return await probeEnsemble(engine, ensemble, { stack, clock, signal, thorough: true });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof BundleError) return { trouble: error.message };
    throw error;
  }
}

/**
 * What is asked by tools which may give up by themselves on a busy machine counts only if they do so twice. Beside what
 * has failed for sure it changes nothing.
 */
function mayHaveRunOutOfTime(answer: ProbeAnswer): boolean {
  return 'trouble' in answer || !answer.reading.quorum || judge(answer).status === 'unsure';
}

/** Whether another answer would say the same. What lasts beside what may pass is told with the last answer. */
function staysAsItIs(answer: ProbeAnswer): boolean {
  if ('trouble' in answer || !answer.reading.quorum) return false;
  const ill = illOf(answer.reading);
  return ill.length > 0 && ill.every(([, { lasting }]) => lasting === true);
}

const illOf = ({ members }: EnsembleReading): [name: string, MemberReading][] =>
  Object.entries(members).filter(([, { ok }]) => !ok);

function judge(answer: ProbeAnswer): Pick<CheckResult, 'status' | 'detail'> {
  if ('trouble' in answer) return { status: 'unsure', detail: answer.trouble };
  const { quorum, text } = answer.reading;
  const ill = illOf(answer.reading);
  if (quorum && ill.length === 0) return { status: 'passed', detail: text };
  const unsure = quorum && ill.every(([, member]) => member.unsure === true);
  const detail = [text, ...ill.map(([name, member]) => `${name}: ${member.text}`)].join('; ');
  return { status: unsure ? 'unsure' : 'failed', detail };
}
