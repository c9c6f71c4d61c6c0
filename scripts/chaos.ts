/**
 * `npm run chaos`: kills `bundle` at random moments on the lab, runs it again, and looks whether all is as if nothing
 * had been.
 */
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildBundle } from './build.mjs';
import { roundOf } from './chaos/choose.ts';
import { deployKills, roundLine, summary, type RoundReport } from './chaos/report.ts';
import { playRound } from './chaos/round.ts';
import { Durations } from './chaos/runs.ts';
import { Subject } from './chaos/subject.ts';
import { checked, commandLine, parseOrExit, wholeNumber } from './command-line.ts';
import { buildImages } from './images/build.ts';
import { unsupportedReason, up, type Lab } from './lab/lab.ts';
import { checkEngine } from './lab/plan.ts';
import { DEFAULT_ENGINE, ENGINE_NAMES } from './lab/engines.ts';
import { clearLabs, thisRun } from './testing/labs.ts';

const LAB = `${thisRun}-chaos`;
const ABOUT =
  'Kills bundle at random moments on the lab, runs it again, and looks whether all is as if nothing had been.';
const command = commandLine('chaos', ABOUT)
  .option('--kills <n>', 'at least so many kills of `bundle deploy`', wholeNumber(0), 100)
  .option('--seed <s>', 'the choices of an earlier run', wholeNumber(0))
  .option('--round <n>', 'only this round, after a first deployment', wholeNumber(0))
  .option('--engine <engine>', ENGINE_NAMES.join(', '), checked(checkEngine), DEFAULT_ENGINE);
const options = parseOrExit(command).opts<{ kills: number; seed?: number; round?: number; engine: string }>();
const { kills: wanted, seed = Math.floor(Math.random() * 1e6), round: only, engine } = options;
const say = (line: string): boolean => process.stdout.write(`${line}\n`);

let stopped = false;
process.once('SIGINT', () => {
  stopped = true;
  process.stderr.write('chaos: ends after this round\n');
});

async function play(subject: Subject): Promise<RoundReport[]> {
  const durations = new Durations();
  const first = await subject.must(subject.deploy);
  subject.deployed = true;
  durations.learn('first', first.ms);
  const reports: RoundReport[] = [];
  for (let number = only ?? 1; ; number++) {
    const report = await playRound(subject, roundOf(seed, number), durations);
    reports.push(report);
    say(roundLine(report));
    for (const violation of report.violations) say(`  VIOLATION: ${violation.replace(/\n/g, '\n    ')}`);
    const again = `npm run chaos -- --engine ${engine} --seed ${seed} --round ${number}`;
    if (report.violations.length > 0) say(`  again: ${again}`);
    if (stopped || only !== undefined || deployKills(reports) >= wanted) return reports;
  }
}

const why = unsupportedReason();
if (why !== undefined) {
  process.stderr.write(`the lab cannot run here: ${why}\n`);
  process.exit(1);
}
say(`seed ${seed}, engine ${engine}`);
const started = performance.now();
// Of its own, so that a build in the meantime does not change what is under test.
const dist = join(tmpdir(), `bundle-chaos-dist-${process.pid}`);
let lab: Lab | undefined;
let subject: Subject | undefined;
try {
  await buildBundle(pathToFileURL(dist));
  await clearLabs((line) => say(line));
  lab = await up({ id: LAB, engine, hosts: 3, log: (line) => process.stderr.write(`chaos: ${line}\n`) });
  subject = await Subject.make(
    lab,
    await buildImages(lab, { only: ['manager', 'agent', 'mysql', 'zookeeper'] }),
    join(dist, 'bundle.cjs'),
  );
  const { text, good } = summary(await play(subject), seed, (performance.now() - started) / 1000);
  say(text);
  process.exitCode = good ? 0 : 1;
} finally {
  await subject?.remove();
  await lab?.down();
  await rm(dist, { recursive: true, force: true });
}
