import type { Engine, SwarmService, SwarmTask } from '../engine/port.ts';
import { currentTasks, isJobService } from '../swarm/current-tasks.ts';
import type { ConvergeOptions, ServiceProgress } from './options.ts';
import { troubleSoFar } from './detect.ts';
import { lastLines } from './log-tail.ts';
import type { ConvergeFinding, Outcome } from './outcome.ts';
import type { Snapshot } from '../swarm/snapshot.ts';
import type { Watch } from './watch.ts';
import { duration } from './window.ts';

/** One outcome per service, with node names and the last log lines of the tasks that failed. */
export async function conclude(
  engine: Engine,
  watch: Watch,
  snapshot: Snapshot,
  options: ConvergeOptions,
  late: boolean,
): Promise<Outcome[]> {
  const failed = watch.progress.filter((service) => service.state === 'failed').map((service) => service.name);
  return Promise.all(
    watch.progress.map(async (progress): Promise<Outcome> => {
      const verdict = watch.verdict(progress.name);
      if (verdict?.is === 'converged')
        return { service: progress.name, kind: 'converged', text: verdict.text, hints: [], logLines: [] };
      const service = snapshot.services.find((one) => watch.shortName(one) === progress.name);
      const finding =
        verdict?.is === 'failed'
          ? verdict.finding
          : undecided(progress, service, watch, options, late ? [] : failed, snapshot);
      return complete(engine, progress.name, finding, service, snapshot, options);
    }),
  );
}

/** What to say of a service on which the wait ended: at the deadline, or because others failed. */
function undecided(
  progress: ServiceProgress,
  service: SwarmService | undefined,
  watch: Watch,
  options: ConvergeOptions,
  failed: string[],
  snapshot: Snapshot,
): ConvergeFinding {
  const trouble = service === undefined ? undefined : troubleSoFar({ service, memory: watch.memory });
  const state = service !== undefined && isJobService(service) ? 'complete' : 'running';
  const count = `${String(progress.running)} of ${String(progress.wanted)} ${state}`;
  const so = `${count}; ${progress.phase}${trouble === undefined ? '' : `; ${trouble.text}`}`;
  const silent = service === undefined ? undefined : startingTask(service, snapshot);
  const told = trouble?.task ?? silent;
  const task = told === undefined ? {} : { task: told };
  if (failed.length > 0) {
    return { kind: 'unfinished', text: `not waited for any longer, since ${failed.join(', ')} failed: ${so}`, ...task };
  }
  return {
    kind: 'deadline',
    text: `not there after ${duration(options.timeoutMs)}: ${so}`,
    ...task,
    hints: [
      `docker service ps --no-trunc ${options.stack}_${progress.name} shows its tasks`,
      'give it longer with --timeout',
      // Seen on 20.10 after a leader died.
      'if `docker ps` on its node shows that the container runs, that node’s reports do not ' +
        'arrive: restart its engine, or make another manager the leader',
    ],
  };
}

/** A task that started and is not taken as running yet: its own log mostly tells what it waits for. */
function startingTask(service: SwarmService, { tasks }: Snapshot): SwarmTask | undefined {
  return currentTasks(service, tasks).find(({ state }) => state === 'starting');
}

async function complete(
  engine: Engine,
  name: string,
  finding: ConvergeFinding,
  service: SwarmService | undefined,
  snapshot: Snapshot,
  options: ConvergeOptions,
): Promise<Outcome> {
  const { clock, redactor } = options;
  const { task } = finding;
  const node = snapshot.nodes.find((one) => one.id === task?.nodeId)?.hostname;
  const logLines =
    task === undefined ? [] : await lastLines(engine, task, { tty: service?.tty ?? false, clock, redactor });
  return {
    service: name,
    kind: finding.kind,
    // The engine's words may quote a command line.
    text: redactor.words(finding.text),
    hints: finding.hints ?? [],
    ...(node === undefined ? {} : { node }),
    ...(task === undefined ? {} : { task: task.id }),
    logLines,
  };
}
