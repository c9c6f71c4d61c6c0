import { duration } from '../converge/window.ts';
import { BundleError, EXIT } from '../errors.ts';
import type { SwarmNode, SwarmTask } from '../engine/port.ts';
import { swarmWants } from '../swarm/current-tasks.ts';
import { nodeName, openTasks, soleOwnerOf, stopGraceMs } from '../swarm/former-tasks.ts';
import { patiently } from '../swarm/patience.ts';
import type { WayOptions } from './options.ts';
import { startedOf } from './stages.ts';
import { endsBefore } from './stop-order.ts';

const POLL_MS = 500;
/** What takes longer than a moment may take hours: it is looked at less often, and told. */
const QUIET_POLL_MS = 2_000;
const MOMENT_MS = 5_000;
/** For the kill at the end of the grace, and for the report of it. */
const BEYOND_GRACE_MS = 60_000;

/** Services that are stopped: those that go to another node, and those that restart where they are. */
interface Stopped {
  leaving: readonly string[];
  slow: readonly string[];
}

/** A task that is waited for, and the service that it keeps from starting. */
interface Open {
  name: string;
  task: SwarmTask;
}

/**
 * Stops services, and waits until no task is left in the place of one that is about to start: tasks of these, and those
 * that were told to stop before, also of services that were removed. Of several quorum groups those that an update goes
 * through later have ended before an earlier one is stopped, and start no sooner than that one has ended as well. Of a
 * node that is down, nobody can tell. It waits as long as --timeout says, for what stops at the same moment; without it
 * as long as the stop grace of what stops allows.
 * @param services that are deployed next
 * @param stop tells such services to stop
 * @param bound services that start together, or not yet
 * @returns these and those that were stopped in portions, each as soon as nothing is left in its own place
 * @throws BundleError `still-stopping` (exit 4)
 */
export async function* asTheyEnd(
  services: readonly string[],
  stopped: Stopped,
  stop: (names: readonly string[]) => Promise<void>,
  bound: readonly (readonly string[])[],
  options: WayOptions,
): AsyncGenerator<string[], void, undefined> {
  const { engine, plan, ensembles, onStep, stopMs } = options;
  const { stack, clock, signal, timeoutMs } = options.converge;
  const names = [...stopped.leaving, ...stopped.slow];
  const starting = new Set([...startedOf(plan, services), ...names]);
  const waiting = new Set([...services, ...names]);
  if (starting.size === 0) return yield [...waiting];
  const reading = { clock, signal };
  const live = names.length === 0 ? [] : await patiently(() => engine.services({ stack }), reading);
  const ids = new Map(live.map(({ id, name }) => [id, name.slice(stack.length + 1)]));
  const keptBy = (task: SwarmTask): Open[] => {
    const own = ids.get(task.serviceId);
    const name =
      own !== undefined && names.includes(own) ? own : swarmWants(task) ? undefined : soleOwnerOf(options.owners, task);
    return name !== undefined && starting.has(name) && waiting.has(name) ? [{ name, task }] : [];
  };
  const unstopped = new Set(names);
  let began = clock.now();
  for (let told = false; ;) {
    const [tasks, nodes] = await patiently(() => Promise.all([engine.tasks({ stack }), engine.nodes()]), reading);
    const open = openTasks(tasks, nodes)
      .flatMap(keptBy)
      .filter(({ name }) => !unstopped.has(name));
    const busy = [...open.map(({ name }) => name), ...unstopped];
    const next = names.filter(
      (name) => unstopped.has(name) && !busy.some((other) => endsBefore(other, name, ensembles)),
    );
    if (next.length > 0) {
      await stop(next);
      for (const name of next) unstopped.delete(name);
      began = clock.now();
      continue;
    }
    if (!told) for (const one of open) if (!names.includes(one.name)) onStep(`· wait: ${openText(one, nodes)}`);
    told = true;
    const later = [...starting].filter((name) => busy.some((other) => endsBefore(name, other, ensembles)));
    const held = withBound([...busy, ...later], bound);
    const free = [...waiting].filter((name) => !held.has(name));
    for (const name of free) waiting.delete(name);
    if (free.length > 0) yield free;
    if (waiting.size === 0) return;
    // Others may have ended while these were started.
    if (free.length > 0) continue;
    const elapsedMs = clock.now() - began;
    const longest = Math.max(...open.map(({ task }) => stopGraceMs(task)));
    const limitMs = stopMs ?? Math.max(timeoutMs, longest + BEYOND_GRACE_MS);
    if (elapsedMs >= limitMs) throw stillStopping(open, stopped, nodes);
    if (elapsedMs >= MOMENT_MS) show(open, nodes, { elapsedMs, timeoutMs: limitMs }, options);
    const pause = elapsedMs > 2 * BEYOND_GRACE_MS ? QUIET_POLL_MS : POLL_MS;
    await clock.sleep(Math.min(pause, limitMs - elapsedMs), signal);
  }
}

/** These, and all that are bound to one of them. */
function withBound(names: readonly string[], bound: readonly (readonly string[])[]): Set<string> {
  const all = new Set(names);
  for (let size = -1; size < all.size;) {
    size = all.size;
    for (const group of bound) if (group.some((name) => all.has(name))) for (const name of group) all.add(name);
  }
  return all;
}

const openText = ({ name, task }: Open, nodes: readonly SwarmNode[]): string =>
  `a task in the place of ${name} still stops on ${nodeName(task, nodes)}, which may take up to ` +
  duration(stopGraceMs(task));

function show(
  open: readonly Open[],
  nodes: readonly SwarmNode[],
  waited: { elapsedMs: number; timeoutMs: number },
  { converge: { onProgress, onWaiting } }: WayOptions,
): void {
  const progress = [...new Map(open.map((one) => [one.name, one.task]))].map(([name, task]) => ({
    name,
    running: 0,
    wanted: 1,
    phase: `stops on ${nodeName(task, nodes)}, which may take up to ${duration(stopGraceMs(task))}`,
    state: 'waiting' as const,
  }));
  onProgress?.(progress);
  onWaiting?.(progress, waited);
}

function stillStopping(open: readonly Open[], { leaving }: Stopped, nodes: readonly SwarmNode[]): BundleError {
  const names = [...new Set(open.map(({ name }) => name))];
  const where = [...new Set(open.map(({ task }) => nodeName(task, nodes)))].sort().join(', ');
  const grace = duration(Math.max(...open.map(({ task }) => stopGraceMs(task))));
  const so = names.every((name) => leaving.includes(name)) ? 'not started on the new node yet' : 'not started yet';
  return new BundleError(
    'still-stopping',
    `${names.join(', ')}: still stopping on ${where}, which may take up to ${grace}, so ${so}`,
    {
      exit: EXIT.notConverged,
      midway: ['run the same command again when it has stopped, or with a longer --timeout: it goes on from there'],
    },
  );
}
