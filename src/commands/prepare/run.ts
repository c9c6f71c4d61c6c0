import { join } from 'node:path';
import { requirePassed } from '../../checks/run.ts';
import { BundleError, EXIT, type ExitCode } from '../../errors.ts';
import { commandsByHand } from '../../plan/by-hand.ts';
import { safeChanges } from '../../plan/labels.ts';
import { runSteps } from '../../swarm/steps/run.ts';
import type { Step } from '../../swarm/steps/step.ts';
import { confirm, withQuestion } from '../../cli/io.ts';
import { interruptedWith } from '../../ui/interrupted.ts';
import type { CommandIo } from '../../cli/io.ts';
import { locked } from '../../cli/with-engine.ts';
import { commandAsStarted } from '../../cli/started-as.ts';
import type { PrepareOptions } from './command.ts';
import { reissuesOf } from '../../bundle/reissues.ts';
import { sentLogins } from '../../quorum/deploy-calls.ts';
import { onlyStaged } from '../../quorum/only-staged.ts';
import { refuseForbidden } from '../../quorum/refuse.ts';
import { toDeploy } from '../../quorum/stages.ts';
import { readHistory } from '../../release/store.ts';
import { secretSteps } from '../../swarm/steps/secret-steps.ts';
import { labelNodes } from '../../swarm/steps/label-node.ts';
import { checkLines, tellingChecks, worthSaying } from '../../checks/report.ts';
import { messageScreen } from '../../ui/screen.ts';
import { reporterOf } from '../../ui/reporter.ts';
import { checkContext } from '../../deploy/review.ts';
import { load, type Loaded } from '../../project/bundle-dir.ts';
import { withEngine } from '../../cli/with-engine.ts';
import { requireEnvironment } from '../../bundle/environment-values.ts';
import { planBundle, survey, type Survey } from '../../project/plan-bundle.ts';
import { jsonText } from '../../json-text.ts';
import { bundleCommand } from '../../paste-commands.ts';
import { preparedText } from '../../text/prepared-text.ts';
import { environmentExports } from '../../bundle/environment-exports.ts';
import { FILE } from '../../bundle/names.ts';

/** What `prepare` does and what it leaves. */
interface Preparation {
  steps: Step[];
  /**
   * The commands that do the rest, if there is any. For who deploys by hand: node labels that must not change before
   * their services do, and `docker stack deploy`; `bundle deploy` alone if there are reasons for it.
   */
  next: string[];
  /** Why `bundle deploy` alone may do the rest. */
  reasons: string[];
}

/**
 * `bundle prepare`: the checks, then the secrets that stack.yml names and the swarm lacks, and labels for roles that no
 * other node has. It ends no running task: labels that move or go are left to `bundle deploy`, and their commands are
 * printed. What may only be done in stages is left to `bundle deploy` as a whole.
 * @throws BundleError (exit 3) for what `bundle deploy` would refuse: a check that failed, a certificate that must be
 *   issued again, `ensemble-shrinks`, `ensemble-fixed`, a value of stack.yml's environment that this machine lacks
 */
export async function run(options: PrepareOptions, io: CommandIo): Promise<ExitCode> {
  const loaded = await load(options, io, { checks: true });
  refuseStale(loaded);
  return withEngine(options, io, async (engine) => {
    const { name } = loaded.directory.bundle;
    const asking = withQuestion(io, options.yes === true);
    let { steps, ...left } = await preparation(loaded, await survey(engine, name), options, asking);
    if (steps.length > 0) {
      const reporter = reporterOf(asking);
      for (const step of steps) reporter.detail(step.describe());
      if (!(await confirm('Make these?', options.yes === true, io))) {
        io.stderr('nothing was changed\n');
        return EXIT.done;
      }
      ({ steps, ...left } = await locked(engine, name, 'prepare', io, async (inner) => {
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
    const prepared = { stack: name, done: steps.map((step) => step.describe()), ...left };
    const next = prepared.next.map((each) => commandAsStarted(each, io.program));
    if (io.json) io.stdout(jsonText({ ...prepared, next }));
    else io.stdout(preparedText(prepared, bundleCommand('deploy', options)));
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

/**
 * Runs the checks, shows what is wrong, and gives the preparing steps and what comes after them.
 * @throws BundleError (exit 3) if a check failed, or `bundle deploy` would refuse the plan
 */
async function preparation(
  loaded: Loaded,
  found: Survey,
  options: PrepareOptions,
  io: CommandIo,
): Promise<Preparation> {
  const { bundle, plan: wanted } = loaded.directory;
  const history = await readHistory(found.engine, bundle.name);
  const way = { adopt: options.adopt === true, byHand: true, history };
  const context = await checkContext(loaded, found, undefined, way, io);
  // Nothing is deployed here; the next command is told of it.
  const results = await tellingChecks(context, [...options.ignore, 'docker-cli', 'registry-login'], io);
  if (!io.json && !io.quiet)
    for (const line of checkLines(await worthSaying(results, found), messageScreen(io), { all: false }))
      io.stderr(`${line}\n`);
  requirePassed(results);
  const plan = planBundle(loaded, found, context.secrets, { history });
  refuseForbidden(wanted.ensembles, plan, options.ignore);
  if (toDeploy(plan).length > 0) requireEnvironment(loaded);
  const there = plan.services.flatMap(({ name, action }) =>
    action === 'update' || action === 'unchanged' ? [name] : [],
  );
  const sent = plan.empty
    ? new Set<string>()
    : await sentLogins(Object.keys(loaded.document.services), loaded.document, plan, context.logins);
  const losing = there.filter((name) => !sent.has(name));
  const reasons = [
    ...onlyStaged(plan, wanted.ensembles, found.live.services),
    ...(sent.size > 0 && losing.length > 0
      ? [
          `${losing.join(', ')} would lose a log-in that nodes pull the image by, if they have one: none is on this machine`,
        ]
      : []),
  ];
  const byHand = (): string[] =>
    commandsByHand(plan, found.live.nodes, {
      file: join(options.dir, FILE.stack),
      exports: environmentExports(wanted, options.dir),
      sendsLogin: sent.size > 0,
      engine: options,
    });
  return {
    steps: [...secretSteps(found.engine, context), ...labelNodes(found.engine, safeChanges(plan.labels))],
    next: plan.empty ? [] : reasons.length > 0 ? [bundleCommand('deploy', options)] : byHand(),
    reasons,
  };
}
