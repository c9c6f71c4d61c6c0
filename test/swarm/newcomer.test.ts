import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildImages } from '../../scripts/images/build.ts';
import { down, up, type Lab } from '../../scripts/lab/lab.ts';
import { netnsFile } from '../../scripts/lab/processes.ts';
import { asCached, newcomerAnswers } from '../newcomer/answers.ts';
import { play } from '../newcomer/play.ts';
import { bundle } from '../support/cli.ts';
import { unsupported } from '../support/cluster.ts';
import { labId } from '../support/lab-id.ts';
import { testEngine } from '../support/test-engine.ts';

const entry = fileURLToPath(new URL('../../dist/bundle.cjs', import.meta.url));

/** With the names of the two images and nothing else: defaults lead to a cluster that runs. */
describe.skipIf(unsupported !== undefined).each([1, 3])('a newcomer with a swarm of %i', (count) => {
  const id = labId(`newbie${count}`);
  const hosts = Array.from({ length: count }, (_unused, index) => `node${index + 1}`);
  let lab: Lab;
  let cwd: string;
  let images: Record<'manager' | 'agent' | 'mysql' | 'zookeeper', string>;

  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'bundle-newcomer-'));
    lab = await up({ id, hosts: count, engine: testEngine() });
    images = await buildImages(lab, { log: () => undefined, only: ['manager', 'agent', 'mysql', 'zookeeper'] });
    await asCached(lab, hosts, images);
  }, 600_000);
  afterAll(async () => {
    await down(id);
    await rm(cwd, { recursive: true, force: true });
  }, 300_000);

  const run = (...args: string[]) => bundle(args, { cwd, env: lab.env('node1'), netns: netnsFile(lab.switchNetns) });

  it('init --yes with the two images, then deploy, ends verified', { timeout: 480_000 }, async () => {
    const set = [`images.manager=${images.manager}`, `images.agent=${images.agent}`].flatMap((each) => ['--set', each]);
    const made = await run('init', 'flags', '--yes', ...set);
    expect(made.code, made.all).toBe(0);
    expect(made.stderr.includes('! all agents run on node2'), made.stderr).toBe(count > 1);
    const answers = await readFile(join(cwd, 'flags/bundle.yaml'), 'utf8');
    const used = new Set([...answers.matchAll(/nodes: \[(.*)\]/g)].map(([, node]) => node));
    // No node stays empty.
    expect([...used].sort()).toEqual(hosts);
    const deployed = await run('deploy', 'flags', '--yes');
    expect(deployed.code, deployed.all).toBe(0);
    const gone = await run('destroy', 'flags', '--yes', '--volumes');
    expect(gone.code, gone.all).toBe(0);
  });

  it('the wizard comes there in at most ten answers, on 80 columns', { timeout: 240_000 }, async () => {
    const command = ['nsenter', `--net=${netnsFile(lab.switchNetns)}`, '--', process.execPath, entry, 'init', 'typed'];
    const options = { env: lab.env('node1'), cwd, pace: { key: 5, screen: 50 } };
    const { code, screen, asked } = await play(command, newcomerAnswers(images), options);
    expect(code, screen).toBe(0);
    expect(asked.length, asked.join('\n')).toBeLessThanOrEqual(10);
    const [typed, flags] = await Promise.all(
      ['typed', 'flags'].map((dir) => readFile(join(cwd, dir, 'bundle.yaml'), 'utf8')),
    );
    expect(typed?.replace('name: typed', 'name: flags')).toBe(flags);
    const plan = await run('plan', 'typed', '--json');
    expect(JSON.parse(plan.stdout)).toMatchObject({ stack: 'typed' });
    expect(plan.stdout).not.toContain('"create secret');
  });
});
