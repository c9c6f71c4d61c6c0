import type {
  Engine,
  EngineInfo,
  LogFrame,
  LogOptions,
  SwarmNode,
  SwarmService,
  SwarmTask,
  TaskState,
} from '../../../src/engine/port.ts';
import type { VirtualClock } from './virtual-clock.ts';

/**
 * The part of an engine that waiting and verifying read, by hand: for states that a real swarm shows only by chance.
 * Events happen at their time of the virtual clock, whoever looks.
 */
export class FakeSwarm {
  readonly clock: VirtualClock;
  readonly nodes: SwarmNode[];
  services: SwarmService[] = [];
  tasks: SwarmTask[] = [];
  logs = new Map<string, (options: LogOptions) => AsyncIterable<LogFrame>>();
  registry = new Map<string, string>();
  /** What all images are made for, as the registry says. */
  platforms: { os: string; architecture: string }[] = [];
  calls: string[] = [];
  /** What the swarm does once a paused update is taken up again. */
  resumed: ((serviceId: string) => void) | undefined;
  /** Throws or hangs in place of every answer, while it is set. */
  trouble: (() => Promise<never>) | undefined;
  /** How far the managers' clock is ahead of the virtual one, in ms: set it before services and tasks are made. */
  ahead = 0;
  /** How many tasks of a slot it says to keep; it keeps all. */
  taskHistory = 5;
  #events: { at: number; run: () => void }[] = [];
  #ids = 0;
  /** The moment of the event that is being run; it may be some time ago. */
  #at: number | undefined;

  constructor(clock: VirtualClock, hostnames: string[] = ['node1', 'node2']) {
    this.clock = clock;
    this.nodes = hostnames.map((hostname, index) => ({
      id: `id-${hostname}`,
      hostname,
      role: index === 0 ? 'manager' : 'worker',
      leader: index === 0,
      votes: index === 0,
      availability: 'active',
      state: 'ready',
      address: `10.0.0.${String(index + 1)}`,
      cpus: 2,
      memoryBytes: 2 ** 31,
      os: 'linux',
      arch: 'x86_64',
      engineVersion: '20.10.24',
      labels: {},
      engineLabels: {},
    }));
  }

  service(name: string, change: Partial<SwarmService> & { replicas?: number } = {}): SwarmService {
    const { replicas = 1, ports = [], ...rest } = change;
    const Ports = ports.map((port) => ({
      Protocol: port.protocol,
      TargetPort: port.target,
      PublishedPort: port.published,
      PublishMode: port.mode,
    }));
    const service: SwarmService = {
      id: `sid-${name}`,
      name: `prod_${name}`,
      version: 10,
      createdAt: this.iso(),
      updatedAt: this.iso(),
      labels: {},
      mode: { kind: 'replicated', replicas },
      tty: false,
      stopGraceSeconds: 10,
      updateMonitorSeconds: 5,
      ports,
      spec: { TaskTemplate: {}, EndpointSpec: { Ports } },
      ...rest,
    };
    this.services.push(service);
    return service;
  }

  task(service: SwarmService, change: Partial<SwarmTask> = {}): SwarmTask {
    this.#ids += 1;
    const task: SwarmTask = {
      id: `t${String(this.#ids).padStart(3, '0')}`,
      serviceId: service.id,
      ...(service.mode.kind === 'global' ? {} : { slot: 1 }),
      nodeId: 'id-node1',
      desiredState: 'running',
      state: 'running',
      stateAt: this.#iso(),
      createdAt: this.#iso(),
      message: '',
      error: '',
      image: 'app:1',
      secrets: [],
      spec: {},
      ...change,
    };
    this.tasks.unshift(task);
    return task;
  }

