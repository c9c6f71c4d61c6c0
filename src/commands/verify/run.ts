import { EXIT, usageError, type ExitCode } from '../../errors.ts';
import type { Engine } from '../../engine/port.ts';
import { bareTasks } from '../../verify/tasks/bare-tasks.ts';
import type { Verification } from '../../verify/result.ts';
import { STILL_GOOD, type ExpiryLimit } from '../../verify/expiry/judge.ts';
import { unknownWords, type Selection } from '../../verify/select.ts';
import type { CommandIo } from '../../cli/io.ts';
import { durationOption, spanOption } from '../../duration-option.ts';
import { interruptedWith } from '../../ui/interrupted.ts';
import type { VerifyOptions } from './command.ts';
import { noteVerified, runningRelease } from '../../deploy/note-verified.ts';
import type { StoredRelease } from '../../release/record.ts';
import { readHistory, type History } from '../../release/store.ts';
import { unreadNewest } from '../../release/unread.ts';
import { planBundle } from '../../project/plan-bundle.ts';
import { verificationText } from '../../verify/bundle/report.ts';
import { load, type Loaded } from '../../project/bundle-dir.ts';
import { ownServices } from '../../plan/own-services.ts';
import { clocksApart, SET_CLOCK, systemClock } from '../../swarm/clock.ts';
import type { Reading } from '../../swarm/snapshot.ts';
import { LEAVING_MS, withEngineMeanwhile } from '../../cli/with-engine.ts';
import { askSwarm, readSecretStates, survey, type AskedSwarm } from '../../project/plan-bundle.ts';
import { redactorOf } from '../../verify/bundle/redactor.ts';
import { verifyBundle } from '../../verify/bundle/verify-bundle.ts';
import { knownNames } from '../../verify/bundle/expected.ts';
import { namesExpiry } from '../../verify/bundle/expiry.ts';
import { resultScreen } from '../../ui/screen.ts';
import { expectationRows, expectationsText } from '../../verify/bundle/list.ts';
import { jsonText } from '../../json-text.ts';

/**
 * `bundle verify`: what every current task really shows; exit 5 if something is missing, 7 if it could not be
 * told. Of everything, and with nothing amiss, it is noted in the release that runs; also that all of it runs, of one
 * that nobody awaited, whatever else was left out.
 */
export async function run(options: VerifyOptions, io: CommandIo): Promise<ExitCode> {
  refuseContradictions(options, io);
  const timeoutMs = durationOption('--timeout', options.timeout);
  const selection: Selection = { only: options.only, skip: options.skip };
  const limit = expiryLimit(options);
  // What is compared with no swarm needs no warning either.
  const unread = options.target === 'run' || options.list === true;
  const read = async (onRead?: (stack: string) => Promise<void>): Promise<Loaded> => {
    // What is looked for follows from what is rendered: a stack.yml of an earlier build is no reason to refuse.
    const ifOld = unread ? 'unread' : 'told';
    const loaded = await load(options, io, { ifOld, ...(onRead && { onRead }) });
    requireKnown(selection, loaded);
    return loaded;
  };
  if (options.target === 'run') {
    const loaded = await read();
    return (await import('../../run-target/verify.ts')).verifyRun(loaded, options, { timeoutMs, selection, limit }, io);
  }
  if (options.engine.length > 0)
    throw usageError('usage', '--engine belongs to --target run', [
      'a swarm is asked at one manager: --host or --context',
    ]);
  if (options.list === true) {
    const loaded = await read();
    const rows = expectationRows(loaded, selection);
    io.stdout(
      io.json
        ? jsonText({ stack: loaded.directory.bundle.name, expectations: rows })
        : expectationsText(rows, resultScreen(io).width),
    );
    return EXIT.done;
  }
  const ask = async (engine: Engine, name: string, asked: AskedSwarm) => {
    const history = readHistory(engine, name);
    // Whoever awaits it says what becomes of it.
    history.catch(() => undefined);
    const askedAt = systemClock.now();
    const answered = Promise.all([engine.tasks({ stack: name, upToDate: true }), engine.tasks({ stack: name })]).then(
      ([tasks, allTasks]) => ({ tasks, allTasks, askedAt, at: systemClock.now() }),
    );
    answered.catch(() => undefined);
    const found = await survey(engine, name, { tasks: false, asked });
    const { live } = found;
    const services = ownServices(name, live.services);
    const { info, at: infoAt } = await asked.info;
    const reading: Reading = { ...(await answered), services, nodes: live.nodes, info, infoAt };
    return { found, history, reading };
  };
  const work = async (engine: Engine, loaded: Loaded, { found, history, reading }: Awaited<ReturnType<typeof ask>>) => {
    const apart = clocksApart(found.info.systemTime, Date.now());
    const secrets = await readSecretStates(loaded, found);
    const { services, allTasks: tasks } = reading;
    const redactor = redactorOf(loaded, { services, tasks, secrets: found.liveSecrets });
    // Decides nothing of what is looked at: the engine works on its first answers meanwhile.
    const compared = systemClock.sleep(LEAVING_MS).then(() => {
      const plan = planBundle(loaded, found, secrets);
      const pending = plan.services.filter(({ action }) => action !== 'unchanged').length;
      // What runs may be as it should be and still not be what stack.yml says now, or would say.
      if (pending > 0)
        io.stderr(
          `note: stack.yml as this build renders it is not what runs (${pending} service${pending === 1 ? '' : 's'} would change); ` +
            `\`bundle plan\` says which\n`,
        );
      if (apart !== undefined) io.stderr(`warning: ${apart}\n  → ${SET_CLOCK}\n`);
      return plan.empty ? runningRelease(history, loaded, found.live.nodes, io) : undefined;
    });
    const began = performance.now();
    const verified = await verifyBundle(engine, loaded, secrets, timeoutMs, io, {
      ...{ selection, limit, reading, redactor, release: newestOf(history) },
      shownFrom: compared.then(
        () => undefined,
        () => undefined,
      ),
    });
    const release = await compared;
    const about = { release: release?.number, elapsedMs: performance.now() - began, wide: options.wide };
    io.stdout(verificationText(verified, options.format ?? (io.json ? 'json' : 'text'), io, about));
    if (verified.exit === EXIT.verification) await tellBare(engine, verified, io);
    if (release && release.state !== 'verified') await noteVerified(engine, loaded, release, verified, io, selection);
    return verified.exit;
  };
  return withEngineMeanwhile(options, io, { begin: askSwarm, ask, read, work }).catch((error: unknown) => {
    throw interruptedWith(error, { words: 'nothing was changed' });
  });
}

