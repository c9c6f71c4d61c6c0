import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proofCluster, type ProofCluster } from '../proof/cluster.ts';
import { ONLY, STORES } from '../proof/stores.ts';
import { bundle, type CliResult } from '../support/cli.ts';
import { unsupported } from '../support/cluster.ts';

const FRONTS = ['front-1', 'front-2'];

/** A stack that only the tests know: the contract holds with no word of it in src/, stacks/ or secrets/. */
describe.skipIf(unsupported !== undefined)('a definition from outside the catalogue', () => {
  let proof: ProofCluster;

  beforeAll(async () => {
    proof = await proofCluster('proof');
  });
  afterAll(() => proof?.remove());

  async function run(code: number, ...args: string[]): Promise<CliResult> {
    const done = await proof.cluster.run(args);
    expect(done.code, done.all).toBe(code);
    return done;
  }
  async function change(...set: string[]): Promise<void> {
    const done = await proof.init(...set);
    expect(done.code, done.all).toBe(0);
  }
  /** Service to the id of its task that runs; a job's has ended. */
  async function tasks(): Promise<Record<string, string | undefined>> {
    const { stdout } = await run(0, 'status', '--json');
    const { services } = JSON.parse(stdout) as {
      services: { name: string; tasks: { id: string; state: string }[] }[];
    };
    return Object.fromEntries(
      services
        .filter(({ name }) => name !== 'setup')
        .map(({ name, tasks: all }) => [name, all.find(({ state }) => state.startsWith('running'))?.id]),
    );
  }
  /** Services whose task is another one than before. */
  async function restarted(work: () => Promise<unknown>): Promise<string[]> {
    const before = await tasks();
    await work();
    const after = await tasks();
    return Object.keys(after).filter((name) => before[name] !== after[name]);
  }
  const updated = ({ stderr }: CliResult): string[] =>
    [...stderr.matchAll(/^· update (\S+)/gm)].map((match) => match[1] ?? '');
  const lock = async () =>
    JSON.parse(await proof.cluster.read('bundle.lock.json')) as {
      identities: Record<string, string>;
      secrets: Record<string, { version: number }>;
    };
  const versions = async () =>
    Object.fromEntries(Object.entries((await lock()).secrets).map(([name, { version }]) => [name, version]));

  it('deploys, plans empty and verifies', async () => {
    await change();
    await run(0, 'deploy', '--yes');
    expect((await run(0, 'plan', '--detailed-exitcode')).stdout).not.toContain('Certificates');
    const { stdout } = await run(0, 'verify', '--json');
    const { results } = JSON.parse(stdout) as { results: { service: string; check: string; status: string }[] };
    for (const service of [...FRONTS, ...STORES])
      for (const check of ['Serving', 'tls', 'answers'])
        expect(results.find((one) => one.service === service && one.check === check)?.status, check).toBe('passed');
    expect(results.filter(({ check }) => check === 'level')).toMatchObject([
      { service: 'front-1', status: 'passed', detail: 'answers level 1' },
    ]);
    for (const check of ['completed', 'Set up', 'secrets'])
      expect(results.find((one) => one.service === 'setup' && one.check === check)?.status, check).toBe('passed');
  });

  it('a check of its own kind fails for what a check of the machine does not see', async () => {
    await proof.cluster.replaceTasks('front-1', ['--env-add', 'LEVEL=7']);
    const { stdout } = await run(5, 'verify', '--only', 'front-1', '--timeout', '90s', '--json');
    const { results } = JSON.parse(stdout) as { results: { check: string; status: string }[] };
    expect(results.filter(({ status }) => status !== 'passed')).toMatchObject([
      {
        check: 'level',
        status: 'failed',
        detail: expect.stringMatching(/^answers level 7, and not 1; its last lines: /),
        hint: 'put the level of the answers back: `bundle deploy`',
      },
    ]);
    await run(0, 'verify', '--only', 'front-1', '--skip', 'level');
    expect(await restarted(() => run(0, 'deploy', '--yes'))).toEqual(['front-1']);
    // Its jobs are gone.
    const jobs = ['service', 'ls', '-q', '--filter', 'label=bundle.kind=verify-probe'];
    expect((await proof.cluster.docker(jobs)).stdout).toBe('');
  });

  it('a due certificate is named by plan and waits for --renew, which restarts only who uses it, in turn', async () => {
    await change('renewalDays=400');
    const plan = await run(0, 'plan', '--detailed-exitcode');
    expect(plan.stdout).toMatch(/^ {2}! front is due: .*deploy --renew.*; that restarts front-1, front-2$/m);
    expect(await restarted(() => run(0, 'deploy', '--yes'))).toEqual([]);
    expect(await versions()).toEqual({ ca: 1, front: 1, store: 1 });

    let done: CliResult | undefined;
    expect(await restarted(async () => (done = await run(0, 'deploy', '--yes', '--renew', '--json')))).toEqual(FRONTS);
    expect(JSON.parse(done?.stdout ?? '')).toMatchObject({
      reissued: [{ secret: 'front', version: 2 }],
      written: expect.arrayContaining(['secrets/front.key', 'secrets/front.crt', 'bundle.lock.json', 'stack.yml']),
      verification: { verdict: 'passed' },
    });
    expect(await versions()).toEqual({ ca: 1, front: 2, store: 1 });
    await change('renewalDays=60');
    await run(0, 'plan', '--detailed-exitcode');
  });

  it('names that changed by hand are issued without --renew, and the plan says so before', async () => {
    const file = join(proof.cluster.dir, 'bundle.yaml');
    await writeFile(file, `${await readFile(file, 'utf8')}names: [web.example]\n`);
    await run(0, 'render');
    const plan = await run(6, 'plan', '--detailed-exitcode');
    expect(plan.stdout).toMatch(/^ {2}~ front must be issued again, since its names change .*deploy does it/m);
    expect(plan.stdout).toMatch(/^ {4}front-1 \(\w+\) → front-2 \(\w+\)\n {4}one after the other/m);
    expect(await versions()).toMatchObject({ front: 2 });
    expect(await restarted(() => run(0, 'deploy', '--yes'))).toEqual(FRONTS);
    expect(await versions()).toMatchObject({ front: 3, store: 1 });
    await run(0, 'plan', '--detailed-exitcode');
  });

  it('a run that is killed while it renews is completed by the next one, with what it issued', async () => {
    await change('renewalDays=400', 'names=[web.example]');
    const stopped = await proof.cluster.stopAt(['deploy', '--yes', '--renew'], /· update front-1/, 'SIGKILL');
    expect(stopped.code, stopped.all).toBe(128);
    expect(await versions()).toMatchObject({ front: 4, store: 1 });
    await run(0, 'deploy', '--yes');
    expect(await versions()).toMatchObject({ front: 4, store: 1 });
    await run(0, 'plan', '--detailed-exitcode');
  });

  it('a checkout without secrets/ plans, and says who can renew', async () => {
    const copy = join(proof.cluster.parent, 'checkout');
    await cp(proof.cluster.dir, copy, { recursive: true });
    await rm(join(copy, 'secrets'), { recursive: true });
    const there = (command: string, ...flags: string[]) =>
      bundle([command, copy, ...flags], {
        entry: proof.cluster.entry ?? '',
        netns: proof.cluster.netns,
        env: proof.cluster.lab.env('node1'),
      });
    const plan = await there('plan');
    expect(plan.stdout, plan.all).toContain('run `bundle deploy --renew` where the bundle’s secrets/ is');
    const refused = await there('deploy', '--yes', '--renew');
    expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining('the key of its CA is not on this')]);
  });

  it('rolls: fronts in turn, stores with their quorum and the one that it names last; the id stays', async () => {
    const { identities } = await lock();
    await change('renewalDays=60', 'level=2', 'names=[web.example]');
    let done: CliResult | undefined;
    expect(await restarted(async () => (done = await run(0, 'deploy', '--yes')))).toEqual([...FRONTS, ...STORES]);
    const order = done === undefined ? [] : updated(done);
    expect(order.filter((name) => STORES.includes(name))).toEqual(['store-2', 'store-3', 'store-1']);
    expect(order.filter((name) => FRONTS.includes(name))).toEqual(FRONTS);
    // A store ends if its volume is of another cluster: all of them run.
    expect((await lock()).identities).toEqual(identities);
    await run(0, 'plan', '--detailed-exitcode');
    await run(0, 'verify');
  });

  /** A command in the container of a store, on the host of that store. */
  async function inStore(store: string, ...command: string[]): Promise<void> {
    const host = `node${store.slice(-1)}`;
    const { stdout } = await proof.cluster.docker(
      ['ps', '-q', '-f', `label=com.docker.swarm.service.name=proof_${store}`],
      { host },
    );
    await proof.cluster.docker(['exec', stdout.trim(), ...command], { host });
  }

  it('a store whose stop would break something stays, and is named; --ignore goes on', async () => {
    await inStore('store-2', 'touch', ONLY);
    await change('level=3');
    expect((await run(6, 'plan', '--detailed-exitcode')).stdout).toMatch(
      /store-1 \(node1\), store-2 \(node2\), store-3 \(node3\)\s+one after the other, each when every store is ready, the first store last/,
    );
    const checked = await run(3, 'check');
    expect(checked.stdout).toContain(`store-2 of stores would restart, and without it its ${ONLY} could not be read`);
    expect((await run(0, 'check', '--ignore', 'quorum-stop')).stdout).toContain('(quorum-stop, ignored)');

    let stopped: CliResult | undefined;
    expect(await restarted(async () => (stopped = await run(4, 'deploy', '--yes')))).toEqual([]);
    expect(stopped?.stderr).toContain('stopped after 0 of 3 members: store-2 is well and must stay: without it its');
    expect(stopped?.stderr).toContain('--ignore quorum-stop');
    let done: CliResult | undefined;
    const work = async () => (done = await run(0, 'deploy', '--yes', '--ignore', 'quorum-stop'));
    expect(await restarted(work)).toEqual([...FRONTS, ...STORES]);
    expect(done?.stderr).toContain('quorum-stop is ignored: store-2 goes down, and without it its');
    await inStore('store-2', 'rm', ONLY);
  });

  it('one store leaves when it holds nothing that the others lack, two do not, and it comes back', async () => {
    await change('stores=1');
    for (const args of [['plan'], ['deploy', '--yes']])
      expect((await run(3, ...args)).stderr).toContain(
        'stores would shrink from 3 to 1 servers (without store-2, store-3): stores go one at a time',
      );
    await change('stores=2');
    await inStore('store-3', 'touch', ONLY);
    const held = await run(3, 'deploy', '--yes');
    expect(held.stderr).toContain(`store-3 of stores would be taken away, and holds ${ONLY}`);
    await inStore('store-3', 'rm', ONLY);
    expect(Object.keys(await tasks())).toContain('store-3');
    await run(0, 'deploy', '--yes');
    expect(Object.keys(await tasks()).sort()).toEqual([...FRONTS, 'store-1', 'store-2']);

    await change('stores=3', 'level=4');
    const grown = await run(0, 'deploy', '--yes');
    const order = [...grown.stderr.matchAll(/^· (create|update) (store-\d)$/gm)].map(
      (match) => `${match[1]} ${match[2]}`,
    );
    expect(order).toEqual(['create store-3', 'update store-2', 'update store-1']);
    await run(0, 'verify');
  });

  it('what never changes of a store is refused by name, by plan already', async () => {
    await change('mode=other');
    for (const args of [['plan'], ['deploy', '--yes']])
      expect((await run(3, ...args)).stderr).toContain(
        'stores: the mode of store-1 would change: its data is of that mode',
      );
    const { code, stdout } = await proof.cluster.run(['plan', '--json']);
    expect([code, JSON.parse(stdout)]).toMatchObject([
      3,
      { blocked: [expect.stringContaining('the mode of store-1')] },
    ]);
    await change('mode=plain');
    await run(0, 'plan', '--detailed-exitcode');
  });

  const job = async () => {
    const { stdout } = await run(0, 'status', '--json');
    const { services } = JSON.parse(stdout) as {
      services: { name: string; running: number; wanted: number; tasks: { id: string; state: string }[] }[];
    };
    return services.find(({ name }) => name === 'setup');
  };
  const complete = { running: 1, wanted: 1, tasks: [{ state: 'complete' }] };

  it('a job runs again if it changed, and only then; complete is done', async () => {
    const first = await job();
    expect(first).toMatchObject(complete);
    // Of a change of others it knows nothing.
    await change('exitAfter=100000');
    expect(await restarted(() => run(0, 'deploy', '--yes'))).toEqual(['front-2']);
    expect((await job())?.tasks).toEqual(first?.tasks);

    await change('setup=two');
    const plan = await run(6, 'plan', '--detailed-exitcode');
    expect(plan.stdout).toMatch(/^~ setup( \([^)]*\))? runs again {2}environment SETUP changed$/m);
    expect(plan.stdout).toMatch(/^ {2}at once: setup( \([^)]*\))? \(a job, runs again\)$/m);
    expect(plan.stdout).not.toContain('Outage');
    expect(await restarted(() => run(0, 'deploy', '--yes'))).toEqual([]);
    const second = await job();
    expect(second).toMatchObject(complete);
    expect(second?.tasks[0]?.id).not.toBe(first?.tasks[0]?.id);
    await run(0, 'plan', '--detailed-exitcode');
    expect((await run(0, 'verify', '--only', 'setup', '--wide')).stdout).toMatch(/^SERVICE .*COMPLETED +SET UP\b/);
  });

  it('a job that fails is told, by deploy and by verify', async () => {
    await change('setup=wrong');
    const failed = await run(4, 'deploy', '--yes');
    expect(failed.all).toMatch(/setup\b.*(non-zero exit \(7\)|exit 7)/);
    expect((await run(5, 'verify', '--only', 'setup')).stdout).toMatch(/setup .*non-zero exit \(7\)/);
    await change('setup=two');
    await run(0, 'deploy', '--yes');
    expect(await job()).toMatchObject({ running: 1, wanted: 1 });
  });

  it('volumes of another cluster are told on every node before anything is made, and those of this one are used', async () => {
    const own = await lock();
    const { 'cluster-id': id } = own.identities;
    await run(0, 'destroy', '--yes');
    const write = (value: unknown) => writeFile(join(proof.cluster.dir, 'bundle.lock.json'), JSON.stringify(value));
    await write({ ...own, identities: { 'cluster-id': 'another' } });
    await run(0, 'render');
    const refused = await run(3, 'deploy', '--yes');
    for (const store of STORES)
      expect(refused.stderr).toContain(
        `volume proof_${store}-data on node${store.slice(-1)} was kept from another cluster: its cluster-id is ${id}, ` +
          'and that of this bundle is another',
      );
    expect((await proof.cluster.docker(['service', 'ls', '-q', '--filter', 'name=proof'])).stdout).toBe('');

    await write(own);
    await run(0, 'render');
    await run(0, 'deploy', '--yes');
  });

  it('destroys it all, the job with it', async () => {
    await run(0, 'destroy', '--yes', '--volumes');
    const left = await proof.cluster.lab.docker('node1', ['service', 'ls', '--quiet']);
    expect(left.stdout.trim()).toBe('');
  });
});
