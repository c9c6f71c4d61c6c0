import { engineFlags } from '../paste-commands.ts';
import { BundleError, EXIT, messageOf } from '../errors.ts';
import type { Engine, LocalImage, SwarmSecret } from '../engine/port.ts';
import type { KnownNode } from '../sdk/definition.ts';
import { refusalOf, type Refusal } from '../image/refusal.ts';
import { readHistory, type History } from '../release/store.ts';
import { managerTrouble } from '../swarm/manager-trouble.ts';
import { knownNodes } from '../wizard/nodes.ts';
import type { CommandIo } from '../cli/io.ts';
import { systemSource } from '../io/system.ts';
import type { InitOptions, InitSeams } from './options.ts';

/** An operator waits this long at a question, not longer; nodes can be typed. */
const PATIENCE_MS = 2000;
/** Nobody waits at a question: an engine that is far, or asked over ssh, answers within it. */
const UNATTENDED_MS = 10_000;
/** What only the engine can tell is worth waiting for. */
const IMAGE_PATIENCE_MS = 30_000;
/** A registry that is far answers within it; the preflight checks give it more. */
const REGISTRY_PATIENCE_MS = 6000;

/** What the swarm has, and remembers, of the secrets of a stack. */
export interface SwarmPast {
  secrets: readonly SwarmSecret[];
  history: History;
}

/** The swarm as `init` sees it: perhaps reachable, asked once, when first needed. */
export interface Swarm {
  /** The node list, and by how much the manager's clock is ahead of ours (ms; NaN if it told none); or why not. */
  look(): Promise<
    { nodes: KnownNode[]; ahead: number; why?: undefined } | { nodes?: undefined; ahead?: undefined; why: string }
  >;
  /** By how much the manager's clock is ahead of ours by now; undefined if it does not tell. Asked anew each time. */
  aheadNow(): Promise<number | undefined>;
  /** An image that the engine holds, manager or not; or why there is none. */
  image(reference: string): Promise<{ here: LocalImage; why?: undefined } | { here?: undefined; why: string }>;
  /**
   * Why nothing is known to have an image: its registry does not give it, and the engine does not hold it. Undefined if
   * it is found, or no engine is there to ask. Asked once for each image.
   */
  findImage(reference: string): Promise<string | undefined>;
  /** References of the images that the engine holds, the one that was made last first; none if it cannot be asked. */
  heldImages(): Promise<readonly string[]>;
  /** What it tells of a stack's secrets; undefined if it cannot be asked. Asked once for each stack. */
  past(stack: string): Promise<SwarmPast | undefined>;
  close(): Promise<void>;
}

/**
 * Gives the swarm that the options name.
 * @param asks whether a person waits at the questions
 * @throws (its methods) BundleError (exit 2) for an engine that a flag names and that cannot be named so
 */
