import { systemClock } from '../../swarm/clock.ts';
import { isFresh } from '../../swarm/snapshot.ts';
import type { SecretState } from '../../bundle/secret-state.ts';
import type { Engine } from '../../engine/port.ts';
import { verification, type CheckResult, type Verification } from '../result.ts';
import { EVERYTHING, isNamed, isWanted, isWhole, type Selection } from '../select.ts';
import type { ExpiryLimit } from '../expiry/judge.ts';
import { FOREIGN_MOUNTS } from '../foreign-mounts.ts';
import { withHints } from '../hints.ts';
import { STABLE, unseenLoops } from '../check-stability.ts';
import type { StackVerifyOptions } from '../options.ts';
import { verifyStack } from '../verify.ts';
import { saveLastVerification, type LastVerification } from '../../project/last-verification.ts';
import type { CommandIo } from '../../cli/io.ts';
import type { Redactor } from '../../ui/redact.ts';
import { reporterOf } from '../../ui/reporter.ts';
import type { Loaded } from '../../project/bundle-dir.ts';
import { expiryResults } from './expiry.ts';
import { CONTENT, keysOf, knownNames, secretExpectations, selected, withoutThoseForExpiry } from './expected.ts';
import { insideOf, programsOf, readForeignMounts } from './inside.ts';
import { judgedByClients } from './clients.ts';
import { progressFrom, verifyProgress } from './progress.ts';
import { readRedactor } from './redactor.ts';
import { orUntold } from './untold.ts';

export interface BundleVerifyOptions extends Pick<StackVerifyOptions, 'notBefore' | 'reading' | 'start'> {
  /** By what was read of the swarm already; without it, that is read. */
  redactor?: Redactor;
  selection?: Selection;
  /** How long certificates must hold. */
  limit?: ExpiryLimit | undefined;
  /** The swarm's newest release, with which the result is remembered. */
  release?: LastVerification['release'] | Promise<LastVerification['release']>;
  /** What is seen is told from then on, and what came by then; at once if it is absent. */
  shownFrom?: Promise<void>;
}

/**
 * Looks at all tasks of a bundle's services with expectations, at its ensembles, at the swarm's secrets that they mount
 * and at who else does; remembers the result if it is that of everything.
 */
