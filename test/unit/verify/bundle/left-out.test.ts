import { describe, expect, it } from 'vitest';
import type { EngineInfo } from '../../../../src/engine/port.ts';
import { load, type Loaded } from '../../../../src/project/bundle-dir.ts';
import { readLastVerification } from '../../../../src/project/last-verification.ts';
import { selected } from '../../../../src/verify/bundle/expected.ts';
import { verifyBundle } from '../../../../src/verify/bundle/verify-bundle.ts';
import { EVERYTHING, type Selection } from '../../../../src/verify/select.ts';
import { proof } from '../../../proof/definition.ts';
import { entryOf } from '../../../support/definitions.ts';
import { init, manager, node, recordedIo, workplace } from '../../init/support.ts';

const STACKS = { stacks: [entryOf(proof)] };

async function loaded(): Promise<Loaded> {
  const cwd = workplace();
  const set = ['image=lab/node:1', 'nodes=[n1,n2,n3]'];
  expect((await init(cwd, { yes: true, set }, {}, STACKS)).error).toBeUndefined();
  return load({ dir: 'prod' }, recordedIo(cwd, STACKS).io);
}

const skipping = (...skip: string[]): Selection => ({ only: [], skip });

describe('what is left out', () => {
  it('counts, also of what is told of only if it fails', async () => {
    const bundle = await loaded();
    const { plan, lock } = bundle.directory;
    const services = plan.expectations.length;
    const files = plan.secrets.flatMap((need) => Object.keys(need.files)).length;
    const certificates = Object.values(lock.secrets).filter(({ facts }) => facts.notAfter !== undefined).length;
    expect([services, files, certificates].every((count) => count > 0)).toBe(true);
    const leftOut = (selection: Selection): number => selected(bundle, selection).leftOut;
    expect(leftOut(EVERYTHING)).toBe(0);
    expect(leftOut(skipping('tasks'))).toBe(services);
    expect(leftOut(skipping('stable'))).toBe(services);
    expect(leftOut(skipping('content'))).toBe(files);
    expect(leftOut(skipping('expiry'))).toBe(certificates + 1);
    expect(leftOut(skipping('swarm'))).toBe(1);
    expect(leftOut(skipping('tasks', 'swarm'))).toBe(services + 1);
  });

  it('is all but what was asked for by name, which is looked at', async () => {
    const bundle = await loaded();
    const services = bundle.directory.plan.expectations.map(({ service }) => service);
    const only = (...words: string[]) => selected(bundle, { only: words, skip: [] }).expectations;
    for (const word of ['tasks', 'Stable']) {
      expect(
        only(word).map(({ service, named }) => [service, named]),
        word,
      ).toEqual(services.map((service) => [service, [word.toLowerCase()]]));
      expect(only(word, services[0] ?? '').map(({ service }) => service)).toEqual(services.slice(0, 1));
    }
    expect(only('content')).toEqual([]);
    expect(only('level').flatMap(({ named }) => named)).toEqual([]);
  });

  it('is not remembered as a whole verification; what nothing was left out of is', async () => {
    const bundle = await loaded();
    const fine = { state: 'active', manager: true, nodeId: 'x', clusterId: 'staging' } as const;
    let swarm: EngineInfo['swarm'] = fine;
    const engine = manager(
      ['n1', 'n2', 'n3'].map((name) => node(name)),
      {
        info: async () => ({ ...(await manager([]).info()), systemTime: '2026-01-01T00:00:30Z', swarm }),
        services: async () => [],
        networks: async () => [],
        secrets: async () => [],
        swarmTrust: async () => ({ roots: [] }),
      },
    );
    const verify = (selection: Selection) =>
      verifyBundle(engine, bundle, [], 1, recordedIo('/').io, { selection, release }).then(({ leftOut }) => leftOut);
    const release = { number: 6, at: '2026-01-01T00:00:00Z' };
    const remembered = () => readLastVerification(bundle.directory.dir, 'staging');
    for (const word of ['tasks', 'stable', 'content', 'expiry', 'swarm', 'level']) {
      expect(await verify(skipping(word)), word).toBeGreaterThan(0);
      expect(await remembered(), word).toBeUndefined();
    }
    expect(await verify({ only: ['level'], skip: [] })).toBeGreaterThan(0);
    expect(await remembered()).toBeUndefined();
    // Without a leader it does not say which swarm it is.
    const { clusterId: _, ...nameless } = fine;
    swarm = nameless;
    expect(await verify(EVERYTHING)).toBe(0);
    expect(await remembered()).toBeUndefined();
    swarm = fine;
    expect(await verify(EVERYTHING)).toBe(0);
    expect(await remembered()).toMatchObject({ release });
  });
});
