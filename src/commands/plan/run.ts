import { EXIT, type ExitCode } from '../../errors.ts';
import { createStyle } from '../../ui/style.ts';
import type { CommandIo } from '../../cli/io.ts';
import type { PlanOptions } from './command.ts';
import { describeDrift } from '../../plan/describe-drift.ts';
import { readHistory } from '../../release/store.ts';
import { driftSince } from '../../project/drift.ts';
import { describeReissues, reissuesOf, type Reissue } from '../../project/reissues.ts';
import { liveStack, planBundle } from '../../project/plan-bundle.ts';
import { placementOfBundle } from '../../project/placement.ts';
import { colourLine, planLines } from '../../cli/plan-lines.ts';
import { staleAfter } from '../../deploy/review.ts';
import { load, openEngine, readSecretStates, survey } from '../../cli/session.ts';

/** `bundle plan`: what deploy would change, and which field causes it. Changes nothing. */
export async function run(options: PlanOptions, io: CommandIo): Promise<ExitCode> {
  const read = await load(options, io);
  const certificates = reissuesOf(read, new Date());
  const must = certificates.filter(({ reason }) => reason.urgency === 'must');
  // What deploy issues again is part of the plan; without the CA's key it would refuse.
  const loaded =
    must.length > 0 && must.every(({ here }) => here)
      ? (await (await import('../../deploy/reissue.ts')).issueAgain(read, false, new Date(), io)).loaded
      : read;
  const engine = await openEngine(options, io);
  try {
    const { name } = loaded.directory.bundle;
    const [found, history] = await Promise.all([survey(engine, name, { tasks: false }), readHistory(engine, name)]);
    const secrets = await readSecretStates(loaded, found);
    const plan = planBundle(loaded, found, secrets, { stale: staleAfter(loaded, found, history) });
    const drift = driftSince(history, liveStack(found, secrets), plan.stack);
    // For people only where something is to be done: it takes longer than the plan.
    const placement =
      plan.empty && !io.json
        ? undefined
        : placementOfBundle(loaded, { ...found, live: { ...found.live, tasks: await engine.tasks() } }, plan);
    // A plan that deploy would refuse to carry out must not look like one it would.
    const blocked = secrets
      .filter(({ state }) => state !== 'present' && state !== 'missing')
      .map(({ name, state }) => `${name}: ${state}`);
    const blocks = [
      ...blocked,
      ...must.filter(({ here }) => !here).map((each) => `the certificate ${each.secret} must be issued again`),
      ...loaded.directory.secrets.faults.filter(({ level }) => level === 'error').map(({ text }) => text),
    ];
    for (const text of blocks) io.stderr(`warning: deploy would refuse: ${text}; \`bundle check\` says more\n`);
    if (io.json)
      io.stdout(
        `${JSON.stringify({ ...plan, ...(placement ? { placement } : {}), ...(drift ? { drift } : {}), certificates: certificates.map(asJson), blocked: blocks }, null, 2)}\n`,
      );
    else {
      const style = createStyle(process.stdout, { color: io.color });
      for (const line of [
        ...(drift ? describeDrift(drift).map((each) => colourLine(each, style)) : []),
        ...describeReissues(certificates).map((each) => colourLine(each, style)),
        ...planLines(plan, placement, style),
      ])
        io.stdout(`${line}\n`);
    }
    return !plan.empty && options.detailedExitcode === true ? EXIT.pending : EXIT.done;
  } finally {
    await engine.close();
  }
}

const asJson = ({ secret, reason, services, here }: Reissue) => ({
  secret,
  urgency: reason.urgency,
  reason: reason.text,
  services,
  here,
});
