import type { Ensemble, EnsembleReading } from '../sdk/definition.ts';
import { OLD_MS, type Clock } from '../swarm/clock.ts';
import { isEngineTrouble, type TaskEngine } from '../engine/port.ts';
import { isAlive, thisOperator } from '../io/operator.ts';
import { jobNetworks } from '../swarm/attachments.ts';
import { isLeftOver } from '../swarm/jobs/owner.ts';
import type { JobResult } from '../swarm/jobs/result.ts';
import { runJob, sweepJobs } from '../swarm/jobs/run.ts';
import { runningService } from '../swarm/running-service.ts';

/** Label value of the probe's jobs. */
const KIND = 'ensemble-probe';

/** So often an ensemble is asked whose probe somebody removes. */
const ATTEMPTS = 3;

/** What an ensemble answered, or why it could not be asked: then nothing is known of any member. */
export type ProbeAnswer = { reading: EnsembleReading } | { trouble: string };

export interface ProbeOptions {
  stack: string;
  clock: Clock;
  signal?: AbortSignal | undefined;
  /** Asks what no restart depends on, too. */
  thorough?: boolean;
  /** Which of the running members it is asked by, for who asks again and again: 0 for the first, then the next. */
  turn?: number;
}

/**
 * Asks an ensemble how it is, by a job in its network. The job runs where a member runs and in that member's image,
 * digest and all, so that nothing has to be pulled; elsewhere only if it has no secrets and their nodes take no tasks.
 * Without a running member there is nobody to ask: then none is well.
 * Members that run where no job can reach them are no such case: nothing is known of them, and an election or a
 * network that is made again leaves them as they are. A probe that a deployment beside it removes, as earlier builds
 * do, is made again.
 * @throws BundleError what the engine says; the signal's reason
 */
export async function probeEnsemble(
  engine: TaskEngine,
  ensemble: Ensemble,
  options: ProbeOptions,
): Promise<ProbeAnswer> {
  const { read } = ensemble.probe;
  const missed = (): number => options.clock.missed?.() ?? 0;
  for (let attempt = 1; ; attempt++) {
    const before = missed();
    const result = await runProbe(engine, ensemble, options);
    // An answer from before this machine slept says nothing of now.
    const old = missed() - before >= OLD_MS && attempt < ATTEMPTS;
    if (old) continue;
    if (result === undefined) return { reading: read([]) };
    if ('trouble' in result) return result;
    if (result.ok) return { reading: read(result.lines) };
    if (result.removed !== true || attempt === ATTEMPTS)
      return { trouble: `the probe ended without an answer: ${result.text}` };
  }
}

/**
 * The same for who asks again: an engine that fails has no answer for now.
 * @throws BundleError the signal's reason
 */
export async function tryProbe(...given: Parameters<typeof probeEnsemble>): Promise<ProbeAnswer> {
  try {
    return await probeEnsemble(...given);
  } catch (error) {
    given[2].signal?.throwIfAborted();
    if (!isEngineTrouble(error)) throw error;
    return { trouble: error.message };
  }
}

/** Undefined if there is nobody to ask: no member runs. */
async function runProbe(
  engine: TaskEngine,
  ensemble: Ensemble,
  { stack, clock, signal, thorough = false, turn }: ProbeOptions,
): Promise<JobResult | { trouble: string } | undefined> {
  const { command, thoroughly = [], timeoutSeconds, secrets = [] } = ensemble.probe;
  const [where, networks] = await Promise.all([
    runningService(engine, stack, ensemble.services, { secrets, turn }),
    engine.networks({ stack }),
  ]);
  if (where === undefined) return undefined;
  if ('away' in where) return { trouble: where.away };
  const name = `${stack}_${ensemble.probe.network}`;
  const network = networks.find((each) => each.name === name);
  if (network === undefined) return { trouble: `the swarm has no network ${name}, in which its members are asked` };
  return runJob(
    engine,
    {
      stack,
      kind: KIND,
      image: where.image,
      command: [...command, ...(thorough ? thoroughly : [])],
      networks: jobNetworks(ensemble.probe, network.id, where, networks),
      constraints: where.constraints,
      secrets: where.secrets,
      timeoutMs: timeoutSeconds * 1000,
    },
    { clock, signal },
  );
}

/** Removes what probes of a killed run left. A `verify` or `check` beside it keeps its own: they take no lock. */
export async function sweepProbes(engine: TaskEngine, stack: string): Promise<void> {
  const me = { ...thisOperator(), isAlive };
  const now = Date.parse((await engine.info()).systemTime);
  await sweepJobs(engine, stack, KIND, (labels) => isLeftOver(labels, now, me));
}
