import { CLOCKS_APART } from '../../swarm/clocks-fault.ts';
import { BundleError, EXIT, type ExitCode } from '../../errors.ts';
import { momentBy, systemClock } from '../../swarm/clock.ts';
import type { CommandIo } from '../../cli/io.ts';
import type { PlanOptions } from './command.ts';
import { describeDrift } from '../../plan/describe-drift.ts';
import { readHistory } from '../../release/store.ts';
import { driftSince } from '../../project/drift.ts';
import { describeReissues, reissuesOf, type Reissue } from '../../bundle/reissues.ts';
import { liveStack, placementOfBundle, planBundle, staleAfter } from '../../project/plan-bundle.ts';
import { otherValues } from '../../bundle/other-values.ts';
import { planLines, screenLines } from '../../text/plan-lines.ts';
import { resultScreen } from '../../ui/screen.ts';
import { forbiddenBy } from '../../quorum/refuse.ts';
import { load, type Loaded } from '../../project/bundle-dir.ts';
import { withEngineMeanwhile } from '../../cli/with-engine.ts';
import { askSwarm, readSecretStates, survey, type Survey } from '../../project/plan-bundle.ts';
import { jsonText } from '../../json-text.ts';

/**
 * `bundle plan`: what deploy would change, and which field causes it. Changes nothing.
 * @throws BundleError `ensemble-shrinks`, `ensemble-fixed` (exit 3), after the plan: deploy would refuse it
 */
export async function run(options: PlanOptions, io: CommandIo): Promise<ExitCode> {
  return withEngineMeanwhile(options, io, {
    begin: askSwarm,
    ask: (engine, name, asked) =>
      Promise.all([survey(engine, name, { tasks: false, asked }), readHistory(engine, name)]),
    read: (onRead) => readForPlan(options, io, onRead),
    work: async (engine, { read, certificates, must }, [found, history]) => {
      const { loaded, fault } = await withIssued(read, must, found, io);
      const secrets = await readSecretStates(loaded, found);
      const plan = planBundle(loaded, found, secrets, {
        stale: staleAfter(loaded, found, history),
        history,
      });
      const drift = driftSince(history, liveStack(found, secrets), loaded, found);
      // For people only if there is something to do: it takes longer than the plan.
      const placement =
        plan.empty && !io.json
          ? undefined
          : await placementOfBundle(
              loaded,
              { ...found, live: { ...found.live, tasks: await engine.tasks({ wanted: true }) } },
              plan,
            );
      // A plan that deploy would refuse to carry out must not look like one it would.
      const blocked = secrets
        .filter(({ state }) => state !== 'present' && state !== 'missing')
        .map(({ name, state }) => `${name}: ${state}`);
      const blocks = [
        ...blocked,
        ...(fault ? [fault.message] : []),
        ...(plan.empty ? [] : await (await import('./blocks.ts')).blocksOf(loaded, found, plan, io)),
        ...must.filter(({ here }) => !here).map((each) => `the certificate ${each.secret} must be issued again`),
        ...loaded.directory.secrets.faults.filter(({ level }) => level === 'error').map(({ text }) => text),
      ];
      const forbidden = forbiddenBy(loaded.directory.plan.ensembles, plan, []);
      for (const text of blocks) io.stderr(`warning: deploy would refuse: ${text}; \`bundle check\` says more\n`);
      if (io.json)
        io.stdout(
          jsonText({
            ...plan,
            ...(placement ? { placement } : {}),
            ...(drift ? { drift } : {}),
            certificates: certificates.map(asJson),
            blocked: forbidden ? [...blocks, forbidden.message] : blocks,
          }),
        );
      else {
        const screen = resultScreen(io);
        for (const line of [
          ...screenLines(
            [...(drift ? describeDrift(drift, new Date()) : []), ...describeReissues(certificates)],
            screen,
          ),
          ...planLines(plan, placement, screen, options.wide, otherValues(loaded)),
        ])
          io.stdout(`${line}\n`);
      }
      if (forbidden !== undefined && !io.json) throw forbidden;
      if (forbidden !== undefined) return EXIT.preflight;
      return !plan.empty && options.detailedExitcode === true ? EXIT.pending : EXIT.done;
    },
  });
}

async function readForPlan(options: PlanOptions, io: CommandIo, onRead: (stack: string) => Promise<void>) {
  const read = await load(options, io, { ifOld: 'leave', onRead });
  const certificates = reissuesOf(read, new Date());
  const must = certificates.filter(({ reason }) => reason.urgency === 'must');
  return { read, certificates, must };
}

/** The bundle with what deploy would issue again, which is part of the plan; or why it would not, for its clock. */
async function withIssued(
  read: Loaded,
  must: readonly Reissue[],
  { liveSecrets, info }: Survey,
  io: CommandIo,
): Promise<{ loaded: Loaded; fault?: BundleError }> {
  // Without the CA's key deploy would refuse.
  if (must.length === 0 || !must.every(({ here }) => here)) return { loaded: read };
  const { issueAgain } = await import('../../deploy/reissue.ts');
  try {
    return await issueAgain(read, false, momentBy(systemClock, info.systemTime), io, liveSecrets);
  } catch (error) {
    if (error instanceof BundleError && error.code === CLOCKS_APART) return { loaded: read, fault: error };
    throw error;
  }
}

const asJson = ({ secret, reason, services, here }: Reissue) => ({
  secret,
  urgency: reason.urgency,
  reason: reason.text,
  services,
  here,
});
