import { BundleError, EXIT } from '../errors.ts';
import type { Plan } from '../plan/changes.ts';
import type { Ensemble } from '../sdk/definition.ts';
import type { Clock } from '../swarm/clock.ts';
import type { Step } from '../swarm/steps/step.ts';
import type { TaskEngine } from '../engine/port.ts';
import { tryProbe, type ProbeAnswer } from './probe.ts';
import { leavingMembers } from './refuse.ts';

/** The word for --ignore: a member goes although it holds something, or although nobody could tell. */
export const LEAVE_CHECK = 'quorum-leave';

/** What to do about a member that holds something, and about one of which nobody tells. */
export const MOVE_FIRST = 'move that to the others first: README.md of this bundle says how';
export const ANSWER_FIRST =
  `see why the others do not tell, then run the command again; --ignore ${LEAVE_CHECK} takes it away all the same, ` +
  'and what it alone holds is lost';

const AGAIN_MS = 1_000;

/**
 * Why a member must not be taken away, to follow “would be taken away, and”; undefined if it holds nothing. A group
 * that does not do its work, or does not answer, does not tell what a member holds: that is never taken for nothing.
 */
export function whatKeeps(name: string, answer: ProbeAnswer): string | undefined {
  if ('trouble' in answer) return `nobody could tell what it holds: ${answer.trouble}`;
  const { members, quorum, text } = answer.reading;
  const holds = members[name]?.holds;
  if (holds !== undefined) return `holds ${holds}`;
  return quorum ? undefined : `nobody could tell what it holds: ${text}`;
}

/** The same question right before members go: what was asked before the deployment may be some minutes old by then. */
export function leaveSteps(
  engine: TaskEngine,
  plan: Pick<Plan, 'stack' | 'services'>,
  { ensembles, ignore, clock }: { ensembles: readonly Ensemble[]; ignore: readonly string[]; clock: Clock },
): Step[] {
  if (ignore.includes(LEAVE_CHECK)) return [];
  return ensembles
    .map((ensemble) => ({ ensemble, names: leavingMembers(ensemble, plan) }))
    .filter(({ names }) => names.length > 0)
    .map(({ ensemble, names }) => ({
      describe: () => `ask ${ensemble.title} once more: ${names.join(', ')} must hold nothing`,
      run: (signal) => requireNothingHeld(engine, ensemble, names, { stack: plan.stack, clock, signal }),
    }));
}

/** @throws BundleError `ensemble-not-ready` (exit 4) if one of them holds something, or if nobody tells for a while */
async function requireNothingHeld(
  engine: TaskEngine,
  ensemble: Ensemble,
  names: readonly string[],
  options: { stack: string; clock: Clock; signal: AbortSignal },
): Promise<void> {
  const { clock, signal } = options;
  const until = clock.now() + ensemble.policy.patience.workSeconds * 1000;
  for (let turn = 0; ; turn++) {
    const answer = await tryProbe(engine, ensemble, { ...options, turn });
    const kept = names.flatMap((name) => {
      const why = whatKeeps(name, answer);
      return why === undefined ? [] : [`${name} would be taken away, and ${why}`];
    });
    if (kept.length === 0) return;
    const told = 'reading' in answer && answer.reading.quorum;
    if (told || clock.now() >= until) throw stays(ensemble, kept, told);
    await clock.sleep(AGAIN_MS, signal);
  }
}

const stays = ({ title }: Ensemble, kept: readonly string[], told: boolean): BundleError =>
  new BundleError('ensemble-not-ready', `${title}: ${kept.join('; ')}`, {
    exit: EXIT.notConverged,
    hints: [told ? MOVE_FIRST : ANSWER_FIRST],
    midway: ['what stack.yml names is deployed; the same command again takes away what then holds nothing'],
  });
