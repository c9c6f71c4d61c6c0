import type { Container, Engine } from '../engine/port.ts';
import { BundleError } from '../errors.ts';
import { TIMED_OUT, within, type Clock } from '../swarm/clock.ts';
import { OpenQuestion } from '../swarm/open-question.ts';

/** A host whose engine we can ask. */
export interface RunHost {
  name: string;
  address: string;
  engine: Pick<Engine, 'address' | 'info' | 'containers' | 'containerLogs' | 'startContainerJob' | 'removeContainer'>;
}

/** A container, and the host that it is on. */
export interface Found {
  host: RunHost;
  container: Container;
}

/** What was read last of one host. */
export interface LastRead {
  containers: readonly Container[];
  /** Its engine gave no answer since. */
  silent: boolean;
}

/** An end of a container's run. */
export interface End {
  /** RFC 3339. */
  at: string;
  /** Of one that ran again when it was looked at, its engine tells none. */
  exitCode?: number;
}

/** An engine that has answered before is waited for so long, in ms: what asks for all of them waits 15 s. */
const ANSWER_MS = 10_000;
/** One that gave no answer the last time. */
const AGAIN_MS = 1_000;

/**
 * The containers that bear the label of a stack, on all its hosts, read again and again. Of a host whose engine gives
 * no answer any more it has those that were read last.
 */
export class HostContainers {
  readonly #hosts: readonly RunHost[];
  readonly #stack: string;
  readonly #clock: Clock;
  readonly #last = new Map<RunHost, readonly Container[]>();
  readonly #questions = new Map<RunHost, OpenQuestion<Container[]>>();
  readonly #silent = new Set<RunHost>();
  readonly #ends = new Map<string, End[]>();
  #reading: Promise<readonly Found[]> | undefined;

  constructor(hosts: readonly RunHost[], stack: string, clock: Clock) {
    this.#hosts = hosts;
    this.#stack = stack;
    this.#clock = clock;
  }

  /** As they were read last. */
  get newest(): readonly Found[] {
    return this.#hosts.flatMap((host) => (this.#last.get(host) ?? []).map((container) => ({ host, container })));
  }

  /** Of one host; undefined if it is none of these. */
  lastOf(name: string): LastRead | undefined {
    const host = this.#hosts.find((one) => one.name === name);
    return host && { containers: this.#last.get(host) ?? [], silent: this.isSilent(host) || !this.#last.has(host) };
  }

  /** Whether its engine gave no answer the last time. */
  isSilent(host: RunHost): boolean {
    return this.#silent.has(host);
  }

  /** The ends of a container's runs since it was first read, as far as they were seen. */
  endsOf(id: string): readonly End[] {
    return this.#ends.get(id) ?? [];
  }

  /**
   * Who asks while they are being read gets the same: services, tasks and nodes belong to one moment.
   * @throws BundleError what the engine says of a host that was never read
   */
  read(): Promise<readonly Found[]> {
    this.#reading ??= Promise.all(this.#hosts.map((host) => this.#readOne(host)))
      .then(() => this.newest)
      .finally(() => {
        this.#reading = undefined;
      });
    return this.#reading;
  }

  async #readOne(host: RunHost): Promise<void> {
    const patience = this.#silent.has(host) ? AGAIN_MS : ANSWER_MS;
    const answer = this.#ask(host);
    const known = this.#last.has(host);
    try {
      const containers = known ? await within(answer, patience, this.#clock) : await answer;
      if (containers !== TIMED_OUT) {
        for (const container of containers) this.#noteEnd(container, this.#last.get(host) ?? []);
        this.#last.set(host, containers);
        this.#silent.delete(host);
        return;
      }
    } catch (error) {
      if (!known || !(error instanceof BundleError)) throw error;
    }
    this.#silent.add(host);
  }

  #noteEnd({ id, status, exitCode, finishedAt }: Container, last: readonly Container[]): void {
    const before = last.find((one) => one.id === id);
    if (before === undefined || finishedAt === undefined || finishedAt === before.finishedAt) return;
    const ended = status === 'restarting' || status === 'exited';
    this.#ends.set(id, [...this.endsOf(id), { at: finishedAt, ...(ended ? { exitCode } : {}) }]);
  }

  async #ask(host: RunHost): Promise<Container[]> {
    const question = this.#questions.get(host) ?? new OpenQuestion<Container[]>(this.#clock);
    this.#questions.set(host, question);
    return (
      await question.ask(() => host.engine.containers({ stack: this.#stack }), { beside: this.#silent.has(host) })
    ).value;
  }
}
