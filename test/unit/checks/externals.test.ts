import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { CheckContext } from '../../../src/checks/check.ts';
import { externals } from '../../../src/checks/externals.ts';
import { probeTcp } from '../../../src/io/probe.ts';
import type { External } from '../../../src/sdk/definition.ts';
import { tcpServer } from '../../../src/sdk/tcp-server.ts';
import { databaseExternal } from '../../../stacks/common/database/external.ts';
import { LoginError, type DatabaseReading } from '../../../stacks/common/database/reading.ts';
import type { DatabaseServer, Dialect } from '../../../stacks/common/database/server.ts';
import { answers as implyAnswers } from '../../../stacks/imply/answers.ts';
import { storeServer } from '../../../stacks/imply/externals.ts';
import { zookeeperExternal } from '../../../stacks/zookeeper/external.ts';
import { VirtualClock } from '../converge/virtual-clock.ts';
import { context } from '../../support/check-context.ts';

const servers: Server[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve)))));

/** A server that says `words` at once; or, by the question, after it was asked. */
async function listen(words: Buffer | string | ((question: string) => string)): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    if (typeof words === 'function') socket.once('data', (data) => socket.end(words(data.toString())));
    else socket.write(words);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const greeting = (version: string) =>
  Buffer.concat([Buffer.from([74, 0, 0, 0, 10]), Buffer.from(`${version}\0`), Buffer.alloc(40)]);

/** Some servers outside, in a plan of which nothing else counts here. */
function outside(external: External, more: Partial<CheckContext> = {}): CheckContext {
  const from = {
    ...context(),
    probe: probeTcp,
    lookup: () => Promise.resolve({ addresses: ['10.0.0.1'], inDns: true }),
    ...more,
  };
  return { ...from, plan: { ...from.plan, externals: [external] } };
}

/** Imply's store at another address, which its answers would refuse, and what a login reads there. */
function at(
  over: Partial<DatabaseServer>,
  more: Partial<CheckContext> = {},
  read: Dialect['read'] = () => Promise.reject(new Error('nobody logs in in this test')),
  store: Record<string, unknown> = {},
): CheckContext {
  const { server, dialect } = storeServer(
    implyAnswers.parse({
      manager: { nodes: ['n1'] },
      agents: { master: { nodes: ['n1'] }, query: { nodes: ['n2'] }, data: { nodes: ['n2'] } },
      deepStorage: { type: 's3', path: 's3://bucket/prefix' },
      store: { host: 'db', user: 'imply', ...store },
    }),
  );
  return outside(databaseExternal({ ...server, ...over }, { ...dialect, read }), more);
}

const run = async (from: CheckContext) =>
  (await externals.run(from)).map(
    ({ level, text, hint }) => `${level}: ${text}${hint === undefined ? '' : ` → ${hint}`}`,
  );

const GOOD: DatabaseReading = {
  version: '8.4.3',
  product: 'MySQL',
  characterSet: 'utf8mb4',
  database: undefined,
  account: `'imply'@'%'`,
  tls: { protocol: 'TLSv1.3', required: true, distrusted: undefined, misnamed: undefined },
  rights: { create: true, createLike: [], lacks: [] },
};

async function judged(
  over: Partial<DatabaseReading>,
  external: Partial<DatabaseServer> = {},
  store?: Record<string, unknown>,
): Promise<string[]> {
  const port = await listen(greeting('8.4.3'));
  const from = at(
    { host: '127.0.0.1', port, ...external },
    { lockedValue: () => Buffer.from('the-password') },
    () => Promise.resolve({ ...GOOD, ...over }),
    store,
  );
  return (await run(from))
    .map((line) => line.replaceAll(`127.0.0.1:${port}`, 'SERVER'))
    .filter((line) => !line.includes('from their own nodes'));
}

