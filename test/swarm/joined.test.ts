import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proofCluster, type ProofCluster } from '../proof/cluster.ts';
import type { CliResult } from '../support/cli.ts';
import { Cluster, images, unsupported } from '../support/cluster.ts';

/** A stack that uses another one of its swarm, over the other one’s network. */
describe.skipIf(unsupported !== undefined)('a guest on the network of another stack', () => {
  let proof: ProofCluster;
  let guest: Cluster;

  beforeAll(async () => {
    proof = await proofCluster('proof');
    guest = await Cluster.make('guest');
    guest.entry = proof.cluster.entry;
    await invite();
    const made = await proof.init('stores=2');
    expect(made.code, made.all).toBe(0);
  });
  afterAll(async () => {
    await guest?.remove();
    await proof?.remove();
  });

  async function run(cluster: Cluster, code: number, ...args: string[]): Promise<CliResult> {
    const done = await cluster.run(args);
    expect(done.code, done.all).toBe(code);
    return done;
  }
  async function invite(...set: string[]): Promise<void> {
    const all = ['stack=guest', 'name=guest', `image=${images.manager}`, ...set];
    const done = await guest.run(['init', '--yes', '--no-prepare', ...all.flatMap((each) => ['--set', each])]);
    expect(done.code, done.all).toBe(0);
  }
  const listed = async (what: string, ...filters: string[]): Promise<string> =>
    (await guest.docker([what, 'ls', '-q', ...filters.flatMap((filter) => ['--filter', filter])])).stdout;

  it('is refused before anything is made as long as the other stack is not there, by plan already', async () => {
    const text = 'the swarm has no network proof_proof, in which the store of stack proof is dialled (beside)';
    expect((await run(guest, 3, 'deploy', '--yes')).stderr).toContain(text);
    expect((await run(guest, 0, 'plan')).stderr).toContain(`warning: deploy would refuse: ${text}`);
    expect(await listed('secret', 'label=bundle.stack=guest')).toBe('');
    expect(await listed('network', 'label=com.docker.stack.namespace=guest')).toBe('');
  });

  it('is refused under a name that the other stack has there', async () => {
    await run(proof.cluster, 0, 'deploy', '--yes');
    await invite('reader=store-1');
    expect((await run(guest, 3, 'deploy', '--yes')).stderr).toContain(
      'store-1 is also a name of proof_store-1 on network proof_proof: whoever dials it there gets either',
    );
    expect(await listed('secret', 'label=bundle.stack=guest')).toBe('');
  });

  it('deploys, plans empty, and reads what the other stack serves', async () => {
    // A store that is not there yet has no name that could be taken.
    await invite('reader=store-3');
    const plan = await run(guest, 6, 'plan', '--detailed-exitcode');
    expect(plan.stdout).toContain('= network proof_proof of stack proof');
    await run(guest, 0, 'deploy', '--yes');
    const { stdout } = await run(guest, 0, 'plan', '--detailed-exitcode', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      empty: true,
      networks: [
        { name: 'guest_guest', action: 'unchanged' },
        { name: 'proof_proof', action: 'joined', stack: 'proof' },
      ],
    });
    expect((await run(guest, 0, 'deploy', '--yes')).all).toContain('already up to date');
    const verified = await run(guest, 0, 'verify', '--json');
    const { results } = JSON.parse(verified.stdout) as {
      results: { service: string; check: string; status: string }[];
    };
    expect(results.filter(({ check }) => check === 'reads')).toMatchObject([{ service: 'store-3', status: 'passed' }]);
    const checked = await run(guest, 0, 'check', '--json');
    expect(checked.stdout).toContain('the store of stack proof is there');
  });

  it('and the other stack is not changed by it, but for a name that the guest has now', async () => {
    await run(proof.cluster, 0, 'plan', '--detailed-exitcode');
    await run(proof.cluster, 0, 'verify');
    expect((await proof.init('stores=3')).code).toBe(0);
    expect((await run(proof.cluster, 3, 'deploy', '--yes')).stderr).toContain(
      'store-3 is also a name of guest_store-3 on network proof_proof: whoever dials it there gets either',
    );
    expect((await proof.init('stores=2')).code).toBe(0);
  });

  it('keeps the other stack from going first, and leaves its network as it goes', async () => {
    const refused = await run(proof.cluster, 3, 'destroy', '--yes');
    expect(refused.stderr).toContain('network proof_proof is used by service guest_store-3');
    expect(refused.stderr).toContain('`bundle destroy` of stack guest first');
    await run(guest, 0, 'destroy', '--yes');
    expect(await listed('network', 'name=proof_proof')).not.toBe('');
    await run(proof.cluster, 0, 'verify');
    await run(proof.cluster, 0, 'destroy', '--yes');
    expect(await listed('network', 'name=proof_proof')).toBe('');
  });
});