export function lazySwarm(options: InitOptions, io: CommandIo, seams: InitSeams, asks: boolean): Swarm {
  const patience = asks ? PATIENCE_MS : UNATTENDED_MS;
  const isNamed = engineFlags(options).length > 0;
  const whyNone = (error: unknown): { why: string } => {
    if (isNamed && error instanceof BundleError && error.exit === EXIT.usage) throw error;
    return { why: messageOf(error) };
  };
  const connect = seams.connect ?? (async () => (await import('../cli/with-engine.ts')).openEngine(options, io));
  let engine: Engine | undefined;
  let seen: ReturnType<Swarm['look']> | undefined;
  let opened: Promise<Engine | undefined> | undefined;
  const open = (): Promise<Engine | undefined> => (opened ??= connect().then((found) => (engine = found)));
  const none = { why: 'no Docker engine is reachable' };
  const info = async (engine: Engine) => {
    const { swarm, systemTime } = await engine.info();
    // Not later: a person takes their time at a question.
    return { swarm, ahead: Date.parse(systemTime) - (seams.source ?? systemSource).now().getTime() };
  };
  const readClock = async (): Promise<{ ahead: number } | { why: string }> => {
    const engine = await open();
    return engine ? { ahead: (await info(engine)).ahead } : none;
  };
  const read = async (): ReturnType<Swarm['look']> => {
    const engine = await open();
    if (!engine) return none;
    const { swarm, ahead } = await info(engine);
    const trouble = managerTrouble(swarm);
    if (trouble !== undefined) return { why: `the engine at ${engine.address.url} ${trouble.text}` };
    const [nodes, tasks] = await Promise.all([engine.nodes(), engine.tasks().catch(() => undefined)]);
    return { nodes: knownNodes(nodes, tasks), ahead };
  };
  const find = async (reference: string): ReturnType<Swarm['image']> => {
    const engine = await open();
    if (!engine) return none;
    const here = await engine.localImage(reference);
    return here ? { here } : { why: `the engine at ${engine.address.url} (${engine.address.source}) does not hold it` };
  };
  const seek = async (reference: string): Promise<string | undefined> => {
    const engine = await open().catch(() => undefined);
    if (!engine || (await engine.localImage(reference).catch(() => undefined))) return undefined;
    const asked = engine.imageInRegistry(reference).then(
      () => ({ why: '' }),
      (error: unknown) => ({ why: whyNot(reference, refusalOf(error)) }),
    );
    const { why } = await within(REGISTRY_PATIENCE_MS, asked, io.signal, `the registry of ${reference}`);
    return why === '' ? undefined : why;
  };
  const sought = new Map<string, Promise<string | undefined>>();
  const list = async (): Promise<{ images: readonly string[]; why?: undefined }> => ({
    images: (await (await open())?.localImages()) ?? [],
  });
  const recall = async (stack: string): Promise<SwarmPast | { why: string }> => {
    const engine = await open();
    if (!engine) return none;
    const [secrets, history] = await Promise.all([engine.secrets({ stack }), readHistory(engine, stack)]);
    return { secrets, history };
  };
  const recalled = new Map<string, Promise<SwarmPast | undefined>>();
  let listed: Promise<readonly string[]> | undefined;
  return {
    heldImages: () =>
      (listed ??= within(PATIENCE_MS, list().catch(whyNone), io.signal).then((found) =>
        'images' in found ? found.images : [],
      )),
    findImage: (reference) => {
      const answer = sought.get(reference) ?? seek(reference);
      sought.set(reference, answer);
      return answer;
    },
    past: (stack) => {
      const answer =
        recalled.get(stack) ??
        within(patience, recall(stack).catch(whyNone), io.signal).then((found) =>
          'secrets' in found ? found : undefined,
        );
      recalled.set(stack, answer);
      return answer;
    },
    look: () => (seen ??= within(patience, read().catch(whyNone), io.signal)),
    aheadNow: async () => {
      const found = await within(patience, readClock().catch(whyNone), io.signal);
      return 'ahead' in found && !Number.isNaN(found.ahead) ? found.ahead : undefined;
    },
    image: (reference) => within(IMAGE_PATIENCE_MS, find(reference).catch(whyNone), io.signal),
    close: async () => engine?.close().catch(() => undefined),
  };
}

function whyNot(image: string, { kind, words }: Refusal): string {
  switch (kind) {
    case 'absent':
      return `${image} is not in its registry (${words})`;
    case 'denied':
      return `${image} is not given to this log-in (${words}): \`docker login\`, or correct the name`;
    case 'unreachable':
      return `${image} cannot be looked for, its registry does not answer (${words})`;
    case 'unclear':
      return `${image} was looked for, and it is not known whether its registry has it (${words})`;
  }
}

async function within<T extends object>(
  patience: number,
  reading: Promise<T | { why: string }>,
  signal: AbortSignal,
  who = 'the Docker engine',
): Promise<T | { why: string }> {
  let timer: NodeJS.Timeout | undefined;
  let stop: (() => void) | undefined;
  const limit = new Promise<{ why: string }>((resolve) => {
    timer = setTimeout(() => resolve({ why: `${who} did not answer within ${patience / 1000} s` }), patience);
    stop = () => resolve({ why: '' });
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    const seen = await Promise.race([reading, limit]);
    signal.throwIfAborted();
    return seen;
  } finally {
    clearTimeout(timer);
    if (stop) signal.removeEventListener('abort', stop);
  }
}
