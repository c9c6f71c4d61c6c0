import { messageOf } from '../errors.ts';
import type { Engine } from '../engine/port.ts';
import type { KnownNode } from '../../stacks/definition.ts';
import { knownNodes } from '../wizard/nodes.ts';
import type { CommandIo } from './io.ts';
import type { InitOptions, InitSeams } from './init-options.ts';

/** An operator waits this long at a question, not longer; nodes can be typed. */
const PATIENCE_MS = 2000;

/** The swarm as `init` sees it: perhaps reachable, asked once, when first needed. */
export interface Swarm {
  /** The node list, or why there is none. */
  look(): Promise<{ nodes: KnownNode[]; why?: undefined } | { nodes?: undefined; why: string }>;
  close(): Promise<void>;
}

export function lazySwarm(options: InitOptions, io: CommandIo, seams: InitSeams): Swarm {
  const connect = seams.connect ?? (async () => (await import('./session.ts')).openEngine(options, io));
  let engine: Engine | undefined;
  let seen: ReturnType<Swarm['look']> | undefined;
  const read = async (): ReturnType<Swarm['look']> => {
    engine = await connect();
    if (!engine) return { why: 'no Docker engine is reachable' };
    const { swarm } = await engine.info();
    if (!swarm.manager) return { why: `the engine at ${engine.address.url} is no swarm manager` };
    return { nodes: knownNodes(await engine.nodes()) };
  };
  return {
    look: () => (seen ??= within(read(), io.signal)),
    close: async () => engine?.close().catch(() => undefined),
  };
}

async function within(reading: ReturnType<Swarm['look']>, signal: AbortSignal): ReturnType<Swarm['look']> {
  let timer: NodeJS.Timeout | undefined;
  let stop: (() => void) | undefined;
  const limit = new Promise<{ why: string }>((resolve) => {
    timer = setTimeout(() => resolve({ why: `the Docker engine did not answer within ${PATIENCE_MS / 1000} s` }), PATIENCE_MS);
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
