import { resolve } from 'node:path';
import { secretStates, type SecretState } from '../bundle/secret-state.ts';
import { DEFAULT_LIMITS } from '../bundle/host-limits.ts';
import type { LiveSwarm, CheckContext, Finding } from '../checks/check.ts';
import { systemClock } from '../swarm/clock.ts';
import { BundleError, EXIT, messageOf } from '../errors.ts';
import type { Engine, EngineInfo, StackObject, SwarmNetwork, SwarmSecret } from '../engine/port.ts';
import { authorityFaults } from '../io/authority-faults.ts';
import { loadBundle, loadRenderedStack, type BundleDirectory } from '../project/bundle-dir.ts';
import { lookupHost } from '../io/lookup.ts';
import { probeTcp } from '../io/probe.ts';
import type { StackDocument } from '../compose/types.ts';
import type { CommandIo } from './io.ts';
import type { CommonOptions } from './command.ts';
import { reissuesOf } from '../project/reissues.ts';
import { planBundle } from '../project/plan-bundle.ts';
import { RegistryLookup } from './registry-lookup.ts';
import { reporterOf } from './reporter.ts';

/** A bundle that was read and proved to be rendered. */
export interface Loaded {
  directory: BundleDirectory;
  document: StackDocument;
  /** stack.yml */
  text: string;
}

/** Reads the bundle directory and its stack.yml. @throws BundleError (exit 2) */
export async function load(options: Pick<CommonOptions, 'dir'>, io: CommandIo): Promise<Loaded> {
  const directory = await loadBundle(resolve(io.cwd, options.dir), io.stacks);
  const { text, rendered } = await loadRenderedStack({ ...directory, shown: options.dir });
  return { directory: { ...directory, shown: options.dir }, document: rendered.document, text };
}

/**
 * Connects to the engine that the options and the environment name.
 * @throws BundleError (exit 2) for an engine that cannot be named so; (exit 3) where none answers: nothing was changed
 */
export async function openEngine(options: Pick<CommonOptions, 'context' | 'host'>, io: CommandIo): Promise<Engine> {
  const [{ resolveEngine }, { connect }] = await Promise.all([
    import('../engine/address.ts'),
    import('../engine/docker.ts'),
  ]);
  const location = await resolveEngine({ context: options.context, host: options.host, env: io.env });
  for (const text of location.warnings) warnOnce(text, io);
  try {
    return await connect(location, { signal: io.signal });
  } catch (error) {
    if (!(error instanceof BundleError) || error.exit !== EXIT.failed) throw error;
    throw new BundleError(error.code, error.message, {
      exit: EXIT.preflight,
      hints: error.hints,
      details: error.details,
    });
  }
}

const warned = new Set<string>();

/** Several engines may be opened in one run, all by the same configuration. */
function warnOnce(text: string, io: CommandIo): void {
  if (warned.has(text)) return;
  warned.add(text);
  reporterOf(io).warn(text);
}

/** What is read of the swarm, once, before anything is decided. */
export interface Survey {
  engine: Engine;
  info: EngineInfo;
  live: LiveSwarm;
  liveSecrets: SwarmSecret[];
  networks: SwarmNetwork[];
  /** Of the stack, on the node of the engine we talk to. */
  volumes: StackObject[];
}

/**
 * Reads the swarm.
 * @param tasks false: those of the whole swarm are not read, which takes longest; specifications can be compared
 *   without
 * @throws BundleError `engine-unreachable`, `engine-not-manager`
 */
export async function survey(
  engine: Engine,
  stack: string,
  { tasks: wanted = true }: { tasks?: boolean } = {},
): Promise<Survey> {
  const asked = engine.info();
  const reading = Promise.all([
    engine.nodes(),
    engine.services(),
    wanted ? engine.tasks() : [],
    engine.secrets({ stack }),
    engine.networks({ stack }),
    engine.localVolumes({ stack }),
  ]);
  // What a worker answers to these is less plain than what is said of it below.
  reading.catch(() => undefined);
  const info = await asked;
  requireManager(engine, info);
  const [nodes, services, tasks, liveSecrets, networks, volumes] = await reading;
  return { engine, info, live: { engine, nodes, services, tasks }, liveSecrets, networks, volumes };
}

