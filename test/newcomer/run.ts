/**
 * The newcomer's path at the pace of a person: clone, `npm ci`, a lab of three hosts with cached images, the wizard,
 * the deployment. `npx tsx test/newcomer/run.ts [CHECKOUT]` prints the seconds of each part; CHECKOUT is another
 * build's, to compare with. The lab is this build's in any case.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { buildImages } from '../../scripts/images/build.ts';
import { up, type Lab } from '../../scripts/lab/lab.ts';
import { netnsFile } from '../../scripts/lab/processes.ts';
import { asCached, newcomerAnswers } from './answers.ts';
import { PERSON, play } from './play.ts';

const ID = 'newcomer';
const HOSTS = ['node1', 'node2', 'node3'];
const checkout = process.argv[2] ?? fileURLToPath(new URL('../..', import.meta.url));
const execute = promisify(execFile);

let total = 0;
/** Times a part of the path. */
async function part<T>(what: string, work: () => Promise<T>): Promise<T> {
  const since = performance.now();
  const result = await work();
  const seconds = (performance.now() - since) / 1000;
  total += seconds;
  process.stdout.write(`${what}: ${seconds.toFixed(1)} s\n`);
  return result;
}

const cwd = await mkdtemp(join(tmpdir(), 'newcomer-'));
let lab: Lab | undefined;
try {
  const clone = join(cwd, 'clone');
  await part('git clone', () => execute('git', ['clone', '--quiet', checkout, clone]));
  await part('npm ci', () => execute('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: clone }));
  lab = await part('lab up', () => up({ id: ID, hosts: HOSTS.length }));
  // Cached: not part of the path.
  const images = await buildImages(lab, { only: ['manager', 'agent', 'mysql', 'zookeeper'] });
  await asCached(lab, HOSTS, images);
  const entry = join(clone, 'scripts/bundle.cjs');
  const bundle = ['nsenter', `--net=${netnsFile(lab.switchNetns)}`, '--', process.execPath, entry];
  const options = { env: lab.env('node1'), cwd, pace: PERSON };
  const asked = { init: 0, deploy: 0 };
  const before = total;
  for (const command of ['init', 'deploy'] as const)
    await part(command, async () => {
      const played = await play([...bundle, command, 'prod'], newcomerAnswers(images), options);
      asked[command] = played.asked.length;
      if (played.code === 0) return;
      process.stdout.write(played.screen);
      throw new Error(`${command} ended with ${played.code}`);
    });
  process.stdout.write(
    `answers: ${asked.init} and ${asked.deploy}\nfrom init to the verified cluster: ${(total - before).toFixed(1)} s\n` +
      `the whole path: ${total.toFixed(1)} s\n`,
  );
} finally {
  await lab?.down();
  await rm(cwd, { recursive: true, force: true });
}
