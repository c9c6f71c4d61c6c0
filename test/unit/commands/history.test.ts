import { expect, it, onTestFinished } from 'vitest';
import { run } from '../../../src/commands/history/run.ts';
import { EXIT } from '../../../src/errors.ts';
import { NO_RELEASE } from '../../../src/release/choose.ts';
import { fakeEngine } from '../engine/fake-engine.ts';
import { init, recordedIo, workplace } from '../init/support.ts';

/** `bundle history` of a stack whose records have this data. */
async function history(records: string[], json = false, release?: string) {
  const cwd = workplace();
  expect((await init(cwd, { yes: true, stack: 'zookeeper', set: ['nodes=n1'] })).error).toBeUndefined();
  const fake = await fakeEngine({
    'GET /info': () => ({ json: { Swarm: { NodeID: 'n', LocalNodeState: 'active', ControlAvailable: true } } }),
    'GET /configs': () => ({
      json: records.map((Data, at) => ({
        ...{ ID: `r${at}`, Version: { Index: 1 }, UpdatedAt: '' },
        Spec: { Name: `prod.release.${at}`, Labels: {}, Data },
      })),
    }),
  });
  onTestFinished(() => fake.close());
  const { io, out, err } = recordedIo(cwd, { json });
  const options = { dir: 'prod', host: `unix://${fake.socket}`, ...(release === undefined ? {} : { release }) };
  expect(await run(options as unknown as Parameters<typeof run>[0], io)).toBe(EXIT.done);
  return { out: out(), err: err() };
}

it('of a stack that was deployed by hand says why there is none, and what makes one', async () => {
  const { out, err } = await history([]);
  expect(out).toBe(`${NO_RELEASE.why('prod')}\n`);
  expect(err).toBe(`note: ${NO_RELEASE.hint}\n`);
  const asJson = await history([], true);
  expect(JSON.parse(asJson.out)).toEqual({ stack: 'prod', releases: [], unreadable: [] });
  expect(asJson.err).toBe(err);
});

it('names records that it cannot read, and advises nothing that would write beside them', async () => {
  expect((await history(['?'])).err).toBe('note: prod.release.0 is not readable by this version of bundle\n');
});

it('does not say of a record that it cannot read that there is none', async () => {
  await expect(history(['?', '?'], false, '1')).rejects.toMatchObject({
    ...{ code: 'newer-release', exit: EXIT.usage },
    message: 'this version of bundle cannot read the record of release 1 of prod',
  });
  await expect(history(['?'], false, '1')).rejects.toMatchObject({ code: 'no-release' });
});
