import type { Clock } from '../../swarm/clock.ts';
import type { MountedSecret, SwarmNode, SwarmTask, TaskEngine } from '../../engine/port.ts';
import { BundleError } from '../../errors.ts';
import type { ProgramExpectation } from '../../sdk/definition.ts';
import { jobNetworks } from '../../swarm/attachments.ts';
import { isLeftOver, ownerLabels, type JobOwner } from '../../swarm/jobs/owner.ts';
import { onNode, placeOfSecrets, type JobPlace } from '../../swarm/jobs/place.ts';
import { runJob, sweepJobs } from '../../swarm/jobs/run.ts';
import type { Redactor } from '../../ui/redact.ts';
import { PROBE_KIND } from '../probe/prober.ts';
import type { CheckOutcome } from '../result.ts';

/**
 * Runs a program of a definition beside a task, and gives what its judge says.
 * @throws the signal's reason
 */
export type ProgramAsker = (
  program: ProgramExpectation,
  task: SwarmTask,
  limits: { giveUpAt: number; signal: AbortSignal },
) => Promise<CheckOutcome>;

export interface ProgramOptions {
  stack: string;
  clock: Clock;
  redactor: Redactor;
  me: JobOwner & { isAlive: (pid: number) => boolean };
}

const RETRY_MS = 2_000;

/**
 * Asks by jobs in the stack's network: each in the image of the task, digest and all, and on its node, so that nothing
 * has to be pulled. If the node takes no new tasks, it is another one; for a job with secrets one that has them
 * already, or none. A job is removed before its answer is given; a killed run's is removed by the next one.
 */
export function programAsker(engine: TaskEngine, options: ProgramOptions): ProgramAsker {
  return async (program, task, limits) => {
    try {
      return await ask(engine, program, task, { ...options, ...limits });
    } catch (error) {
      limits.signal.throwIfAborted();
      if (error instanceof BundleError) return { status: 'unsure', detail: error.message };
      throw error;
    }
  };
}

async function ask(
  engine: TaskEngine,
  program: ProgramExpectation,
  task: SwarmTask,
  { stack, clock, redactor, me, giveUpAt, signal }: ProgramOptions & { giveUpAt: number; signal: AbortSignal },
): Promise<CheckOutcome> {
  const [info, nodes, networks] = await Promise.all([engine.info(), engine.nodes(), engine.networks({ stack })]);
  const swarmNow = Date.parse(info.systemTime);
  await sweepJobs(engine, stack, PROBE_KIND, (labels) => isLeftOver(labels, swarmNow, me));
  const name = `${stack}_${program.network}`;
  const network = networks.find((each) => each.name === name);
  if (network === undefined) return { status: 'unsure', detail: `the swarm has no network ${name}` };
  const secrets = task.secrets.filter(({ target }) => program.secrets?.includes(target) === true);
  const place = await placeOf(engine, stack, { task, secrets }, nodes);
  if ('trouble' in place) return { status: 'unsure', detail: `its program does not run: ${place.trouble}` };
  const timeoutMs = Math.max(1_000, Math.min(program.timeoutSeconds * 1000, giveUpAt - clock.now()));
  const result = await runJob(
    engine,
    {
      stack,
      kind: PROBE_KIND,
      image: task.image,
      command: [...program.command],
      networks: jobNetworks(program, network.id, task, networks),
      ...place,
      secrets,
      labels: ownerLabels(me, swarmNow + timeoutMs),
      timeoutMs,
    },
    { clock, signal },
  );
  if (!result.ok)
    return {
      status: 'unsure',
      detail: `its program ended without an answer${redactor.quotes ? `: ${redactor(result.text)}` : ''}`,
    };
  const { status, detail } = program.judge(result.lines);
  return { status, detail: redactor.words(detail) };
}

/** Beside the task; elsewhere if its node takes no new tasks, which runs no job either. */
async function placeOf(
  engine: TaskEngine,
  stack: string,
  { task, secrets }: { task: SwarmTask; secrets: readonly MountedSecret[] },
  nodes: readonly SwarmNode[],
): Promise<JobPlace> {
  const node = nodes.find(({ id }) => id === task.nodeId);
  if (node?.availability === 'active') return onNode(node);
  if (secrets.length === 0) return { constraints: [] };
  return placeOfSecrets(secrets, await engine.tasks({ stack }), nodes);
}

/** Asks until it passes, or until the time is over in which the task must show it. */
export async function checkProgram(
  program: ProgramExpectation,
  { task, away }: { task: SwarmTask; away: boolean },
  asker: ProgramAsker | undefined,
  { clock, deadline, ...limits }: { clock: Clock; deadline: number; giveUpAt: number; signal: AbortSignal },
): Promise<CheckOutcome> {
  if (asker === undefined) return { status: 'not-run', detail: 'nothing can be run beside it here' };
  if (away) return { status: 'unsure', detail: 'the swarm has no word from its node' };
  let told: CheckOutcome | undefined;
  for (;;) {
    const asked = await asker(program, task, limits);
    // A last question that ran out of time does not take back what was told before.
    const outcome = asked.status === 'unsure' && told !== undefined ? told : asked;
    if (outcome.status === 'failed') told = outcome;
    if (outcome.status === 'passed' || clock.now() + RETRY_MS >= deadline) return outcome;
    await clock.sleep(RETRY_MS, limits.signal);
  }
}