describe('a MySQL before anyone logs in', () => {
  it.each([
    ['8.4.3', /^ok: .* is MySQL 8\.4\.3$/],
    ['5.7.21-log', /^ok/],
    ['10.0.1', /^ok/],
    ['5.7.14', /^error: .*5\.7\.21 or later is needed/],
    ['5.5.5-10.11.6-MariaDB', /^warning: .*MariaDB.*does not support/],
  ])('says that it is a %s, and no more without the password', async (version, text) => {
    const lines = await run(at({ host: '127.0.0.1', port: await listen(greeting(version)) }));
    expect(lines[0]).toMatch(text);
    expect(lines[1]).toMatch(/^info: .*could not tell what imply may do: the password is not on this disk/);
  });

  it('is told from another server, from one that takes nobody, and from none', async () => {
    expect((await run(at({ host: '127.0.0.1', port: await listen('SSH-2.0-OpenSSH\r\n') })))[0]).toMatch(
      /^error: .*not as a MySQL/,
    );
    const refusal = Buffer.concat([
      Buffer.from([70, 0, 0, 0, 0xff, 0x6a, 0x04]),
      Buffer.from("Host '10.0.0.9' is not allowed to connect to this MySQL server"),
    ]);
    expect((await run(at({ host: '127.0.0.1', port: await listen(refusal) })))[0]).toMatch(
      /^warning: .*lets nobody in from this machine: Host '10\.0\.0\.9' is not allowed/,
    );
    expect((await run(at({ host: '127.0.0.1', port: 1 })))[0]).toMatch(
      /^warning: store 127\.0\.0\.1:1 cannot be reached from this machine: connection refused/,
    );
  });
});

describe('what a database server says to the stack’s user', () => {
  it('is fine where all is as it must be', async () => {
    expect(await judged({})).toEqual([
      `ok: store SERVER is MySQL 8.4.3 and lets 'imply'@'%' in; imply_manager is not there yet`,
      'info: store SERVER offers TLSv1.3, and takes no connection without; its certificate is trusted by this ' +
        'machine, of the containers that is not known',
    ]);
  });

  it('prints what an administrator is to run where rights are missing', async () => {
    const [line] = await judged({ rights: { create: false, createLike: [], lacks: ['CREATE', 'SELECT'] } });
    expect(line).toBe(
      "error: store SERVER: 'imply'@'%' may not make the database imply_manager, which is not there (or not to " +
        'be seen by this user); missing: CREATE, SELECT → as an administrator: CREATE SCHEMA `imply_manager` ' +
        "CHARACTER SET utf8mb4; GRANT ALL PRIVILEGES ON `imply\\_manager`.* TO 'imply'@'%'; And for more, one for " +
        "each cluster: GRANT ALL PRIVILEGES ON *.* TO 'imply'@'%';",
    );
    const [there] = await judged({
      database: { characterSet: 'utf8mb4' },
      rights: { create: true, createLike: [], lacks: ['DROP'] },
    });
    expect(there).toMatch(
      /^error: .*may not use the database imply_manager fully; missing: DROP → as an administrator: GRANT/,
    );
    expect(there).not.toContain('CREATE SCHEMA');
  });

  it('warns where the manager will start and its clusters will not', async () => {
    expect(await judged({ rights: { create: false, createLike: ['imply\\_%'], lacks: [] } })).toContainEqual(
      expect.stringMatching(
        /^warning: .*only names like imply\\_%.*one for each cluster → .*GRANT ALL PRIVILEGES ON \*\.\* TO/,
      ),
    );
  });

  it('refuses character sets that Druid refuses, of the database and of new ones', async () => {
    expect(await judged({ database: { characterSet: 'latin1' } })).toContainEqual(
      expect.stringMatching(/^error: .*imply_manager has the character set latin1, not utf8mb4 → ALTER SCHEMA/),
    );
    expect(await judged({ characterSet: 'utf8mb3' })).toContainEqual(
      expect.stringMatching(
        /^error: .*made with the character set utf8mb3.* → start the server with --character-set-server=utf8mb4/,
      ),
    );
  });

  it('warns of MariaDB, of no TLS, and of certificates that a client may refuse', async () => {
    expect(await judged({ product: 'MariaDB', version: '11.8.8' })).toContainEqual(
      expect.stringMatching(/^warning: .*MariaDB \(11\.8\.8\)/),
    );
    expect(await judged({ tls: { ...GOOD.tls, protocol: undefined } })).toContainEqual(
      expect.stringMatching(/^warning: .*no TLS: passwords and data of the manager and every agent travel in clear/),
    );
    expect(
      await judged({ tls: { ...GOOD.tls, required: false, distrusted: 'self-signed certificate' } }),
    ).toContainEqual(
      expect.stringMatching(
        /^warning: .*takes connections in clear too, but its certificate is not trusted here: self-signed certificate/,
      ),
    );
    expect(await judged({ tls: { ...GOOD.tls, misnamed: 'names another' } })).toContainEqual(
      expect.stringMatching(/^warning: .*does not name the host.* → names another/),
    );
  });

  it('warns where the rights are those of another address than the nodes’', async () => {
    expect(await judged({ account: `'imply'@'10.0.0.7'` })).toContainEqual(
      expect.stringMatching(
        /^warning: .*of 'imply'@'10\.0\.0\.7'; the manager and every agent come from other addresses/,
      ),
    );
  });

  it('asks a PostgreSQL for UTF8, and speaks its SQL', async () => {
    const lines = await judged(
      {
        product: 'PostgreSQL',
        version: '9.6',
        characterSet: 'LATIN1',
        account: 'imply',
        rights: { create: false, createLike: [], lacks: ['CREATEDB'] },
      },
      {},
      { type: 'postgresql' },
    );
    expect(lines).toContainEqual(
      expect.stringMatching(/^error: .*character set LATIN1 unless told otherwise, not UTF8/),
    );
    expect(lines).toContainEqual(
      expect.stringMatching(
        /CREATE DATABASE "imply_manager" OWNER "imply" ENCODING 'UTF8' TEMPLATE template0; And for more, one for each cluster: ALTER ROLE "imply" CREATEDB;$/,
      ),
    );
  });
});

