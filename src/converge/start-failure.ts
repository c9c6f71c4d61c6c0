import type { OutcomeKind } from './outcome.ts';
import type { SwarmTask } from '../engine/port.ts';

export interface StartFailure {
  kind: OutcomeKind & ('image' | 'port-taken' | 'bind-source' | 'secret-missing' | 'start-error');
  text: string;
  hints: string[];
}

interface Pattern {
  kind: StartFailure['kind'];
  error: RegExp;
  explain(task: SwarmTask, where: string): Pick<StartFailure, 'text' | 'hints'>;
}

/** Errors that say the program was never started, and that waiting for a store or a peer cannot cure. */
const PATTERNS: readonly Pattern[] = [
  {
    kind: 'image',
    error: /no such image|pull access denied|manifest .*(unknown|not found)|failed to resolve reference/i,
    explain: (task, where) => ({
      text: `${where} cannot pull the image ${image(task)}: ${task.error}`,
      hints: ['check the image name, and that this machine is logged in to its registry (docker login), then deploy again'],
    }),
  },
  {
    kind: 'port-taken',
    error: /address already in use|port is already allocated/i,
    explain: (task, where) => ({
      text: `a port that the service publishes is taken on ${where} by something outside the swarm: ${lastWords(task.error)}`,
      hints: [`on ${where}: ss -ltnp shows which process holds it`],
    }),
  },
  {
    kind: 'bind-source',
    error: /bind source path does not exist/i,
    explain: (task, where) => ({
      text: `${where} lacks a directory that the service mounts: ${task.error}`,
      hints: [`create the directory on ${where}, or choose nodes that have it`],
    }),
  },
  {
    kind: 'secret-missing',
    error: /(secret|config) reference|unable to get (secret|config) from/i,
    explain: (task, where) => ({
      text: `${where} did not get a secret or config that the task mounts: ${task.error}`,
      hints: ['docker secret ls shows what the swarm holds; bundle prepare makes what stack.yml names'],
    }),
  },
  {
    kind: 'start-error',
    error: /executable file not found|invalid mount config|exec format error|unable to find user|no matching entries in passwd|cannot mkdir|exec: .*(permission denied|no such file)/i,
    explain: (task, where) => ({
      text: `the program cannot be started on ${where}: ${task.error.replace(/^.*unable to start container process: /, '')}`,
      hints: ['check the image, and the command, user and working directory that the service sets'],
    }),
  },
];

/** The same trouble in two tasks: their errors differ in the ids of containers and endpoints. */
export function sameError(a: SwarmTask, b: SwarmTask): boolean {
  const plain = (text: string): string => text.replace(/\b[0-9a-f]{12,64}\b/g, '…');
  return plain(a.error) === plain(b.error);
}

/** Recognises a failure before the program ran by the task's error; undefined for anything else. */
export function startFailure(task: SwarmTask, where: string): StartFailure | undefined {
  if (task.state !== 'rejected' && task.state !== 'failed') return undefined;
  const pattern = PATTERNS.find(({ error }) => error.test(task.error));
  return pattern === undefined ? undefined : { kind: pattern.kind, ...pattern.explain(task, where) };
}

/** Of an error that the engine wrapped many times, what it is about. */
function lastWords(error: string): string {
  return /(listen \S+ .*|Bind for .*)$/.exec(error)?.[1] ?? error;
}

function image(task: SwarmTask): string {
  return task.image.replace(/@sha256:[0-9a-f]{64}$/, '');
}
