import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proofCluster, type ProofCluster } from '../proof/cluster.ts';
import type { CliResult } from '../support/cli.ts';
import { unsupported } from '../support/cluster.ts';

interface DryRun {
  changes: boolean;
  phases: { title: string; does: string[] }[];
}

describe.skipIf(unsupported !== undefined)('deploy --dry-run', () => {
  let proof: ProofCluster;

  beforeAll(async () => {
    proof = await proofCluster('dry');
    expect((await proof.init()).code).toBe(0);
  });
  afterAll(() => proof?.remove());

  async function run(code: number, ...args: string[]): Promise<CliResult> {
    const done = await proof.cluster.run(args);
    expect(done.code, done.all).toBe(code);
    return done;
  }

  /** Every file of the bundle directory with its content and the time it was written. */
  async function files(): Promise<string[]> {
    const entries = await readdir(proof.cluster.dir, { recursive: true, withFileTypes: true });
    const all = entries.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      const { mtimeMs, mode } = await stat(path);
      const content = entry.isFile()
        ? createHash('sha256')
            .update(await readFile(path))
            .digest('hex')
        : '';
      return `${path} ${mode} ${mtimeMs} ${content}`;
    });
    return (await Promise.all(all)).sort();
  }

  /** Runs it and sees that nothing was written meanwhile: in the directory, and in the swarm, not for a moment. */
  async function unchanged(work: () => Promise<CliResult>): Promise<CliResult> {
    const before = await files();
    // Swarm removes containers of tasks that have ended when it likes.
    const { stdout: ended } = await proof.cluster.docker([
      'ps',
      '-aq',
      '--no-trunc',
      ...['exited', 'removing', 'dead'].flatMap((is) => ['--filter', `status=${is}`]),
    ]);
    const now = async () => (await proof.cluster.docker(['info', '--format', '{{.SystemTime}}'])).stdout.trim();
    const since = await now();
    const done = await work();
    const { stdout } = await proof.cluster.docker([
      ...['events', '--since', since, '--until', await now()],
      ...['--format', '{{.Type}} {{.Action}} {{.Actor.ID}} {{json .Actor.Attributes}}'],
      ...['service', 'node', 'secret', 'config', 'network', 'container', 'volume'].flatMap((type) => [
        '--filter',
        `type=${type}`,
      ]),
    ]);
    // Health checks of tasks that run go on; and managers may elect a leader, or a node be late with its word.
    const own = (line: string): boolean =>
      line !== '' &&
      !/ (exec_|health_status)/.test(line) &&
      !/^node update .*"(leader|reachability|state)\.new"/.test(line) &&
      !ended.split('\n').some((id) => id !== '' && line.startsWith(`container destroy ${id} `));
    expect(stdout.split('\n').filter(own)).toEqual([]);
    expect(await files()).toEqual(before);
    return done;
  }

  async function dryRun(code: number, ...args: string[]): Promise<DryRun> {
    const { stdout } = await unchanged(() => run(code, 'deploy', '--dry-run', '--json', ...args));
    return JSON.parse(stdout) as DryRun;
  }
  const does = ({ phases }: DryRun, title: string): string[] | undefined =>
    phases.find((phase) => phase.title === title)?.does;

  it('of a first deployment tells what the deployment then does, in its order, and does none of it', async () => {
    const told = await dryRun(6, '--detailed-exitcode');
    await run(6, 'plan', '--detailed-exitcode');
    expect(told.changes).toBe(true);
    expect(told.phases.map(({ title }) => title)).toEqual([
      'record the release',
      'remove quorum probes that a killed run left behind',
      'make secrets',
      'label nodes',
      'docker stack deploy',
      'read the swarm again: it holds what stack.yml says',
      'wait until every task runs and stays up',
      'verify',
      'ask the tasks once more',
      'mark the release',
      'remove releases and secrets that are no longer kept',
    ]);
    expect(does(told, 'record the release')).toEqual(['release 1']);
    expect(does(told, 'docker stack deploy')).toContain('create network dry_proof');
    expect(does(told, 'verify')).toContainEqual(expect.stringMatching(/^front-1: .*answers/));

    const text = (await unchanged(() => run(0, 'deploy', '--dry-run'))).stdout;
    expect(text).toMatch(/^dry: deploy would do this, in this order:\n {0,2}1\. record the release\n/);
    expect(text).toMatch(/ {6}create secret dry_front/);

    const { stdout } = await run(0, 'deploy', '--yes', '--json');
    const { done } = JSON.parse(stdout) as { done: string[] };
    const steps = [...(does(told, 'make secrets') ?? []), ...(does(told, 'label nodes') ?? [])];
    expect(steps.length).toBeGreaterThan(5);
    expect(done.slice(0, steps.length)).toEqual(steps);
    expect(done[steps.length]).toMatch(/^docker stack deploy dry: /);
    for (const stage of does(told, 'docker stack deploy')?.filter((line) => !line.startsWith('create network')) ?? [])
      expect(done[steps.length]).toContain(stage);
  });

  it('of what is deployed already tells that nothing changes, and what is looked at', async () => {
    const told = await dryRun(0, '--detailed-exitcode');
    expect(told.changes).toBe(false);
    expect(does(told, 'record the release')).toEqual(['release 1, which asks the same of the swarm']);
    expect(does(told, 'make secrets')).toBeUndefined();
    expect(does(told, 'docker stack deploy')).toBeUndefined();
    expect(does(told, 'verify')?.length).toBeGreaterThan(4);
    const quick = await dryRun(0, '--no-wait');
    expect(quick.phases.at(-1)?.title).toBe('read the swarm again: it holds what stack.yml says');
  });

  it('of certificates that end soon issues none, and tells the stage in which their users restart', async () => {
    expect((await proof.init('renewalDays=400')).code).toBe(0);
    const told = await dryRun(6, '--detailed-exitcode', '--renew');
    expect(told.phases[0]).toMatchObject({
      title: 'issue certificates again',
      does: [expect.stringMatching(/^front, version 2: /)],
    });
    expect(does(told, 'make secrets')?.every((line) => /front.*\.v2/.test(line))).toBe(true);
    expect(does(told, 'docker stack deploy')).toEqual([
      expect.stringMatching(/^update front-1, front-2 .*one after the other/),
    ]);
  });

  it('is refused as plan and deploy are, and so are options that belong to it', async () => {
    const ask = (command: string, ...args: string[]) =>
      proof.cluster.run([command, ...args, '--host', 'unix:///nonexistent/docker.sock']);
    const plan = await ask('plan');
    const dry = await ask('deploy', '--dry-run');
    expect(plan.code, plan.all).toBe(3);
    expect(dry.code, dry.all).toBe(3);
    expect(dry.stderr).toBe(plan.stderr);
    expect((await run(2, 'deploy', '--detailed-exitcode')).stderr).toContain(
      '--detailed-exitcode belongs to --dry-run',
    );
  });
});
