import { requirePassed } from '../../checks/run.ts';
import { shellWord } from '../../shell-word.ts';
import { BundleError, EXIT, type ExitCode } from '../../errors.ts';
import { commandsByHand } from '../../plan/by-hand.ts';
import { safeChanges } from '../../plan/labels.ts';
import { runSteps } from '../../swarm/steps/run.ts';
import type { Step } from '../../swarm/steps/step.ts';
import { confirm } from '../../cli/io.ts';
import { interruptedWith } from '../../ui/interrupted.ts';
import { engineFlags } from '../../cli/engine-flags.ts';
import type { CommandIo } from '../../cli/io.ts';
import { locked } from '../../cli/with-engine.ts';
import type { PrepareOptions } from './command.ts';
import { reissuesOf } from '../../bundle/reissues.ts';
import { planBundle } from '../../project/plan-bundle.ts';
import { secretSteps } from '../../swarm/steps/secret-steps.ts';
import { labelNodes } from '../../swarm/steps/label-node.ts';
import { checkLines, tellingChecks, worthSaying } from '../../checks/report.ts';
import { messageScreen } from '../../ui/screen.ts';
import { reporterOf } from '../../ui/reporter.ts';
import { checkContext } from '../../deploy/review.ts';
import { load, type Loaded } from '../../project/bundle-dir.ts';
import { withEngine } from '../../cli/with-engine.ts';
import { survey, type Survey } from '../../project/plan-bundle.ts';
import { jsonText } from '../../json-text.ts';

/** What `prepare` does and what it leaves. */
interface Preparation {
  steps: Step[];
  /** For who deploys by hand: node labels that must not change before their services do, and `docker stack deploy`. */
  byHand: string[];
}

/**
 * `bundle prepare`: the checks, then the secrets that stack.yml names and the swarm lacks, and labels for roles that no
 * other node has. It ends no running task: labels that move or go are left to `bundle deploy`, and their commands are
 * printed.
 */
export async function run(options: PrepareOptions, io: CommandIo): Promise<ExitCode> {
  const loaded = await load(options, io, { checks: true });
  refuseStale(loaded);
  return withEngine(options, io, async (engine) => {
    const { name } = loaded.directory.bundle;
    let { steps, byHand } = await preparation(loaded, await survey(engine, name), options, io);
    if (steps.length > 0) {
      const reporter = reporterOf(io);
      for (const step of steps) reporter.detail(step.describe());
      if (!(await confirm('Make these?', options.yes === true, io))) {
        io.stderr('nothing was changed\n');
        return EXIT.done;
      }
      ({ steps, byHand } = await locked(engine, name, 'prepare', io, async (inner) => {
        // Read again: another operator may have made them while this one was asked.
        const now = await preparation(loaded, await survey(engine, name), options, { ...inner, quiet: true });
        await runSteps(now.steps, inner.signal).catch((error: unknown) => {
          throw interruptedWith(error, {
            hints: ['run the same command again: it goes on with those that are left'],
          });
        });
        return now;
      }));
    }
    if (io.json) io.stdout(jsonText({ stack: name, done: steps.map((step) => step.describe()), next: byHand }));
    else
      io.stdout(
        reportText(name, steps.length, byHand, `\`bundle deploy ${shellWord(options.dir)}${engineFlags(options)}\``),
      );
    return EXIT.done;
  });
}

/** What is made here is deployed by hand, and would stay. @throws BundleError (exit 3) */
function refuseStale(loaded: Loaded): void {
  const stale = reissuesOf(loaded, new Date()).find(({ reason }) => reason.urgency === 'must');
  if (!stale) return;
  throw new BundleError(
    'certificate-stale',
    `the certificate "${stale.secret}" must be issued again, since ${stale.reason.text}`,
    { exit: EXIT.preflight, hints: ['run `bundle init` on this directory first, or `bundle deploy`, which does it'] },
  );
}

function reportText(name: string, made: number, byHand: readonly string[], deploy: string): string {
  const what = made === 0 ? 'all that touches nothing that runs is there already' : `${made} made`;
  if (byHand.length > 1)
    return (
      `${name}: ${what}; next: ${deploy}, or by hand, in this ` +
      `order:\n${byHand.map((command) => `  ${command}\n`).join('')}`
    );
  return made === 0
    ? `${name}: all that can be made before it is deployed is there already\n`
    : `${name}: ${what}; next: ${byHand.join('')}, or ${deploy}\n`;
}

/**
 * Runs the checks, shows what is wrong, and gives the preparing steps. @throws BundleError (exit 3) if a check
 * failed
 */
async function preparation(
  loaded: Loaded,
  found: Survey,
  options: { adopt?: boolean; ignore: string[] },
  io: CommandIo,
): Promise<Preparation> {
  const context = await checkContext(loaded, found, undefined, { adopt: options.adopt === true, byHand: true }, io);
  // Nothing is deployed here; the next command is told of it.
  const results = await tellingChecks(context, [...options.ignore, 'docker-cli', 'registry-login'], io);
  if (!io.json && !io.quiet)
    for (const line of checkLines(await worthSaying(results, found), messageScreen(io), { all: false }))
      io.stderr(`${line}\n`);
  requirePassed(results);
  const plan = planBundle(loaded, found, context.secrets);
  return {
    steps: [...secretSteps(found.engine, context.secrets), ...labelNodes(found.engine, safeChanges(plan.labels))],
    byHand: commandsByHand(plan, found.live.nodes),
  };
}
