import { systemClock } from '../swarm/clock.ts';
import { converge } from '../converge/converge.ts';
import type { ConvergeOptions, StartExpectation } from '../converge/options.ts';
import { convergenceError } from '../converge/outcome.ts';
import type { Engine, SwarmService } from '../engine/port.ts';
import type { CommandIo } from '../cli/io.ts';
import { reporterOf } from '../cli/reporter.ts';
import type { Loaded } from '../cli/session.ts';
import { convergeProgress } from './progress.ts';
import { redactorOf } from '../verify/bundle/verify-bundle.ts';

/** For services without expectations: a database may take a while to make its files. */
const DEFAULT_GRACE_SECONDS = 120;

/** Start grace and needs of every service of the document. */
export function startExpectations({
  directory: { plan },
  document,
}: Pick<Loaded, 'directory' | 'document'>): StartExpectation[] {
  return Object.keys(document.services).map((service) => {
    const { startGraceSeconds = DEFAULT_GRACE_SECONDS, needs } =
      plan.expectations.find((each) => each.service === service) ?? {};
    return { service, startGraceSeconds, ...(needs && { needs }) };
  });
}

/**
 * What the wait for a bundle's services needs beside the engine. @param before the stack's services before anything was
 * done
 */
export function convergeOptions(
  loaded: Loaded,
  before: readonly SwarmService[],
  timeoutMs: number,
  io: CommandIo,
): ConvergeOptions {
  const { bundle } = loaded.directory;
  const reporter = reporterOf(io);
  return {
    stack: bundle.name,
    expectations: startExpectations(loaded),
    timeoutMs,
    clock: systemClock,
    signal: io.signal,
    redactor: redactorOf(loaded),
    before,
    ...convergeProgress(reporter),
    onWarning: (text) => reporter.warn(text),
  };
}

/**
 * Waits until every task of the bundle runs and stays up. @throws BundleError (exit 4) that says what does not, (exit
 * 130) when interrupted
 */
export async function convergeBundle(engine: Engine, options: ConvergeOptions, io: CommandIo): Promise<void> {
  const reporter = reporterOf(io);
  reporter.step(`waiting until every task of ${options.stack} runs and stays up`);
  const outcomes = await converge(engine, {
    ...options,
    ...convergeProgress(reporter),
  });
  reporter.endProgress();
  const failure = convergenceError(options.stack, outcomes);
  if (failure) throw failure;
}
