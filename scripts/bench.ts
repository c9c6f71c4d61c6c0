/**
 * Measures and prints ratios against a baseline of the same run: `npm run bench`, or `npm run bench -- plan` for one of
 * them.
 *  1. start: `bundle --version` and `bundle render` against an empty Node script, and with `--against DIR` against the
 *     build in that checkout; with `--node FILE` on that Node too.
 *  2. plan: `bundle plan` of 200 services, against `docker service inspect` of the same 200 in one call.
 *  3. deploy: `bundle deploy` to verified for 36 tasks, against a bare `docker stack deploy` that is polled.
 *     Also without verification.
 *  4. verify: `bundle verify` of 36 healthy tasks, against `docker service logs --tail` of each in parallel.
 *  5. kafka: `bundle deploy` to verified of three brokers, against a bare `docker stack deploy`; and of a change that
 *     restarts them, against three `docker service update --force`: each polled until the brokers are well.
 *  6. scale: `bundle plan` of 50 to 2,000 services against an engine that records: time, and memory.
 *  7. deaths: `bundle deploy` of a hundred stacks that die after 1 to 12 s; only if it is asked for.
 * Wall times: medians and spread. Lines are marked `noisy` if the machine was busy as the bench began.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { existsSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Argument, InvalidArgumentError } from 'commander';
import { deathTimes } from './bench/deaths.ts';
import { deployTimes } from './bench/deploy.ts';
import { kafkaTimes } from './bench/kafka/times.ts';
import { takeDown } from './bench/labs.ts';
import { printLoad } from './bench/measure.ts';
import { planTimes } from './bench/plan.ts';
import { scaleTimes } from './bench/scale.ts';
import { startTimes } from './bench/start.ts';
import { verifyTimes } from './bench/verify.ts';
import { buildBundle } from './build.mjs';
import { commandLine, parseOrExit } from './command-line.ts';
import { unsupportedReason } from './lab/lab.ts';

const BENCHES = {
  start: { time: startTimes, lab: false },
  plan: { time: planTimes, lab: true },
  deploy: { time: deployTimes, lab: true },
  verify: { time: verifyTimes, lab: true },
  kafka: { time: kafkaTimes, lab: true },
  scale: { time: scaleTimes, lab: false },
  deaths: { time: deathTimes, lab: true },
};
const ALWAYS = ['start', 'plan', 'deploy', 'verify', 'kafka', 'scale'];

/** The built program of a checkout. */
function builtIn(directory: string): string {
  // Earlier ones began with a module.
  const files = ['bundle.cjs', 'bundle.mjs'].map((name) => resolve(directory, 'dist', name));
  const file = files.find((each) => existsSync(each));
  if (file !== undefined) return file;
  throw new InvalidArgumentError(`There is no ${files[0]}: run \`npm run build\` there.`);
}

const command = commandLine('bench', 'Measures, and prints ratios against a baseline of the same run.').addArgument(
  new Argument('[benches...]', 'only these (default: all but deaths)').choices(Object.keys(BENCHES)),
);
command.option('--against <directory>', 'start: against the build in that checkout too', builtIn);
command.option('--node <file>', 'start: on that Node too');
const parsed = parseOrExit(command);
const wanted = parsed.args;
const { against, node: other } = parsed.opts<{ against?: string; node?: string }>();
const why = unsupportedReason();
const dir = await mkdtemp(join(tmpdir(), 'bundle-bench-'));
// Ctrl-C: the labs go with it. What is measured meanwhile fails, and nobody looks. A lab that is on its way is taken
// down by `up`, which then sends the signal again.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    const quiet = (): void => undefined;
    void takeDown()
      .catch(quiet)
      .then(() => {
        // In one go: between two steps of a removal the bench would go on, and write there again.
        rmSync(dir, { recursive: true, force: true });
        process.exit(130);
      });
  });
try {
  await buildBundle();
  printLoad();
  for (const [name, { time, lab }] of Object.entries(BENCHES)) {
    if (!(wanted.length > 0 ? wanted : ALWAYS).includes(name)) continue;
    if (lab && why !== undefined) process.stdout.write(`${name} was not measured: ${why}\n`);
    else await time(dir, { against, other });
  }
} finally {
  await takeDown();
  await rm(dir, { recursive: true, force: true });
}
