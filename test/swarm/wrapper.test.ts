import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster, images, sharedLab, unsupported, variant } from '../support/cluster.ts';

/** A manager's image that reads its variables from the environment only, and `secretDelivery: wrapper`. */
describe.skipIf(unsupported !== undefined)('a wrapper around the image’s own entrypoint', () => {
  let cluster: Cluster;
  let envOnly: string;

  beforeAll(async () => {
    envOnly = await variant(await sharedLab(), images.manager, 'env-only', { SIMULATOR_IGNORE_VAR_FILES: '1' });
    cluster = await Cluster.make('wrap');
  });
  afterAll(() => cluster.remove());

  it('is needed: files alone leave this image without its store’s password', async () => {
    expect((await cluster.init('node1', { 'images.manager': envOnly })).code).toBe(0);
    const deployed = await cluster.run(['deploy', '--yes', '--timeout', '3s']);
    expect(deployed.code, deployed.all).toBe(4);
    await expect
      .poll(async () => (await cluster.docker(['service', 'logs', '--raw', 'wrap_imply-manager'])).stderr, {
        timeout: 120_000,
      })
      .toContain('needs IMPLY_MANAGER_STORE_PASSWORD');
  });

  it('is refused for an image that the engine does not hold, and nothing is written', async () => {
    const before = await cluster.read('bundle.yaml');
    const elsewhere = envOnly.replace(/:[^:/]+$/, ':nowhere');
    const refused = await cluster.run([
      'init',
      '--yes',
      '--no-prepare',
      '--set',
      'secretDelivery=wrapper',
      '--set',
      `images.manager=${elsewhere}`,
    ]);
    expect(refused.code, refused.all).toBe(3);
    expect(refused.stderr).toContain(`docker pull ${elsewhere}`);
    expect(await cluster.read('bundle.yaml')).toBe(before);
  });

  it(
    'gives it the password: init reads the entrypoint from the image, deploy and verification pass, and then ' +
      'nothing is left to do',
    async () => {
      const changed = await cluster.run(['init', '--yes', '--no-prepare', '--set', 'secretDelivery=wrapper']);
      expect(changed.code, changed.all).toBe(0);
      const image = JSON.parse((await cluster.docker(['image', 'inspect', envOnly])).stdout) as [
        { RepoDigests: string[]; Config: { Entrypoint: string[] } },
      ];
      const locked = (JSON.parse(await cluster.read('bundle.lock.json')) as { images: Record<string, unknown> }).images;
      expect(locked).toEqual({
        [envOnly]: {
          digest: image[0].RepoDigests[0]?.replace(/^.*@/, ''),
          entrypoint: image[0].Config.Entrypoint,
          cmd: [],
        },
      });
      const deployed = await cluster.run(['deploy', '--yes']);
      expect(deployed.code, deployed.all).toBe(0);
      const plan = await cluster.run(['plan', '--detailed-exitcode']);
      expect(plan.code, plan.all).toBe(0);
      expect(plan.all).not.toContain('by hand');
    },
  );

  it('shows the value in no specification and no container’s settings, only to the program itself, which is process 1', async () => {
    const password = (await cluster.read('secrets/store-password')).trim();
    const id = (
      await cluster.docker(['ps', '-q', '-f', 'label=com.docker.swarm.service.name=wrap_imply-manager'])
    ).stdout.trim();
    const tasks = (await cluster.docker(['service', 'ps', '-q', '--no-trunc', 'wrap_imply-manager'])).stdout
      .trim()
      .split('\n');
    const shown =
      (await cluster.docker(['service', 'inspect', 'wrap_imply-manager'])).stdout +
      (await cluster.docker(['inspect', id, ...tasks])).stdout;
    expect(shown).toContain('IMPLY_MANAGER_STORE_PASSWORD');
    expect(shown.includes(password)).toBe(false);
    const inside = async (file: string) =>
      (await cluster.docker(['exec', id, 'sh', '-c', `tr '\\0' '\\n' < /proc/1/${file}`])).stdout;
    expect((await inside('environ')).split('\n').includes(`IMPLY_MANAGER_STORE_PASSWORD=${password}`)).toBe(true);
    expect(await inside('cmdline')).toMatch(/^\/usr\/local\/bin\/node\n/);
    expect((await inside('cmdline')).includes(password)).toBe(false);
  });
});
