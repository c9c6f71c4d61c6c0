import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeStack } from '../../scripts/lab/stack-rm.ts';
import { bundle } from '../support/cli.ts';
import { Cluster, images, unsupported, variant } from '../support/cluster.ts';

interface Listed {
  number: number;
  state: string;
  note?: string;
  rollbackOf?: number;
  images: Record<string, string>;
  secrets: string[];
}

/** What the swarm remembers of each deployment, and the way back. */
describe.skipIf(unsupported !== undefined)('releases', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.make('rel');
    const made = await cluster.init('node1');
    expect(made.code, made.all).toBe(0);
  });
  afterAll(async () => {
    await cluster.remove();
  });

  const history = async (): Promise<Listed[]> =>
    JSON.parse((await cluster.run(['history', '--json'])).stdout).releases as Listed[];
  const mounted = async (service: string): Promise<string> =>
    (
      await cluster.docker([
        'service',
        'inspect',
        `rel_${service}`,
        '--format',
        '{{range .Spec.TaskTemplate.ContainerSpec.Secrets}}{{.SecretName}} {{end}}',
      ])
    ).stdout;
  const secrets = async (): Promise<string[]> =>
    (await cluster.docker(['secret', 'ls', '--format', '{{.Name}}', '-f', 'label=bundle.stack=rel'])).stdout
      .split('\n')
      .filter(Boolean);
  /** That agents go one after the other is shown in rolling.test.ts. */
  const AT_ONCE = '--at-once';
  /** Other answers or secrets for the same bundle. */
  const change = async (...sets: string[]): Promise<void> => {
    const changed = await cluster.run(['init', '--yes', '--no-prepare', ...sets.flatMap((set) => ['--set', set])]);
    expect(changed.code, changed.all).toBe(0);
  };

  it('a deployment is recorded with digests and versions, and without a secret value', async () => {
    const deployed = await cluster.run(['deploy', '--yes']);
    expect(deployed.code, deployed.all).toBe(0);
    const [first, ...none] = await history();
    expect(none).toEqual([]);
    expect(first).toMatchObject({ number: 1, state: 'verified' });
    expect(first?.images['imply-manager']).toMatch(/simulator\/imply-manager:1@sha256:[0-9a-f]{64}$/);
    expect(first?.secrets).toContain('rel_imply-auth-token.v1');
    const config = JSON.parse((await cluster.docker(['config', 'inspect', 'rel.release.1'])).stdout)[0];
    const stored = gunzipSync(Buffer.from(config.Spec.Data, 'base64')).toString() + JSON.stringify(config.Spec.Labels);
    expect(stored).toContain('imply-manager');
    for (const file of ['imply-auth-token', 'store-password'])
      expect(stored).not.toContain((await cluster.read(`secrets/${file}`)).trim());
    expect(stored).not.toContain('PRIVATE KEY');
    expect(Object.keys(config.Spec.Labels)).not.toContain('com.docker.stack.namespace');
  });

  it('a second run records nothing', async () => {
    const again = await cluster.run(['deploy', '--yes']);
    expect(again.code, again.all).toBe(0);
    expect((await history()).length).toBe(1);
    expect(
      (await cluster.docker(['config', 'ls', '-q', '-f', 'label=bundle.stack=rel'])).stdout.trim().split('\n'),
    ).toHaveLength(1);
  });

  /** A version of the token that nobody of this test made. */
  const make = (version: string) =>
    cluster.docker(
      [
        'secret',
        'create',
        '-l',
        'bundle.stack=rel',
        '-l',
        'bundle.kind=auth-token',
        '-l',
        'bundle.fingerprint=x',
        `rel_imply-auth-token.${version}`,
        '-',
      ],
      { input: 'none' },
    );
  /** The token of version 1. */
  let old = '';

  it('keeps the secret versions that a release needs, and removes older ones that none does', async () => {
    // Left over from a release that is not kept any more; and one of an operator who is ahead.
    await make('v0');
    const token = join(cluster.parent, 'token');
    await writeFile(token, '0123456789abcdef0123456789abcdef');
    old = await cluster.read('secrets/imply-auth-token');
    await change(`secretFiles.authToken=${token}`);
    await make('v9');
    const deployed = await cluster.run(['deploy', '--yes']);
    expect(deployed.code, deployed.all).toBe(0);
    expect((await history()).map(({ number, state }) => [number, state])).toEqual([
      [2, 'verified'],
      [1, 'verified'],
    ]);
    expect(await mounted('imply-manager')).toContain('rel_imply-auth-token.v2');
    const left = await secrets();
    expect(left).toEqual(
      expect.arrayContaining(['rel_imply-auth-token.v1', 'rel_imply-auth-token.v2', 'rel_imply-auth-token.v9']),
    );
    expect(left).not.toContain('rel_imply-auth-token.v0');
    await cluster.docker(['secret', 'rm', 'rel_imply-auth-token.v9']);
  });

  it('a laptop whose secrets/ is of before deploys what the swarm has, and brings nothing back by another answer', async () => {
    const other = join(cluster.parent, 'laptop');
    await cp(cluster.dir, other, { recursive: true });
    await writeFile(join(other, 'secrets/imply-auth-token'), old);
    const at = { env: cluster.lab.env('node2'), netns: cluster.netns };
    const deployed = await bundle(['deploy', other, '--yes', '--no-verify'], at);
    expect(deployed.code, deployed.all).toBe(0);
    expect(deployed.stderr.replace(/\s+/g, ' ')).toContain('secrets/imply-auth-token is of another version than');
    const set = ['--set', 'agents.data.gracePeriod=33s'];
    const refused = await bundle(['init', other, '--yes', '--no-prepare', ...set], at);
    expect(refused.code, refused.all).toBe(2);
    expect(refused.stderr.replace(/\s+/g, ' ')).toContain('it is the content of version 1, which was replaced');
    await rm(join(other, 'secrets/imply-auth-token'));
    expect((await bundle(['init', other, '--yes', '--no-prepare', ...set], at)).code).toBe(0);
  });

  it('a rotation that was taken back leaves its number in the swarm, and the next one takes another', async () => {
    const files = ['bundle.lock.json', 'stack.yml', 'secrets/imply-auth-token'];
    const kept = await Promise.all(files.map((file) => cluster.read(file)));
    const back = () => Promise.all(files.map((file, index) => writeFile(join(cluster.dir, file), kept[index] ?? '')));
    const locked = async (): Promise<unknown> =>
      JSON.parse(await cluster.read('bundle.lock.json')).secrets['auth-token'].version;
    const replace = async (token: string): Promise<void> => {
      await writeFile(join(cluster.dir, 'secrets/imply-auth-token'), token);
      await change();
    };
    await replace('11111111111111111111111111111111');
    expect((await cluster.run(['prepare', '--yes'])).code).toBe(0);
    expect(await secrets()).toContain('rel_imply-auth-token.v3');
    await back();
    await replace('22222222222222222222222222222222');
    expect(await locked()).toBe(4);
    // As a build before this one locked it.
    await writeFile(
      join(cluster.dir, 'bundle.lock.json'),
      (await cluster.read('bundle.lock.json')).replace('"version": 4', '"version": 3'),
    );
    expect((await cluster.run(['render'])).code).toBe(0);
    const checked = await cluster.run(['check', '--json']);
    expect(checked.code, checked.all).toBe(3);
    expect(checked.stdout).toContain('no service mounts it: `docker secret rm rel_imply-auth-token.v3`');
    await cluster.docker(['secret', 'rm', 'rel_imply-auth-token.v3']);
    await back();
  });

  it('any operator sees the history and goes back, without secrets/', async () => {
    const other = join(cluster.parent, 'checkout');
    await cp(cluster.dir, other, { recursive: true });
    await rm(join(other, 'secrets'), { recursive: true });
    const env = cluster.lab.env('node2');
    const listed = await bundle(['history', other], { env });
    expect(listed.stdout).toMatch(/^2 .*verified .*secret imply-auth-token/m);
    const file = await bundle(['history', other, '--release', '1'], { env });
    expect(file.stdout).toContain('name: rel_imply-auth-token.v1');
    const kept = await bundle(['rollback', other, '--yes'], { env, netns: cluster.netns });
    expect(kept.code, kept.all).toBe(2);
    expect(kept.stderr).toMatch(/only in secrets .*auth-token v2 \(then v1\)[\s\S]*--with-secrets/);
    expect(await mounted('imply-manager')).toContain('rel_imply-auth-token.v2');
    const back = await bundle(['rollback', other, '--yes', AT_ONCE, '--with-secrets'], { env, netns: cluster.netns });
    expect(back.code, back.all).toBe(0);
    expect(back.stderr).toContain('secrets that were replaced since come back: auth-token v2 (then v1)');
    expect(await mounted('imply-manager')).toContain('rel_imply-auth-token.v1');
    expect((await history())[0]).toMatchObject({ number: 3, state: 'verified', rollbackOf: 1 });
    const plan = await cluster.run(['plan', '--json']);
    expect(JSON.parse(plan.stdout).empty, 'the bundle means the newer token').toBe(false);
  });

  it('goes back on its own where it does not converge: exit 4', async () => {
    await change(`images.agent=${images.agent.replace(/:[^:/]+$/, ':absent')}`);
    const failed = await cluster.run(['deploy', '--yes', AT_ONCE, '--rollback-on-failure', '--ignore', 'images']);
    expect(failed.code, failed.all).toBe(4);
    expect(failed.stderr).toContain('went back to release 3 (now release 5)');
    expect(await mounted('imply-manager'), 'what the failed one replaced').toContain('rel_imply-auth-token.v1');
    expect((await history())[0]).toMatchObject({ number: 5, state: 'verified', rollbackOf: 3 });
  });

  it('goes back on its own where verification fails: exit 5, and the good release runs', async () => {
    const wrong = await variant(cluster.lab, images.manager, 'rel-wrong', { SIMULATOR_FAULTS: 'wrong-name' });
    await change(`images.agent=${images.agent}`, `images.manager=${wrong}`);
    const failed = await cluster.run(['deploy', '--yes', AT_ONCE, '--rollback-on-failure', '--json']);
    expect(failed.code, failed.all).toBe(5);
    const { error } = JSON.parse(failed.stdout);
    expect(error.message).toMatch(
      /verification failed\nrel went back to release 5 \(now release 7\), which runs and is verified/,
    );
    expect((await history()).slice(0, 2)).toMatchObject([
      { number: 7, state: 'verified', rollbackOf: 5 },
      { number: 6, state: 'failed', note: 'verification-failed' },
    ]);
    expect(
      (
        await cluster.docker([
          'service',
          'inspect',
          'rel_imply-manager',
          '--format',
          '{{.Spec.TaskTemplate.ContainerSpec.Image}}',
        ])
      ).stdout,
    ).toContain('imply-manager:1@');
    await change(`images.manager=${images.manager}`);
  });

  it('takes the image that ran, where its tag means another one today', async () => {
    const before = (
      await cluster.docker([
        'service',
        'inspect',
        'rel_imply-data-1',
        '--format',
        '{{.Spec.TaskTemplate.ContainerSpec.Image}}',
      ])
    ).stdout.trim();
    const moving = await variant(cluster.lab, images.agent, 'rel-moving', {});
    await change(`images.agent=${moving}`);
    expect((await cluster.run(['deploy', '--yes', AT_ONCE, '--no-verify'])).code).toBe(0);
    const ran = (await history())[0]?.images['imply-data-1'] ?? '';
    await variant(cluster.lab, images.agent, 'rel-moving', { MOVED: 'yes' });
    // The plan shows one agent with another grace period, and no image: a moved tag must not come in with it.
    await change('agents.data.gracePeriod=31s');
    expect((await cluster.run(['deploy', '--yes', AT_ONCE, '--no-verify'])).code).toBe(0);
    expect((await history())[0]?.images['imply-data-1']).toBe(ran);
    await change(`images.agent=${images.agent}`, 'agents.data.gracePeriod=30s');
    expect((await cluster.run(['deploy', '--yes', AT_ONCE, '--no-verify'])).code).toBe(0);
    const back = await cluster.run(['rollback', '--yes', AT_ONCE, '--no-verify']);
    expect(back.code, back.all).toBe(0);
    const now = (
      await cluster.docker([
        'service',
        'inspect',
        'rel_imply-data-1',
        '--format',
        '{{.Spec.TaskTemplate.ContainerSpec.Image}}',
      ])
    ).stdout.trim();
    expect(now).toBe(ran);
    expect(now).not.toBe(before);
  });

  it('marks a release that failed as verified once a whole verify finds it so, and says if it may not', async () => {
    expect((await cluster.run(['deploy', '--yes', AT_ONCE, '--no-verify'])).code).toBe(0);
    await change('agents.data.gracePeriod=31s');
    const failed = await cluster.run(['deploy', '--yes', AT_ONCE, '--timeout', '2s']);
    expect(failed.code, failed.all).toBe(4);
    const number = (await history())[0]?.number;
    const state = async () => (await history()).find((one) => one.number === number)?.state;
    expect(await state()).toBe('failed');
    const part = await cluster.run(['verify', '--skip', 'https']);
    expect(part.code, part.all).toBe(0);
    expect(await state(), 'not looked at as a whole').toBe('failed');
    await cluster.docker(['config', 'create', '-l', 'bundle.stack=rel', 'rel.lock', '-'], { input: 'somebody else' });
    const refused = await cluster.run(['verify']);
    expect(refused.code, refused.all).toBe(0);
    expect(refused.stderr).toMatch(
      new RegExp(`warning: release ${number} could not be marked as verified: .*rel\\.lock`),
    );
    expect(await state()).toBe('failed');
    await cluster.docker(['config', 'rm', 'rel.lock']);
    const whole = await cluster.run(['verify', '--json']);
    expect(whole.code, whole.all).toBe(0);
    expect(whole.stderr).toContain(`release ${number} is marked as verified; it was "failed"`);
    expect((await history())[0]).toMatchObject({ number, state: 'verified' });
    expect((await history())[0]?.images['imply-data-1']).toContain('@sha256:');
    expect((await cluster.run(['verify'])).stderr, 'once').not.toContain('is marked');
  });

  it('keeps a secret that was replaced when something else goes back', async () => {
    const token = join(cluster.parent, 'token-3');
    await writeFile(token, 'fedcba9876543210fedcba9876543210');
    await change(`secretFiles.authToken=${token}`, 'agents.data.gracePeriod=32s');
    expect((await cluster.run(['deploy', '--yes', AT_ONCE, '--no-verify'])).code).toBe(0);
    const back = await cluster.run(['rollback', '--yes', AT_ONCE, '--no-verify']);
    expect(back.code, back.all).toBe(0);
    expect(back.stderr).toMatch(/stay as they are: auth-token v3 \(then v2\); --with-secrets/);
    expect(await mounted('imply-manager')).toContain('rel_imply-auth-token.v3');
    expect((await history())[0]?.secrets).toContain('rel_imply-auth-token.v3');
    const grace = [
      'service',
      'inspect',
      'rel_imply-data-1',
      '--format',
      '{{.Spec.TaskTemplate.ContainerSpec.StopGracePeriod}}',
    ];
    expect((await cluster.docker(grace)).stdout.trim()).toBe('31s');
  });

  it('leaves what came back to a job that renews certificates, which deploys nothing else', async () => {
    const numbers = async () => (await history()).map(({ number }) => number);
    const before = await numbers();
    const job = await cluster.run(['deploy', '--yes', '--renew', AT_ONCE]);
    expect(job.code, job.all).toBe(3);
    expect(job.stderr).toMatch(new RegExp(`release ${before[0]} went back to release \\d+`));
    expect(await numbers()).toEqual(before);
  });

  it('marks one that nobody awaited as converged, though a check was left out', async () => {
    await change('agents.data.gracePeriod=33s');
    expect((await cluster.run(['deploy', '--yes', AT_ONCE, '--no-wait'])).code).toBe(0);
    const { number, state } = (await history())[0] ?? {};
    expect(state).toBe('deployed');
    const part = await cluster.run(['verify', '--skip', 'https']);
    expect([0, 7], part.all).toContain(part.code);
    expect(part.stderr).toContain(`release ${number} is marked as converged; it was "deployed"`);
    expect((await history())[0]).toMatchObject({ number, state: 'converged' });
  });

  it('refuses a release that is not there, and a word for a number', async () => {
    expect((await cluster.run(['rollback', '--to', '99', '--yes'])).stderr).toContain('there is no release 99 of rel');
    const word = await cluster.run(['rollback', '--to', 'last', '--yes']);
    expect(word.code).toBe(2);
    expect(word.stderr).toContain('a release is named by its number');
  });

  it('the runbook’s promise: the record outlives docker stack rm, and destroy takes it', async () => {
    await removeStack(cluster.lab, 'rel');
    const numbers = (await history()).map(({ number }) => number);
    expect(numbers, 'the last ten').toEqual(Array.from({ length: 10 }, (_unused, index) => (numbers[0] ?? 0) - index));
    expect(numbers[0]).toBeGreaterThan(10);
    const destroyed = await cluster.run(['destroy', '--yes', '--json']);
    expect(destroyed.code, destroyed.all).toBe(0);
    expect(JSON.parse(destroyed.stdout).removed.configs).toContain(`rel.release.${numbers[0]}`);
    expect((await cluster.docker(['config', 'ls', '-q', '-f', 'label=bundle.stack=rel'])).stdout).toBe('');
    expect(await readFile(join(cluster.dir, 'secrets/imply-auth-token'))).toBeTruthy();
  });
});