describe('a login that fails', () => {
  const failing = async (error: Error, store?: Record<string, unknown>) => {
    const from = at(
      { host: '127.0.0.1', port: await listen(greeting('8.4.3')) },
      { lockedValue: () => Buffer.from('the-password') },
      () => Promise.reject(error),
      store,
    );
    return (await run(from))[0];
  };

  it('is an error where the server has decided, and a warning where another machine may fare better', async () => {
    expect(await failing(new LoginError('refused', 'Access denied'))).toMatch(
      /^error: .*refuses imply: Access denied → .*--set secretFiles\.storePassword=FILE/,
    );
    expect(await failing(new LoginError('host', 'not allowed'))).toMatch(
      /^warning: .*lets nobody in from this machine/,
    );
    expect(await failing(new LoginError('distrusted', 'self-signed'))).toMatch(
      /^error: .*not vouched for.*the password was not sent/,
    );
    expect(await failing(new Error('no answer in 10 s'))).toMatch(/^warning: .*the login failed: no answer in 10 s/);
  });

  it('could not tell of a database that is not there, if no other lets the user in', async () => {
    const error = new LoginError('absent', 'no entry for database "postgres"');
    expect(await failing(error, { type: 'postgresql' })).toMatch(
      /^unsure: store .*: imply_manager is not there yet; could not tell whether imply may make it: no entry for database "postgres" → as an administrator: CREATE DATABASE "imply_manager" OWNER "imply" ENCODING 'UTF8' TEMPLATE template0;$/,
    );
  });

  it('is told without the password, should a server send it back', async () => {
    const line = await failing(new LoginError('refused', 'no user has the-password'));
    expect(line).toContain('[redacted]');
    expect(line).not.toContain('the-password');
  });
});

