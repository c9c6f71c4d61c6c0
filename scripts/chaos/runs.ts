/** What rounds are made of: an edit, a command that is killed, and one that nobody disturbs. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Blow, Round } from './choose.ts';
import { changeLeader, logsLost, reportsLost } from './managers.ts';
import type { RoundReport } from './report.ts';
import type { Ended, Subject } from './subject.ts';

/** How long runs take, learnt from those that came to their end. Milliseconds. */
export class Durations {
  readonly #last = new Map<string, number[]>();

  expect(what: string): number {
    return Math.max(...(this.#last.get(what) ?? [12_000]));
  }

  learn(what: string, ms: number): void {
    this.#last.set(what, [...(this.#last.get(what) ?? []), ms].slice(-3));
  }
}

export type Work = Omit<RoundReport, 'round' | 'seconds'>;

/** Makes an edit, with an init that is left alone. */
export async function edit(subject: Subject, { change = 'nothing' }: Blow, { number, luck }: Round): Promise<void> {
  const sets = await subject.edit(change, number, luck);
  if (sets.length > 0)
    await subject.must([
      'init',
      subject.dir,
      '--yes',
      '--no-prepare',
      '--quiet',
      ...sets.flatMap((set) => ['--set', set]),
    ]);
}

/** Runs a command and kills it at the blow's moment. True if it was killed, and did not end before. */
export async function strike(
  subject: Subject,
  args: string[],
  blow: Blow,
  expected: number,
  work: Work,
): Promise<boolean> {
  const run = subject.start(args, blow.host);
  const ms = blow.at * expected;
  await Promise.race([pause(ms), run.ended]);
  const killed = run.kill(blow.group);
  const ended = await run.ended;
  const command = args[0] as 'deploy';
  if (killed) work.kills[command] = (work.kills[command] ?? 0) + 1;
  else if (ended.code !== 0 && !logsLost(subject, ended) && !secretsNotMounted(ended))
    work.violations.push(`${command} ended by itself with ${String(ended.code)}: ${ended.all.slice(-800)}`);
  const how = killed
    ? `killed${blow.group ? ' with its children' : ''} after ${(ended.ms / 1000).toFixed(2)} s at "${place(ended)}"`
    : `ended before, after ${(ended.ms / 1000).toFixed(1)} s`;
  work.events.push(`${blow.change === undefined || work.events.length === 0 ? '' : `${blow.change}, `}${how}`);
  return killed;
}

/**
 * Engine 20.10 at times fails to start one of several containers that get secrets at once. Swarm then pauses the
 * update, which is told as the failure that it is; the task is started again even so, and the same command then
 * ends with 0.
 */
function secretsNotMounted({ code, all }: Pick<Ended, 'code' | 'all'>): boolean {
  return code === 4 && all.includes('swarm paused the update') && all.includes('unable to remount dir as readonly');
}

/** Runs a command that nobody disturbs: it has to end with 0. */
export async function again(subject: Subject, args: string[], host: string, work: Work): Promise<Ended> {
  let ended = await subject.run(args, host);
  if (logsLost(subject, ended)) {
    work.events.push(
      `from ${host}: could not tell, since the swarm has lost a node's logs; made another manager the leader`,
    );
    await changeLeader(subject);
    ended = await subject.run(args, host);
  }
  if (await reportsLost(subject, ended, host)) {
    work.events.push(
      `from ${host}: the swarm waits for a task that has long been running, since a node's reports do not ` +
        'arrive; made another manager the leader',
    );
    await changeLeader(subject);
    ended = await subject.run(args, host);
  }
  if (secretsNotMounted(ended)) {
    work.events.push(`from ${host}: an engine could not mount a task's secrets, so swarm paused the update; once more`);
    ended = await subject.run(args, host);
  }
  judge(args, host, ended, work);
  return ended;
}

/** Writes down how a run went that nobody disturbed. */
export function judge(args: string[], host: string, ended: Ended, work: Work): void {
  if (ended.code !== 0)
    work.violations.push(`${args[0] ?? ''} again, from ${host}, ended with ${String(ended.code)}:\n${ended.all}`);
  if (/unexpected error/.test(ended.all)) work.violations.push(`an error of ours:\n${ended.all}`);
  const steps = ended.all.split('\n').filter((line) => line.startsWith('· ')).length;
  const told = [
    /took over the lock/.test(ended.all) ? 'took over the lock' : '',
    /deploying again/.test(ended.all) ? 'deployed twice' : '',
    steps === 0 ? 'nothing left to do' : `${steps} steps`,
  ];
  work.events.push(`again from ${host}: ${told.filter(Boolean).join(', ')}, ${(ended.ms / 1000).toFixed(1)} s`);
}

/** Where a run was: the last line it printed. */
function place({ all }: Ended): string {
  const [last = ''] = all
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-1);
  return last === '' ? 'its start' : last.trim().slice(0, 50);
}
