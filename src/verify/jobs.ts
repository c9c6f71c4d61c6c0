import type { Engine } from '../engine/port.ts';
import type { CheckOptions, TaskToCheck } from './check-task.ts';
import { checkTask, resultFor } from './check-task.ts';
import type { ServiceLook } from './look.ts';
import type { CheckResult } from './result.ts';

interface Job {
  stop: AbortController;
  done: Promise<void>;
  results?: CheckResult[];
}

type JobOptions = Omit<CheckOptions, 'signal'> & { onResult?: ((result: CheckResult) => void) | undefined };

/** Logs read at once: each is a stream through the manager to a node. */
const AT_ONCE = 16;

/** The checks under way, one per current task; a task that is no longer current is dropped with its results. */
export class Jobs {
  readonly #engine: Pick<Engine, 'taskLogs'>;
  readonly #options: JobOptions;
  readonly #jobs = new Map<string, Job>();
  #active = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(engine: Pick<Engine, 'taskLogs'>, options: JobOptions) {
    this.#engine = engine;
    this.#options = options;
  }

  /** Starts what is new, drops what was replaced. */
  follow(looks: readonly ServiceLook[]): void {
    const subjects = looks.flatMap((one) => one.running);
    const current = new Set(subjects.map((subject) => key(subject)));
    for (const [id, job] of this.#jobs) {
      if (current.has(id)) continue;
      job.stop.abort();
      this.#jobs.delete(id);
    }
    for (const subject of subjects) if (!this.#jobs.has(key(subject))) this.#start(subject);
  }

  doneWith(one: ServiceLook): boolean {
    return one.running.every((subject) => this.#jobs.get(key(subject))?.results !== undefined);
  }

  /** Resolves when any check ends; never, where none is under way. Rejects with what went wrong in it. */
  nextDone(): Promise<void> {
    const open = [...this.#jobs.values()].filter((job) => job.results === undefined);
    return open.length === 0 ? new Promise(() => undefined) : Promise.race(open.map((job) => job.done));
  }

  results(subject: TaskToCheck): CheckResult[] {
    return this.#jobs.get(key(subject))?.results
      ?? [resultFor(subject, { check: 'running', status: 'unsure', detail: 'the time was up before it was looked at to the end' })];
  }

  stop(): void {
    for (const job of this.#jobs.values()) job.stop.abort();
  }

  #start(subject: TaskToCheck): void {
    const job: Job = { stop: new AbortController(), done: Promise.resolve() };
    this.#jobs.set(key(subject), job);
    job.done = this.#run(subject, job);
    // Looked at through nextDone; one that was dropped concerns nobody.
    job.done.catch(() => undefined);
  }

  async #run(subject: TaskToCheck, job: Job): Promise<void> {
    await this.#place();
    try {
      if (job.stop.signal.aborted) return;
      const results = await checkTask(this.#engine, subject, { ...this.#options, signal: job.stop.signal });
      if (job.stop.signal.aborted) return;
      job.results = results;
      for (const result of results) this.#options.onResult?.(result);
    } finally {
      this.#active -= 1;
      this.#waiting.shift()?.();
    }
  }

  async #place(): Promise<void> {
    if (this.#active >= AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#active += 1;
  }
}

/** What changes the verdict makes it another look. */
function key({ task, away }: TaskToCheck): string {
  return `${task.id} ${task.stateAt} ${String(away)}`;
}