/** Opens the engine and reads the swarm; why not, where that fails. For commands that go on without. */
export async function trySurvey(
  options: Pick<CommonOptions, 'context' | 'host'>,
  io: CommandIo,
  stack: string,
): Promise<{ found?: Survey; engine?: Engine; unreachable?: unknown }> {
  let engine: Engine | undefined;
  try {
    engine = await openEngine(options, io);
    return { engine, found: await survey(engine, stack) };
  } catch (unreachable) {
    return { ...(engine ? { engine } : {}), unreachable };
  }
}

/** Throws unless the engine is a swarm manager, with the command that makes it one. */
export function requireManager(engine: Engine, info: EngineInfo): void {
  const { state, manager, error } = info.swarm;
  if (state === 'active' && manager) return;
  const where = `the engine at ${engine.address.url} (${engine.address.source})`;
  const [text, hint] =
    state === 'active'
      ? [`${where} is a swarm worker, not a manager`, 'name a manager: --host ssh://user@manager, or --context']
      : state === 'locked'
        ? [`${where} is a swarm manager, but locked`, 'docker swarm unlock']
        : [
            `${where} is not part of a swarm${error ? ` (${error})` : ''}`,
            '`docker swarm init` makes it one; or name a manager with --host or --context',
          ];
  throw new BundleError('engine-not-manager', text, { exit: EXIT.preflight, hints: [hint] });
}

/** The state of each secret that stack.yml names. */
export async function readSecretStates(loaded: Loaded, found: Survey | undefined): Promise<SecretState[]> {
  const { directory, document } = loaded;
  const inputs = {
    stack: directory.bundle.name,
    needs: directory.plan.secrets,
    lock: directory.lock,
    used: new Set(Object.keys(document.secrets)),
    key: directory.secrets.key,
    materials: directory.secrets.materials,
  };
  const states = secretStates({ ...inputs, live: found?.liveSecrets ?? [] });
  const unseen = states.filter((each) => !each.live).map((each) => each.name);
  // A secret that someone else made bears no label of ours: it is found by its name only.
  if (!found || unseen.length === 0) return states;
  const byName = await found.engine.secrets({ names: unseen });
  return byName.length === 0 ? states : secretStates({ ...inputs, live: [...found.liveSecrets, ...byName] });
}

/** What the checks look at. */
export async function checkContext(
  loaded: Loaded,
  found: Survey | undefined,
  unreachable: unknown,
  adopt: boolean,
  io: CommandIo,
): Promise<CheckContext> {
  const registry = io.registry ?? new RegistryLookup();
  const secrets = await readSecretStates(loaded, found);
  return {
    stack: loaded.directory.bundle.name,
    plan: loaded.directory.plan,
    document: loaded.document,
    secrets,
    wrapped: loaded.directory.lock.images ?? {},
    secretsOnDisk: loaded.directory.secrets.present,
    secretFaults: loaded.directory.secrets.faults.map(({ level, text, hint }) => ({ level, text, hint })),
    reissues: reissuesOf(loaded, new Date()),
    refusedAuthorities: await authorityFaults(loaded.directory.plan, loaded.directory.secrets, loaded.directory.lock),
    adopt,
    info: found?.info,
    unreachable: found ? undefined : asFinding(unreachable),
    live: found?.live,
    planned: () => planBundle(loaded, requireFound(found), secrets),
    limits: loaded.directory.bundle.hosts ?? DEFAULT_LIMITS,
    askHosts: 'only `bundle check` asks them',
    inRegistry: (image) => registry.find(requireFound(found).engine, image, io),
    dockerCli: () =>
      registry.waiting.for(
        'the docker CLI to answer `docker version`, no longer than 15 s',
        io,
        requireFound(found).engine.tryDockerCli(),
      ),
    logins: (images) =>
      registry.waiting.for(
        'credential helpers to answer, no longer than 10 s',
        io,
        requireFound(found).engine.findLogins(images),
      ),
    now: new Date(),
    clock: systemClock,
    probe: probeTcp,
    lookup: lookupHost,
    secretValue: ({ secret, part }) => loaded.directory.secrets.materials[secret]?.[part],
  };
}

/** Only checks that need a manager ask; they are not run without one. */
function requireFound(found: Survey | undefined): Survey {
  if (found === undefined) throw new Error('the swarm was not read');
  return found;
}

function asFinding(error: unknown): Finding {
  const hint = error instanceof BundleError ? error.hints[0] : undefined;
  return { level: 'error', text: messageOf(error), ...(hint === undefined ? {} : { hint }) };
}
