import { afterEach, describe, expect, it } from 'vitest';
import { refusalOf } from '../../../src/image/refusal.ts';
import { fakeEngine, type FakeEngine } from './fake-engine.ts';

const open: FakeEngine[] = [];
afterEach(async () => {
  for (const fake of open.splice(0)) await fake.close();
});

/** What an engine's no to an image comes to, and how often the engine was asked about itself. */
async function asked(
  image: string,
  {
    version = '20.10.24',
    mirrors = ['https://mirror.example/'] as string[] | null,
    status = 404,
    words = 'manifest unknown',
  },
) {
  const fake = await fakeEngine({
    [`GET /distribution/${image}/json`]: () => ({ status, json: { message: `${words}: ${words}` } }),
    'GET /info': () => ({ json: { ServerVersion: version, RegistryConfig: { Mirrors: mirrors } } }),
  });
  open.push(fake);
  const engine = await fake.connect();
  const first = await engine.imageInRegistry(image).catch(refusalOf);
  await engine.imageInRegistry(image).catch(() => undefined);
  return { first, infos: fake.seen.filter(({ url }) => url.endsWith('/info')).length };
}

describe('an engine that asks a mirror and not Docker Hub after it', () => {
  it.each(['mysql:8', 'imply/agent:16', 'docker.io/library/mysql:8', 'index.docker.io/imply/agent'])(
    'does not prove that Docker Hub has no %s, and is asked once for its mirrors',
    async (image) => {
      expect(await asked(image, {})).toEqual({
        first: {
          kind: 'unclear',
          words:
            'manifest unknown; a registry mirror of the engine may have said so: before Docker Engine 25 it does not ' +
            'ask Docker Hub after it, as it does when it pulls',
        },
        infos: 1,
      });
    },
  );

  it.each([
    [{ version: '24.0.9' }, 'unclear'],
    [{ version: '24.0.9', status: 401, words: 'unauthorized' }, 'unclear'],
    // What no mirror changes.
    [{ status: 500, words: 'dial tcp 10.0.0.1:443: i/o timeout' }, 'unreachable'],
    [{ version: '25.0.0' }, 'absent'],
    [{ version: '28.5.2', status: 403, words: 'denied' }, 'denied'],
    [{ mirrors: [] }, 'absent'],
    [{ mirrors: null }, 'absent'],
  ])('%j: %s', async (setting, kind) => {
    expect((await asked('mysql:8', setting)).first).toMatchObject({ kind });
  });

  it('is believed of other registries, which have no mirrors, and is not asked for them', async () => {
    expect(await asked('r.example:5000/mysql:8', {})).toEqual({
      first: { kind: 'absent', words: 'manifest unknown' },
      infos: 0,
    });
  });

  it('that does not tell its mirrors is believed', async () => {
    const fake = await fakeEngine({
      'GET /distribution/mysql:8/json': () => ({ status: 404, json: { message: 'manifest unknown' } }),
      'GET /info': () => ({ status: 500, json: { message: 'broken' } }),
    });
    open.push(fake);
    const engine = await fake.connect();
    expect(await engine.imageInRegistry('mysql:8').catch(refusalOf)).toMatchObject({ kind: 'absent' });
  });
});