export async function verifyBundle(
  engine: Engine,
  loaded: Loaded,
  secrets: SecretState[],
  timeoutMs: number,
  io: CommandIo,
  options: BundleVerifyOptions = {},
): Promise<Verification> {
  const { selection = EVERYTHING, limit, notBefore, reading, start, redactor, shownFrom = notBefore } = options;
  const { bundle, dir } = loaded.directory;
  const reporter = reporterOf(io);
  const { leftOut, ...wanted } = selected(loaded, selection);
  const ofSwarm = await askTasks(
    engine,
    loaded,
    secrets,
    wanted,
    {
      ...{ timeoutMs, notBefore, reading, start, redactor },
      ...progressFrom(shownFrom, () => verifyProgress(reporter, wanted)),
    },
    io,
  );
  await options.shownFrom;
  reporter.endProgress();
  const known = knownNames(loaded);
  const mountsWanted = isWanted(selection, bundle.name, FOREIGN_MOUNTS, known);
  // The engine runs two programs for each answer (moby: daemon/info_unix.go, fillPlatformInfo).
  const info =
    reading !== undefined && isFresh(reading, systemClock)
      ? Promise.resolve(reading.info)
      : engine.info({ ofSwarm: true });
  // Each who awaits it goes on without it.
  info.catch(() => undefined);
  const [mounts, endings] = await Promise.all([
    // After the tasks: by then the jobs of a verification that was killed are gone, which mount secrets as well.
    mountsWanted
      ? orUntold({ service: bundle.name, check: FOREIGN_MOUNTS }, () =>
          readForeignMounts(engine, loaded, secrets, info),
        )
      : [],
    expiryResults(engine, loaded, ofSwarm.results, { limit, selection, signal: io.signal, info }),
  ]);
  const contents = secrets
    .filter(({ name }) => isWanted(selection, name, CONTENT, known))
    .flatMap((state) => contentResult(state, isNamed(selection, CONTENT)));
  const swarm = await info.then(
    (told) => told.swarm,
    () => undefined,
  );
  // Of who asks for it by name each service says so.
  const loopsWanted = isWanted(selection, bundle.name, STABLE, known) && !isNamed(selection, STABLE);
  const unseen = loopsWanted ? unseenLoops(bundle.name, swarm?.taskHistory) : [];
  const looked = withoutThoseForExpiry(ofSwarm.results, loaded, selection);
  const { results, warnings } = await judgedByClients(looked, loaded);
  for (const warning of warnings) io.stderr(`warning: ${warning}\n`);
  const verified = verification(
    bundle.name,
    withHints([...results, ...unseen, ...contents, ...mounts, ...endings], loaded.directory.plan.expectations, {
      ...loaded.directory.engine,
      dir: loaded.directory.shown,
    }),
    leftOut + (mountsWanted ? 0 : 1),
  );
  const count = (status: CheckResult['status']) => verified.results.filter((result) => result.status === status).length;
  const cluster = swarm?.clusterId;
  // Without the swarm's id it would count for every swarm.
  if (isWhole(selection) && cluster !== undefined) {
    const release = await options.release;
    const last = {
      at: new Date().toISOString(),
      exit: verified.exit,
      passed: count('passed'),
      failed: count('failed'),
      unsure: count('unsure'),
      ...(release && { release: { number: release.number, at: release.at } }),
    };
    await saveLastVerification(dir, last, cluster);
  }
  return verified;
}

/** Asks what is wanted of a bundle's tasks and ensembles, and nothing else. */
export async function askTasks(
  engine: Engine,
  loaded: Loaded,
  secrets: readonly SecretState[],
  wanted: Pick<StackVerifyOptions, 'expectations' | 'ensembles'>,
  options: Pick<
    StackVerifyOptions,
    'timeoutMs' | 'strict' | 'onResult' | 'onWaiting' | 'notBefore' | 'reading' | 'start'
  > & { redactor?: Redactor | undefined },
  io: CommandIo,
): Promise<Verification> {
  const know = { keys: keysOf(loaded), redactor: options.redactor ?? (await readRedactor(engine, loaded)) };
  const inside = insideOf(engine, loaded, secrets, know);
  const { name } = loaded.directory.bundle;
  const verified = await verifyStack(engine, {
    stack: name,
    ...wanted,
    ...secretExpectations(loaded, secrets),
    inside: inside?.ask,
    program: programsOf(engine, loaded, know.redactor),
    signal: io.signal,
    clock: systemClock,
    ...options,
    ...know,
    // Interrupted or late: its job is taken away first.
  }).finally(() => inside?.idle());
  const silent = inside?.paths.results(name) ?? [];
  return silent.length === 0 ? verified : verification(name, [...verified.results, ...silent]);
}

/**
 * A secret of the right name and another content fools every look at mounts: its fingerprint label tells.
 * @param named whether it is told as well that it is the right one, or not there
 */
function contentResult({ name, state }: SecretState, named: boolean): CheckResult[] {
  const result = (status: CheckResult['status'], detail: string): CheckResult[] => [
    { service: name, check: CONTENT, status, detail },
  ];
  if (state === 'differs')
    return result('failed', 'its fingerprint label is not the one bundle.lock.json has: another content');
  if (state === 'foreign')
    return result('unsure', 'it bears no fingerprint label: whoever made it, its content cannot be told');
  if (!named) return [];
  return state === 'present'
    ? result('passed', 'its fingerprint label is the one that bundle.lock.json has')
    : result('not-run', 'the swarm has no secret of that name yet; `bundle deploy` makes it');
}
