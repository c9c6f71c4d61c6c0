/** One round: a change, kills, the same command again, and what must hold then. */
import type { Round } from './choose.ts';
import { engineRound } from './engines.ts';
import { initRound } from './init.ts';
import { diskOf, releasesOf, remains, violations } from './invariants.ts';
import type { RoundReport } from './report.ts';
import { again, edit, strike, type Durations, type Work } from './runs.ts';
import type { Subject } from './subject.ts';

/** Does one round. What is wrong is in its report; it throws only if the round itself could not be carried out. */
export async function playRound(subject: Subject, round: Round, durations: Durations): Promise<RoundReport> {
  const started = performance.now();
  const work: Work = { kills: {}, faults: 0, events: [], violations: [] };
  const play = {
    deploy: deployRound,
    rollback: rollbackRound,
    destroy: destroyRound,
    init: initRound,
    leader: engineRound,
    engine: engineRound,
  }[round.kind];
  try {
    await play(subject, round, durations, work);
  } catch (error) {
    work.violations.push(`the round broke off: ${error instanceof Error ? error.message : String(error)}`);
  }
  return { round, ...work, seconds: (performance.now() - started) / 1000 };
}

async function deployRound(subject: Subject, round: Round, durations: Durations, work: Work): Promise<void> {
  const args = subject.deploy;
  if (round.blows[0]?.change === 'first') await empty(subject);
  const what = subject.deployed ? (round.blows[0]?.change ?? '') : 'first';
  let disk = await diskOf(subject);
  for (const blow of round.blows) {
    await edit(subject, blow, round);
    if (blow.change !== undefined) disk = await diskOf(subject);
    await strike(subject, args, blow, durations.expect(what), work);
  }
  const last = await again(subject, args, round.host, work);
  durations.learn(what, last.ms);
  subject.deployed = true;
  work.violations.push(...(await violations(subject, disk)));
}

async function rollbackRound(subject: Subject, round: Round, durations: Durations, work: Work): Promise<void> {
  if (!subject.deployed) await subject.must(subject.deploy);
  await edit(subject, { at: 0, group: false, host: round.host, change: 'data' }, round);
  await subject.must(subject.deploy, round.host);
  subject.deployed = true;
  const disk = await diskOf(subject);
  const [newest, before] = await releasesOf(subject);
  const target = before?.number ?? 0;
  // Named, it can be run as often as one likes; unnamed, a second run after one that came to its end would go back
  // further.
  const args = [
    'rollback',
    subject.dir,
    '--yes',
    '--ignore',
    'placement-move',
    ...(round.luck < 0.5 ? ['--to', String(target)] : []),
  ];
  const done = async (): Promise<boolean> => {
    const [now] = await releasesOf(subject);
    return now !== undefined && now.number > (newest?.number ?? 0) && now.state === 'verified';
  };
  let over = false;
  for (const blow of round.blows.slice(0, 2)) {
    if (!over) await strike(subject, args, blow, durations.expect('data'), work);
    over ||= await done();
  }
  if (!over || args.includes('--to')) await again(subject, args, round.host, work);
  const [now] = await releasesOf(subject);
  if (now?.rollbackOf !== target || now.state !== 'verified' || now.number !== (newest?.number ?? 0) + 1) {
    work.violations.push(
      `after a rollback to ${target} the newest release is ${String(now?.number)}, ${String(now?.state)}, of ` +
        `${String(now?.rollbackOf)}`,
    );
  }
  await again(subject, subject.deploy, round.host, work);
  work.violations.push(...(await violations(subject, disk)));
}

async function destroyRound(subject: Subject, round: Round, durations: Durations, work: Work): Promise<void> {
  if (!subject.deployed) await subject.must(subject.deploy);
  const args = ['destroy', subject.dir, '--yes', '--volumes'];
  await edit(subject, { at: 0, group: false, host: round.host, change: 'nothing' }, round);
  for (const blow of round.blows) await strike(subject, args, blow, durations.expect('destroy'), work);
  // Volumes are removed where it is asked for.
  const last = await again(subject, args, 'node2', work);
  durations.learn('destroy', last.ms);
  subject.deployed = false;
  work.violations.push(...(await remains(subject)));
}

async function empty(subject: Subject): Promise<void> {
  if (subject.deployed) await subject.must(['destroy', subject.dir, '--yes', '--volumes'], 'node2');
  subject.deployed = false;
}
