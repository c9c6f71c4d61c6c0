import type { Engine, LogFrame, SwarmService, SwarmTask } from '../../engine/port.ts';
import { ownServices, shortName } from '../../plan/own-services.ts';
import type { StackPlan } from '../../sdk/definition.ts';
import { LOGS_AT_ONCE } from '../at-once.ts';

type Reads = Pick<Engine, 'taskLogs'>;

interface LoggedTask {
  task: Pick<SwarmTask, 'id'>;
  /** Whether its container has a terminal. */
  tty: boolean;
}

/**
 * Running tasks in whose logs something will be looked for, no more than are read at once.
 * @param services of the swarm
 * @param tasks of the stack
 */
export function loggedTasks(
  stack: string,
  expectations: StackPlan['expectations'],
  services: readonly SwarmService[],
  tasks: readonly SwarmTask[],
): LoggedTask[] {
  const wanted = new Set(expectations.flatMap(({ service, logs }) => (logs.length > 0 ? [service] : [])));
  const own = ownServices(stack, services).filter(({ name }) => wanted.has(shortName(stack, name)));
  const terminals = new Map(own.map(({ id, tty }) => [id, tty]));
  return tasks
    .flatMap((task) => {
      const tty = terminals.get(task.serviceId);
      return tty !== undefined && task.state === 'running' ? [{ task, tty }] : [];
    })
    .slice(0, LOGS_AT_ONCE);
}

/**
 * Asks for the logs of tasks before anybody looks into them, so that their nodes read meanwhile. Those that nobody
 * reads end with the connection to the engine.
 * @returns reads as the engine does; who reads one of these whole, for the first time, is given what is on its way
 */
export function earlyLogs(engine: Reads, tasks: readonly LoggedTask[]): Reads {
  const begun = new Map(tasks.map(({ task: { id }, tty }) => [id, begin(engine, id, tty)]));
  return {
    taskLogs(id, options = {}) {
      const { follow = false, timestamps = false, tty = false, tail, since, signal } = options;
      const early = begun.get(id);
      const isSame = !follow && timestamps && tty === early?.tty && tail === undefined && since === undefined;
      if (early === undefined || !isSame) return engine.taskLogs(id, options);
      begun.delete(id);
      return readOn(early, signal);
    },
  };
}

interface Begun {
  tty: boolean;
  stop: AbortController;
  frames: AsyncIterator<LogFrame>;
  first: Promise<IteratorResult<LogFrame>>;
}

function begin(engine: Reads, id: string, tty: boolean): Begun {
  const stop = new AbortController();
  const log = engine.taskLogs(id, { follow: false, timestamps: true, tty, signal: stop.signal });
  const frames = log[Symbol.asyncIterator]();
  // An iterator asks for nothing before its first item is wanted.
  const first = frames.next();
  // Whoever reads on is told.
  first.catch(() => undefined);
  return { tty, stop, frames, first };
}

async function* readOn(
  { stop, frames, first }: Begun,
  signal: AbortSignal | undefined,
): AsyncGenerator<LogFrame, void> {
  const abort = (): void => stop.abort();
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted === true) abort();
  try {
    for (let next = await first; next.done !== true; next = await frames.next()) yield next.value;
  } finally {
    signal?.removeEventListener('abort', abort);
    await frames.return?.();
  }
}
