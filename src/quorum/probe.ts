import type { Ensemble, EnsembleReading } from '../sdk/definition.ts';
import type { Clock } from '../swarm/clock.ts';
import type { TaskEngine } from '../engine/port.ts';
import { runJob, sweepJobs } from '../swarm/jobs/run.ts';
import { runningService } from '../swarm/running-service.ts';

/** Label value of the probe's jobs. */
const KIND = 'ensemble-probe';

/** What an ensemble answered, or why it could not be asked: then nothing is known of any member. */
export type ProbeAnswer = { reading: EnsembleReading } | { trouble: string };

export interface ProbeOptions {
  stack: string;
  clock: Clock;
  signal?: AbortSignal | undefined;
  /** Asks what no restart depends on, too. */
  thorough?: boolean;
}

/**
 * Asks an ensemble how it is, by a job in its network. The job runs where a member runs and in that member's image,
 * digest and all, so that nothing has to be pulled. Without a running member there is nobody to ask: then none is well.
 * @throws BundleError what the engine says; the signal's reason
 */
export async function probeEnsemble(
  engine: TaskEngine,
  ensemble: Ensemble,
  { stack, clock, signal, thorough = false }: ProbeOptions,
): Promise<ProbeAnswer> {
  const [where, networks] = await Promise.all([
    runningService(engine, stack, ensemble.services),
    engine.networks({ stack }),
  ]);
  const network = networks.find(({ name }) => name === `${stack}_${ensemble.probe.network}`);
  if (where === undefined || network === undefined) return { reading: ensemble.probe.read([]) };
  const { command, thoroughly = [], timeoutSeconds, secrets = [] } = ensemble.probe;
  const result = await runJob(
    engine,
    {
      stack,
      kind: KIND,
      image: where.image,
      command: [...command, ...(thorough ? thoroughly : [])],
      networks: [network.id],
      constraints: where.constraints,
      secrets: where.secrets.filter(({ target }) => secrets.includes(target)),
      timeoutMs: timeoutSeconds * 1000,
    },
    { clock, signal },
  );
  return result.ok
    ? { reading: ensemble.probe.read(result.lines) }
    : { trouble: `the probe ended without an answer: ${result.text}` };
}

/** Removes what probes of a killed run left. Call it only under the stack's lock: it would take a probe under way. */
export const sweepProbes = (engine: TaskEngine, stack: string): Promise<void> => sweepJobs(engine, stack, KIND);
