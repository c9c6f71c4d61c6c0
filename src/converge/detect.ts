import { endedUnasked, hasEnded, type SwarmTask } from '../engine/port.ts';
import { crashLoop, endsInRow, explain, LOOP } from './crash-loop.ts';
import { slotKey, swarmWants } from '../swarm/current-tasks.ts';
import type { ServiceView } from './view.ts';
import { mayBeOfBefore, type Seen } from '../swarm/memory.ts';
import type { ConvergeFinding } from './outcome.ts';
import { otherPlatform } from '../place/filters.ts';
import { eligibleNodes } from '../place/global.ts';
import type { RegistryAnswer } from './registry.ts';
import { explainUnstable } from './stability.ts';
import { sameError, startFailure } from './start-failure.ts';
import { renewLogin, type StartFailure } from './start-patterns.ts';
import {
  CONTRADICTED_MS,
  countsFreePort,
  explainUnplaceable,
  findsNoNode,
  patienceMs,
  stoppingTask,
} from './unplaceable.ts';

/** The first thing that says a service will not run, if something does. Asked only while tasks are missing. */
export async function detect(view: ServiceView, current: readonly SwarmTask[]): Promise<ConvergeFinding | undefined> {
  const histories = view.memory.slots(view.service).map((key) => view.memory.history(view.service, key));
  return (
    neverStarts(view, histories) ??
    gaveUp(view, histories) ??
    loops(view, histories) ??
    (await findsNone(view, current))
  );
}

/** Why an unstable service is: told as the loop that it is, also if its next task is met while it runs. */
export function instability(view: ServiceView): ConvergeFinding {
  for (const key of view.memory.slots(view.service)) {
    const found = endsInRow(view.service, view.memory.history(view.service, key), view);
    if (found !== undefined) return asStartFailure(view, found);
  }
  return explainUnstable(view.stability, view.managersNow);
}

/** What the service's tasks did wrong while we watched, however long they ran: for a wait that ends undecided. */
export function troubleSoFar({
  service,
  memory,
}: Pick<ServiceView, 'service' | 'memory'>): ConvergeFinding | undefined {
  for (const key of memory.slots(service)) {
    const ended = memory.history(service, key).filter((seen) => seen.endedAt !== undefined && !seen.endedBefore);
    if (ended.length > 0) return explain(ended);
  }
  return undefined;
}

/** The same error before the program ran, again and again: no grace helps against a missing image. */
function neverStarts(view: ServiceView, histories: Seen[][]): ConvergeFinding | undefined {
  for (const history of histories) {
    const starts = runsNow(history) ? undefined : failedStarts(view, history);
    if (starts === undefined) continue;
    const { last, alike, failure } = starts;
    const answer = failure.kind === 'image' ? view.registry.answer(last.task.image) : undefined;
    const often = alike.length >= LOOP && !mayBeOfBefore(last) && !mayPass(view, starts);
    if (!often && answer?.absent !== true) continue;
    const { text, hints } = withRegistry(view, failure, answer, last.task);
    return { kind: failure.kind, text, hints, task: last.task };
  }
  return undefined;
}

interface FailedStarts {
  last: Seen;
  /** Those in a row that ended in the same trouble, newest first; `last` among them. */
  alike: Seen[];
  failure: StartFailure;
}

/** What the last tasks of a slot ended of, if the newest that ended never came to its program. */
function failedStarts(view: ServiceView, history: readonly Seen[]): FailedStarts | undefined {
  const ended = history.filter((seen) => seen.endedAt !== undefined);
  const [last] = ended;
  const failure = last && startFailure(last.task, hostname(view, last.task), view.service);
  if (last === undefined || failure === undefined) return undefined;
  const other = ended.findIndex((seen) => !sameError(seen.task, last.task, view.service));
  return { last, alike: other === -1 ? ended : ended.slice(0, other), failure };
}

/** Whether that may be a delay of the swarm's, and has not lasted for long enough yet. */
function mayPass({ now }: ServiceView, { alike, failure }: FailedStarts): boolean {
  return now - (alike.at(-1)?.endedAt ?? now) < (failure.mayPassMs ?? 0);
}

