import { forbiddenBy, leavingMembers } from '../quorum/refuse.ts';
import { ANSWER_FIRST, LEAVE_CHECK, MOVE_FIRST, whatKeeps } from '../quorum/leave.ts';
import { STOP_CHECK } from '../quorum/members.ts';
import { probeEnsemble, type ProbeAnswer } from '../quorum/probe.ts';
import { withoutVainStarts } from '../quorum/vain-starts.ts';
import type { Ensemble } from '../sdk/definition.ts';
import { allEnded } from '../swarm/jobs/all-ended.ts';
import type { Check, CheckContext, Finding } from './check.ts';

/** The groups that have members to ask about, and these members. */
type Wanted = readonly { ensemble: Ensemble; names: readonly string[] }[];

/**
 * A member that is taken away must not have anything that the others have not. What is lost with it does not come back:
 * without an answer it must not go.
 */
export const quorumLeave: Check = {
  name: LEAVE_CHECK,
  title: 'members that are taken away hold nothing',
  offline: false,
  waitsFor: 'the members of a quorum group to answer',
  // Longer than a group in trouble takes to say so (its probe's own limit), and no answer is no leave.
  limitSeconds: 120,
  late: { level: 'error', hint: ANSWER_FIRST },
  run(context, signal) {
    const plan = context.planned();
    const wanted = context.plan.ensembles
      // What the rules forbid is refused without asking anybody: `quorum-rules` tells it.
      .filter((ensemble) => forbiddenBy([ensemble], plan) === undefined)
      .map((ensemble) => ({ ensemble, names: leavingMembers(ensemble, plan) }));
    return findingsOf(wanted, context, signal, ({ title }, names, answer) =>
      names.flatMap((name) => {
        const why = whatKeeps(name, answer);
        const told = 'reading' in answer && answer.reading.members[name]?.holds !== undefined;
        const text = `${name} of ${title} would be taken away, and ${why ?? ''}`;
        return why === undefined ? [] : [{ level: 'error', text, hint: told ? MOVE_FIRST : ANSWER_FIRST }];
      }),
    );
  },
};

/** What a deployment would refuse outright: the rules of the software forbid it, whatever the members would answer. */
export const quorumRules: Check = {
  name: 'quorum-rules',
  title: 'what the rules of quorum groups forbid',
  offline: false,
  run({ forbidden }) {
    const error = forbidden?.();
    return error === undefined ? [] : [{ level: 'error', text: error.message, hint: error.hints.join('; ') }];
  },
};

/** What stops would break. A deployment asks before each stop; `bundle check` asks for all that would restart. */
export const quorumStop: Check = {
  name: STOP_CHECK,
  title: 'what restarts of members would break',
  offline: false,
  waitsFor: 'the members of a quorum group to answer',
  run(context, signal) {
    if (!context.asksMembers) return [];
    const restarting = context.planned().services.filter(({ restarts }) => restarts);
    const wanted = context.plan.ensembles
      .filter(({ services }) => services.length > 1)
      .map((ensemble) => ({
        ensemble,
        names: ensemble.services.filter((service) => restarting.some(({ name }) => name === service)),
      }));
    return findingsOf(wanted, context, signal, ({ title }, names, answer) => {
      if ('trouble' in answer)
        return [{ level: 'unsure', text: `${title} could not be asked about ${names.join(', ')}: ${answer.trouble}` }];
      const { members } = answer.reading;
      return names.flatMap((name) => {
        const breaks = members[name]?.breaks;
        if (breaks === undefined) return [];
        return [
          {
            level: breaks.lasting ? 'error' : 'warning',
            text: `${name} of ${title} would restart, and without it ${breaks.what}`,
            hint: breaks.lasting
              ? `a deployment stops there; fix it, or continue with --ignore ${STOP_CHECK}`
              : 'a deployment waits a while for that to pass, and then stops there',
          },
        ];
      });
    });
  },
};

async function findingsOf(
  wanted: Wanted,
  { stack, clock, live }: CheckContext,
  signal: AbortSignal | undefined,
  judge: (ensemble: Ensemble, names: readonly string[], answer: ProbeAnswer) => Finding[],
): Promise<Finding[]> {
  if (live === undefined) return [];
  const found = await allEnded(
    wanted
      .filter(({ names }) => names.length > 0)
      .map(async ({ ensemble, names }) => {
        const answer = await probeEnsemble(live.engine, ensemble, { stack, clock, signal });
        if ('trouble' in answer) return judge(ensemble, names, answer);
        return judge(ensemble, names, {
          reading: await withoutVainStarts(answer.reading, { engine: live.engine, stack }),
        });
      }),
  );
  return found.flat();
}
