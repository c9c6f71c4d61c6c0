import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPostgresql } from '../../../stacks/postgresql/adapters/read.ts';
import type { DatabaseLogin } from '../../../stacks/common/database/reading.ts';
import { issue } from '../../support/certificates.ts';
import { noPostgres, Postgres, SUPERUSER } from '../../support/postgres.ts';

/** A real server: what a user lacks is the server's own affair, and changes between its versions. */
describe.skipIf(noPostgres !== undefined)('reading a PostgreSQL', () => {
  const issued = issue('IP:127.0.0.1');
  const other = issue('IP:127.0.0.1');
  let server: Postgres;
  const login = (over: Partial<DatabaseLogin> = {}): DatabaseLogin => ({
    host: '127.0.0.1',
    port: server.port,
    ...SUPERUSER,
    database: 'imply_manager',
    authority: undefined,
    ...over,
  });
  const as = (user: string, over: Partial<DatabaseLogin> = {}) =>
    readPostgresql(login({ user, password: `${user}-password`, ...over }));

  beforeAll(async () => {
    server = await Postgres.start({ tls: issued });
    await server.sql(
      'postgres',
      ...['maker', 'nothing', 'owner'].map((user) => `CREATE ROLE ${user} LOGIN PASSWORD '${user}-password'`),
      'ALTER ROLE maker CREATEDB',
      'CREATE DATABASE owned OWNER owner',
      `CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0`,
    );
  });
  afterAll(() => server.stop());

  it('reads version, encoding and rights of one who may do everything', async () => {
    expect(await readPostgresql(login())).toMatchObject({
      product: 'PostgreSQL',
      version: expect.stringMatching(/^\d+\.\d+/) as string,
      characterSet: 'UTF8',
      database: undefined,
      account: 'admin',
      rights: { create: true, createLike: [], lacks: [] },
    });
  });

  it('tells one who may make databases from one who may not', async () => {
    expect((await as('maker')).rights).toEqual({ create: true, createLike: [], lacks: [] });
    expect((await as('nothing')).rights).toEqual({ create: false, createLike: [], lacks: ['CREATEDB'] });
  });

  it('looks into the database where it is there: its encoding, and what the user may do in it', async () => {
    expect(await as('owner', { database: 'owned' })).toMatchObject({
      database: { characterSet: 'UTF8' },
      rights: { create: false, lacks: [] },
    });
    expect(await as('nothing', { database: 'latin' })).toMatchObject({
      database: { characterSet: 'LATIN1' },
      rights: { lacks: expect.arrayContaining(['CREATE']) as string[] },
    });
  });

  it('sees whether the certificate is trusted, by whom, and whether it names the host', async () => {
    expect((await as('maker')).tls).toMatchObject({
      protocol: 'TLSv1.3',
      distrusted: expect.stringContaining('verify') as string,
      misnamed: undefined,
    });
    expect((await as('maker', { authority: issued.authority })).tls).toEqual({
      protocol: 'TLSv1.3',
      distrusted: undefined,
      misnamed: undefined,
      required: undefined,
    });
    expect((await as('maker', { authority: issued.authority, host: 'localhost' })).tls).toMatchObject({
      distrusted: undefined,
      misnamed: expect.stringContaining('localhost') as string,
    });
  });

  it('sends no password to a server that the given authority does not vouch for', async () => {
    await expect(as('maker', { authority: other.authority })).rejects.toMatchObject({ reason: 'distrusted' });
    // Wrong, and yet not what is complained of: it never got there.
    await expect(as('maker', { authority: other.authority, password: 'wrong' })).rejects.toMatchObject({
      reason: 'distrusted',
    });
  });

  it('tells a wrong password from a server that is not there, and quotes no password', async () => {
    const refused = await as('maker', { password: 'not-this-one' }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ reason: 'refused', message: expect.stringContaining('maker') as string });
    expect(JSON.stringify(refused, Object.getOwnPropertyNames(refused))).not.toContain('not-this-one');
    await expect(as('maker', { port: 1 })).rejects.toThrow(/ECONNREFUSED/);
  });
});

describe.skipIf(noPostgres !== undefined)('a PostgreSQL without TLS, of another encoding', () => {
  let server: Postgres;
  beforeAll(async () => {
    server = await Postgres.start({ encoding: 'LATIN1' });
  });
  afterAll(() => server.stop());
  const login = (): DatabaseLogin => ({
    host: '127.0.0.1',
    port: server.port,
    ...SUPERUSER,
    database: 'imply_manager',
    authority: undefined,
  });

  it('says so', async () => {
    expect(await readPostgresql(login())).toMatchObject({
      characterSet: 'LATIN1',
      tls: { protocol: undefined, distrusted: undefined },
    });
    await expect(readPostgresql({ ...login(), authority: issue('IP:127.0.0.1').authority })).rejects.toMatchObject({
      reason: 'distrusted',
      message: 'it offers no TLS',
    });
  });
});
