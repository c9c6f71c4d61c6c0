import { BundleError, EXIT } from '../errors.ts';

/** What became of each service of a deployment, for whoever reads why it stopped. */
export class Account {
  readonly #all: readonly string[];
  readonly #sent = new Set<string>();
  readonly #well = new Set<string>();

  /** @param all what the deployment creates or updates, in its order */
  constructor(all: readonly string[]) {
    this.#all = all;
  }

  /** They are deployed, or just being deployed. */
  sent(services: readonly string[]): void {
    for (const name of services) this.#sent.add(name);
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
        this.#all.filter((name) => this.#sent.has(name) && !this.#well.has(name)),
      ),
      ...line('not touched', this.pending()),
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

  /** The error of a deployment that was interrupted (exit 130). */
  interrupted(stack: string): BundleError {
    return new BundleError(
      'interrupted',
      [`stopped in the middle of the deployment of ${stack}`, ...this.lines()].join('\n'),
      {
        exit: EXIT.interrupted,
        hints: ['run the same command again: it goes on with those that are left'],
      },
    );
  }
}
