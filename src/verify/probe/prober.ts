import { randomBytes } from 'node:crypto';
import type { SecretState } from '../../bundle/secret-state.ts';
import { BundleError } from '../../errors.ts';
import { nodeText } from '../../place/named-node.ts';
import { momentsOf, within, type Clock, type Moment } from '../../swarm/clock.ts';
import { currentTasks } from '../../swarm/current-tasks.ts';
import type { SwarmNode, SwarmTask, TaskEngine } from '../../engine/port.ts';
import { isLeftOver, ownerLabels, type JobOwner } from '../../swarm/jobs/owner.ts';
import type { JobResult } from '../../swarm/jobs/result.ts';
import type { JobPlace } from '../../swarm/jobs/place.ts';
import { allEnded } from '../../swarm/jobs/all-ended.ts';
import { runJob, sweepJobs } from '../../swarm/jobs/run.ts';
import type { Redactor } from '../../ui/redact.ts';
import { notAsked } from '../endpoints/batches.ts';
import type { EndpointAskOptions, EndpointOutcome, EndpointSubject, InsideProber, Keys } from '../endpoints/types.ts';
import { completed, judgeFacts } from './judge.ts';
import { parseFindings, type Findings } from './parse.ts';
import type { Paths } from './paths.ts';
import { apart, placeOfProbe } from './place.ts';
import { authorityId, ProbePlan } from './plan.ts';
import { probeScript } from './script.ts';

/** Label value of the jobs. */
export const PROBE_KIND = 'verify-probe';

export interface InsideOptions {
  stack: string;
  /** It has `sh`, `date`, `sleep` and curl 7.88 or newer. */
  image: string;
  secrets: readonly SecretState[];
  keys: Keys;
  clock: Clock;
  redactor: Redactor;
  me: JobOwner & { isAlive: (pid: number) => boolean };
  /** Is told which nodes the probe's node reached. */
  paths?: Paths;
}

/**
 * The script is one argument of a program, and Linux takes none longer than 131,072 bytes (MAX_ARG_STRLEN,
 * include/uapi/linux/binfmts.h): questions that make a longer one are asked by several jobs.
 */
const LONGEST_SCRIPT = 100_000;
/** Kept at the end for what a job has printed by then. */
const LAST_READ_MS = 4_000;
/** Between the job's creation and its first question, and for those after the last wait. */
const OVERHEAD_MS = 15_000;
/** An engine that hangs is not waited for: what stays is swept by the next run. */
const CLEAR_UP_MS = 10_000;

/**
 * Asks ports that are not published, by a job in the stack's networks, one a batch unless that is too large. The job is
 * removed before an answer is given or, if it is given up, before `idle` resolves; a killed run's is removed by the
 * next one.
 */
export function insideProber(
  engine: TaskEngine,
  options: InsideOptions,
): { ask: InsideProber; idle: () => Promise<void> } {
  const running = new Set<Promise<unknown>>();
  return {
    ask: (subjects, limits) => {
      const work = ask(engine, options, subjects, limits);
      const settled = work
        .then(
          () => undefined,
          () => undefined,
        )
        .finally(() => running.delete(settled));
      running.add(settled);
      return work;
    },
    idle: async () => {
      await within(Promise.all(running), CLEAR_UP_MS, options.clock);
    },
  };
}

