import type { SwarmService, SwarmTask } from '../engine/port.ts';
import { NOT_RUN, PATTERNS, type Pattern, type StartFailure } from './start-patterns.ts';

/** The same trouble in two tasks: of one class, or in the same words apart from ids and addresses. */
export function sameError(a: SwarmTask, b: SwarmTask, service: Pick<SwarmService, 'ports'>): boolean {
  const [one, other] = [patternOf(a, service), patternOf(b, service)];
  if (one !== undefined || other !== undefined) return one === other;
  return blanked(a.error) === blanked(b.error);
}

/** Whether two tasks ended alike: with the same exit code, and in the same words. */
export function sameEnd(a: SwarmTask, b: SwarmTask, service: Pick<SwarmService, 'ports'>): boolean {
  return a.exitCode === b.exitCode && sameError(a, b, service);
}

/**
 * An error without what differs from one task to the next, wherever it stands: ids of tasks (25 letters and digits), of
 * containers and endpoints (12 to 64 hexadecimal digits, also behind `_`), UUIDs, processes, addresses of IPv4, IPv6
 * and Ethernet with their ports.
 */
export function blanked(error: string): string {
  return error
    .replace(/(?<![a-z0-9])[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![a-z0-9])/gi, '…')
    .replace(/(?<=\/proc\/|\bpid[ =:]+)\d+/gi, '…')
    .replace(/(?<![a-z0-9])[0-9a-f]{12,64}(?![a-z0-9])/gi, '…')
    .replace(/(?<![a-z0-9])(?=[a-z]*\d)[a-z0-9]{25}(?![a-z0-9])/g, '…')
    .replace(/(?<![0-9a-f])[0-9a-f]{2}(:[0-9a-f]{2}){5}(?![0-9a-f:])/gi, '…')
    .replace(/(?<![\d.])\d{1,3}(\.\d{1,3}){3}(\/\d+|:\d+)?(?![\d.])/g, '…')
    .replace(/\[?(?<![0-9a-z:])([0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![0-9a-z:])\]?(:\d+)?/gi, '…');
}

/** Recognises a failure before the program ran by the task's error; undefined for anything else. */
export function startFailure(
  task: SwarmTask,
  where: string,
  service: Pick<SwarmService, 'name' | 'mode' | 'ports'>,
): StartFailure | undefined {
  const pattern = patternOf(task, service);
  if (pattern === undefined) return undefined;
  const { kind, mayPassMs } = pattern;
  return { kind, ...(mayPassMs !== undefined && { mayPassMs }), ...pattern.explain(task, where, service) };
}

/** Whether a task's entrypoint is a shell with a script of ours, not the image's own. */
function isWrapped({ spec }: SwarmTask): boolean {
  const [shell = '', option] =
    (spec as { ContainerSpec?: { Command?: string[] | null } | null }).ContainerSpec?.Command ?? [];
  return /(^|\/)sh$/.test(shell) && option === '-c';
}

function patternOf(task: SwarmTask, { ports: published }: Pick<SwarmService, 'ports'>): Pattern | undefined {
  const { state, error: text, exitCode } = task;
  if (state !== 'rejected' && state !== 'failed') return undefined;
  const notRun = exitCode === undefined || !isWrapped(task) ? undefined : NOT_RUN[exitCode];
  if (notRun !== undefined) return notRun;
  return PATTERNS.find(
    ({ error, unless, ports }) =>
      error.test(text) && unless?.test(text) !== true && (ports !== true || published.length > 0),
  );
}
