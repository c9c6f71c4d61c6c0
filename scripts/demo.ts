/**
 * The main job, end to end: `npm run demo`. Brings up a swarm of three hosts on this machine, builds the simulator
 * images, then runs the real `bundle init --yes` and `bundle deploy`, and ends with what `bundle verify` saw. `npm run
 * demo -- --down` removes it all.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildBundle } from './build.mjs';
import { commandLine, parseOrExit } from './command-line.ts';
import { buildImages } from './images/build.ts';
import { AGENT_LIST } from './images/simulator/agent-list.ts';
import { attach, dockerCli, down, unsupportedReason, up, type Lab } from './lab/lab.ts';
import { netnsFile } from './lab/processes.ts';

const LAB = 'demo';
const HOSTS = 3;
const DIR = join(tmpdir(), 'bundle-demo');
const entry = fileURLToPath(new URL('../dist/bundle.cjs', import.meta.url));

const command = commandLine('demo', 'A whole cluster on this machine: swarm, images, init, deploy, verify.')
  .option('--down', 'remove every trace of it')
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
  if (values.down) {
    await down(LAB);
    await rm(DIR, { recursive: true, force: true });
    process.stdout.write('demo: gone (swarm, containers, images, bundle directory)\n');
    return 0;
  }

  say('building bundle');
  await buildBundle();
  const given = [
    ...(values.host ? ['--host', values.host] : []),
    ...(values.context ? ['--context', values.context] : []),
  ];
  const lab = given.length > 0 ? undefined : await swarm();
  const answers = lab ? await simulatorAnswers(lab) : [];
  const target = lab ? ['--host', lab.host('node1').socket] : given;
  const cluster = join(DIR, 'imply-demo');
  await mkdir(DIR, { recursive: true });

  say(`bundle init ${existsSync(cluster) ? '(the bundle is there already: nothing is made twice)' : ''}`);
  const sets = [...answers, ...values.set].flatMap((answer) => ['--set', answer]);
  for (const argv of [
    ['init', cluster, '--yes', '--set', 'name=demo', ...sets],
    ['deploy', cluster, '--yes'],
  ]) {
    const code = await bundle([...argv, ...target], lab);
    if (code !== 0) {
      process.stdout.write(
        `\ndemo: \`bundle ${argv[0]}\` ended with exit code ${code}. \`npm run demo -- --down\` removes what ` +
          `there is.\n`,
      );
      return code;
    }
  }
  say('once more on its own: what every running task really shows');
  const code = await bundle(['verify', cluster, '--quiet', ...target], lab);
  if (lab) process.stdout.write(closing(cluster, lab));
  return code;
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
  return [
    ...(['manager', 'agent', 'mysql', 'zookeeper'] as const).map((key) => `images.${key}=${images[key]}`),
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

/**
 * Runs the built bundle; in the demo's own swarm where the hosts' published ports can be reached, which `verify` asks.
 */
async function bundle(argv: string[], lab: Lab | undefined): Promise<number> {
  const docker = await (lab ? lab.cli() : dockerCli());
  process.stdout.write(`$ bundle ${argv.join(' ')}\n`);
  return new Promise((resolve, reject) => {
    const [program = '', ...rest] = [
      ...(lab ? ['nsenter', `--net=${netnsFile(lab.switchNetns)}`, '--'] : []),
      process.execPath,
      entry,
      ...argv,
    ];
    const child = spawn(program, rest, { stdio: 'inherit', env: { ...process.env, BUNDLE_DOCKER_CLI: docker } });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 130));
  });
}

const closing = (cluster: string, lab: Lab): string => `
The cluster runs on simulators: this shows that bundle does its work, and proves nothing about Imply's own images.

Look around:   npx bundle status ${cluster} --host ${lab.host('node1').socket}
               npm run lab -- --id ${LAB} docker node1 service ls
Remove it all: npm run demo -- --down
`;

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
