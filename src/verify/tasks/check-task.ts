import type { PlacedEndpoint } from '../endpoints/types.ts';
import { within, type Clock } from '../../swarm/clock.ts';
import { isJobService } from '../../swarm/current-tasks.ts';
import type { Engine, SwarmService, SwarmTask } from '../../engine/port.ts';
import { quote } from '../../ui/quote.ts';
import type { Redactor } from '../../ui/redact.ts';
import { checkEndpoint, type EndpointOptions } from '../endpoints/check-endpoint.ts';
import type { Work } from '../jobs.ts';
import type { Doubt } from '../unheard.ts';
import { deadlineOf, isCutShort, isYoung, notYet } from './deadline.ts';
import { findLines } from './logs.ts';
import { ownWords } from './own-words.ts';
import type { LogExpectation, ProgramExpectation } from '../../sdk/definition.ts';
import type { CheckOutcome, CheckResult } from '../result.ts';
import { portFaults } from './ports.ts';
import { checkProgram, type ProgramAsker } from './program.ts';
import { patternText, type LineResult } from './search.ts';
import { secretFaults } from './secrets.ts';
import type { ExpectedMount } from './secrets.ts';

export interface TaskToCheck {
  /** Short name of the service. */
  name: string;
  service: SwarmService;
  task: SwarmTask;
  /** Host name of its node. */
  node: string | undefined;
  /** What is told of unplanned ends of the tasks before it; empty if there were none. */
  endedBefore: string;
  /** True if the swarm has no word from that node: the task may be dead. */
  away: boolean;
  logs: readonly LogExpectation[];
  /** What shows its log to a person. */
  logCommand: string;
  endpoints: readonly PlacedEndpoint[];
  programs: readonly ProgramExpectation[];
  /** Seconds after its start for its lines, and for its ports and programs. */
  withinSeconds: number;
  servesWithinSeconds: number;
  /** Whether the secrets it mounts are looked at, and whether it is told that it runs. */
  looks: { secrets: boolean; running: boolean };
  mounts: readonly ExpectedMount[] | undefined;
  forbidden: readonly string[];
}

export interface TaskCheckOptions extends EndpointOptions {
  /** The whole verification's end. */
  endsAt: number;
  clock: Clock;
  /** How far the managers' clock is ahead of ours, in ms. */
  ahead: number;
  /** As in `StackVerifyOptions`. */
  strict?: boolean | undefined;
  redactor: Redactor;
  /** Resolves when the verdict begins to count; absent if it does from the start. */
  notBefore?: Promise<void> | undefined;
  /** Undefined if nothing can be run beside a task. */
  program: ProgramAsker | undefined;
  /** Of its node. */
  doubt: Doubt;
  /** Logs read at once: each is a stream through the manager to a node. */
  inTurn: <T>(work: () => Promise<T>) => Promise<T>;
}

const EVIDENCE_LENGTH = 200;

