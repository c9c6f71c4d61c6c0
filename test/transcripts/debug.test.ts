import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { bundle } from '../support/cli.ts';
import { fakeEngine } from '../unit/engine/fake-engine.ts';

/** What a header of config.json, and a log-in, hold. */
const SECRETS = ['hunter2-of-the-gateway', 'hunter2-of-the-registry'];

it.each(['*', 'modem', 'modem,dockerode', '1'])('DEBUG=%s prints no request with its headers', async (value) => {
  const cwd = await mkdtemp(join(tmpdir(), 'bundle-debug-'));
  const engine = await fakeEngine({ 'GET /info': () => ({ json: { Swarm: { LocalNodeState: 'inactive' } } }) });
  onTestFinished(async () => {
    await engine.close();
    await rm(cwd, { recursive: true, force: true });
  });
  await writeFile(
    join(cwd, 'config.json'),
    JSON.stringify({
      HttpHeaders: { 'X-Gateway': SECRETS[0] },
      auths: { 'r.example': { username: 'me', password: SECRETS[1] } },
    }),
  );
  const answers = ['--stack', 'zookeeper', '--set', 'nodes=[n1,n2,n3]', '--set', 'image=r.example/zookeeper:3.8.4'];
  const env = { DEBUG: value, DOCKER_CONFIG: cwd, DOCKER_HOST: `unix://${engine.socket}` };
  const made = await bundle(['init', 'prod', '--yes', '--no-prepare', ...answers], { cwd, env });
  expect(made.code, made.all).toBe(0);
  const asked = await bundle(['status', 'prod'], { cwd, env });
  expect(asked.code, asked.all).toBe(3);
  // The engine got the header.
  expect(engine.seen.map(({ headers }) => headers['x-gateway'])).toContain(SECRETS[0]);
  for (const { all } of [made, asked]) {
    for (const secret of SECRETS) expect(all).not.toContain(secret);
    expect(all).not.toContain('Sending');
  }
});
