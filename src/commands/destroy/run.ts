import { resolve } from 'node:path';
import { EXIT, type ExitCode } from '../../errors.ts';
import { unlessGone, type Engine, type SwarmTask } from '../../engine/port.ts';
import { loadBundle } from '../../project/bundle-dir.ts';
import { readLock } from '../../lease/record.ts';
import { nodeText } from '../../place/named-node.ts';
import { decodeRelease } from '../../release/record.ts';
import { changedSince } from '../../plan/changed.ts';
import { ownLabels } from '../../plan/labels.ts';
import { ownVolumes } from '../../plan/own-volumes.ts';
import { refuseGuests } from '../../swarm/steps/guests.ts';
import { heldNetworks, readRemains, removeWhenFree, type Remains } from '../../swarm/steps/remains.ts';
import { awaitTasksGone } from '../../swarm/steps/tasks-gone.ts';
import type { Reporter } from '../../ui/reporter.ts';
import { confirm, withQuestion } from '../../cli/io.ts';
import { announcement, removeVolumeCommands, waitingText, type VolumesLeft } from '../../deploy/destroy-texts.ts';
import { lostValues, lostValueTexts, type LostValue } from '../../deploy/lost-values.ts';
import { durationOption } from '../../duration-option.ts';
import { interruptedWith, soFar } from '../../ui/interrupted.ts';
import type { CommandIo } from '../../cli/io.ts';
import { locked } from '../../cli/with-engine.ts';
import type { DestroyOptions } from './command.ts';
import { reporterOf } from '../../ui/reporter.ts';
import { askManager, withEngine } from '../../cli/with-engine.ts';
import { jsonText } from '../../json-text.ts';
import { removeServices } from './services.ts';

/** What was removed and seen to be gone, by kind. */
type Gone = Record<'services' | 'networks' | 'configs' | 'secrets' | 'labels' | 'volumes', string[]>;

/**
 * `bundle destroy`: the services (quorum groups in the reverse of the order of an update), then (when their tasks have
 * really ended) networks, secrets, our node labels, and configs with the release records, of which the commands for
 * volumes are; volumes of this node on request. It claims only what it saw go. The bundle directory stays.
 * @throws BundleError (exit 3) if a service of somebody else is on a network of the stack, or mounts a secret or config
 */
export async function run(options: DestroyOptions, io: CommandIo): Promise<ExitCode> {
  const killAfterMs = options.killAfter === undefined ? undefined : durationOption('--kill-after', options.killAfter);
  const directory = await loadBundle(resolve(io.cwd, options.dir), io.stacks);
  const { bundle, plan } = directory;
  const stack = bundle.name;
  return withEngine(options, io, async (engine) => {
    const info = await askManager(engine);
    const { document } = plan.document(
      () => 'unused',
      () => [],
    );
    const shown = await readRemains(engine, stack, document);
    refuseGuests(stack, shown, await engine.services());
    const reporter = reporterOf(io);
    const gone: Gone = { services: [], networks: [], configs: [], secrets: [], labels: [], volumes: [] };
    /** As they are at the end: seen on this node, only supposed on the others. */
    const volumesLeft = async ({ configs, nodes, services }: Remains) =>
      removeVolumeCommands(stack, {
        ...{ document, placements: plan.placements, nodes },
        releases: configs.flatMap((config) => decodeRelease(config) ?? []),
        local: {
          ...{ id: info.swarm.nodeId, hostname: info.hostname },
          volumes: ownVolumes(stack, { document, services }, await engine.localVolumes({})).map(({ name }) => name),
        },
      });
    const groups = plan.ensembles;
    const what = announcement(stack, shown, { groups, volumes: options.volumes === true, killAfterMs });
    const lostWith = async (remains: Remains, deleted: readonly string[]) => {
      // One of that name may be on another node as well, and stay there.
      const elsewhere = (await volumesLeft(remains)).filter(({ seen }) => !seen);
      return lostValues(
        directory,
        remains,
        deleted.filter((name) => !elsewhere.some(({ volumes }) => volumes.includes(name))),
      );
    };
    if (what.length === 0) {
      // A run that was killed at its very end left its lock.
      if (await readLock(engine, stack)) await locked(engine, stack, 'destroy', io, async () => undefined);
      report(io, { stack, gone, unknown: [], lost: [], left: await volumesLeft(shown) }, `${stack}: not deployed here`);
      return EXIT.done;
    }
    const told = reporterOf(withQuestion(io, options.yes === true));
    for (const line of what) told.detail(line);
    for (const text of lostValueTexts(
      await lostWith(shown, options.volumes === true ? shown.volumes.map(({ name }) => name) : []),
    ))
      told.warn(text);
    if (!(await confirm(`Remove ${stack} from the swarm?`, options.yes === true, io))) {
      io.stderr('nothing was removed\n');
      return EXIT.done;
    }
    const removeAll = async (inner: CommandIo) => {
      // Read again: somebody may have deployed while this one was asked, or had the lock.
      const remains = await readRemains(engine, stack, document);
      if (options.yes !== true) refuseNew(shown, remains);
      const ended = (what: string, isAwaited?: (task: SwarmTask) => boolean): Promise<SwarmTask[]> =>
        awaitTasksGone(engine, {
          stack,
          nodes: remains.nodes,
          localNodeId: info.swarm.nodeId,
          killAfterMs,
          signal: inner.signal,
          isAwaited,
          onWaiting: (left) =>
            reporter.progress([
              {
                name: what,
                text: waitingText(left, killAfterMs),
                state: 'waiting',
              },
            ]),
          onForeignKill: (node, container) =>
            reporter.warn(`cannot kill from here; on ${node}: docker kill ${container.slice(0, 12)}`),
        }).finally(() => reporter.endProgress());
      await removeServices(engine, remains, {
        ...{ stack, groups, document, ended },
        signal: inner.signal,
        tell: (text) => reporter.step(text),
        onGone: (name) => gone.services.push(name),
      });
      const away = await ended('tasks');
      for (const task of away)
        reporter.warn(`task ${task.id} is on a node that does not answer: whether it ended cannot be told`);
      await removeTheRest(engine, remains, gone, stack, options.volumes === true, inner.signal, reporter);
      return { away, remains };
    };
    const { away: unknown, remains } = await locked(engine, stack, 'destroy', io, (inner) =>
      removeAll(inner).catch((error: unknown) => {
        throw interruptedWith(error, {
          words: soFar('removed', countsOf(gone)),
          hints: ['run `bundle destroy` again: it goes on with what is left'],
        });
      }),
    );
    const but =
      unknown.length === 0
        ? ''
        : `, but for ${unknown.length} task${unknown.length === 1 ? '' : 's'} on nodes that do not answer`;
    report(
      io,
      {
        stack,
        gone,
        unknown: unknown.map((task) => task.id),
        lost: await lostWith(remains, gone.volumes),
        left: await volumesLeft(remains),
      },
      `${stack} is gone from the swarm${but}`,
    );
    return EXIT.done;
  });
}

