import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { proofCluster, type ProofCluster } from '../proof/cluster.ts';
import type { CliResult } from '../support/cli.ts';
import { unsupported } from '../support/cluster.ts';

/** Longer than a deployment on a busy machine needs to find it good. */
const SERVES_SECONDS = 75;

/** A task that serves well, and ends after a while, again and again: no check at one moment sees it. */
describe.skipIf(unsupported !== undefined)('a slow crash loop', () => {
  let proof: ProofCluster;

  beforeAll(async () => {
    proof = await proofCluster('slow');
    await deploy(0, 'exitAfter=0');
  });
  afterAll(() => proof?.remove());

  async function run(code: number, ...args: string[]): Promise<CliResult> {
    const done = await proof.cluster.run(args);
    expect(done.code, done.all).toBe(code);
    return done;
  }
  async function deploy(code: number, ...set: string[]): Promise<CliResult> {
    const made = await proof.init(...set);
    expect(made.code, made.all).toBe(0);
    return run(code, 'deploy', '--yes');
  }
  const json = async <T>(code: number, ...args: string[]): Promise<T> =>
    JSON.parse((await run(code, ...args, '--json')).stdout) as T;
  const restarts = async () =>
    (
      await json<{ services: { name: string; restarts: { count: number; lastExitCode?: number } }[] }>(0, 'status')
    ).services.find(({ name }) => name === 'front-2')?.restarts;
  const releases = async () =>
    (await json<{ releases: { number: number; state: string; note?: string; rollbackOf?: number }[] }>(0, 'history'))
      .releases;

  it('is found good at first; after two ends verify, status and deploy tell it, and no rollback goes there', async () => {
    await deploy(0, `exitAfter=${SERVES_SECONDS}`);
    expect((await releases())[0]).toMatchObject({ number: 2, state: 'verified' });
    await vi.waitFor(async () => expect((await restarts())?.count).toBeGreaterThanOrEqual(2), {
      timeout: 600_000,
      interval: 1_000,
    });

    const verified = await json<{ results: { service: string; check: string; status: string; detail: string }[] }>(
      5,
      'verify',
    );
    const failed = verified.results.filter(({ status }) => status === 'failed');
    expect(failed.map(({ service, check }) => [service, check])).toEqual([['front-2', 'stable']]);
    expect(failed[0]?.detail).toMatch(/\(3\)|code 3|exit 3/);
    expect(failed[0]?.detail).toContain('proof: had enough');

    expect((await restarts())?.lastExitCode).toBe(3);
    const status = (await run(0, 'status', '--wide')).stdout.split('\n');
    const at = status.find((line) => line.startsWith('SERVICE'))?.indexOf('RESTARTS') ?? -1;
    expect(status.find((line) => line.startsWith('front-2'))?.slice(at)).toMatch(/^[2-9]/);
    expect(status.find((line) => line.startsWith('front-1'))?.slice(at)).toMatch(/^[0-]/);

    const again = await run(4, 'deploy', '--yes');
    expect(again.stderr).toContain('proof: had enough');
    expect((await releases())[0]).toMatchObject({ number: 2, state: 'failed' });

    await deploy(0, 'exitAfter=86400');
    await run(0, 'rollback', '--yes');
    expect((await releases())[0]).toMatchObject({ number: 4, state: 'verified', rollbackOf: 1 });
    // Two of the task's ends are waited for.
  }, 1_800_000);
});
