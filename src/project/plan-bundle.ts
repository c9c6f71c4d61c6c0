import { secretStates, type SecretState } from '../bundle/secret-state.ts';
import type { LiveSwarm } from '../checks/check.ts';
import { askManager } from '../cli/with-engine.ts';
import type {
  Engine,
  EngineInfo,
  LocalVolume,
  SwarmNetwork,
  SwarmNode,
  SwarmSecret,
  SwarmService,
} from '../engine/port.ts';
import type { Platform } from '../place/requirements.ts';
import type { PlacementForecast } from '../place/simulate.ts';
import type { FieldChange } from '../plan/diff.ts';
import { keptPorts, mayKeepPorts } from '../quorum/kept-ports.ts';
import { stagesOf } from '../quorum/stages.ts';
import { ownServices } from '../plan/own-services.ts';
import { planChanges, type LiveStack } from '../plan/plan.ts';
import type { Plan } from '../plan/changes.ts';
import type { MaybeTold } from '../plan/told.ts';
import { keptReleases, lastWhole, reusable, staleSecrets, unfinishedReleases } from '../release/choose.ts';
import { contentOf } from '../release/content.ts';
import { needsBy } from '../release/defined-by.ts';
import { expiredCertificates } from '../release/expired-certificates.ts';
import { dataReleases } from '../release/same-secret.ts';
import type { History } from '../release/store.ts';
import type { Loaded } from './bundle-dir.ts';
import { systemClock } from '../swarm/clock.ts';
import { deployEnvironment } from '../bundle/environment-values.ts';

/** What is read of the swarm, once, before anything is decided. */
export interface Survey {
  engine: Engine;
  info: EngineInfo;
  live: LiveSwarm;
  liveSecrets: SwarmSecret[];
  /** Of the whole swarm: services may be on those of other stacks. */
  networks: SwarmNetwork[];
  /** All of the node of the engine we talk to: `ownVolumes` tells those of the stack. */
  volumes: LocalVolume[];
  /** What is to change of services whose tasks the swarm kept with the ports of before, by the service's id. */
  keptPorts: ReadonlyMap<string, FieldChange>;
}

/** What is read of a swarm for whichever stack, on its way. */
export interface AskedSwarm {
  info: Promise<{ info: EngineInfo; at: number }>;
  lists: Promise<[nodes: SwarmNode[], services: SwarmService[], networks: SwarmNetwork[], volumes: LocalVolume[]]>;
}

/** Asks what needs no stack's name. Whoever awaits it says what becomes of it. */
export function askSwarm(engine: Engine): AskedSwarm {
  const info = askManager(engine).then((told) => ({ info: told, at: systemClock.now() }));
  const lists = Promise.all([
    // One that is not heard of yet looks as if nothing could start there.
    engine.nodes({ heardOf: true }),
    engine.services(),
    engine.networks(),
    // Volumes that were made by hand bear no label of the stack.
    engine.localVolumes({}),
  ]);
  for (const asked of [info, lists]) asked.catch(() => undefined);
  return { info, lists };
}

/**
 * Reads the swarm.
 * @param tasks false: those of the whole swarm are not read, which takes longest; specifications can be compared
 *   without
 * @param asked what is on its way already
 * @throws BundleError `engine-unreachable`, `engine-not-manager`
 */
