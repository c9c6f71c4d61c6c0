import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildImages } from '../../scripts/images/build.ts';
import { run as start } from '../../scripts/lab/exec.ts';
import { down, up, type Lab } from '../../scripts/lab/lab.ts';
import { netnsFile } from '../../scripts/lab/processes.ts';
import { asCached, newcomerAnswers } from '../newcomer/answers.ts';
import { play } from '../newcomer/play.ts';
import { bundle } from '../support/cli.ts';
import { unsupported } from '../support/cluster.ts';
import { labId } from '../support/lab-id.ts';
import { testEngine } from '../support/test-engine.ts';

const demo = fileURLToPath(new URL('../../scripts/demo.ts', import.meta.url));
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
  });
  afterAll(async () => {
    await down(id);
    await rm(cwd, { recursive: true, force: true });
  });

  const run = (...args: string[]) => bundle(args, { cwd, env: lab.env('node1'), netns: netnsFile(lab.switchNetns) });

  it('init --yes with the two images, then deploy, ends verified', async () => {
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

  it('the wizard comes there in at most ten answers, on 80 columns', async () => {
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

  // With more hosts, `destroy` names the commands that remove the volumes of the others.
  if (count === 1)
    it('the demo on a swarm of his: again as it is, then without a trace', async () => {
      const temporary = join(cwd, 'temporary');
      await mkdir(temporary);
      const play = async (...args: string[]): Promise<{ code: number; all: string }> => {
        const command = [process.execPath, '--import', 'tsx', demo, ...args, '--host', lab.host('node1').socket];
        const inside = ['nsenter', `--net=${netnsFile(lab.switchNetns)}`, '--', ...command];
        const { code, stdout, stderr } = await start(inside, { check: false, env: { TMPDIR: temporary } });
        return { code, all: stdout + stderr };
      };
      const set = [`images.manager=${images.manager}`, `images.agent=${images.agent}`].flatMap((each) => [
        '--set',
        each,
      ]);
      const first = await play(...set);
      expect(first.code, first.all).toBe(0);
      expect(first.all).toContain(`Remove it all: npm run demo -- --down --host ${lab.host('node1').socket}`);
      const second = await play(...set);
      expect(second.code, second.all).toBe(0);
      expect(second.all).toContain('nothing is made twice');
      expect((await lab.docker('node1', ['stack', 'services', '--quiet', 'demo'])).stdout).not.toBe('');

      const removed = await play('--down');
      expect(removed.code, removed.all).toBe(0);
      expect(removed.all).toContain('demo: gone from the swarm of --host');
      expect(await readdir(temporary)).not.toContain('bundle-demo');
      for (const kind of ['service', 'secret', 'config'])
        expect((await lab.docker('node1', [kind, 'ls', '--quiet', '--filter', 'name=demo'])).stdout, kind).toBe('');
      for (const kind of ['volume', 'network'])
        expect((await lab.docker('node1', [kind, 'ls', '--quiet', '--filter', 'name=demo_'])).stdout, kind).toBe('');
      const labels = await lab.docker('node1', ['node', 'inspect', '--format', '{{json .Spec.Labels}}', 'self']);
      expect(labels.stdout).not.toContain('bundle.demo');

      const stack = "services: { a: { image: '" + images.manager + "', command: [sleep] } }\n";
      await lab.docker('node1', ['stack', 'deploy', '--compose-file', '-', 'demo'], {
        input: `version: '3.8'\n${stack}`,
      });
      const refused = await play(...set);
      expect(refused.code, refused.all).toBe(1);
      expect(refused.all).toContain("that swarm has a stack 'demo' already");
      expect(await readdir(temporary)).not.toContain('bundle-demo');
    });
});