async function ask(
  engine: TaskEngine,
  options: InsideOptions,
  subjects: readonly EndpointSubject[],
  { deadline, giveUpAt, signal }: EndpointAskOptions,
): Promise<Map<EndpointSubject, EndpointOutcome>> {
  const { stack, image, secrets, clock, me } = options;
  const [info, services, allTasks, nodes, networks] = await Promise.all([
    engine.info(),
    engine.services({ stack }),
    engine.tasks({ stack }),
    engine.nodes(),
    engine.networks({ stack }),
  ]);
  const swarmNow = Date.parse(info.systemTime);
  const now = momentsOf(clock, swarmNow - clock.now());
  await sweepJobs(engine, stack, PROBE_KIND, (labels) => isLeftOver(labels, swarmNow, me));

  const tasks = new Map(
    services.map((service) => [
      service.name.slice(stack.length + 1),
      currentTasks(service, allTasks).filter(({ state }) => state === 'running'),
    ]),
  );
  const planOf = (some: readonly EndpointSubject[]): ProbePlan =>
    new ProbePlan(some, { networks: networks.map(({ id }) => id), tasks, secrets, now: swarmNow });
  const placeOf = (one: ProbePlan): JobPlace => placeOfProbe(one, [...tasks.values()].flat(), nodes);
  /** What keeps one part from being asked is said of that part alone. */
  const inParts = async (parts: readonly EndpointSubject[][]): Promise<[EndpointSubject, EndpointOutcome][]> => {
    const asked = parts.map((part) =>
      ask(engine, options, part, { deadline, giveUpAt, signal }).catch((error: unknown) => {
        if (!(error instanceof BundleError) || signal.aborted) throw error;
        return new Map(part.map((subject) => [subject, notAsked(error)]));
      }),
    );
    return (await allEnded(asked)).flatMap((part) => [...part]);
  };
  const plan = planOf(subjects);
  if (plan.questions.length === 0) return plan.outcomes;
  const place = placeOf(plan);
  if ('trouble' in place) {
    const open = subjects.filter((subject) => !plan.outcomes.has(subject));
    const { parts, refused } = apart(open, (subject) => placeOf(planOf([subject])));
    return new Map([...plan.outcomes, ...refused, ...(await inParts(parts))]);
  }
  const patienceSeconds = Math.max(0, Math.min(deadline, giveUpAt - OVERHEAD_MS) - clock.now()) / 1000;
  const script = probeScript(plan.questions, {
    random: randomBytes(32).toString('hex'),
    patienceSeconds,
    authorities: plan.authorities,
  });
  if (Buffer.byteLength(script) > LONGEST_SCRIPT && subjects.length > 1) {
    const half = Math.ceil(subjects.length / 2);
    return new Map(await inParts([subjects.slice(0, half), subjects.slice(half)]));
  }
  const timeoutMs = Math.max(1_000, giveUpAt - LAST_READ_MS - clock.now());
  let from = '';
  const result = await runJob(
    engine,
    {
      stack,
      image,
      timeoutMs,
      kind: PROBE_KIND,
      command: ['sh', '-c', script],
      networks: [...plan.networks],
      secrets: plan.mounts,
      ...place,
      labels: ownerLabels(me, swarmNow + timeoutMs),
    },
    { clock, signal, onTask: ({ nodeId }) => (from = nodeId) },
  );
  if (options.paths !== undefined) notePaths(options.paths, plan, result, nodes, from);
  return outcomes(plan, result, { ...options, nodes, patienceSeconds, now: now() });
}

/** An entry in a register is asked of the register, not of the task that it is of. */
function notePaths(paths: Paths, plan: ProbePlan, result: JobResult, nodes: readonly SwarmNode[], from: string): void {
  const shown = new Map(nodes.map(({ id, hostname }) => [id, nodeText(nodes, hostname, id)]));
  const { facts } = parseFindings(result.lines);
  const here = shown.get(from);
  for (const [{ endpoint, task }, { question }] of plan.places) {
    const [there, found] = [shown.get(task.nodeId), facts.get(question)];
    if (here !== undefined && there !== undefined && found !== undefined && endpoint.kind !== 'registration')
      paths.note(here, there, found);
  }
}

function outcomes(
  plan: ProbePlan,
  result: JobResult,
  options: InsideOptions & { nodes: readonly SwarmNode[]; patienceSeconds: number; now: Moment },
): Map<EndpointSubject, EndpointOutcome> {
  const { keys, now, nodes, patienceSeconds } = options;
  const findings = parseFindings(result.lines);
  const trouble = troubleOf(result, findings, options.redactor);
  const reachable = ({ nodeId }: SwarmTask): boolean =>
    nodes.some(({ id, state }) => id === nodeId && state === 'ready');
  const all = new Map<EndpointSubject, EndpointOutcome>(plan.outcomes);
  for (const [subject, { question, entry, authority, settleSeconds }] of plan.places) {
    const facts = findings.facts.get(question);
    const shown = authority && findings.facts.get(authorityId(authority))?.certificates[0];
    all.set(
      subject,
      trouble !== undefined && (facts?.done !== true || findings.trouble !== undefined)
        ? { status: 'unsure', detail: trouble }
        : judgeFacts(subject, facts, {
            authority: authority && completed(keys.authority(authority), shown),
            now,
            reachable: reachable(subject.task),
            entry,
            stale: settleSeconds > patienceSeconds,
          }),
    );
  }
  return all;
}

/** Why what the job printed is incomplete, or counts for nothing. */
function troubleOf({ ok, text }: JobResult, { trouble }: Findings, redactor: Redactor): string | undefined {
  if (!ok)
    return (
      'the probe inside the stack’s network did not end well: ' +
      `${redactor.quotes ? redactor(text) : 'docker service ps tells why'}`
    );
  return trouble;
}
