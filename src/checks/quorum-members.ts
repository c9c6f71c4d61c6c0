import { forbiddenBy, leavingMembers } from '../quorum/refuse.ts';
import { STOP_CHECK } from '../quorum/members.ts';
import { probeEnsemble } from '../quorum/probe.ts';
import type { Ensemble, EnsembleReading } from '../sdk/definition.ts';
import type { Check, CheckContext, Finding } from './check.ts';

/** The groups that have members to ask about, and these members. */
type Wanted = readonly { ensemble: Ensemble; names: readonly string[] }[];

/** A member that is taken away must not have anything that the others have not. */
export const quorumLeave: Check = {
  name: 'quorum-leave',
  title: 'members that are taken away hold nothing',
  offline: false,
  waitsFor: 'the members of a quorum group to answer',
  run(context, signal) {
    const plan = context.planned();
    const wanted = context.plan.ensembles
      // What the rules forbid is refused without asking anybody.
      .filter((ensemble) => forbiddenBy([ensemble], plan) === undefined)
      .map((ensemble) => ({ ensemble, names: leavingMembers(ensemble, plan) }));
    return findingsOf(wanted, context, signal, ({ title }, name, { members }) => {
      const holds = members[name]?.holds;
      return holds === undefined
        ? []
        : [
            {
              level: 'error',
              text: `${name} of ${title} would be taken away, and holds ${holds}`,
              hint: 'move that to the others first: README.md of this bundle says how',
            },
          ];
    });
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
    return findingsOf(wanted, context, signal, ({ title }, name, { members }) => {
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
  },
};

async function findingsOf(
  wanted: Wanted,
  { stack, clock, live }: CheckContext,
  signal: AbortSignal | undefined,
  judge: (ensemble: Ensemble, name: string, reading: EnsembleReading) => Finding[],
): Promise<Finding[]> {
  const asked = wanted.filter(({ names }) => names.length > 0);
  if (live === undefined) return [];
  const found = await Promise.all(
    asked.map(async ({ ensemble, names }): Promise<Finding[]> => {
      const answer = await probeEnsemble(live.engine, ensemble, { stack, clock, signal });
      if ('reading' in answer) return names.flatMap((name) => judge(ensemble, name, answer.reading));
      return [
        { level: 'unsure', text: `${ensemble.title} could not be asked about ${names.join(', ')}: ${answer.trouble}` },
      ];
    }),
  );
  return found.flat();
}