  /** Puts a task into a state, as its node would report it. */
  enter(task: SwarmTask, state: TaskState, change: Partial<SwarmTask> = {}): void {
    Object.assign(task, { state, stateAt: this.#iso() }, change);
  }

  /** The task ends and its replacement waits for the restart delay. */
  replace(task: SwarmTask, service: SwarmService, end: Partial<SwarmTask>): SwarmTask {
    this.enter(task, 'failed', { desiredState: 'shutdown', ...end });
    const { slot, nodeId, image } = task;
    return this.task(service, {
      ...(slot === undefined ? {} : { slot }),
      nodeId,
      image,
      state: 'ready',
      desiredState: 'ready',
    });
  }

  at(seconds: number, run: () => void): void {
    this.#events.push({ at: this.clock.start + seconds * 1000, run });
    this.#events.sort((a, b) => a.at - b.at);
  }

  /** A task that runs for `upSeconds` and ends, over and over, from now on; tasks are made as swarm makes them. */
  flap(
    service: SwarmService,
    fromSeconds: number,
    upSeconds: number,
    end: Partial<SwarmTask>,
    times = 50,
    slot = 1,
  ): void {
    let task: SwarmTask | undefined;
    const delay = 5;
    for (let round = 0; round < times; round++) {
      const start = fromSeconds + round * (upSeconds + delay);
      this.at(start, () => {
        task ??= this.task(service, { slot, state: 'starting' });
        this.enter(task, 'running', { desiredState: 'running' });
      });
      this.at(start + upSeconds, () => {
        if (task !== undefined) task = this.replace(task, service, end);
      });
    }
  }

  engine(): Engine {
    const answer = async <T>(name: string, value: () => T): Promise<T> => {
      this.calls.push(name);
      if (this.trouble !== undefined) return this.trouble();
      this.#pass();
      return structuredClone(value());
    };
    const part: Partial<Engine> = {
      address: { url: 'unix:///fake', source: 'default' },
      info: async () => ({ systemTime: this.iso(), swarm: { taskHistory: this.taskHistory } }) as EngineInfo,
      resumeUpdate: ({ id }) =>
        answer('resume', () => {
          const service = this.services.find((one) => one.id === id);
          if (service) delete service.updateStatus;
          this.resumed?.(id);
        }),
      nodes: () => answer('nodes', () => this.nodes),
      services: (filter) => answer(filter?.stack === undefined ? 'services of all' : 'services', () => this.services),
      tasks: (filter) =>
        answer(filter?.upToDate === true ? 'tasks' : 'tasks of all', () =>
          this.tasks.filter(
            (task) =>
              (filter?.serviceId === undefined || filter.serviceId === task.serviceId) &&
              !(filter?.upToDate === true && task.image === 'old'),
          ),
        ),
      taskLogs: (id, options) => this.logs.get(id)?.(options ?? {}) ?? lines([]),
      imageInRegistry: async (image) => {
        const words = this.registry.get(image);
        if (words !== undefined) throw new Error(words);
        return { digest: 'sha256:0', platforms: this.platforms };
      },
      findLogins: async () => [],
    };
    return part as Engine;
  }

  /** By the managers' clock: so many milliseconds from now. */
  iso(ms = 0): string {
    return new Date(this.clock.now() + this.ahead + ms).toISOString();
  }

  #iso(): string {
    return new Date((this.#at ?? this.clock.now()) + this.ahead).toISOString();
  }

  #pass(): void {
    for (let next = this.#events[0]; next !== undefined && next.at <= this.clock.now(); next = this.#events[0]) {
      this.#events.shift();
      this.#at = next.at;
      next.run();
    }
    this.#at = undefined;
  }
}

/** A log that has these lines and ends. */
export async function* lines(texts: readonly string[], stream: LogFrame['stream'] = 'stdout'): AsyncIterable<LogFrame> {
  for (const text of texts) yield { stream, data: Buffer.from(`${text}\n`) };
}

/** A log that never gives anything. */
export async function* silence(options: LogOptions): AsyncIterable<LogFrame> {
  await new Promise<void>((resolve) => options.signal?.addEventListener('abort', () => resolve(), { once: true }));
}
