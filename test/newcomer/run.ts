/**
 * The newcomer's path at the pace of a person, on a lab of three hosts with cached images: the wizard, then the
 * deployment. `npx tsx test/newcomer/run.ts [ENTRY]` prints the seconds of each part; ENTRY is another build's
 * dist/bundle.mjs, to compare with.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildImages } from '../../scripts/images/build.ts';
import { down, up } from '../../scripts/lab/lab.ts';
import { netnsFile } from '../../scripts/lab/processes.ts';
import { asCached, newcomerAnswers } from './answers.ts';
import { PERSON, play } from './play.ts';

const ID = 'newcomer';
const HOSTS = ['node1', 'node2', 'node3'];
const entry = process.argv[2] ?? fileURLToPath(new URL('../../dist/bundle.mjs', import.meta.url));
const say = (what: string, since: number): void =>
  void process.stdout.write(`${what}: ${((Date.now() - since) / 1000).toFixed(1)} s\n`);

const cwd = await mkdtemp(join(tmpdir(), 'newcomer-'));
try {
  let since = Date.now();
  const lab = await up({ id: ID, hosts: HOSTS.length });
  say('lab up', since);
  const images = await buildImages(lab, { only: ['manager', 'agent', 'mysql', 'zookeeper'] });
  await asCached(lab, HOSTS, images);
  const bundle = ['nsenter', `--net=${netnsFile(lab.switchNetns)}`, '--', process.execPath, entry];
  const options = { env: lab.env('node1'), cwd, pace: PERSON };
  const begun = Date.now();
  for (const command of ['init', 'deploy']) {
    since = Date.now();
    const { code, asked, screen } = await play([...bundle, command, 'prod'], newcomerAnswers(images), options);
    say(`${command}, ${asked.length} answers, exit ${code}`, since);
    if (code !== 0) process.stdout.write(screen);
  }
  say('from init to the verified cluster', begun);
} finally {
  await down(ID);
  await rm(cwd, { recursive: true, force: true });
}
