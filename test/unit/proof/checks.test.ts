import { describe, expect, it } from 'vitest';
import { load } from '../../../src/project/bundle-dir.ts';
import { expectationRows } from '../../../src/verify/bundle/list.ts';
import { knownNames, selected } from '../../../src/verify/bundle/expected.ts';
import { EVERYTHING } from '../../../src/verify/select.ts';
import { proof } from '../../proof/definition.ts';
import { entryOf } from '../../support/definitions.ts';
import { init, recordedIo, workplace } from '../init/support.ts';

const STACKS = { stacks: [entryOf(proof)] };

describe('checks of a definition’s own kind', () => {
  it('are listed, known by name, and selected as all others are', async () => {
    const cwd = workplace();
    const set = ['image=lab/node:1', 'nodes=[n1,n2,n3]'];
    expect((await init(cwd, { yes: true, set }, {}, STACKS)).error).toBeUndefined();
    const loaded = await load({ dir: 'prod' }, recordedIo(cwd, STACKS).io);

    const rows = expectationRows(loaded, EVERYTHING);
    const of = (check: string) => rows.filter((row) => row.check === check);
    expect(of('level')).toEqual([
      {
        service: 'front-1',
        check: 'level',
        seen: 'answers level 1, with the certificate that it mounts',
        from: 'a job in the stack’s network, in the task’s image',
      },
    ]);
    const { checks } = knownNames(loaded);
    expect(checks).toContain('level');
    const unlisted = checks.filter((only) => expectationRows(loaded, { only: [only], skip: [] }).length === 0);
    expect(unlisted, 'each word of --only has something to list').toEqual([]);
    expect(expectationRows(loaded, { only: ['swarm'], skip: [] })).toMatchObject([
      { service: 'swarm', check: 'expiry' },
    ]);
    const { expectations, ensembles } = selected(loaded, { only: ['level'], skip: [] });
    expect(
      expectations.map(({ service, programs, endpoints, logs }) => [service, programs?.length, endpoints, logs]),
    ).toEqual([['front-1', 1, [], []]]);
    expect(ensembles).toEqual([]);
    // A rule of one product is not said of all.
    expect(of('quorum')).toMatchObject([{ seen: 'stores: they do their work together, and every member serves' }]);
  });
});
