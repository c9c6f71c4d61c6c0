import { afterEach, expect, it } from 'vitest';
import { fakeEngine, type FakeEngine } from './fake-engine.ts';

const open: FakeEngine[] = [];
afterEach(async () => {
  for (const fake of open.splice(0)) await fake.close();
});

const asked = async (image: string, answer: { status?: number; json: unknown }) => {
  const fake = await fakeEngine({ [`GET /images/${image}/json`]: () => answer });
  open.push(fake);
  return (await fake.connect()).localImage(image);
};

it('gives what an image runs, and its digest in the registry of its reference', async () => {
  const digest = `sha256:${'1'.repeat(64)}`;
  const RepoDigests = [`elsewhere/x@sha256:${'0'.repeat(64)}`, `r.example:5000/a/b@${digest}`];
  expect(
    await asked('r.example:5000/a/b:2', {
      json: { RepoDigests, Config: { Entrypoint: ['/e'], Cmd: ['c'], Volumes: { '/data': {} }, Env: ['A=b=c'] } },
    }),
  ).toEqual({ digest, entrypoint: ['/e'], cmd: ['c'], volumes: ['/data'], env: ['A=b=c'] });
  expect(
    await asked(`r.example:5000/a/b@${digest}`, { json: { RepoDigests, Config: { Entrypoint: ['/e'] } } }),
  ).toEqual({ digest, entrypoint: ['/e'], cmd: [], volumes: [], env: [] });
});

it.each([
  ['docker.io/imply/agent:16', 'imply/agent'],
  ['index.docker.io/imply/agent', 'imply/agent'],
  ['docker.io/library/mysql:8', 'mysql'],
  ['mysql:8', 'docker.io/library/mysql'],
])('finds the digest of %s under the name by which engines know it: %s', async (image, stored) => {
  const digest = `sha256:${'1'.repeat(64)}`;
  const RepoDigests = [`other/agent@sha256:${'0'.repeat(64)}`, `${stored}@${digest}`];
  expect(await asked(image, { json: { RepoDigests, Config: {} } })).toMatchObject({ digest });
});

it('has no digest of an image that was in no registry, and no words where it names none', async () => {
  expect(await asked('a:1', { json: { RepoDigests: [], Config: { Entrypoint: null, Cmd: null } } })).toEqual({
    entrypoint: [],
    cmd: [],
    volumes: [],
    env: [],
  });
});

it('is undefined where the engine has no such image; any other error is thrown', async () => {
  expect(await asked('a:1', { status: 404, json: { message: 'No such image: a:1' } })).toBeUndefined();
  await expect(asked('a:1', { status: 500, json: { message: 'disk' } })).rejects.toThrow(/read image a:1.*disk/);
  await expect(asked('../secrets', { json: {} })).rejects.toThrow(/no image name/);
});

it('lists the images that have a tag, the one that was made last first', async () => {
  const fake = await fakeEngine({
    'GET /images/json': () => ({
      json: [
        { Created: 1, RepoTags: ['old:1'] },
        { Created: 3, RepoTags: ['new:1', 'r.example/new:2'] },
        { Created: 4, RepoTags: ['<none>:<none>'] },
        { Created: 2, RepoTags: null },
      ],
    }),
  });
  open.push(fake);
  expect(await (await fake.connect()).localImages()).toEqual(['new:1', 'r.example/new:2', 'old:1']);
});