export async function survey(
  engine: Engine,
  stack: string,
  { tasks: wanted = true, asked = askSwarm(engine) }: { tasks?: boolean; asked?: AskedSwarm } = {},
): Promise<Survey> {
  const ofStack = Promise.all([wanted ? engine.tasks() : [], engine.secrets({ stack })]);
  // What a worker answers to these is less plain than what is said of it below.
  ofStack.catch(() => undefined);
  const { info } = await asked.info;
  const [[nodes, services, networks, volumes], [tasks, liveSecrets]] = await Promise.all([asked.lists, ofStack]);
  const suspects = mayKeepPorts(ownServices(stack, services));
  const kept = suspects.length === 0 ? [] : await engine.tasks({ stack, upToDate: true });
  return {
    engine,
    info,
    live: { engine, nodes, services, tasks },
    liveSecrets,
    networks,
    volumes,
    keptPorts: keptPorts(suspects, kept),
  };
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

/** The part of a survey that a plan looks at. */
export function liveStack({ live, info, networks, volumes, keptPorts }: Survey, secrets: SecretState[]): LiveStack {
  return {
    keptPorts,
    services: live.services,
    networks,
    nodes: live.nodes,
    tasks: live.tasks,
    secrets: secrets.flatMap((each) => (each.live ? [each.name] : [])),
    volumes: { nodeId: info.swarm.nodeId, volumes },
  };
}

export interface PlanBundleOptions {
  /** Old secret versions that would be removed. */
  stale?: readonly SwarmSecret[];
  /**
   * Of what was deployed: without it, what deployments that did not end may have told is not looked at, nor which
   * certificates have expired.
   */
  history?: History;
  /** `--at-once` */
  atOnce?: boolean | undefined;
  /** False: `--no-verify` */
  verify?: boolean | undefined;
}

/** What deploying the bundle would change in the swarm as it was read. */
export function planBundle(
  loaded: Loaded,
  found: Survey,
  secrets: SecretState[],
  { stale = [], history, atOnce, verify }: PlanBundleOptions = {},
): Plan {
  const { bundle, plan, lock } = loaded.directory;
  return planChanges({
    stack: bundle.name,
    document: loaded.document,
    placements: plan.placements,
    environment: deployEnvironment(loaded),
    ensembles: plan.ensembles,
    rolling: plan.rolling,
    together: plan.together,
    agreed: plan.agreed ?? [],
    told: plan.told ?? [],
    maybeTold: maybeTold(history?.releases ?? [], found.liveSecrets),
    ...(history && expiredIn(loaded, found, history)),
    wrapped: Object.fromEntries(plan.wrappedImages.map((image) => [image, lock.images?.[image]?.digest])),
    atOnce,
    verify,
    staleSecrets: stale.map(({ name }) => name),
    live: liveStack(found, secrets),
  });
}

/** A version of a deployment that did not end was told to nobody if the swarm lacks it. */
function maybeTold(releases: History['releases'], liveSecrets: readonly SwarmSecret[]): MaybeTold {
  const present = new Set(liveSecrets.map(({ name }) => name.toLowerCase()));
  const open = unfinishedReleases(releases);
  const last = open.length === 0 ? undefined : lastWhole(releases);
  const namesOf = (some: typeof releases): string[] =>
    some.flatMap(({ document }) => Object.values(document.secrets).map(({ name }) => name));
  return {
    unfinished: namesOf(open).filter((name) => present.has(name.toLowerCase())),
    whole: last === undefined ? [] : namesOf([last]),
    earlier: [...open, ...(last === undefined ? [] : [last])].map(({ document }) => document),
  };
}

/** Old secret versions that no release needs which will be kept when the bundle is deployed. */
export function staleAfter(loaded: Loaded, found: Survey, history: History): SwarmSecret[] {
  const { releases, unreadable } = history;
  const content = contentOf(loaded, found.live.nodes);
  const after = reusable(history, content) ? releases : [{ ...content, state: 'started' as const }, ...releases];
  const kept = keptReleases(after, dataReleases(releases, needsBy(loaded.directory.bundle.definition)));
  return staleSecrets(found.liveSecrets, { kept, unreadable }, loaded);
}

/** Which certificates have expired, by this machine's clock and the manager's. */
function expiredIn(loaded: Loaded, { info, liveSecrets }: Survey, { releases }: History) {
  const { bundle, plan, lock } = loaded.directory;
  const locks = [lock, loaded.lockBefore ?? [], releases.map((release) => release.lock)].flat();
  const now = Math.min(Date.now(), Date.parse(info.systemTime));
  return expiredCertificates(bundle.name, plan, { locks, liveSecrets, now });
}

/**
 * Where swarm will place the bundle's services once the plan is carried out; no further question to the engine.
 * @param platforms of images, if a registry was asked
 */
export async function placementOfBundle(
  loaded: Loaded,
  found: Survey,
  plan: Pick<Plan, 'services' | 'labels' | 'restarts'>,
  platforms: Record<string, Platform[]> = {},
): Promise<PlacementForecast> {
  // Loaded if asked for: most plans change nothing.
  const { placementOf } = await import('../place/of-document.ts');
  return placementOf({
    stack: loaded.directory.bundle.name,
    document: loaded.document,
    plan,
    stages: stagesOf(plan, loaded.directory.plan),
    live: found.live,
    platforms,
  });
}
