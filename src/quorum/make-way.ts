import { isJob, isPerNode, leastTasks } from '../compose/modes.ts';
import { filterDocument } from '../compose/filter.ts';
import { renderStack } from '../compose/render.ts';
import type { StackDocument } from '../compose/types.ts';
import { isReplaced, isStopped } from '../plan/stopped.ts';
import { labelNodes } from '../swarm/steps/label-node.ts';
import { runSteps } from '../swarm/steps/run.ts';
import { outlastsUpdate } from '../swarm/former-tasks.ts';
import { patiently } from '../swarm/patience.ts';
import { asTheyEnd } from './await-ends.ts';
import { deployCalls } from './deploy-calls.ts';
import type { WayOptions } from './options.ts';
import { endsBefore } from './stop-order.ts';

/** Services whose way is free: they are deployed now. */
interface Portion {
  services: string[];
  /** Those of them that have no task now, since they were stopped. */
  stopped: string[];
}

/**
 * Makes way for services that are deployed next: no task of them starts beside another one that still stops in its
 * place. Services whose task must end before its successor begins are stopped first, by a count of 0; deploying them
 * starts them. They are
 *
 * - those that move to another node, whose labels move then: if the label only went, swarm would start the new task
 *   after its restart delay while the old container still stops (measured on 20.10: 20 s of two tasks of one identity);
 *   and if both nodes bore it, swarm might start the new task on either;
 * - those that restart and may take longer to stop than the swarm waits for in an update;
 * - members of quorum groups of which several restart: they stop in the reverse of the order of an update.
 *
 * Then it waits for them, and for tasks that an earlier deployment told to stop. Run again after a crash, it goes on.
 * @returns the services in portions: what has nothing in its own place waits for nobody that drains for hours
 * @throws BundleError `still-stopping` (exit 4) if a task has not ended in time
 */
export async function* makeWay(
  services: readonly string[],
  options: WayOptions,
): AsyncGenerator<Portion, void, undefined> {
  const {
    engine,
    plan,
    onStep,
    converge: { signal },
  } = options;
  const moves = plan.labels.filter(
    (label) => label.when === 'move' && label.services.some((name) => services.includes(name)),
  );
  const updated = new Set(plan.services.filter(({ action }) => action === 'update').map(({ name }) => name));
  const leaving = [...new Set(moves.flatMap((move) => move.services))].filter((name) => updated.has(name));
  const slow = await stoppedFirst(services, leaving, options);
  const tellAndStop = async (names: readonly string[]): Promise<void> => {
    const away = leaving.filter((name) => names.includes(name));
    const here = slow.filter((name) => names.includes(name));
    const left = moves.filter((move) => move.action === 'remove' && move.services.some((name) => away.includes(name)));
    const from = [...new Set(left.map(({ node }) => node))].join(', ');
    if (away.length > 0) onStep(`· stop ${away.join(', ')}${from === '' ? '' : ` on ${from}`}`);
    if (here.length > 0) onStep(`· stop ${here.join(', ')}`);
    await stop(names, options);
  };
  const stopped = [...leaving, ...slow];
  const bound = [...moves.map((move) => move.services), ...joinedGroups(services, options)];
  for await (const free of asTheyEnd(services, { leaving, slow }, tellAndStop, bound, options)) {
    const moving = moves.filter((move) => move.services.some((name) => free.includes(name)));
    await runSteps(labelNodes(engine, moving), signal ?? new AbortController().signal, {
      onStep: (step) => onStep(`· ${step.describe()}`),
    });
    const portion = services.filter((name) => free.includes(name));
    if (portion.length > 0) yield { services: portion, stopped: portion.filter((name) => stopped.includes(name)) };
  }
}

/** Quorum groups that get members: those have no data, and must not be a quorum before the others are back. */
function joinedGroups(services: readonly string[], { ensembles, plan }: WayOptions): string[][] {
  const created = new Set(plan.services.filter(({ action }) => action === 'create').map(({ name }) => name));
  return ensembles
    .map((ensemble) => ensemble.services.filter((name) => services.includes(name)))
    .filter((members) => members.some((name) => created.has(name)));
}

/**
 * Of services that stay where they are, those of one task whose update replaces it, if that may take longer to stop
 * than the swarm waits, or must not do so at the same moment as others.
 * @param leaving those that move, which are stopped in any case
 */
async function stoppedFirst(
  services: readonly string[],
  leaving: readonly string[],
  options: WayOptions,
): Promise<string[]> {
  const { engine, plan, document, ensembles, converge } = options;
  const { stack, clock, signal } = converge;
  const replaced = services.filter((name) => {
    const service = document.services[name];
    return (
      !leaving.includes(name) &&
      service !== undefined &&
      !(isJob(service) || isPerNode(service)) &&
      leastTasks(service) === 1 &&
      plan.services.some((change) => change.name === name && isReplaced(change))
    );
  });
  if (replaced.length === 0) return [];
  const at0 = plan.services.filter((change) => services.includes(change.name) && isStopped(change));
  const all = [...leaving, ...replaced, ...at0.map(({ name }) => name)];
  const inOrder = (name: string): boolean =>
    all.some((other) => endsBefore(name, other, ensembles) || endsBefore(other, name, ensembles));
  const live = await patiently(() => engine.services({ stack }), { clock, signal });
  const slow = new Set(
    live
      .map((each) => ({ ...each, name: each.name.slice(stack.length + 1) }))
      .filter((each) => each.mode.replicas > 0 && (outlastsUpdate(each) || inOrder(each.name)))
      .map(({ name }) => name),
  );
  return replaced.filter((name) => slow.has(name));
}

async function stop(names: readonly string[], options: WayOptions): Promise<void> {
  const {
    engine,
    document,
    environment,
    onLine,
    account,
    converge: { stack, signal },
  } = options;
  account.stopped(names);
  for (const { names: some, way } of await deployCalls(names, options)) {
    const text = renderStack({ document: withoutTasks(document, some), heading: [], comments: {} });
    await engine.deployStack(stack, text, {
      ...way,
      env: environment,
      onLine,
      ...(signal === undefined ? {} : { signal }),
    });
  }
}

function withoutTasks(document: StackDocument, names: readonly string[]): StackDocument {
  const only = filterDocument(document, names);
  const stopped = Object.entries(only.services).map(([name, service]) => [
    name,
    { ...service, deploy: { ...service.deploy, replicas: 0 } },
  ]);
  return { ...only, services: Object.fromEntries(stopped) as StackDocument['services'] };
}
