import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { dockerCli } from '../lab/docker-cli.ts';
import { log, median, NOISE, wall } from './measure.ts';
import { NODE, RECORDED_ENGINE } from './recorded-engine.ts';
import { buildWithOwnStacks } from './stacks/build.ts';

const SIZES = [50, 200, 800, 2_000];
const RUNS = 5;
const STACK = 'many';
/** Tells the most memory that a process held, in KiB, on its file 3. */
const TELL_MEMORY =
  'data:text/javascript,import{writeSync}from"node:fs";' +
  'process.on("exit",()=>writeSync(3,String(process.resourceUsage().maxRSS)))';

/**
 * `bundle plan` of more and more services, against an engine that records and runs nothing: time, time for each
 * service, and memory. Once without a change, and once with one, for which the tasks are read and their placement is
 * worked out.
 */
export async function scaleTimes(dir: string): Promise<void> {
  const program = await buildWithOwnStacks(join(dir, 'own'));
  for (const services of SIZES) {
    const socket = join(dir, `${services}.sock`);
    const engine = await startEngine(socket);
    try {
      const env = { ...process.env, DOCKER_HOST: `unix://${socket}` };
      const bundle = join(dir, `scale-${services}`);
      await deployTo(program, bundle, services, env);
      measure(`bundle plan of ${services} services`, [program, bundle], services, env);
      const change = ['service', 'update', '--detach', '--quiet', '--env-add', 'CHANGED=1', `${STACK}_app-1`];
      wall({ command: await dockerCli(), argv: change }, env);
      measure('  one of them changed', [program, bundle], services, env);
    } finally {
      engine.kill();
    }
  }
}

async function startEngine(socket: string): Promise<ChildProcess> {
  const argv = ['--import', 'tsx', RECORDED_ENGINE, socket];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`the recording engine ended with ${String(code)}`);
    }),
  ]);
  return child;
}

/** `init`, `prepare` and `docker stack deploy` of so many services. */
async function deployTo(program: string, bundle: string, services: number, env: NodeJS.ProcessEnv): Promise<void> {
  log(`deploying ${services} services to an engine that records`);
  const answers = [`name=${STACK}`, `services=${services}`, `node=${NODE}`].flatMap((answer) => ['--set', answer]);
  const node = process.execPath;
  wall(
    {
      command: node,
      argv: [program, 'init', bundle, '--stack', 'many', '--yes', '--no-prepare', '--quiet', ...answers],
    },
    env,
  );
  wall({ command: node, argv: [program, 'prepare', bundle, '--yes', '--quiet'] }, env);
  const deploy = ['stack', 'deploy', '--resolve-image', 'never', '-c', join(bundle, 'stack.yml'), STACK];
  wall({ command: await dockerCli(), argv: deploy }, env);
}

function measure(
  name: string,
  [program, bundle]: readonly [string, string],
  services: number,
  env: NodeJS.ProcessEnv,
): void {
  const runs = Array.from({ length: RUNS }, () => {
    const started = performance.now();
    const done = spawnSync(process.execPath, ['--import', TELL_MEMORY, program, 'plan', bundle], {
      stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
      env,
    });
    if (done.status !== 0) throw new Error(`plan of ${services} services ended with ${done.status}`);
    return { ms: performance.now() - started, mib: Number(done.output[3]?.toString()) / 1024 };
  });
  const ms = median(runs.map((run) => run.ms));
  const mib = Math.max(...runs.map((run) => run.mib));
  process.stdout.write(
    `${name.padEnd(44)} ${`${ms.toFixed(0)} ms`.padStart(8)}  ${(ms / services).toFixed(2)} ms a service  ` +
      `${mib.toFixed(0)} MiB${NOISE}\n`,
  );
}
