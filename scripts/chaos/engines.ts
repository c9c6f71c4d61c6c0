/** Rounds in which an engine dies under a deploy: the leader's, or the one that bundle talks to. */
import { setTimeout as pause } from 'node:timers/promises';
import { HOSTS, type Round } from './choose.ts';
import { diskOf, violations } from './invariants.ts';
import { allReady, leaderOf, reportsLost } from './managers.ts';
import { again, edit, judge, type Durations, type Work } from './runs.ts';
import { HOME, type Subject } from './subject.ts';

/** Kills an engine in the middle of a deploy, starts it again, and runs the same command. */
export async function engineRound(subject: Subject, round: Round, durations: Durations, work: Work): Promise<void> {
  const [blow] = round.blows;
  if (blow === undefined) throw new Error('a round without a blow');
  const args = subject.deploy;
  await edit(subject, blow, round);
  const disk = await diskOf(subject);
  const leader = await leaderOf(subject);
  const victim = round.kind === 'leader' ? leader : blow.host;
  const others = HOSTS.filter((host) => host !== victim);
  const spared = others[round.luck < 0.5 ? 0 : 1] ?? 'node1';
  const run = subject.start(args, round.kind === 'leader' ? spared : victim);
  let over = false;
  void run.ended.then(() => {
    over = true;
  });
  await Promise.race([pause(blow.at * durations.expect('data')), run.ended]);
  if (over) work.events.push('ended before');
  await subject.lab.kill(victim);
  work.faults += 1;
  subject.enginesDied = true;
  try {
    // Back soon, so that the run may live through it, or only when the run has given up.
    const soon = (round.luck * 10) % 1 < 0.5;
    await Promise.race(soon ? [pause(2_000 + round.luck * 4_000)] : [pause(45_000), run.ended]);
    // By another manager, while the first is still away; if tasks are to run there, this would wait for it.
    if (!soon && victim !== HOME && victim !== subject.queryNode) {
      await run.ended;
      const meanwhile = await subject.run(args, spared);
      if (await reportsLost(subject, meanwhile, spared))
        work.events.push(
          `from ${spared}, meanwhile: the swarm waits for a task that has long been running: a node's reports ` +
            'do not arrive',
        );
      else judge(args, spared, meanwhile, work);
    }
  } finally {
    await subject.lab.start(victim);
  }
  const ended = await run.ended;
  const words = ended.all.split('\n').find((line) => line.startsWith('bundle: ')) ?? '';
  work.events.push(
    `${victim}${victim === leader ? ' (leader)' : ''} killed after ` +
      `${((blow.at * durations.expect('data')) / 1000).toFixed(1)} s: ended with ${String(ended.code)} after ` +
      `${(ended.ms / 1000).toFixed(1)} s ${words}`,
  );
  // A verification tells its failures in its table.
  const told = words !== '' || /: \d+ checks on \d+ tasks: /.test(ended.all);
  if (ended.code !== 0 && (!told || /unexpected error/.test(ended.all)))
    work.violations.push(`no clear error, but:\n${ended.all}`);
  await allReady(subject);
  await again(subject, args, round.host, work);
  subject.deployed = true;
  work.violations.push(...(await violations(subject, disk)));
}
