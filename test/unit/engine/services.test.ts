import { expect, it, onTestFinished } from 'vitest';
import { fakeEngine } from './fake-engine.ts';

it('tasks are replaced though the swarm writes to the service meanwhile, by what it says then', async () => {
  let version = 7;
  const written: { version: string | null; body: unknown }[] = [];
  const fake = await fakeEngine({
    'GET /services/S': () => ({
      json: { Version: { Index: version }, Spec: { Name: 's_app', Extra: version, TaskTemplate: { ForceUpdate: 2 } } },
    }),
    'POST /services/S/update': ({ url, body }) => {
      const asked = new URL(url, 'http://engine').searchParams.get('version');
      // The allocator, as ports change.
      if (written.length === 0) version = 8;
      written.push({ version: asked, body: JSON.parse(body) });
      return asked === String(version)
        ? { json: {} }
        : { status: 500, json: { message: 'rpc error: code = Unknown desc = update out of sequence' } };
    },
  });
  onTestFinished(() => fake.close());
  await (await fake.connect()).replaceTasks({ id: 'S', name: 's_app' });
  expect(written.map((each) => each.version)).toEqual(['7', '8']);
  expect(written[1]?.body).toEqual({ Name: 's_app', Extra: 8, TaskTemplate: { ForceUpdate: 3 } });
});
