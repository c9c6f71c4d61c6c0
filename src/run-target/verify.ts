import { join } from 'node:path';
import { FILE } from '../bundle/names.ts';
import { systemClock } from '../swarm/clock.ts';
import type { SecretState } from '../bundle/secret-state.ts';
import { EXIT, usageError, type ExitCode } from '../errors.ts';
import { readRunSettings, type RunSettings } from './settings.ts';
import { hostsOf, placedServices } from './plan/hosts.ts';
import type { Placed } from './plan/types.ts';
import { ContainerEngine } from './container-engine.ts';
import type { ExpiryLimit } from '../verify/expiry/judge.ts';
import { STABLE } from '../verify/check-stability.ts';
import { verification, type CheckResult, type Verification } from '../verify/result.ts';
import { isNamed, isWanted, type Selection } from '../verify/select.ts';
import { verifyStack } from '../verify/verify.ts';
import type { CommandIo } from '../cli/io.ts';
import { interruptedWith } from '../ui/interrupted.ts';
import { reporterOf } from '../ui/reporter.ts';
import { verificationText, type VerifyFormat } from '../verify/bundle/report.ts';
import { withRestarts } from './restarts.ts';
import { stackOf } from './run-stack.ts';
import { forgetHosts, formerHosts, untoldHosts, type RunFolder } from './former-hosts.ts';
import { closeHosts, openHosts, type OpenHosts } from './engines.ts';
import { openEngine } from '../cli/with-engine.ts';
import { readSecretStates } from '../project/plan-bundle.ts';
import type { Loaded } from '../project/bundle-dir.ts';
import { readRedactor } from '../verify/bundle/redactor.ts';
import { expiryResults } from '../verify/bundle/expiry.ts';
import { keysOf, knownNames, secretExpectations, selected, withoutThoseForExpiry } from '../verify/bundle/expected.ts';
import { insideOf, programsOf } from '../verify/bundle/inside.ts';
import { judgedByClients } from '../verify/bundle/clients.ts';
import { verifyProgress } from '../verify/bundle/progress.ts';
import type { CommonOptions } from '../cli/command.ts';

/** What `bundle verify --target run` is given. */
export interface RunVerifyOptions extends CommonOptions {
  format?: VerifyFormat;
  list?: boolean;
  /** Every check of every task. */
  wide?: boolean;
  /** HOST=URL or HOST=CONTEXT */
  engine: readonly string[];
}

/** What was rendered for `docker run`, now and before. */
interface Rendered {
  placed: readonly Placed[];
  settings: RunSettings;
  folder: RunFolder;
  former: readonly string[];
}

interface Wanted {
  timeoutMs: number;
  selection: Selection;
  limit: ExpiryLimit | undefined;
}

/**
 * `bundle verify --target run`: the same expectations, seen on the containers of run.sh. Each host has an engine of its
 * own; of a host whose engine is not named, or does not answer, nothing can be told, and that is said (exit 7).
 */
export async function verifyRun(
  loaded: Loaded,
  options: RunVerifyOptions,
  wanted: Wanted,
  io: CommandIo,
): Promise<ExitCode> {
  const { directory } = loaded;
  if (options.list === true)
    throw usageError('usage', '--list tells where a swarm’s tasks are asked, not containers', [
      'leave out --target run: the checks are the same',
    ]);
  const folder = { dir: join(directory.dir, FILE.run), shown: join(directory.shown, FILE.run) };
  const settings = await readRunSettings(folder.dir, folder.shown);
  if (settings === undefined)
    throw usageError('run-not-rendered', `${folder.shown} is not there: nothing was rendered for \`docker run\``, [
      '`bundle render --target run` first',
    ]);
  const placed = placedServices({ document: loaded.document, placements: directory.plan.placements });
  const names = { hosts: hostsOf(placed), former: formerHosts(settings, hostsOf(placed)) };
  const hosts = await openHosts(names, options, settings.addresses, (choice) => openEngine(choice, io));
  try {
    const verified = await verifyContainers(
      loaded,
      hosts,
      { placed, settings, folder, former: names.former },
      wanted,
      io,
    );
    io.stdout(verificationText(verified, options.format ?? (io.json ? 'json' : 'text'), io, { wide: options.wide }));
    return verified.exit;
  } catch (error) {
    throw interruptedWith(error, { words: 'nothing was changed' });
  } finally {
    await closeHosts(hosts.open);
  }
}

