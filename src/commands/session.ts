import { resolve } from 'node:path';
import { secretStates, type SecretState } from '../bundle/secret-state.ts';
import type { LiveSwarm, CheckContext, Finding } from '../checks/check.ts';
import { BundleError, EXIT, messageOf } from '../errors.ts';
import type { Engine, EngineInfo, SwarmSecret } from '../engine/port.ts';
import { loadBundle, loadRenderedStack, type BundleDirectory } from '../io/bundle-dir.ts';
import { probeTcp } from '../io/probe.ts';
import type { StackDocument } from '../compose/types.ts';
import type { CommandIo } from './io.ts';
import type { CommonOptions } from './options.ts';

/** A bundle that was read and proved to be rendered. */
export interface Loaded {
  directory: BundleDirectory;
  document: StackDocument;
  /** stack.yml */
  text: string;
}

/** Reads the bundle directory and its stack.yml. @throws BundleError (exit 2) */
export async function load(options: CommonOptions, io: CommandIo): Promise<Loaded> {
  const directory = await loadBundle(resolve(io.cwd, options.dir));
  const { text, rendered } = await loadRenderedStack({ ...directory, shown: options.dir });
  return { directory: { ...directory, shown: options.dir }, document: rendered.document, text };
}

/**
 * Connects to the engine that the options and the environment name.
 * @throws BundleError (exit 2) for an engine that cannot be named so; (exit 3) where none answers: nothing was changed
 */
export async function openEngine(options: Pick<CommonOptions, 'context' | 'host'>, io: CommandIo): Promise<Engine> {
  const [{ resolveEngine }, { connect }] = await Promise.all([import('../engine/address.ts'), import('../engine/docker.ts')]);
  const location = await resolveEngine({ context: options.context, host: options.host, env: io.env });
  try {
    return await connect(location);
  } catch (error) {
    if (!(error instanceof BundleError) || error.exit !== EXIT.failed) throw error;
    throw new BundleError(error.code, error.message, { exit: EXIT.preflight, hints: error.hints, details: error.details });
  }
}

/** What is read of the swarm, once, before anything is decided. */
export interface Survey {
  engine: Engine;
  info: EngineInfo;
  live: LiveSwarm;
  liveSecrets: SwarmSecret[];
  networks: { id: string; name: string }[];
}

/**
 * Reads the swarm. @throws BundleError `engine-unreachable`, `engine-not-manager`
 */
export async function survey(engine: Engine, stack: string): Promise<Survey> {
  const info = await engine.info();
  requireManager(engine, info);
  const [nodes, services, tasks, liveSecrets, networks] = await Promise.all([
    engine.nodes(),
    engine.services(),
    engine.tasks(),
    engine.secrets({ stack }),
    engine.networks({ stack }),
  ]);
  return { engine, info, live: { engine, nodes, services, tasks }, liveSecrets, networks };
}

/** Opens the engine and reads the swarm; why not, where that fails. For commands that go on without. */
export async function trySurvey(options: Pick<CommonOptions, 'context' | 'host'>, io: CommandIo, stack: string): Promise<{ found?: Survey; engine?: Engine; unreachable?: unknown }> {
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
        : [`${where} is not part of a swarm${error ? ` (${error})` : ''}`, '`docker swarm init` makes it one; or name a manager with --host or --context'];
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
export async function checkContext(loaded: Loaded, found: Survey | undefined, unreachable: unknown, adopt: boolean): Promise<CheckContext> {
  return {
    stack: loaded.directory.bundle.name,
    plan: loaded.directory.plan,
    document: loaded.document,
    secrets: await readSecretStates(loaded, found),
    secretsOnDisk: loaded.directory.secrets.present,
    secretFaults: loaded.directory.secrets.faults.map(({ level, text, hint }) => ({ level, text, hint })),
    adopt,
    info: found?.info,
    unreachable: found ? undefined : asFinding(unreachable),
    live: found?.live,
    now: new Date(),
    probe: probeTcp,
  };
}

function asFinding(error: unknown): Finding {
  const hint = error instanceof BundleError ? error.hints[0] : undefined;
  return { level: 'error', text: messageOf(error), ...(hint === undefined ? {} : { hint }) };
}
