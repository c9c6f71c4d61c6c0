import { messageOf } from '../errors.ts';
import type { Engine, LocalImage } from '../engine/port.ts';
import type { KnownNode } from '../sdk/definition.ts';
import { knownNodes } from '../wizard/nodes.ts';
import type { CommandIo } from '../cli/io.ts';
import type { InitOptions, InitSeams } from './options.ts';

/** An operator waits this long at a question, not longer; nodes can be typed. */
const PATIENCE_MS = 2000;
/** What only the engine can tell is worth waiting for. */
const IMAGE_PATIENCE_MS = 30_000;

/** The swarm as `init` sees it: perhaps reachable, asked once, when first needed. */
export interface Swarm {
  /** The node list, or why there is none. */
  look(): Promise<{ nodes: KnownNode[]; why?: undefined } | { nodes?: undefined; why: string }>;
  /** An image that the engine holds, manager or not; or why there is none. */
  image(reference: string): Promise<{ here: LocalImage; why?: undefined } | { here?: undefined; why: string }>;
  close(): Promise<void>;
}

export function lazySwarm(options: InitOptions, io: CommandIo, seams: InitSeams): Swarm {
  const connect = seams.connect ?? (async () => (await import('../cli/with-engine.ts')).openEngine(options, io));
  let engine: Engine | undefined;
  let seen: ReturnType<Swarm['look']> | undefined;
  let opened: Promise<Engine | undefined> | undefined;
  const open = (): Promise<Engine | undefined> => (opened ??= connect().then((found) => (engine = found)));
  const none = { why: 'no Docker engine is reachable' };
  const read = async (): ReturnType<Swarm['look']> => {
    const engine = await open();
    if (!engine) return none;
    const { swarm } = await engine.info();
    if (!swarm.manager) return { why: `the engine at ${engine.address.url} is no swarm manager` };
    return { nodes: knownNodes(await engine.nodes()) };
  };
  const find = async (reference: string): ReturnType<Swarm['image']> => {
    const engine = await open();
    if (!engine) return none;
    const here = await engine.localImage(reference);
    return here ? { here } : { why: `the engine at ${engine.address.url} (${engine.address.source}) does not hold it` };
  };
  return {
    look: () => (seen ??= within(PATIENCE_MS, read(), io.signal)),
    image: (reference) => within(IMAGE_PATIENCE_MS, find(reference), io.signal),
    close: async () => engine?.close().catch(() => undefined),
  };
}

async function within<T extends object>(
  patience: number,
  reading: Promise<T | { why: string }>,
  signal: AbortSignal,
): Promise<T | { why: string }> {
  let timer: NodeJS.Timeout | undefined;
  let stop: (() => void) | undefined;
  const limit = new Promise<{ why: string }>((resolve) => {
    timer = setTimeout(
      () => resolve({ why: `the Docker engine did not answer within ${patience / 1000} s` }),
      patience,
    );
    stop = () => resolve({ why: '' });
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    const seen = await Promise.race([reading.catch((error: unknown) => ({ why: messageOf(error) })), limit]);
    signal.throwIfAborted();
    return seen;
  } finally {
    clearTimeout(timer);
    if (stop) signal.removeEventListener('abort', stop);
  }
}
