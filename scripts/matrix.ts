/**
 * Deploys and verifies stacks with all kinds of answers on the lab, so chosen that any two answers that go together are once in the same stack: `npm run matrix`.
 *   --cases N   N of them that have as many different answers as possible (all)
 *   --seed S    other cases (3)
 *   --case N    only this one
 *   --list      print the cases, deploy nothing
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { buildBundle } from './build.mjs';
import { buildImages } from './images/build.ts';
import { down, unsupportedReason, up } from './lab/lab.ts';
import { SEED, casesOf, caseText, choose, onLab, renderedOnly, seenIn } from './matrix/cases.ts';
import { matrices } from './matrix/dimensions.ts';
import { playAll, playedText } from './matrix/play.ts';
import { setStage } from './matrix/stage.ts';
import { clearLabs, thisRun } from './testing/labs.ts';

const LAB = `${thisRun}-matrix`;
const { values } = parseArgs({ options: { cases: { type: 'string' }, seed: { type: 'string', default: String(SEED) }, case: { type: 'string' }, list: { type: 'boolean' } } });
const say = (line: string): boolean => process.stdout.write(`${line}\n`);

function whole(option: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  return refuse(`${option} ${text}: a whole number is needed`);
}

function refuse(why: string): never {
  process.stderr.write(`${why}\n`);
  process.exit(2);
}

const seed = whole('--seed', values.seed);
const all = casesOf(matrices.map(onLab), seed);
const number = values.case === undefined ? undefined : whole('--case', values.case);
const cases = number !== undefined ? all.filter((one) => one.number === number) : values.cases !== undefined ? choose(all, whole('--cases', values.cases)) : all;
if (cases.length === 0) refuse(`seed ${seed} has cases 1 to ${all.length}`);

say(`seed ${seed}: ${cases.length} of ${all.length} cases`);
for (const line of renderedOnly()) say(`only rendered, by the unit tests: ${line}`);
const seen = seenIn(cases);
if (number === undefined) for (const value of [...seenIn(all)].filter((each) => !seen.has(each))) say(`not in these cases: ${value}`);
if (values.list) {
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
try {
  // Of its own, so that a build in the meantime does not change what is under test.
  await buildBundle(pathToFileURL(join(work, 'dist')));
  await clearLabs((line) => say(line));
  const lab = await up({ id: LAB, hosts: 3, log: (line) => process.stderr.write(`matrix: ${line}\n`) });
  const images = await buildImages(lab, { only: ['manager', 'agent', 'mysql', 'zookeeper'] });
  const stage = await setStage(lab, images, join(work, 'dist', 'bundle.mjs'), work);
  const played = await playAll(stage, cases, (one) => {
    say(playedText(one));
    if (one.problem !== undefined) say(`  again: npm run matrix -- --seed ${seed} --case ${one.one.number}`);
    return !stopped;
  });
  const failed = played.filter(({ problem }) => problem !== undefined);
  say(`seed ${seed}: ${played.length - failed.length} of ${cases.length} cases deployed and verified in ${((performance.now() - started) / 60_000).toFixed(1)} min, ${failed.length} failed`);
  process.exitCode = failed.length > 0 || played.length < cases.length ? 1 : 0;
} finally {
  await down(LAB);
  await rm(work, { recursive: true, force: true });
}
