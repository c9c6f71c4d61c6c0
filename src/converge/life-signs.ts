import { setMaxListeners } from 'node:events';
import type { Engine, SwarmService, SwarmTask } from '../engine/port.ts';

/** Each is a connection to the engine, and one through the swarm to a node. */
const MOST_STREAMS = 64;
/**
 * A program that writes more while it is watched is left to the swarm's reports: its lines cost more than they tell.
 */
const MOST_BYTES = 1_000_000;

interface Sign {
  /** Its node gave something of its log. */
  heard: boolean;
  /** The log ended, could not be read, or is no longer read. */
  over: boolean;
}

/**
 * What the logs of running tasks tell of their containers: a log that is followed ends with its container, at once,
 * where the swarm's report of that end takes seconds. So an open log shows that a task runs, reports or not.
 */
export class LifeSigns {
  readonly #engine: Pick<Engine, 'address' | 'taskLogs'>;
  /** By task id. */
  readonly #signs = new Map<string, Sign>();
  readonly #stop = new AbortController();
  #open = 0;

  constructor(engine: Pick<Engine, 'address' | 'taskLogs'>) {
    this.#engine = engine;
    setMaxListeners(0, this.#stop.signal);
  }

  /**
   * Whether more than a report says that the task runs right now: no at first, while its log is only asked for, and of
   * tasks beyond those that can be followed.
   */
  show(service: Pick<SwarmService, 'tty'>, task: SwarmTask): boolean {
    const sign = this.#signs.get(task.id) ?? this.#follow(service, task);
    return sign.heard && !sign.over;
  }

  /** Tasks whose log was open and has ended: they have most likely, whatever the swarm still says. */
  ended(): string[] {
    return [...this.#signs].filter(([, { heard, over }]) => heard && over).map(([id]) => id);
  }

  /** Ends all reading; what was seen stays. */
  close(): void {
    this.#stop.abort();
  }

  #follow({ tty }: Pick<SwarmService, 'tty'>, task: SwarmTask): Sign {
    const sign: Sign = { heard: false, over: false };
    // Over ssh each connection is a process and a log-in.
    if (this.#engine.address.url.startsWith('ssh:') || this.#open >= MOST_STREAMS) return sign;
    this.#signs.set(task.id, sign);
    void this.#listen(task, tty, sign);
    return sign;
  }

  async #listen({ id }: SwarmTask, tty: boolean, sign: Sign): Promise<void> {
    const { signal } = this.#stop;
    let bytes = 0;
    this.#open += 1;
    try {
      // The last line there is proves that the node gives this log.
      for await (const { stream, data } of this.#engine.taskLogs(id, { follow: true, tail: 1, tty, signal })) {
        if (stream === 'system') break;
        sign.heard = true;
        bytes += data.length;
        if (bytes <= MOST_BYTES) continue;
        sign.heard = false;
        break;
      }
      // Ended from here, it says nothing.
      sign.over = !signal.aborted;
    } catch {
      // Then the reports alone tell.
      sign.heard = false;
    } finally {
      this.#open -= 1;
    }
  }
}
