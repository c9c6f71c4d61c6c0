import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { buildImages } from '../images/build.ts';
import type { Lab } from '../lab/lab.ts';
import { removeStack } from '../lab/stack-rm.ts';
import { bringUp, takeDown } from './labs.ts';
import { SERVICE } from './stacks/dying.ts';
import { LAB, log, NOISE, onSwitch } from './measure.ts';
import { buildWithOwnStacks } from './stacks/build.ts';

const STACKS = 100;
const AT_ONCE = 4;
const FIRST_SECONDS = 1;
const LAST_SECONDS = 12;
/** Default of the update's monitor: a task that ended in it was never up. */
const MONITOR_MS = 5_000;

interface Death {
  /** Exit code of the deployment. */
  code: number;
  /** Of the first task, by the clock of this machine, which is that of the hosts; ms. */
  livedMs: number;
  diedAt: number;
  /** When the release was marked: the command's last word. */
  saidAt: number;
}

/**
 * `bundle deploy` of a hundred stacks whose task shows all that is looked for and dies after 1 to 12 s. None may be
 * found good whose task did not outlive the monitor window, or was dead when the release was marked.
 * @throws Error if one was
 */
export async function deathTimes(dir: string): Promise<void> {
  const lab = await bringUp({ id: LAB, hosts: 3 });
  try {
    const { manager } = await buildImages(lab, { log, only: ['manager'] });
    const program = await buildWithOwnStacks(join(dir, 'own'));
    const numbers = Array.from({ length: STACKS }, (_unused, index) => index);
    const deaths: Death[] = [];
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (let number = numbers.shift(); number !== undefined; number = numbers.shift()) {
          const seconds = FIRST_SECONDS + (number * (LAST_SECONDS - FIRST_SECONDS)) / (STACKS - 1);
          const death = await die(lab, program, {
            name: `dies-${number}`,
            directory: join(dir, `dies-${number}`),
            image: manager ?? '',
            seconds,
          });
          deaths.push(death);
          log(`${seconds.toFixed(1)} s: exit ${death.code}`);
        }
      }),
    );
    report(deaths);
  } finally {
    await takeDown(LAB);
  }
}

async function die(
  lab: Lab,
  program: string,
  stack: { name: string; directory: string; image: string; seconds: number },
): Promise<Death> {
  const { name, directory, image, seconds } = stack;
  const set = [`name=${name}`, `image=${image}`, `diesAfter=${seconds.toFixed(2)}`].flatMap((each) => ['--set', each]);
  const made = await bundle(lab, [
    program,
    'init',
    directory,
    '--stack',
    'dying',
    '--yes',
    '--no-prepare',
    '--quiet',
    ...set,
  ]);
  if (made.code !== 0) throw new Error(`init of ${name} ended with ${made.code}\n${made.output}`);
  const { code, output } = await bundle(lab, [program, 'deploy', directory, '--yes', '--quiet']);
  if (code !== 0 && code !== 4) throw new Error(`deploy of ${name} ended with ${code}\n${output}`);
  const { livedMs, diedAt } = await firstLife(lab, name);
  const release = ['config', 'inspect', '--format', '{{.UpdatedAt}}', `${name}.release.1`];
  const saidAt = timeOf((await lab.docker('node1', release)).stdout);
  await removeStack(lab, name);
  return { code, livedMs, diedAt, saidAt };
}

/** Of the stack's first task, as its engine has it. */
async function firstLife(lab: Lab, name: string): Promise<Pick<Death, 'livedMs' | 'diedAt'>> {
  for (;;) {
    const { stdout } = await lab.docker('node1', [
      ...['stack', 'ps', name, '--no-trunc', '--format', '{{.ID}} {{.Node}} {{.CurrentState}}'],
    ]);
    const [id = '', node = '', state = ''] = (stdout.trim().split('\n').at(-1) ?? '').split(' ');
    if (['Failed', 'Complete', 'Shutdown'].includes(state)) {
      const container = `${name}_${SERVICE}.1.${id}`;
      const inspect = ['container', 'inspect', '--format', '{{.State.StartedAt}} {{.State.FinishedAt}}', container];
      const [started, finished] = (await lab.docker(node, inspect)).stdout.trim().split(' ').map(Date.parse);
      if (started === undefined || finished === undefined) throw new Error(`${container} never ran`);
      return { livedMs: finished - started, diedAt: finished };
    }
    await new Promise((next) => setTimeout(next, 500));
  }
}

/** Of what docker prints of a time: `2026-01-01 00:00:00.123456789 +0000 UTC`. */
const timeOf = (text: string): number => Date.parse(`${text.trim().slice(0, 23).replace(' ', 'T')}Z`);

function report(deaths: readonly Death[]): void {
  const good = deaths.filter(({ code }) => code === 0);
  const wrong = good.filter(({ livedMs, diedAt, saidAt }) => livedMs < MONITOR_MS || diedAt <= saidAt);
  const told = deaths.filter(({ code }) => code === 4);
  const seconds = (ms: number): string => (ms / 1000).toFixed(1);
  const longest = Math.max(...told.map(({ livedMs }) => livedMs));
  process.stdout.write(
    `bundle deploy of ${deaths.length} stacks that die after ${FIRST_SECONDS} to ${LAST_SECONDS} s: ` +
      `${told.length} told as failed (their first task lived up to ${seconds(longest)} s), ` +
      `${good.length - wrong.length} died after they had been found good, ` +
      `${wrong.length} found good though dead${NOISE}\n`,
  );
  for (const { livedMs, diedAt, saidAt } of wrong)
    process.stdout.write(`  lived ${seconds(livedMs)} s, and died ${seconds(saidAt - diedAt)} s before it was said\n`);
  if (wrong.length > 0) throw new Error(`${wrong.length} stacks were found good though dead`);
}

function bundle(lab: Lab, argv: string[]): Promise<{ code: number; output: string }> {
  const inside = onSwitch(lab, process.execPath, argv);
  return new Promise((resolve, reject) => {
    const child = spawn(inside.command, inside.argv, { env: { ...process.env, ...lab.env('node1') } });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += String(chunk)));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? -1, output }));
  });
}