/** Everything that one running task must show. */
export function taskWork(engine: Pick<Engine, 'taskLogs'>, subject: TaskToCheck, options: TaskCheckOptions): Work {
  const { task, away, logs, endpoints, programs, looks } = subject;
  const secrets = looks.secrets && !(subject.mounts === undefined && subject.forbidden.length === 0);
  const checks = [
    ...(looks.running ? [upCheck(isJobService(subject.service))] : []),
    ...logs.map(({ name }) => name),
    ...endpoints.map(({ endpoint }) => endpoint.name),
    ...programs.map(({ name }) => name),
    ...(secrets ? ['secrets'] : []),
  ];
  const doubt = options.doubt(task.nodeId);
  return {
    // A node that is merely not heard of yet takes back nothing that was seen there.
    key: `${task.id} ${task.stateAt} ${String(away && doubt === undefined)}`,
    doubt,
    open: checks.map((check) =>
      resultFor(subject, { check, status: 'unsure', detail: 'the time was up before it was looked at to the end' }),
    ),
    run: async (emit, signal) => {
      if (looks.running)
        emit(resultFor(subject, { check: upCheck(isJobService(subject.service)), ...running(subject) }));
      if (secrets) emit(secretResult(subject));
      const serving = { task: subject.task, withinSeconds: subject.servesWithinSeconds };
      const limits = { deadline: deadlineOf(serving, options), giveUpAt: options.endsAt, signal };
      const cutShort = options.strict !== true && isCutShort(serving, options);
      const ask = async (placed: PlacedEndpoint): Promise<void> => {
        // The questions for logs leave first: to begin TLS keeps this process busy for some milliseconds.
        await options.clock.sleep(0, signal);
        const { starting = false, ...asked } = await checkEndpoint(subject, placed, options, limits);
        const outcome = starting && cutShort ? notYet(asked, subject.servesWithinSeconds) : asked;
        const words = isSilent(placed, outcome, options.inside !== undefined)
          ? await wordsOf(engine, subject, options)
          : '';
        emit(resultFor(subject, { check: placed.endpoint.name, ...outcome, detail: `${outcome.detail}${words}` }));
      };
      const others = Promise.all(endpoints.filter((placed) => !mayBeClosed(placed)).map(ask));
      await Promise.all([
        checkLogs(engine, subject, options, emit, signal),
        others,
        ...endpoints.filter(mayBeClosed).map(async (placed) => {
          await others;
          const { clock, endsAt, notBefore } = options;
          if (notBefore !== undefined) await within(notBefore, endsAt - clock.now(), clock, signal);
          await ask(isYoung(serving, options) ? orStarting(placed) : placed);
        }),
        ...programs.map(async (program) => {
          const outcome = await checkProgram(program, subject, options.program, { ...limits, clock: options.clock });
          const words = outcome.status === 'failed' ? await wordsOf(engine, subject, options) : '';
          emit(resultFor(subject, { check: program.name, ...outcome, detail: `${outcome.detail}${words}` }));
        }),
      ]);
    },
  };
}

/** That it is closed is no fault, and its last word: it is asked late, when the task has most likely started. */
const mayBeClosed = ({ endpoint }: PlacedEndpoint): boolean => endpoint.kind === 'secured';

/** A port of a task that may not serve it yet. */
function orStarting(placed: PlacedEndpoint): PlacedEndpoint {
  const { endpoint } = placed;
  if (endpoint.kind !== 'secured') return placed;
  const closedUntil = `${endpoint.closedUntil}, or its servers are still starting: verify again`;
  return { ...placed, endpoint: { ...endpoint, closedUntil } };
}

/** The fields that say which task a result is of. */
export function resultFor(
  subject: Pick<TaskToCheck, 'name' | 'task' | 'node'>,
  result: Omit<CheckResult, 'service' | 'task' | 'slot' | 'node'>,
): CheckResult {
  const { task, node } = subject;
  return {
    service: subject.name,
    task: task.id,
    ...(task.slot === undefined ? {} : { slot: task.slot }),
    ...(node === undefined ? {} : { node }),
    ...result,
  };
}

/** What is looked at of a task itself: of a service's that it runs, of a job's that it ended well. */
export function upCheck(job: boolean): 'running' | 'completed' {
  return job ? 'completed' : 'running';
}

function running({ away, service, task, endedBefore }: TaskToCheck): Pick<CheckResult, 'status' | 'detail'> {
  if (task.state === 'complete') return { status: 'passed', detail: `at ${task.stateAt}` };
  if (away) return { status: 'unsure', detail: 'the swarm has no word from its node' };
  const faults = task.state === 'running' ? portFaults(service, task) : '';
  return faults === ''
    ? { status: 'passed', detail: `since ${task.stateAt}${endedBefore}` }
    : { status: 'failed', detail: faults };
}

