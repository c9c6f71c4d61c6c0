import {
  hasEnded,
  type EngineInfo,
  type SwarmNode,
  type SwarmService,
  type SwarmTask,
  type TaskEngine,
} from '../engine/port.ts';
import { BundleError } from '../errors.ts';
import { TIMED_OUT, within } from './clock.ts';
import type { Clock } from './clock.ts';
import { swarmWants } from './current-tasks.ts';
import { patiently } from './patience.ts';

export interface Snapshot {
  services: SwarmService[];
  /** Tasks of the newest version of each service, ended ones too. */
  tasks: SwarmTask[];
  nodes: SwarmNode[];
  /** True if the nodes were read in this very round. */
  nodesAreFresh: boolean;
  /** Now by the managers' clock, ms since 1970: tasks bear its times. */
  managersNow: number;
  /** As in `EngineInfo`; undefined if the engine does not tell. */
  taskHistory: number | undefined;
}

/** What was read of the swarm for another purpose, if a look is to begin with it. */
export interface Reading extends Pick<Snapshot, 'services' | 'tasks' | 'nodes'> {
  /** The managers' clock in RFC 3339, as the engine gave it; empty if it does not say. */
  systemTime: string;
  /** As in `EngineInfo`. */
  taskHistory: number | undefined;
  /** When it was answered, by the clock of who looks. */
  at: number;
}

const NODES_MS = 2_000;
const ANSWER_MS = 15_000;
/** By so much our clock must have missed time, or a task's must be later, before the managers' is asked for anew. */
const STEP_MS = 1_000;
/** Not again so soon: the leader's clock, by which tasks are made, may be ahead of that of the manager who is asked. */
const AHEAD_MS = 20_000;

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
  #lastAhead = 0;
  #aheadAt = -Infinity;
  /** What our clock had missed when that was read, in ms. */
  #missed = 0;
  #taskHistory: number | undefined;
  #first: Reading | undefined;
  #stopping: SwarmTask[] = [];
  #stoppingAt = -Infinity;

  /** @param first what the first round is made of, in place of questions; one that is old by then is passed over */
  constructor(engine: TaskEngine, stack: string, clock: Clock, signal: AbortSignal | undefined, first?: Reading) {
    this.#engine = engine;
    this.#stack = stack;
    this.#clock = clock;
    this.#signal = signal;
    this.#first = first;
    // It was connected to a moment ago.
    this.#answeredAt = clock.now();
    this.#missed = clock.missed?.() ?? 0;
  }

  /** Makes the next read ask for the nodes again. */
  refreshNodes(): void {
    this.#nodesAt = -Infinity;
  }

  /** One round. An engine that fails is asked again for a while, up to the deadline: managers restart. */
  async read(deadline: number): Promise<Snapshot> {
    return this.#patiently(() => this.#readOnce(), deadline);
  }

  /**
   * The stack's tasks that the swarm told to stop and that have not ended, of whatever version, those of removed
   * services too. They may be two seconds old, which is soon enough for the last word: what was told to stop meanwhile
   * has a successor that is too young for that.
   */
  async stopping(deadline: number): Promise<SwarmTask[]> {
    const now = this.#clock.now();
    if (now - this.#stoppingAt < NODES_MS) return this.#stopping;
    const tasks = await this.#patiently(() => this.#answer(this.#engine.tasks({ stack: this.#stack })), deadline);
    this.#stoppingAt = now;
    return (this.#stopping = tasks.filter((task) => !hasEnded(task) && !swarmWants(task)));
  }

  async #patiently<T>(read: () => Promise<T>, deadline: number): Promise<T> {
    const given = { clock: this.#clock, signal: this.#signal, since: this.#answeredAt, deadline };
    const answer = await patiently(read, given);
    this.#answeredAt = this.#clock.now();
    return answer;
  }

  async #readOnce(): Promise<Snapshot> {
    const first = this.#first;
    this.#first = undefined;
    if (first !== undefined && this.#clock.now() - first.at < NODES_MS) return this.#beginWith(first);
    const fresh = this.#clock.now() - this.#nodesAt >= NODES_MS;
    const askedAt = this.#clock.now();
    const missed = this.#clock.missed?.() ?? 0;
    // Tasks would look too young by what this machine slept.
    if (Math.abs(missed - this.#missed) >= STEP_MS) this.#ahead = undefined;
    this.#missed = missed;
    const [[services, tasks, nodes], ahead] = await Promise.all([
      this.#answer(
        Promise.all([
          this.#engine.services({ stack: this.#stack }),
          this.#engine.tasks({ stack: this.#stack, upToDate: true }),
          fresh ? this.#engine.nodes() : this.#nodes,
        ]),
      ),
      this.#ahead ?? this.#readAhead(this.#lastAhead),
    ]);
    if (fresh) {
      this.#nodes = nodes;
      this.#nodesAt = askedAt;
    }
    this.#ahead = ahead;
    this.#lastAhead = ahead;
    const managersNow = this.#clock.now() + ahead;
    // Managers' clocks may be set in the middle, too.
    const late = tasks.some(({ createdAt, updatedAt = createdAt }) => Date.parse(updatedAt) - managersNow >= STEP_MS);
    if (late && askedAt - this.#aheadAt >= AHEAD_MS) this.#ahead = undefined;
    return { services, tasks, nodes, nodesAreFresh: fresh, managersNow, taskHistory: this.#taskHistory };
  }

  #beginWith({ services, tasks, nodes, systemTime, taskHistory, at }: Reading): Snapshot {
    this.#nodes = nodes;
    this.#nodesAt = at;
    this.#ahead = aheadOf(systemTime, at);
    this.#lastAhead = this.#ahead;
    this.#taskHistory = taskHistory;
    const managersNow = this.#clock.now() + this.#ahead;
    return { services, tasks, nodes, nodesAreFresh: true, managersNow, taskHistory };
  }

  /** Of the manager we talk to. @param last what is taken if it does not say: at first its clock for ours */
  async #readAhead(last: number): Promise<number> {
    this.#aheadAt = this.#clock.now();
    const asked = await within(this.#engine.info(), ANSWER_MS, this.#clock, this.#signal).catch(() => TIMED_OUT);
    if (asked === TIMED_OUT) return last;
    const { systemTime, swarm } = asked as EngineInfo;
    this.#taskHistory = swarm?.taskHistory;
    return aheadOf(systemTime, this.#clock.now());
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

/** How far the managers' clock is ahead of ours, in ms; 0 if it was not told. */
function aheadOf(systemTime: string, at: number): number {
  const time = Date.parse(systemTime);
  return Number.isNaN(time) ? 0 : time - at;
}
