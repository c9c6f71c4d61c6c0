import { describe, expect, test } from 'vitest';
import { emptyLock, type Lock } from '../../../src/bundle/lock.ts';
import { secretStates } from '../../../src/bundle/secret-state.ts';
import { oldData } from '../../../src/checks/old-data.ts';
import type { Engine, LocalVolume } from '../../../src/engine/port.ts';
import { context, service } from '../../support/check-context.ts';

const MADE = '2026-05-01T10:00:00.000Z';
const lock: Lock = {
  ...emptyLock(),
  secrets: {
    'store-password': { version: 1, kind: 'password', created: MADE, fingerprints: {}, facts: {} },
  },
};
const volume = (name: string, createdAt?: string): LocalVolume => ({
  id: name,
  name,
  labels: {},
  ...(createdAt === undefined ? {} : { createdAt }),
});

function found(
  volumes: LocalVolume[],
  {
    answers = {},
    services = [] as string[],
    releases = 0,
  }: { answers?: object; services?: string[]; releases?: number } = {},
) {
  const asked: Partial<Engine> = {
    localVolumes: async () => volumes,
    configs: async () =>
      Array.from({ length: releases }, (_unused, index) => ({
        id: `c${index}`,
        name: `prod_bundle-release.${index + 1}`,
        labels: {},
        createdAt: '',
        data: Buffer.from('not one that this version reads'),
      })) as never,
  };
  const all = context(answers as never, { engine: asked, services: services.map((name) => service(name)) });
  const secrets = secretStates({
    stack: 'prod',
    needs: all.plan.secrets,
    lock,
    used: new Set(Object.keys(all.document.secrets)),
    key: undefined,
    materials: {},
    live: [],
  });
  return oldData.run({ ...all, secrets });
}

describe('data from before', () => {
  test('a volume older than the password: refused, with the two ways out', async () => {
    expect(await found([volume('prod_mysql-data', '2026-04-01T10:00:00Z')])).toEqual([
      {
        level: 'error',
        text:
          'volume prod_mysql-data on the node of this engine is from before (2026-04-01) and no release of prod is in ' +
          'this swarm, but the root password of the embedded MySQL was made 2026-05-01: the data there refuses it',
        hint: expect.stringMatching(
          /^either keep the data .*secretFiles\.storePassword=FILE.*; or start empty: .*docker volume rm prod_mysql-data/,
        ) as string,
      },
    ]);
  });

  test('seconds before, in another zone', async () => {
    expect(await found([volume('prod_mysql-data', '2026-05-01T11:59:58+02:00')])).toHaveLength(1);
  });

  test.each<[string, LocalVolume[], object?]>([
    ['of the same bundle, destroyed and deployed again', [volume('prod_mysql-data', '2026-05-02T10:00:00Z')]],
    ['without a date', [volume('prod_mysql-data')]],
    [
      'of another name',
      [volume('prod_mysql-data-2', '2026-04-01T10:00:00Z'), volume('mysql-data', '2026-04-01T10:00:00Z')],
    ],
    ['that keeps no password', [volume('prod_imply-manager-var', '2026-04-01T10:00:00Z')]],
    ['of a stack that runs', [volume('prod_mysql-data', '2026-04-01T10:00:00Z')], { services: ['prod_mysql'] }],
    [
      'beside a release, so that a password was changed',
      [volume('prod_mysql-data', '2026-04-01T10:00:00Z')],
      { releases: 1 },
    ],
    ['of nobody', []],
  ])('a volume %s is fine', async (_what, volumes, more) => {
    expect(await found(volumes, more)).toEqual([]);
  });
});
