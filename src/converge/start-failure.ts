import type { OutcomeKind } from './outcome.ts';
import type { SwarmTask } from '../engine/port.ts';

export interface StartFailure {
  kind: OutcomeKind & ('image' | 'port-taken' | 'bind-source' | 'secret-missing');
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
      text: `a port that the service publishes is taken on ${where} by something outside the swarm: ${task.error}`,
      hints: [`on ${where}: ss -ltnp shows which process holds it`],
    }),
  },
  {
    kind: 'bind-source',
    error: /bind source path does not exist|invalid mount config/i,
    explain: (task, where) => ({
      text: `${where} lacks a directory that the service mounts: ${task.error}`,
      hints: [`create the directory on ${where}, or choose nodes that have it`],
    }),
  },
  {
    kind: 'secret-missing',
    error: /(secret|config)\b.*\b(not found|does not exist|missing)|unable to get (secret|config)/i,
    explain: (task, where) => ({
      text: `${where} did not get a secret or config that the task mounts: ${task.error}`,
      hints: ['docker secret ls shows what the swarm holds; bundle prepare makes what stack.yml names'],
    }),
  },
];

/** Recognises a failure before the program ran by the task's error; undefined for anything else. */
export function startFailure(task: SwarmTask, where: string): StartFailure | undefined {
  if (task.state !== 'rejected' && task.state !== 'failed') return undefined;
  const pattern = PATTERNS.find(({ error }) => error.test(task.error));
  return pattern === undefined ? undefined : { kind: pattern.kind, ...pattern.explain(task, where) };
}

function image(task: SwarmTask): string {
  return task.image.replace(/@sha256:[0-9a-f]{64}$/, '');
}
