import { filterDocument } from '../compose/filter.ts';
import { renderStack } from '../compose/render.ts';
import type { StackDocument } from '../compose/types.ts';
import { BundleError, EXIT } from '../errors.ts';
import { hasEnded, type SwarmTask } from '../engine/port.ts';
import type { LabelChange } from '../plan/labels.ts';
import { labelNodes } from '../swarm/steps/label-node.ts';
import { runSteps } from '../swarm/steps/run.ts';
import type { WavesOptions } from './options.ts';

const POLL_MS = 500;

/**
 * Takes services off the nodes that they leave and gives their labels to the new ones; deploying them starts them
 * there. They are stopped first, by a count of 0: if the label only went, swarm would start the new task after its
 * restart delay while the old container still stops (measured on 20.10: 20 s of two tasks of one identity); and if both
 * nodes bore it, swarm might start the new task on either. Run again after a crash, it goes on. Does nothing for
 * services that do not move.
 * @throws BundleError `still-stopping` (exit 4) if a task has not ended within the time-out
 */
export async function moveServices(services: readonly string[], options: WavesOptions): Promise<void> {
  const {
    engine,
    plan,
    onStep,
    converge: { signal },
  } = options;
  const moves = plan.labels.filter(
    (label) => label.when === 'move' && label.services.some((name) => services.includes(name)),
  );
  const changed = new Map(plan.services.map(({ name, action }) => [name, action]));
  const leaving = [...new Set(moves.flatMap((move) => move.services))].filter((name) => changed.get(name) === 'update');
  if (leaving.length > 0) await stop(leaving, moves, options);
  await runSteps(labelNodes(engine, moves), signal ?? new AbortController().signal, {
    onStep: (step) => onStep(`· ${step.describe()}`),
  });
}

async function stop(leaving: readonly string[], moves: readonly LabelChange[], options: WavesOptions): Promise<void> {
  const {
    engine,
    document,
    environment,
    onStep,
    onLine,
    converge: { stack, clock, signal, timeoutMs },
  } = options;
  const deadline = clock.now() + timeoutMs;
  const from = [...new Set(moves.filter(({ action }) => action === 'remove').map(({ node }) => node))].join(', ');
  onStep(`· stop ${leaving.join(', ')}${from === '' ? '' : ` on ${from}`}`);
  const text = renderStack({ document: withoutTasks(document, leaving), heading: [], comments: {} });
  await engine.deployStack(stack, text, {
    resolveImage: 'changed',
    env: environment,
    onLine,
    ...(signal === undefined ? {} : { signal }),
  });
  const live = await engine.services({ stack });
  const ids = new Set(live.filter(({ name }) => leaving.includes(name.slice(stack.length + 1))).map(({ id }) => id));
  for (;;) {
    const [tasks, nodes] = await Promise.all([engine.tasks({ stack }), engine.nodes()]);
    // Of a node that is down, nobody can tell when its tasks end; one that is not heard of for a moment tells it soon.
    const telling = new Set(nodes.filter(({ state }) => state !== 'down').map(({ id }) => id));
    const open = tasks.filter((task) => ids.has(task.serviceId) && telling.has(task.nodeId) && !hasEnded(task));
    if (open.length === 0) return;
    if (clock.now() >= deadline) throw stillStopping(leaving, open, nodes);
    await clock.sleep(POLL_MS, signal);
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

function stillStopping(
  leaving: readonly string[],
  open: readonly SwarmTask[],
  nodes: readonly { id: string; hostname: string }[],
): BundleError {
  const where = [...new Set(open.map(({ nodeId }) => nodes.find(({ id }) => id === nodeId)?.hostname ?? nodeId))]
    .sort()
    .join(', ');
  return new BundleError(
    'still-stopping',
    `${leaving.join(', ')}: still stopping on ${where}, so not started on the new node yet`,
    {
      exit: EXIT.notConverged,
      midway: ['run the same command again when it has stopped, or with a longer --timeout: it goes on from there'],
    },
  );
}