/** With what the registry says to the engine that we ask. Why a node could not pull stays in its engine's log. */
function withRegistry(
  view: ServiceView,
  { text, hints }: StartFailure,
  answer: RegistryAnswer | undefined,
  task: SwarmTask,
): Pick<StartFailure, 'text' | 'hints'> {
  if (answer === undefined) return { text, hints };
  if (answer.words !== undefined) return { text: `${text}; the registry says: ${answer.words}`, hints };
  const there = `${text}; the registry has it for this engine`;
  if (!/no such image/i.test(task.error)) return { text: there, hints };
  // The scheduler knows it only of a service whose image docker asked the registry for as it was last deployed.
  const node = view.nodes.find(({ id }) => id === task.nodeId);
  const unfit = node && otherPlatform(node, answer.platforms);
  if (unfit !== undefined)
    return {
      text: `${there}, but ${hostname(view, task)} ${unfit}`,
      hints: ['use an image that is made for that platform too, or nodes that it is made for'],
    };
  return {
    text: `${there}, so what is missing is the node’s: access, a log-in, or room on its disk`,
    hints: [
      `on ${hostname(view, task)}: docker pull ${task.image} says which; for a log-in, docker login on this machine, ` +
        `then ${renewLogin(view.service)}`,
    ],
  };
}

/** The swarm starts no more task in a slot: its restart policy is exhausted or says never. */
function gaveUp(view: ServiceView, histories: Seen[][]): ConvergeFinding | undefined {
  const { service, memory, now } = view;
  const eligible =
    service.mode.kind === 'global' || service.mode.kind === 'global-job'
      ? new Set(eligibleNodes(service, view.nodes).map((node) => node.id))
      : undefined;
  for (const history of histories) {
    const newest = history[0]?.task;
    if (newest === undefined) continue;
    // By a clock that was set back, the task after it may be dated before it.
    const again = history.some(({ task, endedAt }) => endedAt === undefined && !hasEnded(task) && swarmWants(task));
    const stopped =
      !again &&
      newest.desiredState === 'shutdown' &&
      endedUnasked(newest) &&
      newest.state !== 'orphaned' &&
      (eligible === undefined || eligible.has(newest.nodeId));
    const held = memory.held(`gave up ${service.id} ${slotKey(service, newest)}`, stopped ? newest.id : '', now);
    // The replacement is made in the same breath as the stop is recorded; two seconds rule out a torn read.
    if (!stopped || held < 2_000) continue;
    const why = startFailure(newest, hostname(view, newest), service)?.text ?? explain(history.slice(0, 1)).text;
    return {
      kind: 'gave-up',
      task: newest,
      text: `the swarm has stopped restarting it: ${why}`,
      // A deployment that changes nothing of a service starts none of its tasks.
      hints: [
        'its restart policy is exhausted or forbids a restart; fix the cause, then deploy again if that changes the ' +
          `service, else \`docker service update --force ${service.name}\` starts it anew`,
      ],
    };
  }
  return undefined;
}

function loops(view: ServiceView, histories: Seen[][]): ConvergeFinding | undefined {
  for (const history of histories) {
    const starts = failedStarts(view, history);
    const found = starts && mayPass(view, starts) ? undefined : crashLoop(view.service, history, view);
    if (found !== undefined) return asStartFailure(view, found);
  }
  return undefined;
}

/** A loop whose last task never started is told as that, though those before it failed otherwise. */
function asStartFailure(view: ServiceView, found: ConvergeFinding): ConvergeFinding {
  const failure =
    found.task === undefined ? undefined : startFailure(found.task, hostname(view, found.task), view.service);
  return failure === undefined ? found : { ...found, ...failure };
}

async function findsNone(view: ServiceView, current: readonly SwarmTask[]): Promise<ConvergeFinding | undefined> {
  const { service, memory, nodes, now } = view;
  for (const task of current) {
    const lost = findsNoNode(task);
    const key = `no node ${service.id} ${slotKey(service, task)}`;
    const held = memory.held(key, lost ? `${task.id} ${task.error}` : '', now);
    if (!lost || held < patienceMs(nodes)) continue;
    const swarm = await view.swarm().catch(() => undefined);
    // Not to be had just now: the next round asks again.
    if (swarm === undefined) continue;
    const stopping = stoppingTask(service, task, swarm);
    if (stopping === undefined) {
      if (held < CONTRADICTED_MS && countsFreePort(service, task, nodes, swarm)) continue;
      return explainUnplaceable(service, task, nodes, swarm);
    }
    // Counted anew from here: once that one is gone, the scheduler needs a moment.
    memory.held(key, `after ${stopping.id}`, now);
  }
  return undefined;
}

function runsNow(history: Seen[]): boolean {
  return history[0]?.endedAt === undefined && history[0]?.task.state === 'running';
}

function hostname(view: ServiceView, task: SwarmTask): string {
  return view.nodes.find((node) => node.id === task.nodeId)?.hostname ?? 'its node';
}
