import { isDeepStrictEqual } from 'node:util';
import { BundleError, EXIT } from '../errors.ts';
import { isEngineTrouble, type Engine, type SwarmNode } from '../engine/port.ts';
import { thisOperator } from '../io/operator.ts';
import { leavesStack, type StackChanges } from '../plan/changes.ts';
import { isGood, reusable } from './choose.ts';
import { contentOf, pinnedImages, type Deployable } from './content.ts';
import type { Release, StoredRelease } from './record.ts';
import { beginRelease, markRelease, type History } from './store.ts';
import { numberIn, unreadNewest } from './unread.ts';
import { version } from '../version.ts';
import { unstableServices } from '../converge/unstable.ts';
import { UNSTABLE, VERIFICATION_FAILED } from './states.ts';

/** What of the swarm its record follows from. */
interface Read {
  history: History;
  found: { live: { nodes: readonly SwarmNode[] } };
}

/** The record of one deployment while it goes on. Call all of it under the stack's lock. */
export class ReleaseRun {
  readonly #engine: Engine;
  readonly #loaded: Deployable;
  readonly #stack: string;
  #release: StoredRelease;

  private constructor(engine: Engine, loaded: Deployable, release: StoredRelease) {
    this.#engine = engine;
    this.#loaded = loaded;
    this.#stack = loaded.directory.bundle.name;
    this.#release = release;
  }

  /**
   * Takes up the newest record if it can be read and asks the same of the swarm, else begins the next. If the swarm
   * holds it already, a good record stays as it is, whatever secrets are to be removed.
   */
  static async open(
    engine: Engine,
    loaded: Deployable,
    { history, found, plan }: Read & { plan: StackChanges },
    rollbackOf?: number,
  ): Promise<ReleaseRun> {
    const stack = loaded.directory.bundle.name;
    const content = contentOf(loaded, found.live.nodes);
    const again = reusable(history, content);
    if (again) {
      const run = new ReleaseRun(engine, loaded, again);
      if (!leavesStack(plan)) await run.mark('started');
      return run;
    }
    if (unreadNewest(history) === undefined) await ReleaseRun.#judgeNewest(engine, loaded, history.releases[0]);
    const { bundle, lock } = loaded.directory;
    const number = nextNumber(history);
    const release: Release = {
      number,
      at: new Date().toISOString(),
      by: thisOperator().name,
      tool: version(),
      answers: {
        version: 1,
        stack: bundle.definition.name,
        name: stack,
        ...(bundle.verify && { verify: bundle.verify }),
        ...(bundle.hosts && { hosts: bundle.hosts }),
        ...bundle.answers,
      },
      lock,
      ...content,
      ...(rollbackOf === undefined ? {} : { rollbackOf }),
    };
    return new ReleaseRun(engine, loaded, await beginRelease(engine, stack, release));
  }

  /**
   * A release that was good when it was deployed, and whose tasks ended again and again since: a rollback must not
   * choose it.
   */
  static async #judgeNewest(engine: Engine, loaded: Deployable, newest: StoredRelease | undefined): Promise<void> {
    if (newest === undefined || !isGood(newest) || (await unstableServices(engine, loaded)).length === 0) return;
    await markRelease(engine, loaded.directory.bundle.name, newest, { state: 'failed', note: UNSTABLE });
  }

  get number(): number {
    return this.#release.number;
  }

  /** When it began first, ISO 8601. */
  get at(): string {
    return this.#release.at;
  }

  /** How far it came by now. */
  get state(): StoredRelease['state'] {
    return this.#release.state;
  }

  /**
   * Writes down how far it came, unless it is better: one that is still verified in its run was verified before, and
   * nothing of it was deployed, so that a look which was left out, or could not tell, takes nothing away.
   */
  async mark(state: StoredRelease['state'], note?: string): Promise<void> {
    const { state: before } = this.#release;
    if (before === state || (before === 'verified' && state === 'converged')) return;
    if (state === 'failed' && (await this.#staysGood(note))) return;
    this.#release = await markRelease(this.#engine, this.#stack, this.#release, {
      state,
      ...(note === undefined ? {} : { note }),
    });
  }

  /**
   * A release that is good while its run goes on was good before, and nothing was deployed: what fails now (a node that
   * is down, a store) is no failure of it, unless its tasks end again and again, or nobody had verified it.
   */
  async #staysGood(note: string | undefined): Promise<boolean> {
    const verified = this.#release.state === 'verified' || this.#release.was === 'verified';
    if (!isGood(this.#release) || (!verified && note === VERIFICATION_FAILED)) return false;
    return (await unstableServices(this.#engine, this.#loaded)).length === 0;
  }

  /** The swarm has the specs: notes the images as it pinned them. */
  async deployed(): Promise<void> {
    const images = pinnedImages(this.#stack, await this.#engine.services({ stack: this.#stack }));
    const state = isGood(this.#release) ? this.#release.state : 'deployed';
    if (state === this.#release.state && isDeepStrictEqual(images, this.#release.images)) return;
    this.#release = await markRelease(this.#engine, this.#stack, this.#release, { state, images });
  }

  /**
   * Notes why it failed, unless that cannot be said: an interruption or a lost lock is no failure of the release, nor
   * is an engine that cannot be asked.
   * @param seenToRun every task of it was seen to run and stay before this error, and nothing that it had to show
   *   failed
   */
  async failed(error: unknown, seenToRun: boolean): Promise<void> {
    if (
      !(error instanceof BundleError) ||
      ([EXIT.interrupted, EXIT.terminated, EXIT.held] as number[]).includes(error.exit)
    )
      return;
    try {
      if (seenToRun && isEngineTrouble(error)) await this.mark('converged');
      else await this.mark('failed', error.code);
    } catch (second) {
      // What went wrong first is what the user must read.
      if (!(second instanceof BundleError)) throw second;
    }
  }
}

function nextNumber({ releases, unreadable }: History): number {
  return Math.max(0, ...releases.map(({ number }) => number), ...unreadable.map(numberIn)) + 1;
}

/** The release that deploying would be recorded as; not a new one if the newest asks the same of the swarm. */
export function nextRelease(loaded: Deployable, { history, found }: Read): { number: number; isNew: boolean } {
  const again = reusable(history, contentOf(loaded, found.live.nodes));
  return again ? { number: again.number, isNew: false } : { number: nextNumber(history), isNew: true };
}
