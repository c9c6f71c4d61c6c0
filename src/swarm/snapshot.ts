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
import { OpenQuestion, type DatedAnswer } from './open-question.ts';
import { patiently } from './patience.ts';

export interface Snapshot {
  services: SwarmService[];
  /** Tasks of the newest version of each service, ended ones too. */
  tasks: SwarmTask[];
  nodes: SwarmNode[];
  /** True if the nodes were read in this very round. */
  nodesAreFresh: boolean;
  /** When it was asked for, by our clock: so it was then, however long the answer took. */
  askedAt: number;
  /** That moment by the managers' clock, ms since 1970: tasks bear its times. */
  managersNow: number;
  /** As in `EngineInfo`; undefined if the engine does not tell. */
  taskHistory: number | undefined;
}

/** What was read of the swarm for another purpose, if a look is to begin with it. */
export interface Reading extends Pick<Snapshot, 'services' | 'tasks' | 'nodes'> {
  /** All of the stack, of whatever version, those of removed services too. */
  allTasks: SwarmTask[];
  info: EngineInfo;
  /** When the tasks were asked for, by the clock of who looks, and when they were answered. */
  askedAt: number;
  at: number;
  /** When the engine told of itself. */
  infoAt: number;
}

/** Whether what was read is as good as what would be read now. */
export const isFresh = ({ at }: Pick<Reading, 'at'>, clock: Clock): boolean => clock.now() - at < NODES_MS;

/** What the stack has; of the nodes nothing if they were read a moment ago. */
type Lists = Pick<Snapshot, 'services' | 'tasks'> & { nodes: SwarmNode[] | undefined };

const NODES_MS = 2_000;
/** After so long without an answer it is asked beside what stays open, if there is still time. */
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
  /** They are of what the first round is made of, which is still to come. */
  #stoppingIsFirst: boolean;
  readonly #lists: OpenQuestion<Lists>;
  readonly #allTasks: OpenQuestion<SwarmTask[]>;
  /** Those that were given up the last time. */
  readonly #unanswered = new Set<unknown>();

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
    this.#lists = new OpenQuestion(clock);
    this.#allTasks = new OpenQuestion(clock);
    if (first !== undefined) this.#noteStopping(first.allTasks, first.askedAt);
    this.#stoppingIsFirst = first !== undefined && isFresh(first, clock);
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
    // The first round is of one picture, however long its answers took.
    const isFirst = this.#stoppingIsFirst;
    this.#stoppingIsFirst = false;
    if (isFirst || now - this.#stoppingAt < NODES_MS) return this.#stopping;
    const question = (): Promise<SwarmTask[]> => this.#engine.tasks({ stack: this.#stack });
    const { value, askedAt } = await this.#patiently(() => this.#answer(this.#allTasks, question), deadline);
    return this.#noteStopping(value, askedAt);
  }

  #noteStopping(allTasks: readonly SwarmTask[], askedAt: number): SwarmTask[] {
    this.#stoppingAt = askedAt;
    return (this.#stopping = allTasks.filter((task) => !hasEnded(task) && !swarmWants(task)));
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
    if (first !== undefined && isFresh(first, this.#clock)) return this.#beginWith(first);
    const missed = this.#clock.missed?.() ?? 0;
    // Tasks would look too young by what this machine slept.
    if (Math.abs(missed - this.#missed) >= STEP_MS) this.#ahead = undefined;
    this.#missed = missed;
    const [{ value, askedAt }, ahead] = await Promise.all([
      this.#answer(this.#lists, () => this.#askLists()),
      this.#ahead ?? this.#readAhead(this.#lastAhead),
    ]);
    const { services, tasks, nodes } = value;
    const nodesAreFresh = nodes !== undefined;
    if (nodesAreFresh) {
      this.#nodes = nodes;
      this.#nodesAt = askedAt;
    }
    this.#ahead = ahead;
    this.#lastAhead = ahead;
    const answeredAt = this.#clock.now() + ahead;
    // Managers' clocks may be set in the middle, too.
    const late = tasks.some(({ createdAt, updatedAt = createdAt }) => Date.parse(updatedAt) - answeredAt >= STEP_MS);
    if (late && askedAt - this.#aheadAt >= AHEAD_MS) this.#ahead = undefined;
    const about = { nodesAreFresh, askedAt, managersNow: askedAt + ahead, taskHistory: this.#taskHistory };
    return { services, tasks, nodes: this.#nodes, ...about };
  }

  async #askLists(): Promise<Lists> {
    const fresh = this.#clock.now() - this.#nodesAt >= NODES_MS;
    const [services, tasks, nodes] = await Promise.all([
      this.#engine.services({ stack: this.#stack }),
      this.#engine.tasks({ stack: this.#stack, upToDate: true }),
      fresh ? this.#engine.nodes() : undefined,
    ]);
    return { services, tasks, nodes };
  }

  #beginWith({ services, tasks, nodes, info, askedAt, infoAt }: Reading): Snapshot {
    this.#nodes = nodes;
    this.#nodesAt = askedAt;
    this.#ahead = aheadOf(info.systemTime, infoAt);
    this.#lastAhead = this.#ahead;
    const { taskHistory } = info.swarm;
    this.#taskHistory = taskHistory;
    const managersNow = askedAt + this.#ahead;
    return { services, tasks, nodes, nodesAreFresh: true, askedAt, managersNow, taskHistory };
  }

  /** Of the manager we talk to. @param last what is taken if it does not say: at first its clock for ours */
  async #readAhead(last: number): Promise<number> {
    this.#aheadAt = this.#clock.now();
    const asked = await within(this.#engine.info(), ANSWER_MS, this.#clock, this.#signal).catch(() => TIMED_OUT);
    if (asked === TIMED_OUT) return last;
    const { systemTime, swarm } = asked as EngineInfo;
    this.#taskHistory = swarm?.taskHistory;
    // At once: the other answer may take so long that this is asked for again.
    return (this.#ahead = aheadOf(systemTime, this.#clock.now()));
  }

  async #answer<T>(open: OpenQuestion<T>, question: () => Promise<T>): Promise<DatedAnswer<T>> {
    const beside = this.#unanswered.delete(open);
    const result = await within(open.ask(question, { beside }), ANSWER_MS, this.#clock, this.#signal);
    if (result !== TIMED_OUT) return result;
    this.#unanswered.add(open);
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
