import { describe, expect, test } from 'vitest';
import { imageData } from '../../../src/checks/image-data.ts';
import type { LocalImage } from '../../../src/engine/port.ts';
import { context, service } from '../../support/check-context.ts';

const image = (volumes: string[], env: string[] = []): LocalImage => ({ entrypoint: ['/e'], cmd: [], volumes, env });

/** What the check says on an engine that holds these. */
async function found(held: Record<string, LocalImage>, services = [service('other')]) {
  const asked: string[] = [];
  const localImage = (name: string) => {
    asked.push(name);
    return Promise.resolve(held[name]);
  };
  const from = context({ images: { mysql: 'db:1', zookeeper: 'zoo:1' } }, { services, engine: { localImage } });
  return { asked, findings: await imageData.run(from) };
}
const ZOO = image(['/data', '/datalog', '/logs']);
const AGENT = image([]);
const agents = async (): Promise<Record<string, LocalImage>> => {
  const { asked } = await found({});
  return Object.fromEntries(asked.filter((name) => !/^(db|zoo):/.test(name)).map((name) => [name, AGENT]));
};

describe('whether volumes are where images keep data', () => {
  test('they are', async () => {
    const held = { ...(await agents()), 'db:1': image(['/var/lib/mysql']), 'zoo:1': ZOO };
    expect((await found(held)).findings).toEqual([]);
  });

  test('one is elsewhere: the service, both places, and what follows', async () => {
    const held = { ...(await agents()), 'db:1': image(['/bitnami/mysql']), 'zoo:1': ZOO };
    expect((await found(held)).findings).toEqual([
      {
        level: 'warning',
        text:
          'mysql: db:1 keeps data in /bitnami/mysql (a VOLUME of the image), and volume mysql-data is at ' +
          '/var/lib/mysql: what is written beside it is gone with the container',
        hint: expect.stringContaining('the official image') as string,
      },
    ]);
  });

  test('a variable leads out of it', async () => {
    const held = { ...(await agents()), 'db:1': image([], ['DB_DATA_DIR=/srv/db']), 'zoo:1': ZOO };
    expect((await found(held)).findings).toMatchObject([
      { level: 'warning', text: expect.stringContaining('/srv/db (DB_DATA_DIR)') as string },
    ]);
  });

  test('not asked of images that the engine does not hold', async () => {
    const { findings } = await found({ ...(await agents()), 'zoo:1': ZOO });
    expect(findings).toEqual([
      {
        level: 'not-run',
        text: 'db:1 is not on the node of the engine that is asked: where it keeps data was not looked at',
        hint: 'docker pull it there, then check again',
      },
    ]);
  });

  test.each(['db:1', 'docker.io/library/db:1'])(
    'an image that swarm pulled is found by its digest: %s',
    async (name) => {
      const pinned = `${name}@sha256:${'a'.repeat(64)}`;
      const spec = { TaskTemplate: { ContainerSpec: { Image: pinned } } };
      const held = { ...(await agents()), [pinned]: image(['/elsewhere']), 'zoo:1': ZOO };
      const { findings } = await found(held, [service('prod_mysql', { spec })]);
      expect(findings).toMatchObject([{ level: 'warning', text: expect.stringContaining('/elsewhere') as string }]);
    },
  );

  test('that another image ran before says nothing', async () => {
    const spec = { TaskTemplate: { ContainerSpec: { Image: `db:0@sha256:${'a'.repeat(64)}` } } };
    const held = { ...(await agents()), 'zoo:1': ZOO };
    expect((await found(held, [service('prod_mysql', { spec })])).findings).toMatchObject([{ level: 'not-run' }]);
  });
});
