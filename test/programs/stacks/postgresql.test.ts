import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPostgresql } from '../../../stacks/postgresql/adapters/read.ts';
import { postgresql } from '../../../stacks/postgresql/dialect.ts';
import type { DatabaseLogin, LoginError } from '../../../stacks/common/database/reading.ts';
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
      ...['maker', 'nothing', 'owner', 'tables'].map((user) => `CREATE ROLE ${user} LOGIN PASSWORD '${user}-password'`),
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
      rights: { lacks: ['CREATE ON SCHEMA public'] },
    });
  });

  it.each<[string, string[], string[]]>([
    ['a database as it is made', [], ['CREATE ON SCHEMA public']],
    ['the right to make tables', ['GRANT CREATE ON SCHEMA public TO tables'], []],
    ['what up to version 14 is so', ['GRANT CREATE ON SCHEMA public TO PUBLIC'], []],
    ['the right to make schemas alone', ['GRANT ALL ON DATABASE shape TO tables'], ['CREATE ON SCHEMA public']],
    ['a schema of its own', ['CREATE SCHEMA AUTHORIZATION tables'], []],
    [
      'a schema of its name that is another’s',
      ['CREATE SCHEMA tables', 'GRANT USAGE ON SCHEMA tables TO tables', 'GRANT CREATE ON SCHEMA public TO tables'],
      ['CREATE ON SCHEMA tables'],
    ],
    [
      'a schema that it may not see',
      ['REVOKE ALL ON SCHEMA public FROM PUBLIC', 'GRANT CREATE ON SCHEMA public TO tables'],
      ['USAGE, CREATE ON SCHEMA public'],
    ],
  ])('says of %s what a user lacks who makes tables in it, as the server then does', async (_what, grants, lacks) => {
    await server.sql('postgres', 'DROP DATABASE IF EXISTS shape', 'CREATE DATABASE shape');
    await server.sql('shape', ...grants);
    const make = () => server.sqlAs({ user: 'tables', password: 'tables-password' }, 'shape', 'CREATE TABLE one ()');
    const { account, rights } = await as('tables', { database: 'shape' });
    expect(rights).toEqual({ create: false, createLike: [], lacks });
    if (lacks.length > 0) {
      await expect(make()).rejects.toMatchObject({ code: expect.stringMatching(/^(42501|3F000)$/) as string });
      // What is printed is what mends it.
      const printed = postgresql.prepare('shape', account, { there: true, lacks, characterSet: 'UTF8' });
      await server.sql('shape', printed.replace(/^in the database "shape": /, ''));
      expect((await as('tables', { database: 'shape' })).rights.lacks).toEqual([]);
    }
    await make();
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

describe.skipIf(noPostgres !== undefined)('a PostgreSQL that refuses a login', () => {
  let server: Postgres;
  const as = (user: string, database: string) =>
    readPostgresql({
      host: '127.0.0.1',
      port: server.port,
      user,
      password: `${user}-password`,
      database,
      authority: undefined,
    });
  const line = (databases: string, user: string) => `host ${databases} ${user} 127.0.0.1/32 scram-sha-256`;

  beforeAll(async () => {
    server = await Postgres.start({
      access: [
        line('all', 'Imply-User'),
        line('imply_manager', 'strict'),
        line('imply_manager,template1', 'template'),
        line('imply_manager,postgres', 'crowded'),
      ],
    });
    await server.sql(
      'postgres',
      ...['Imply-User', 'strict', 'template', 'crowded', 'unlisted'].map(
        (user) => `CREATE ROLE "${user}" LOGIN PASSWORD '${user}-password'`,
      ),
      'CREATE DATABASE hardened',
      'REVOKE CONNECT ON DATABASE hardened FROM PUBLIC',
      'CREATE DATABASE closed ALLOW_CONNECTIONS false',
      'CREATE DATABASE full_up CONNECTION LIMIT 0',
    );
  });
  afterAll(() => server.stop());

  it('is an error, with the right to connect that is missing; what is printed mends it', async () => {
    const refused = await as('Imply-User', 'hardened').catch((error: unknown) => error);
    expect(refused).toMatchObject({
      reason: 'refused',
      message: 'permission denied for database "hardened"',
      mend: 'as an administrator: GRANT CONNECT ON DATABASE "hardened" TO "Imply-User";',
    });
    await server.sql('postgres', (refused as LoginError).mend?.replace('as an administrator: ', '') ?? '');
    expect((await as('Imply-User', 'hardened')).database).toEqual({ characterSet: 'UTF8' });
  });

  it('is an error if the database takes no connections, and is told as busy if it has none left', async () => {
    await expect(as('Imply-User', 'closed')).rejects.toMatchObject({
      reason: 'refused',
      message: expect.stringContaining('not currently accepting connections') as string,
      mend: 'as an administrator: ALTER DATABASE "closed" ALLOW_CONNECTIONS true;',
    });
    await expect(as('Imply-User', 'full_up')).rejects.toMatchObject({ reason: 'busy' });
  });

  it('at the database that is asked for: another machine may be let in', async () => {
    await expect(as('unlisted', 'imply_manager')).rejects.toMatchObject({
      reason: 'host',
      message: expect.stringContaining('pg_hba') as string,
    });
  });

  it('at others only: the database is not there, and what the user may do is untold', async () => {
    await expect(as('strict', 'imply_manager')).rejects.toMatchObject({
      reason: 'absent',
      message: expect.stringMatching(/"postgres".*; .*"template1"/) as string,
    });
  });

  it('at another that has no connection left: that is told, for it passes', async () => {
    await server.sql('postgres', 'ALTER DATABASE postgres CONNECTION LIMIT 0');
    await expect(as('crowded', 'imply_manager')).rejects.toMatchObject({ reason: 'busy' });
    await server.sql('postgres', 'ALTER DATABASE postgres CONNECTION LIMIT -1');
  });

  it('at one of the others: the next is asked, by whatever it was refused', async () => {
    const read = { database: undefined, rights: { create: false, createLike: [], lacks: ['CREATEDB'] } };
    expect(await as('template', 'imply_manager')).toMatchObject(read);
    await server.sql('postgres', 'REVOKE CONNECT ON DATABASE postgres FROM PUBLIC');
    expect(await as('Imply-User', 'imply_manager')).toMatchObject(read);
    await server.sql('postgres', 'REVOKE CONNECT ON DATABASE template1 FROM PUBLIC');
    await expect(as('Imply-User', 'imply_manager')).rejects.toMatchObject({ reason: 'absent' });
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