async function checkLogs(
  engine: Pick<Engine, 'taskLogs'>,
  subject: TaskToCheck,
  options: TaskCheckOptions,
  emit: (result: CheckResult) => void,
  signal: AbortSignal,
): Promise<void> {
  const { task, logs, service, node, away } = subject;
  if (logs.length === 0) return;
  const cutShort = isCutShort(subject, options);
  const { clock, endsAt, redactor, inTurn } = options;
  const told = new Set<string>();
  const tell = (pattern: string, result: LineResult | undefined, words = ''): void => {
    if (told.has(pattern)) return;
    told.add(pattern);
    for (const expected of logs) {
      if (expected.contains !== pattern) continue;
      const verdict = lineVerdict(result, expected, { ...subject, cutShort }, redactor, words);
      emit(resultFor(subject, { check: expected.name, ...verdict }));
    }
  };
  const found = await findLines(
    engine,
    task,
    logs.map(({ contains }) => contains),
    {
      deadline: deadlineOf(subject, options),
      giveUpAt: endsAt,
      tty: service.tty,
      ...(node !== undefined && { place: { node, ready: !away, container: task.containerId } }),
      inTurn,
      clock,
      signal,
      onFound: (pattern, result) => tell(pattern, result),
    },
  );
  const missing = logs.some(({ contains }) => found.get(contains)?.is === 'missing');
  const words = missing ? await wordsOf(engine, subject, options) : '';
  for (const { contains } of logs) tell(contains, found.get(contains), words);
}

/**
 * Whether the service gave no answer, a wrong one, or is not known where it should be, so that its own log mostly tells
 * why. What is wrong with a certificate is told by that; and that this machine alone does not reach a port says
 * nothing.
 * @param inside whether it was asked where the question belongs
 */
function isSilent({ endpoint }: PlacedEndpoint, { status, certificate }: CheckOutcome, inside: boolean): boolean {
  if (certificate !== undefined) return false;
  return status === 'failed' || (status === 'unsure' && inside && endpoint.kind !== 'registration');
}

/** The last lines of a task's log, to follow a verdict; of a node that does not answer none come. */
export async function wordsOf(
  engine: Pick<Engine, 'taskLogs'>,
  { task, service: { tty }, away }: TaskToCheck,
  { clock, redactor }: Pick<TaskCheckOptions, 'clock' | 'redactor'>,
): Promise<string> {
  return away ? '' : ownWords(engine, task, { tty, clock, redactor });
}

function lineVerdict(
  result: LineResult | undefined,
  { contains: pattern, says }: LogExpectation,
  { logCommand, withinSeconds, cutShort }: TaskToCheck & { cutShort: boolean },
  redactor: Redactor,
  words: string,
): Pick<CheckResult, 'status' | 'detail' | 'at' | 'gone'> {
  if (result === undefined) return { status: 'unsure', detail: 'not looked for' };
  if (result.is === 'unsure')
    return { status: 'unsure', detail: redactor.words(result.reason), ...(result.gone && { gone: true }) };
  if (result.is === 'missing') {
    const within = cutShort
      ? ` yet, and not waited for as long as it may take (${withinSeconds} s from its start)`
      : ` within ${withinSeconds} s of its start`;
    return {
      status: 'failed',
      detail:
        `no line with ${patternText(pattern)}${within}: ${redactor.words(result.reason)}; ` +
        `${logCommand} shows it${words}`,
    };
  }
  const at = result.time === undefined ? {} : { at: result.time };
  if (says !== undefined) return { ...says.judge(result.line), ...at };
  // A piece of a line may begin or end in the middle of a secret, of which half is not known.
  const detail =
    redactor.quotes && !result.part
      ? quote(result.line, redactor, EVIDENCE_LENGTH, pattern.trimEnd())
      : `a line with ${patternText(pattern)}`;
  return { status: 'passed', detail, ...at };
}

function secretResult(subject: TaskToCheck): CheckResult {
  const { task, mounts, forbidden } = subject;
  const faults = secretFaults(task, mounts, forbidden);
  if (faults.length > 0) return resultFor(subject, { check: 'secrets', status: 'failed', detail: faults.join('; ') });
  const names = task.secrets.map((mount) => mount.name).sort();
  const detail = names.length === 0 ? 'none, as it should be' : names.join(', ');
  return resultFor(subject, { check: 'secrets', status: 'passed', detail });
}
