import type { Engine, EngineInfo } from '../engine/port.ts';
import { BundleError, EXIT } from '../errors.ts';
import { isAlive, thisOperator } from '../io/operator.ts';
import { systemClock, within } from '../swarm/clock.ts';
import { managerTrouble } from '../swarm/manager-trouble.ts';
import { reporterOf } from '../ui/reporter.ts';
import type { CommonOptions } from './command.ts';
import type { CommandIo } from './io.ts';

/**
 * Connects to the engine that the options and the environment name.
 * @throws BundleError (exit 2) for an engine that cannot be named so; (exit 3) if none answers: nothing was changed
 */
export async function openEngine(options: Pick<CommonOptions, 'context' | 'host'>, io: CommandIo): Promise<Engine> {
  const [{ resolveEngine }, { connect }] = await Promise.all([
    import('../engine/address.ts'),
    import('../engine/docker.ts'),
  ]);
  const location = await resolveEngine({ context: options.context, host: options.host, env: io.env });
  for (const text of location.warnings) warnOnce(text, io);
  try {
    const onSlow = (what: string): void => reporterOf(io).step(`waiting for ${what}`);
    return await connect(location, { signal: io.signal, onSlow });
  } catch (error) {
    if (!(error instanceof BundleError) || error.exit !== EXIT.failed) throw error;
    throw new BundleError(error.code, error.message, {
      exit: EXIT.preflight,
      hints: error.hints,
      details: error.details,
    });
  }
}

/** Connects, does `work` and closes the connection, come what may. @throws as `openEngine` and `work` */
export async function withEngine<T>(
  options: Pick<CommonOptions, 'context' | 'host'>,
  io: CommandIo,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  const engine = await openEngine(options, io);
  try {
    return await work(engine);
  } finally {
    await engine.close();
  }
}

/** So long the reading waits for the engine to be there: one on this machine, or near, is. */
const OPENING_MS = 250;
/** One on this machine is there by then, before anything is read. */
const AT_HAND_MS = 25;
/** Time for questions to leave before this process is busy. */
export const LEAVING_MS = 2;

/**
 * As `withEngine`, with a bundle that is read meanwhile: connects at once, and asks as soon as it can, so that the
 * engine works on its answers while the bundle is read and stack.yml rendered.
 * @param steps.begin asks what needs no stack's name; what it gives goes to `ask`, and fails there
 * @param steps.ask asks the rest, as soon as the stack's name is known
 * @param steps.read reads the bundle, and tells its name when it knows it
 * @throws as `read` before all else; then as `openEngine`, `ask` and `work`
 */
export async function withEngineMeanwhile<Begun, Read, Answers, T>(
  options: Pick<CommonOptions, 'context' | 'host'>,
  io: CommandIo,
  steps: {
    begin: (engine: Engine) => Begun;
    ask: (engine: Engine, stack: string, begun: Begun) => Promise<Answers>;
    read: (onRead: (stack: string) => Promise<void>) => Promise<Read>;
    work: (engine: Engine, read: Read, answers: Answers) => Promise<T>;
  },
): Promise<T> {
  const stop = new AbortController();
  const opening = openEngine(options, { ...io, signal: AbortSignal.any([io.signal, stop.signal]) });
  const opened = opening.catch(() => undefined);
  const begun = opening.then((engine) => steps.begin(engine));
  begun.catch(() => undefined);
  const askedWithin = async (ms: number): Promise<void> => {
    await within(opened, ms, systemClock);
    await systemClock.sleep(LEAVING_MS);
  };
  let asked: Promise<Answers> | undefined;
  try {
    // The engine's part of the program is loaded before the time of one at hand begins to run.
    await systemClock.sleep(0);
    await askedWithin(AT_HAND_MS);
    const read = await steps.read(async (stack) => {
      asked = Promise.all([opening, begun]).then(([engine, answers]) => steps.ask(engine, stack, answers));
      asked.catch(() => undefined);
      await askedWithin(OPENING_MS);
    });
    const engine = await opening;
    if (asked === undefined) throw new Error('the bundle was read, and its name not told');
    return await steps.work(engine, read, await asked);
  } finally {
    stop.abort();
    await (await opened)?.close();
  }
}

const warned = new Set<string>();

/** Several engines may be opened in one run, all by the same configuration. */
function warnOnce(text: string, io: CommandIo): void {
  if (warned.has(text)) return;
  warned.add(text);
  reporterOf(io).warn(text);
}

/**
 * What the engine says of itself; an election of its swarm is waited for.
 * @throws BundleError `engine-not-manager` (exit 3) unless it is a swarm manager, with what makes it one
 */
export async function askManager(engine: Engine): Promise<EngineInfo> {
  const info = await engine.info({ ofSwarm: true });
  const trouble = managerTrouble(info.swarm);
  if (trouble === undefined) return info;
  const text = `the engine at ${engine.address.url} (${engine.address.source}) ${trouble.text}`;
  throw new BundleError('engine-not-manager', text, { exit: EXIT.preflight, hints: [trouble.hint] });
}

/**
 * Does `work` while no other operator can change this stack with bundle. The work gets an io whose signal also ends
 * when the lock is lost.
 * @throws BundleError `held`, `lock-lost` (exit 8), `engine-not-manager` (exit 3)
 */
export async function locked<T>(
  engine: Engine,
  stack: string,
  command: string,
  io: CommandIo,
  work: (io: CommandIo) => Promise<T>,
): Promise<T> {
  await askManager(engine);
  const me = { ...thisOperator(), isAlive };
  const { withLock } = await import('../lease/hold.ts');
  return withLock(
    {
      ...{ engine, stack, command, me, clock: systemClock, signal: io.signal },
      onWatch: (text) => reporterOf(io).step(text),
      onTakeover: (text) => reporterOf(io).warn(text),
    },
    (signal) => work({ ...io, signal }),
  );
}
