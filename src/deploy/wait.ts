import { systemClock } from '../swarm/clock.ts';
import { converge } from '../converge/converge.ts';
import type { ConvergeOptions, ServiceProgress, StartExpectation } from '../converge/options.ts';
import { convergenceError } from '../converge/outcome.ts';
import type { Engine, SwarmService } from '../engine/port.ts';
import type { ProgressLine, Reporter } from '../ui/reporter.ts';
import { WaitLines } from '../ui/wait-lines.ts';
import type { CommandIo } from '../cli/io.ts';
import { reporterOf } from '../cli/reporter.ts';
import type { Loaded } from '../cli/session.ts';
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
    onProgress: (services) => reporter.progress(services.map(progressLine)),
    onWaiting: waitingTeller(reporter),
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
    onProgress: (services) => reporter.progress(services.map(progressLine)),
    onWaiting: waitingTeller(reporter),
  });
  reporter.endProgress();
  const failure = convergenceError(options.stack, outcomes);
  if (failure) throw failure;
}

/** Tells for which services is waited, and for how long yet. */
function waitingTeller(reporter: Reporter): NonNullable<ConvergeOptions['onWaiting']> {
  const wait = new WaitLines(reporter);
  return (services, waited) =>
    wait.show(
      services.map(progressLine),
      services.flatMap(({ name, state, phase }) => (state === 'waiting' ? [`${name} (${phase})`] : [])),
      waited,
    );
}

function progressLine({ name, running, wanted, phase, state }: ServiceProgress): ProgressLine {
  // A converged service goes on being steady: its seconds are no news.
  const text = state === 'converged' ? `${running}/${wanted} running` : `${running}/${wanted} ${phase}`;
  return { name, text, state: state === 'converged' ? 'done' : state === 'failed' ? 'failed' : 'waiting' };
}