async function verifyContainers(
  loaded: Loaded,
  { open: hosts, failed }: OpenHosts,
  { placed, settings, folder, former }: Rendered,
  { timeoutMs, selection, limit }: Wanted,
  io: CommandIo,
): Promise<Verification> {
  const { bundle } = loaded.directory;
  const secrets = (await readSecretStates(loaded, undefined)).map(asMounted);
  const engine = new ContainerEngine(hosts, stackOf(loaded, placed, settings));
  const labelled = async () => secrets.flatMap(({ live }) => live ?? []);
  const redactor = await readRedactor(
    { services: () => engine.services(), tasks: () => engine.tasks(), secrets: labelled },
    loaded,
  );
  const know = { keys: keysOf(loaded), redactor };
  const { leftOut, ...all } = selected(loaded, selection);
  const seen = new Set(placed.filter(({ host }) => hosts.some(({ name }) => name === host)).map(({ name }) => name));
  // That they stay is told of containers below: an engine has no history of them.
  const expectations = all.expectations
    .filter(({ service }) => seen.has(service))
    .map((one) => ({ ...one, named: (one.named ?? []).filter((check) => check !== STABLE) }));
  const wanted = {
    expectations,
    ensembles: all.ensembles.filter(({ services }) => services.every((service) => seen.has(service))),
  };
  const inside = insideOf(engine, loaded, secrets, know);
  const reporter = reporterOf(io);
  const known = knownNames(loaded);
  const watch = {
    stack: bundle.name,
    timeoutMs,
    signal: io.signal,
    clock: systemClock,
    ...verifyProgress(reporter, wanted),
  };
  const endsAt = watch.clock.now() + timeoutMs;
  const verified = await verifyStack(engine, {
    ...watch,
    ...wanted,
    ...secretExpectations(loaded, secrets),
    ...know,
    inside: inside?.ask,
    program: programsOf(engine, loaded, know.redactor),
    words: { absent: (service) => engine.absence(service), logs: (id) => engine.logCommand(id) },
  }).finally(() => inside?.idle());
  const results = await withRestarts(engine, verified.results, {
    ...watch,
    expectations: loaded.directory.plan.expectations.filter(
      ({ service }) => seen.has(service) && isWanted(selection, service, STABLE, known),
    ),
    named: isNamed(selection, STABLE),
    // What failed is the verdict, whether or not they stay.
    endsAt: verified.exit === EXIT.verification ? watch.clock.now() : endsAt,
  });
  reporter.endProgress();
  const unseen = placed.filter(({ name }) => !seen.has(name));
  const unknown = [...all.expectations.map(({ service }) => service), ...all.ensembles.map(({ name }) => name)].flatMap(
    (name): CheckResult[] => {
      const lost = [name, ...(all.ensembles.find((one) => one.name === name)?.services ?? [])].flatMap(
        (service) => unseen.find((one) => one.name === service) ?? [],
      );
      const [host] = hostsOf(lost);
      return host === undefined
        ? []
        : [
            {
              service: name,
              node: host,
              check: 'running',
              status: 'unsure',
              detail: failed.get(host) ?? `no engine of ${host} was named: --engine ${host}=URL`,
            },
          ];
    },
  );
  // As a missing task is: unless it is skipped by name, or the service is not asked for.
  const strays = engine
    .strays()
    .filter(
      ({ service, check }) =>
        all.expectations.find((one) => one.service === service)?.looks.absent ??
        isWanted(selection, service, check, known),
    );
  const untold = untoldHosts({ stack: bundle.name, former, settings, engine, failed }, folder.shown).filter(
    ({ service, check }) => isWanted(selection, service, check, known),
  );
  await forgetHosts({ engine, former }, folder, (line) => io.stderr(`${line}\n`));
  const outdated = engine.outdated().filter(({ service, check }) => isWanted(selection, service, check, known));
  const endings = await expiryResults(undefined, loaded, results, {
    limit,
    selection,
    signal: io.signal,
    info: engine.info(),
  });
  const judged = await judgedByClients(withoutThoseForExpiry(results, loaded, selection), loaded);
  for (const warning of judged.warnings) io.stderr(`warning: ${warning}\n`);
  return verification(
    bundle.name,
    [...judged.results, ...strays, ...outdated, ...unknown, ...untold, ...endings],
    leftOut,
  );
}

/** A file of the run target bears the secret's versioned name: to who looks at mounts that is the secret. */
function asMounted(state: SecretState): SecretState {
  return { ...state, live: { id: state.name, name: state.name, labels: state.labels, createdAt: '' } };
}
