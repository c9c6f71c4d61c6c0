import type { Engine, SwarmService } from '../engine/port.ts';
import type { StackPlan } from '../sdk/definition.ts';
import { systemClock } from '../swarm/clock.ts';
import type { DeploymentStart } from '../swarm/former-tasks.ts';
import type { Redactor } from '../ui/redact.ts';
import type { Reporter } from '../ui/reporter.ts';
import { converge } from './converge.ts';
import type { ConvergeOptions, StartExpectation } from './options.ts';
import { convergenceError } from './outcome.ts';
import { convergeProgress } from './seconds.ts';

/** What of a bundle the wait for its services follows from. */
export interface Awaited {
  directory: { bundle: { name: string }; plan: Pick<StackPlan, 'expectations'> };
  document: { services: Readonly<Record<string, unknown>> };
}

/** For services without expectations: a database may take a while to make its files. */
const DEFAULT_GRACE_SECONDS = 120;

/** Start grace and needs of every service of the document. */
export function startExpectations({ directory: { plan }, document }: Awaited): StartExpectation[] {
  return Object.keys(document.services).map((service) => {
    const { startGraceSeconds = DEFAULT_GRACE_SECONDS, needs } =
      plan.expectations.find((each) => each.service === service) ?? {};
    return { service, startGraceSeconds, ...(needs && { needs }) };
  });
}

/**
 * What the wait for a bundle's services needs beside the engine. @param how.before the stack's services before anything
 * was done
 */
export function convergeOptions(
  bundle: Awaited,
  how: {
    before: readonly SwarmService[];
    start: DeploymentStart;
    timeoutMs: number;
    signal: AbortSignal;
    redactor: Redactor;
    reporter: Reporter;
  },
): ConvergeOptions {
  const { reporter, ...options } = how;
  return {
    ...options,
    stack: bundle.directory.bundle.name,
    expectations: startExpectations(bundle),
    clock: systemClock,
    ...convergeProgress(reporter),
    onWarning: (text) => reporter.warn(text),
  };
}

/**
 * Waits until every task of the bundle runs and stays up. @throws BundleError (exit 4) that says what does not, (exit
 * 130) when interrupted
 */
export async function convergeBundle(engine: Engine, options: ConvergeOptions, reporter: Reporter): Promise<void> {
  reporter.step(`waiting until every task of ${options.stack} runs and stays up`);
  const outcomes = await converge(engine, options);
  reporter.endProgress();
  const failure = convergenceError(options.stack, outcomes);
  if (failure) throw failure;
}
