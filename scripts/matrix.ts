/**
 * `npm run matrix`: deploys and verifies stacks so chosen that any two answers that go together are once in the same
 * stack.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildBundle } from './build.mjs';
import { checked, commandLine, parseOrExit, usageError, wholeNumber } from './command-line.ts';
import { buildImages } from './images/build.ts';
import { unsupportedReason, up, type Lab } from './lab/lab.ts';
import { checkEngine } from './lab/plan.ts';
import { DEFAULT_ENGINE, ENGINE_NAMES } from './lab/engines.ts';
import { SEED, casesOf, caseText, choose, onLab, renderedOnly, seenIn } from './matrix/cases.ts';
import { playAll, playedText } from './matrix/play.ts';
import { setStage } from './matrix/stage.ts';
import { clearLabs, thisRun } from './testing/labs.ts';

const LAB = `${thisRun}-matrix`;
const ABOUT = 'Deploys and verifies stacks on the lab: any two answers that go together are once in the same stack.';
const command = commandLine('matrix', ABOUT)
  .option('--cases <n>', 'so many, with as many different answers as possible (default: all)', wholeNumber(1))
  .option('--seed <s>', 'other cases', wholeNumber(0), SEED)
  .option('--case <n>', 'only this one', wholeNumber(1))
  .option('--list', 'print the cases, deploy nothing')
  .option('--engine <engine>', ENGINE_NAMES.join(', '), checked(checkEngine), DEFAULT_ENGINE);
type Options = { cases?: number; seed: number; case?: number; list?: boolean; engine: string };
const { cases: wanted, seed, case: number, list, engine } = parseOrExit(command).opts<Options>();
const say = (line: string): boolean => process.stdout.write(`${line}\n`);

const all = casesOf(onLab(), seed);
const some = wanted === undefined ? all : choose(all, wanted);
const cases = number === undefined ? some : all.filter((one) => one.number === number);
if (cases.length === 0) usageError(command, `--case ${number}: seed ${seed} has cases 1 to ${all.length}`);

say(`seed ${seed}: ${cases.length} of ${all.length} cases`);
for (const line of renderedOnly()) say(`only rendered, by the unit tests: ${line}`);
const seen = seenIn(cases);
if (number === undefined)
  for (const value of [...seenIn(all)].filter((each) => !seen.has(each))) say(`not in these cases: ${value}`);
if (list) {
  for (const one of cases) say(`#${one.number} ${caseText(one)}`);
  process.exit(0);
}

const why = unsupportedReason();
if (why !== undefined) {
  process.stderr.write(`the lab cannot run here: ${why}\n`);
  process.exit(1);
}
let stopped = false;
process.once('SIGINT', () => {
  stopped = true;
  process.stderr.write('matrix: ends after these cases\n');
});

const started = performance.now();
const work = await mkdtemp(join(tmpdir(), 'bundle-matrix-'));
let lab: Lab | undefined;
try {
  // Of its own, so that a build in the meantime does not change what is under test.
  await buildBundle(pathToFileURL(join(work, 'dist')));
  await clearLabs((line) => say(line));
  lab = await up({ id: LAB, engine, hosts: 3, log: (line) => process.stderr.write(`matrix: ${line}\n`) });
  const images = await buildImages(lab, { only: ['manager', 'agent', 'mysql', 'zookeeper'] });
  const stage = await setStage(lab, images, join(work, 'dist', 'bundle.cjs'), work);
  const played = await playAll(stage, cases, (one) => {
    say(playedText(one));
    if (one.problem !== undefined)
      say(`  again: npm run matrix -- --engine ${engine} --seed ${seed} --case ${one.one.number}`);
    return !stopped;
  });
  const failed = played.filter(({ problem }) => problem !== undefined);
  say(
    `seed ${seed}: ${played.length - failed.length} of ${cases.length} cases deployed and verified in ` +
      `${((performance.now() - started) / 60_000).toFixed(1)} min, ${failed.length} failed`,
  );
  process.exitCode = failed.length > 0 || played.length < cases.length ? 1 : 0;
} finally {
  await lab?.down();
  await rm(work, { recursive: true, force: true });
}
