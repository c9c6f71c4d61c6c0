/**
 * One effect on the swarm. A dry run is the same list, described; running again after a crash finds what is done and
 * goes on.
 */
export interface Step {
  /** What it will do, for the plan that is shown before anything happens. */
  describe(): string;
  run(signal: AbortSignal): Promise<void>;
}