/** The newest release; undefined if there is none, or it could not be read, which is told where it matters. */
const newestOf = (reading: Promise<History>): Promise<StoredRelease | undefined> =>
  reading.then(
    (history) => (unreadNewest(history) === undefined ? history.releases[0] : undefined),
    () => undefined,
  );

/**
 * Tasks whose failure has a cause that is known, with what fixes it. Only a word more: the verdict stands without it.
 */
async function tellBare(engine: Engine, verified: Verification, io: CommandIo): Promise<void> {
  const bare = bareTasks(verified, await engine.tasks().catch(() => []));
  const services = [
    ...new Set(verified.results.filter(({ task }) => bare.some(({ id }) => id === task)).map(({ service }) => service)),
  ];
  if (services.length === 0) return;
  io.stderr(
    `note: ${services.join(', ')}: made while its engine died, so that it may run without its secrets; \`bundle ` +
      `deploy\` replaces such a task\n`,
  );
}

/** @throws BundleError (exit 2) */
function refuseContradictions({ format, list }: VerifyOptions, { json }: Pick<CommandIo, 'json'>): void {
  if (format === undefined || format === 'json') return;
  if (json)
    throw usageError('usage', `--json and --format ${format} exclude each other: there is one document, of one form`, [
      'leave one of them out',
    ]);
  if (list === true && format !== 'text')
    throw usageError('usage', `--format ${format} is of results, and --list has none`, [
      'leave one of them out: --list is printed as text, or as JSON with --json',
    ]);
}

/** Where certificates are asked for without saying how long they must hold, they must not have expired. */
function expiryLimit({ expiry, format, only }: VerifyOptions): ExpiryLimit | undefined {
  if (expiry !== undefined) return { ms: spanOption('--expiry', expiry), text: expiry };
  return format === 'prometheus' || namesExpiry({ only }) ? STILL_GOOD : undefined;
}

function requireKnown(selection: Selection, loaded: Loaded): void {
  const known = knownNames(loaded);
  const unknown = unknownWords(selection, known);
  if (unknown.length === 0) return;
  throw usageError('unknown-check', `no check or service is called ${unknown.map((word) => `"${word}"`).join(', ')}`, [
    `checks: ${known.checks.join(', ')}`,
    `services: ${known.services.join(', ')}`,
    '`bundle verify --list` shows what each looks at',
  ]);
}
