import type { EngineInfo, SwarmNode, SwarmService, SwarmTask, TaskEngine } from '../engine/port.ts';
import { BundleError } from '../errors.ts';
import { TIMED_OUT, within } from './clock.ts';
import type { Clock } from './clock.ts';

export interface Snapshot {
  services: SwarmService[];
  /** Tasks of the newest version of each service, ended ones too. */
  tasks: SwarmTask[];
  nodes: SwarmNode[];
  /** True if the nodes were read in this very round. */
  nodesAreFresh: boolean;
  /** Now by the managers' clock, ms since 1970: tasks bear its times. */
  managersNow: number;
}

const NODES_MS = 2_000;
const ANSWER_MS = 15_000;
/** Managers elect a new leader in seconds; an engine that stays away for so long is reported. */
const AWAY_MS = 30_000;
const RETRY_MS = 1_000;

/** Reads what the wait needs, as few calls as will do. */
export class Snapshots {
  readonly #engine: TaskEngine;
  readonly #stack: string;
  readonly #clock: Clock;
  readonly #signal: AbortSignal | undefined;
  #nodes: SwarmNode[] = [];
  #nodesAt = -Infinity;
  #answeredAt: number;
  /** What the managers' clock shows beyond ours, in ms. */
  #ahead: number | undefined;

  constructor(engine: TaskEngine, stack: string, clock: Clock, signal: AbortSignal | undefined) {
    this.#engine = engine;
    this.#stack = stack;
    this.#clock = clock;
    this.#signal = signal;
    // It was connected to a moment ago.
    this.#answeredAt = clock.now();
  }

  /** Makes the next read ask for the nodes again. */
  refreshNodes(): void {
    this.#nodesAt = -Infinity;
  }

  /** One round. An engine that fails is asked again for a while, up to the deadline: managers restart. */
  async read(deadline: number): Promise<Snapshot> {
    for (;;) {
      try {
        const snapshot = await this.#readOnce();
        this.#answeredAt = this.#clock.now();
        return snapshot;
      } catch (error) {
        this.#signal?.throwIfAborted();
        const now = this.#clock.now();
        const patient = now - this.#answeredAt < AWAY_MS && now < deadline;
        if (!patient || !(error instanceof BundleError)) throw error;
        await this.#clock.sleep(Math.max(1, Math.min(RETRY_MS, deadline - now)), this.#signal);
      }
    }
  }

  async #readOnce(): Promise<Snapshot> {
    const fresh = this.#clock.now() - this.#nodesAt >= NODES_MS;
    const askedAt = this.#clock.now();
    const [[services, tasks, nodes], ahead] = await Promise.all([
      this.#answer(
        Promise.all([
          this.#engine.services({ stack: this.#stack }),
          this.#engine.tasks({ stack: this.#stack, upToDate: true }),
          fresh ? this.#engine.nodes() : this.#nodes,
        ]),
      ),
      this.#ahead ?? this.#readAhead(),
    ]);
    if (fresh) {
      this.#nodes = nodes;
      this.#nodesAt = askedAt;
    }
    this.#ahead = ahead;
    return { services, tasks, nodes, nodesAreFresh: fresh, managersNow: this.#clock.now() + ahead };
  }

  /** Of the manager we talk to. If it does not say, its clock is taken for ours. */
  async #readAhead(): Promise<number> {
    const asked = await within(this.#engine.info(), ANSWER_MS, this.#clock, this.#signal).catch(() => TIMED_OUT);
    const time = asked === TIMED_OUT ? NaN : Date.parse((asked as EngineInfo).systemTime);
    return Number.isNaN(time) ? 0 : time - this.#clock.now();
  }

  async #answer<T>(promise: Promise<T>): Promise<T> {
    const result = await within(promise, ANSWER_MS, this.#clock, this.#signal);
    if (result !== TIMED_OUT) return result;
    throw new BundleError(
      'engine-unreachable',
      `the engine at ${this.#engine.address.url} gave no answer for ${String(ANSWER_MS / 1000)} s`,
      {
        hints: ['the swarm goes on by itself; docker node ls on a manager shows whether it has a leader'],
      },
    );
  }
}
