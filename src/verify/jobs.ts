import { isFine, type CheckResult } from './result.ts';

/** Something that is looked at until it is known: a task, or an ensemble. */
export interface Work {
  /** Another key is other work: what changes the verdict makes it another look. */
  key: string;
  /** What it will tell: each check once, in the order of the report, as it stands if the time is up first. */
  open: readonly CheckResult[];
  /** Why what does not pass is asked again in a moment; absent if it counts. */
  doubt?: string | undefined;
  run: (emit: (result: CheckResult) => void, signal: AbortSignal) => Promise<void>;
}

interface Job {
  /** Begun before it counts, or in doubt meanwhile: what does not pass is asked again. */
  early: boolean;
  stop: AbortController;
  done: Promise<void>;
  ended: boolean;
  results: CheckResult[];
}

/** The work under way; what is no longer wanted is dropped with its results. */
export class Jobs {
  readonly #onResult: ((result: CheckResult) => void) | undefined;
  readonly #jobs = new Map<string, Job>();
  readonly #running = new Set<Promise<void>>();

  constructor(onResult?: (result: CheckResult) => void) {
    this.#onResult = onResult;
  }

  /**
   * Starts what is new, drops what was replaced.
   * @param early whether it is too early for the last word of what is new: only what passes is told, and `repeatEarly`
   *   asks again what does not
   */
  follow(works: readonly Work[], early = false): void {
    const current = new Set(works.map(({ key }) => key));
    for (const [key, job] of this.#jobs) {
      if (current.has(key)) continue;
      job.stop.abort();
      this.#jobs.delete(key);
    }
    for (const work of works) {
      const job = this.#jobs.get(work.key);
      const doubtful = work.doubt !== undefined;
      if (job === undefined) this.#start(work, early || doubtful);
      else job.early ||= doubtful;
    }
  }

  /** Starts work anew that began early, or was in doubt, and ended without passing. */
  repeatEarly(works: readonly Work[]): void {
    for (const work of works) {
      const job = this.#jobs.get(work.key);
      if (work.doubt !== undefined || job?.early !== true) continue;
      if (job.ended && !job.results.every(isFine)) this.#start(work, false);
    }
  }

  doneWith({ key }: Work): boolean {
    return this.#jobs.get(key)?.ended === true;
  }

  /** Resolves when all work has ended; never, if none is under way. Rejects with what went wrong in any. */
  async allDone(): Promise<void> {
    const open = [...this.#jobs.values()].filter((job) => !job.ended);
    await (open.length === 0 ? new Promise<void>(() => undefined) : Promise.all(open.map((job) => job.done)));
  }

  /**
   * What is known by now, in the order of the report.
   * @param why in place of the words for what is not known
   */
  results({ key, open }: Work, why?: string): CheckResult[] {
    const known = new Map(this.#jobs.get(key)?.results.map((result) => [result.check, result]));
    return open.map((result) => known.get(result.check) ?? (why === undefined ? result : { ...result, detail: why }));
  }

  /** What is not known yet. */
  openOf({ key, open }: Work): CheckResult[] {
    const known = new Set(this.#jobs.get(key)?.results.map(({ check }) => check));
    return open.filter(({ check }) => !known.has(check));
  }

  /** Ends all work; resolves when each, those dropped before included, has cleared up after itself. */
  async stop(): Promise<void> {
    for (const job of this.#jobs.values()) job.stop.abort();
    await Promise.allSettled(this.#running);
  }

  #start(work: Work, early: boolean): void {
    const job: Job = { early, stop: new AbortController(), done: Promise.resolve(), ended: false, results: [] };
    this.#jobs.set(work.key, job);
    job.done = this.#run(work, job);
    this.#running.add(job.done);
    // Looked at through allDone; what goes wrong in one that was dropped concerns nobody.
    job.done.catch(() => undefined).finally(() => this.#running.delete(job.done));
  }

  async #run(work: Work, job: Job): Promise<void> {
    const { signal } = job.stop;
    await work.run((result) => {
      if (signal.aborted) return;
      job.results.push(result);
      if (!job.early || isFine(result)) this.#onResult?.(result);
    }, signal);
    job.ended = !signal.aborted;
  }
}