/** @throws BundleError `swarm-changed` (exit 8) if there is more of the stack than was shown */
function refuseNew(shown: Remains, now: Remains): void {
  const kinds = ['services', 'networks', 'configs', 'secrets'] as const;
  const more = kinds.flatMap((kind) =>
    now[kind]
      .filter(({ id }) => !shown[kind].some((each) => each.id === id))
      .map(({ name }) => `${kind.slice(0, -1)} ${name} was created`),
  );
  if (more.length > 0) throw changedSince('it was shown what goes', more);
}

/**
 * What is left once the tasks have ended, one object after the other. A volume that cannot be removed is a warning.
 * @throws BundleError the engine's refusal; the signal's reason, before the next object goes
 */
async function removeTheRest(
  engine: Engine,
  remains: Remains,
  gone: Gone,
  stack: string,
  volumes: boolean,
  signal: AbortSignal,
  reporter: Reporter,
): Promise<void> {
  const tell = (text: string): void => reporter.step(text);
  for (const { id, name } of remains.networks) {
    await removeWhenFree(() => engine.removeNetwork(id), signal, tell);
    gone.networks.push(name);
  }
  const held = await heldNetworks(engine, stack, remains.networks, signal, tell);
  gone.networks = gone.networks.filter((name) => !held.includes(name));
  for (const name of held)
    reporter.warn(`network ${name} was removed from the swarm, but a container still holds it on this node`);
  for (const { id, name } of remains.secrets) {
    await removeWhenFree(() => engine.removeSecret(id), signal, tell);
    gone.secrets.push(name);
  }
  for (const node of remains.nodes) {
    const keys = ownLabels(stack, node);
    if (keys.length === 0) continue;
    signal.throwIfAborted();
    if (await unlessGone(engine.updateNodeLabels(node.id, { remove: keys })))
      gone.labels.push(...keys.map((key) => `${nodeText(remains.nodes, node.hostname, node.id)}: ${key}`));
  }
  // Releases last: a second run names the volumes of members that left by them.
  for (const { id, name } of remains.configs) {
    await removeWhenFree(() => engine.removeConfig(id), signal, tell);
    gone.configs.push(name);
  }
  if (!volumes) return;
  signal.throwIfAborted();
  await engine.removeLocalContainers({ stack });
  // Volumes of this node as they are now: a task that ran until a moment ago may have made one. By their label alone:
  // of one without, only a name says whose it is.
  for (const { name } of await engine.localVolumes({ stack })) {
    try {
      await removeWhenFree(() => engine.removeLocalVolume(name), signal, tell);
      gone.volumes.push(name);
    } catch (error) {
      signal.throwIfAborted();
      reporter.warn(`volume ${name} stays: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

/** `3 services`, of each kind of which something is gone. */
function countsOf(gone: Gone): string[] {
  return Object.entries(gone).flatMap(([kind, names]) => (names.length > 0 ? [`${names.length} ${kind}`] : []));
}

interface Result {
  stack: string;
  gone: Gone;
  /** Ids of tasks on nodes that do not answer. */
  unknown: string[];
  lost: LostValue[];
  left: VolumesLeft[];
}

function report(io: CommandIo, { stack, gone, unknown, lost, left }: Result, text: string): void {
  if (io.json) {
    const lostSecrets = lost.map(({ secret, names, lockedData }) => ({ secret, names, lockedData }));
    const volumesLeft = left.map(({ node, nodeId, command, seen }) => ({ node, nodeId, command, seen }));
    io.stdout(jsonText({ stack, removed: gone, unknownTasks: unknown, lostSecrets, volumesLeft }));
    return;
  }
  io.stdout(`${text}\n`);
  for (const [kind, names] of Object.entries(gone))
    if (names.length > 0) io.stdout(`  ${kind}: ${names.length} removed\n`);
  if (left.length === 0) return;
  io.stdout('Volumes; to delete their data for good, run on the node:\n');
  for (const { shown, command, seen } of left)
    io.stdout(`  ${shown}${seen ? '' : ' (if they are there: it cannot be seen from here)'}: ${command}\n`);
}
