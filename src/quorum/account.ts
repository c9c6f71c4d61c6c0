import { isEngineTrouble } from '../engine/port.ts';
import { BundleError, EXIT } from '../errors.ts';

const GO_ON = 'run the same command again: it goes on with those that are left';
/** Failures of a deployment whose own words do not say how far it came. */
const TELL_NOTHING: readonly string[] = ['deploy-failed', 'still-stopping'];

/** What became of each service of a deployment, for whoever reads why it stopped. */
export class Account {
  readonly #all: readonly string[];
  readonly #sent = new Set<string>();
  readonly #stopped = new Set<string>();
  readonly #well = new Set<string>();

  /** @param all what the deployment creates or updates, in its order */
  constructor(all: readonly string[]) {
    this.#all = all;
  }

  /** They are deployed, or just being deployed. */
  sent(services: readonly string[]): void {
    for (const name of services) this.#sent.add(name);
  }

  /** They have no task any more, or soon, until they are started. */
  stopped(services: readonly string[]): void {
    for (const name of services) this.#stopped.add(name);
  }

  started(services: readonly string[]): void {
    for (const name of services) this.#stopped.delete(name);
  }

  isSent(service: string): boolean {
    return this.#sent.has(service);
  }

  /** Those that were not sent. */
  pending(): string[] {
    return this.#all.filter((name) => !this.#sent.has(name));
  }

  /** They passed what they had to pass. */
  proved(services: readonly string[]): void {
    for (const name of services) this.#well.add(name);
  }

  isProved(service: string): boolean {
    return this.#well.has(service);
  }

  /** They passed, and are not well any more. */
  doubted(services: readonly string[]): void {
    for (const name of services) this.#well.delete(name);
  }

  /** A line for each fate that some service has. */
  lines(): string[] {
    const line = (what: string, names: readonly string[]): string[] =>
      names.length === 0 ? [] : [`  ${what}: ${names.join(', ')}`];
    return [
      ...line(
        'updated and well',
        this.#all.filter((name) => this.#well.has(name)),
      ),
      ...line(
        'updated, not proved',
        this.#all.filter((name) => this.#sent.has(name) && !this.#stopped.has(name) && !this.#well.has(name)),
      ),
      ...line(
        'stopped, and not started again',
        this.#all.filter((name) => this.#stopped.has(name)),
      ),
      ...line(
        'not touched',
        this.pending().filter((name) => !this.#stopped.has(name)),
      ),
    ];
  }

  /**
   * The same failure, with what was done by then.
   * @param first hints that come before its own
   */
  notConverged({ code, message, hints, midway, details }: BundleError, first: readonly string[] = []): BundleError {
    const text = [message, ...this.lines()].join('\n');
    return new BundleError(code, text, { exit: EXIT.notConverged, hints: [...first, ...hints], midway, details });
  }

  /**
   * A failure of the engine, of docker or of a task that does not end, with what was done by then; any other as it is,
   * since it says so itself.
   */
  told(error: unknown): unknown {
    const bare = isEngineTrouble(error) || (error instanceof BundleError && TELL_NOTHING.includes(error.code));
    if (!bare) return error;
    const { code, message, exit, hints, midway, details } = error;
    const text = [message, ...this.lines()].join('\n');
    const goOn = midway.length > 0 ? midway : [GO_ON];
    return new BundleError(code, text, { exit, hints, midway: goOn, cause: error, details });
  }

  /** The error of a deployment that was interrupted (exit 130). */
  interrupted(stack: string): BundleError {
    return new BundleError(
      'interrupted',
      [`stopped in the middle of the deployment of ${stack}`, ...this.lines()].join('\n'),
      { exit: EXIT.interrupted },
    );
  }
}