describe('how the tasks will see a server', () => {
  const seen = async (host: string, reading: { addresses: string[]; inDns: boolean | undefined }) =>
    (
      await run(
        at({ host, port: 1 }, { probe: () => Promise.reject(new Error('x')), lookup: () => Promise.resolve(reading) }),
      )
    ).slice(1);

  it('is never said from here: only what to try', async () => {
    expect(await seen('db.example.org', { addresses: ['10.1.2.3'], inDns: true })).toEqual([
      'info: store: the manager and every agent dial db.example.org:1 from their own nodes; what this machine ' +
        'sees of it does not tell about those → here db.example.org is 10.1.2.3; try it on each node: nc -vz ' +
        'db.example.org 1',
    ]);
  });

  it.each([
    ['db', { addresses: ['127.0.1.1'], inDns: true }, /^warning: store db: is this machine itself here/],
    ['db', { addresses: ['10.1.2.3'], inDns: false }, /^warning: store db: DNS does not have this name/],
    ['db.local', { addresses: ['10.1.2.3'], inDns: undefined }, /^warning: .*multicast/],
  ])('is warned about for %s at %j', async (host, reading, text) => {
    expect((await seen(host, reading))[0]).toMatch(text);
  });
});

describe('ZooKeeper servers', () => {
  const ensemble = (servers: External['servers']) =>
    outside(
      zookeeperExternal({
        what: 'zookeeper',
        clients: 'the manager',
        servers,
        versions: { first: '3.5', last: '3.8' },
      }),
    );
  const srvr = (mode: string, version = '3.7.1') =>
    `Zookeeper version: ${version}-abc, built on 2022-05-07 06:45 UTC\nZxid: 0x0\nMode: ${mode}\nNode count: 5\n`;
  const RESTRICTED = (question: string) => `${question.trim()} is not executed because it is not in the whitelist.\n`;
  const leader = (synced?: number) => (question: string) =>
    question.startsWith('srvr')
      ? srvr('leader')
      : synced === undefined
        ? RESTRICTED(question)
        : `zk_version\t3.7.1\nzk_synced_followers\t${synced}\n`;
  const asked = async (...answers: (string | ((question: string) => string))[]) => {
    const ports = await Promise.all(
      answers.map((answer) => listen(typeof answer === 'function' ? answer : () => answer)),
    );
    const lines = await run(ensemble(ports.map((port) => ({ host: '127.0.0.1', port }))));
    return lines
      .slice(0, -1)
      .map((line) => ports.reduce((text, port, index) => text.replaceAll(`127.0.0.1:${port}`, `zk${index + 1}`), line));
  };

  it('are fine alone, and as one ensemble', async () => {
    expect(await asked(srvr('standalone'))).toEqual(['ok: zookeeper zk1 is ZooKeeper 3.7.1, alone, without failover']);
    expect(await asked(srvr('follower'), leader(2), srvr('follower'))).toEqual([
      'ok: zookeeper: ZooKeeper 3.7.1, leader zk2, 2 followers',
    ]);
    expect(await asked(srvr('follower'), leader())).toEqual(['ok: zookeeper: ZooKeeper 3.7.1, leader zk2, 1 follower']);
  });

  it('are refused where they are not one ensemble', async () => {
    expect((await asked(leader(0), leader(0)))[0]).toMatch(
      /^error: zookeeper: not one ensemble: zk1 is a leader, zk2 is a leader/,
    );
    expect((await asked(srvr('standalone'), srvr('follower')))[0]).toMatch(/^error: .*zk1 serves alone/);
    expect((await asked(srvr('standalone'), srvr('standalone')))[0]).toMatch(/^error/);
    // A leader of its own followers beside followers of another.
    expect((await asked(leader(1), srvr('follower'), srvr('follower')))[0]).toMatch(
      /^error: .*the leader counts 1 follower in sync, 2 of the named/,
    );
  });

  it('are warned about where not all are named', async () => {
    expect(await asked(leader(2), srvr('follower'))).toContainEqual(
      expect.stringMatching(/^warning: .*counts 2 followers in sync, of which 1 is named/),
    );
    expect((await asked(srvr('follower'), srvr('follower')))[0]).toMatch(
      /^warning: .*their leader is not among the servers/,
    );
  });

  it('are warned about without a quorum, and refused where none serves', async () => {
    const waiting = 'This ZooKeeper instance is not currently serving requests\n';
    expect(await asked(leader(1), srvr('follower'), waiting)).toEqual([
      expect.stringMatching(/^warning: zookeeper zk3 runs, but serves nobody/),
      expect.stringMatching(/^ok: .*leader zk1, 1 follower/),
    ]);
    expect((await asked(waiting, waiting)).at(-1)).toMatch(/^error: zookeeper: none of the servers serves/);
  });

  it('are alive though they tell nothing; other servers are no ZooKeeper', async () => {
    expect(await asked(RESTRICTED)).toEqual([
      expect.stringMatching(/^info: zookeeper zk1 answers, but does not tell.*4lw\.commands\.whitelist/),
    ]);
    expect((await asked('HTTP/1.1 400 Bad Request\r\n'))[0]).toMatch(/^error: .*not as a ZooKeeper/);
  });

  it.each([
    ['3.4.14', true],
    ['3.5.9', false],
    ['3.8.6', false],
    ['3.9.5', true],
  ])('of %s: warned about is %s', async (version, warned) => {
    expect(
      (await asked(srvr('standalone', version))).some((line) => /^warning: .*3\.5 to 3\.8 are known to do/.test(line)),
    ).toBe(warned);
  });

  it('give an answer that comes in pieces', async () => {
    const server = createServer((socket) =>
      socket.once('data', () => {
        socket.write(srvr('standalone').slice(0, 30));
        setImmediate(() => socket.end(srvr('standalone').slice(30)));
      }),
    );
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    expect((await run(ensemble([{ host: '127.0.0.1', port }])))[0]).toMatch(/^ok/);
  });
});

