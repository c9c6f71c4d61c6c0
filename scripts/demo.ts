/**
 * The main job, end to end: `npm run demo`. Brings up a swarm of three hosts on this machine, builds the simulator
 * images, then runs the real `bundle init --yes` and `bundle deploy`, and ends with what `bundle verify` saw. `npm run
 * demo -- --down` removes it all.
 */
import { buildBundle } from './build.mjs';
import { commandLine, parseOrExit } from './command-line.ts';
import { removeDemos } from './demo/remove.ts';
import { runBundle } from './demo/run.ts';
import { opened, startedManager } from './demo/started.ts';
import { hasBundle, record, recordedTargets, targetOf, typed, type Target } from './demo/target.ts';
import { buildImages } from './images/build.ts';
import { AGENT_LIST } from './images/simulator/agent-list.ts';
import { run } from './lab/exec.ts';
import { attach, dockerCli, remainsOf, unreachableReason, unsupportedReason, up, type Lab } from './lab/lab.ts';

const LAB = 'demo';
const HOSTS = 3;
/** Of the stack. */
const NAME = 'demo';

const command = commandLine('demo', 'A whole cluster on this machine: swarm, images, init, deploy, verify.')
  .option('--down', 'remove every trace of it; with --host or --context, only of the one on that swarm')
  .option('--host <url>', 'the same on a swarm of yours: needs --set images.manager=… --set images.agent=…')
  .option('--context <name>', 'the same, by a context of the docker CLI')
  .option(
    '--set <path=value>',
    'an answer; may be given again',
    (answer: string, before: string[]) => [...before, answer],
    [] as string[],
  )
  .addHelpText('after', '\nIt needs Linux and root for the swarm that it brings up itself.');

interface Options {
  down?: boolean;
  host?: string;
  context?: string;
  set: string[];
}

const say = (line: string) => process.stdout.write(`\n\u2500\u2500 ${line}\n`);

async function main(): Promise<number> {
  const values = parseOrExit(command).opts<Options>();
  const target = targetOf(values);
  if (values.down) return remove(target);

  say('building bundle');
  await buildBundle();
  const given = target.flags.length > 0;
  if (given && !hasBundle(target)) await refuseTaken(target, values.set);
  const lab = given ? undefined : await swarm();
  await record(target);
  const answers = lab ? await simulatorAnswers(lab) : [];
  const flags = lab ? ['--host', lab.host('node1').socket] : target.flags;
  const { cluster } = target;

  say(`bundle init ${hasBundle(target) ? '(the bundle is there already: nothing is made twice)' : ''}`);
  const sets = [...answers, ...values.set].flatMap((answer) => ['--set', answer]);
  for (const argv of [
    ['init', cluster, '--yes', '--set', `name=${NAME}`, ...sets],
    ['deploy', cluster, '--yes'],
  ]) {
    const code = await runBundle([...argv, ...flags], lab);
    if (code !== 0) {
      process.stdout.write(
        `\ndemo: \`bundle ${argv[0]}\` ended with exit code ${code}. \`npm run demo -- --down${typed(target)}\` ` +
          `removes what there is.\n`,
      );
      return code;
    }
  }
  if (lab && !values.set.some((answer) => answer.startsWith('images.'))) await opened(lab, nameIn(values.set));
  say('once more on its own: what every running task really shows');
  const code = await runBundle(['verify', cluster, '--quiet', ...flags], lab);
  process.stdout.write(closing(target, lab));
  return code;
}

/** With --host or --context that demo, else all that there are. */
async function remove(target: Target): Promise<number> {
  const recorded = recordedTargets();
  // A lab is up before its record is made, and is known by its name.
  const lab = targetOf({});
  const all =
    recorded.some(({ dir }) => dir === lab.dir) || unreachableReason() !== undefined || remainsOf(LAB).length === 0
      ? recorded
      : [...recorded, lab];
  const wanted = target.flags.length === 0 ? all : all.filter(({ dir }) => dir === target.dir);
  if (wanted.length === 0) process.stdout.write('demo: there is none to remove\n');
  return removeDemos(wanted, LAB);
}

/** The stack's name. */
const nameIn = (sets: readonly string[]): string =>
  sets.findLast((answer) => answer.startsWith('name='))?.slice('name='.length) ?? NAME;

/**
 * What `--down` removes must be the demo's.
 * @throws Error if that swarm has a stack of this name already, which the demo did not make
 */
async function refuseTaken({ flags }: Target, sets: readonly string[]): Promise<void> {
  const name = nameIn(sets);
  const { code, stdout } = await run([await dockerCli(), ...flags, 'stack', 'ls', '--format', '{{.Name}}'], {
    check: false,
  });
  // Why it cannot be asked, bundle says.
  if (code === 0 && stdout.split('\n').includes(name))
    throw new Error(
      `that swarm has a stack '${name}' already, which is not this demo's. ` +
        'Give the demo another name: --set name=NAME',
    );
}

async function swarm(): Promise<Lab> {
  const why = unsupportedReason();
  if (why !== undefined) throw new Error(`${why}.\nGive the demo a swarm of yours instead: npm run demo -- --help`);
  const running = await attach(LAB).catch(() => undefined);
  if (running) {
    say('the swarm of an earlier demo is still up');
    return running;
  }
  say(`bringing up a swarm of ${HOSTS} hosts on this machine`);
  return up({ id: LAB, hosts: HOSTS, log: (line) => process.stdout.write(`   ${line}\n`) });
}

async function simulatorAnswers(lab: Lab): Promise<string[]> {
  say('building the images: SIMULATORS of Imply’s manager and agent, a real MySQL, a real ZooKeeper');
  const images = await buildImages(lab, {
    only: ['manager', 'agent', 'mysql', 'zookeeper', 'probe'],
    log: (line) => process.stdout.write(`   ${line}\n`),
  });
  const own = { ...images, manager: await startedManager(lab, images.manager) };
  return [
    ...(['manager', 'agent', 'mysql', 'zookeeper'] as const).map((key) => `images.${key}=${own[key]}`),
    // Ports that are not published are asked from inside.
    `verify.probeImage=${images.probe}`,
    ...Object.entries(AGENT_LIST).map(([path, value]) => `${path}=${value}`),
    'deepStorage.type=s3',
    'deepStorage.path=s3://demo/segments',
    'agents.data.replicas=2',
    // The chart's requests for real servers, times three roles, are more than a small machine has.
    ...['manager', 'agents.master', 'agents.query', 'agents.data'].flatMap((role) => [
      `${role}.reserve.cpus="0.05"`,
      `${role}.reserve.memory=64M`,
    ]),
    'agents.data.gracePeriod=1m',
  ];
}

function closing(target: Target, lab: Lab | undefined): string {
  const remove = `Remove it all: npm run demo -- --down${typed(target)}\n`;
  if (lab === undefined) return `\nLook around:   npx bundle status ${target.cluster}${typed(target)}\n${remove}`;
  return `
The cluster runs on simulators: this shows that bundle does its work, and proves nothing about Imply's own images.

Look around:   npx bundle status ${target.cluster} --host ${lab.host('node1').socket}
               npm run lab -- --id ${LAB} docker node1 service ls
${remove}`;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