describe('a server that is asked for nothing', () => {
  it('takes connections, or cannot be reached', async () => {
    const server = (port: number) => outside(tcpServer({ what: 'mirror', clients: 'all', host: '127.0.0.1', port }));
    const port = await listen('');
    expect((await run(server(port)))[0]).toBe(`ok: mirror 127.0.0.1:${port} accepts connections`);
    expect((await run(server(1)))[0]).toMatch(/^warning: mirror 127\.0\.0\.1:1 cannot be reached/);
  });
});

describe('a definition that asks in its own way', () => {
  const own = (ask: External['ask']): External => ({
    what: 'mirror',
    clients: 'all',
    servers: [{ host: 'mirror', port: 80 }],
    ask,
    judge: (reading) => [{ level: 'ok', text: `mirror says ${String(reading)}` }],
  });

  it('judges its own reading', async () => {
    expect((await run(outside(own(() => Promise.resolve('yes')))))[0]).toBe('ok: mirror says yes');
  });

  it('could not tell when it fails, without a secret that it was given', async () => {
    const fails: External['ask'] = ({ secret }) => {
      secret({ secret: 'token', part: 'token' });
      return Promise.reject(new Error('refused the-password'));
    };
    expect((await run(outside(own(fails), { lockedValue: () => Buffer.from('the-password') })))[0]).toBe(
      'unsure: mirror could not be asked: refused [redacted]',
    );
  });

  it('could not tell when it does not end, and the others are still reported', async () => {
    const clock = new VirtualClock();
    const from = outside(
      own(() => new Promise(() => undefined)),
      { clock },
    );
    const other = own(() => Promise.resolve('yes'));
    from.plan.externals.push(other);
    const lines = await run(from);
    expect(clock.elapsed()).toBe(20_000);
    expect(lines).toContain('unsure: mirror: no answer within 20 s');
    expect(lines).toContain('ok: mirror says yes');
  });
});
