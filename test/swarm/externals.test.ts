import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { poll } from '../../scripts/lab/poll.ts';
import type { Lab } from '../../scripts/lab/lab.ts';
import type { PreflightResult } from '../../src/checks/check.ts';
import { Cluster, images, sharedLab, unsupported } from '../support/cluster.ts';

const PASSWORD = {
  root: 'root-of-the-test',
  norights: 'norights-of-the-test',
  byrole: 'byrole-of-the-test',
  pattern: 'pattern-of-the-test',
  here: 'here-of-the-test',
  expired: 'expired-of-the-test',
};
const ENSEMBLE = ['node1', 'node2', 'node3'];

/** `bundle check` against real servers outside the swarm: containers of the lab's hosts that no stack knows. */
describe.skipIf(unsupported !== undefined)('external stores and ensembles', () => {
  let lab: Lab;
  let cluster: Cluster;
  const started: [host: string, name: string][] = [];

  const start = async (host: string, name: string, args: string[]): Promise<void> => {
    started.push([host, name]);
    await lab.docker(host, ['run', '-d', '--name', name, ...args]);
  };
  const sql = (host: string, name: string, statements: string) =>
    lab.docker(host, ['exec', '-i', '-e', `MYSQL_PWD=${PASSWORD.root}`, name, 'mysql', '-h127.0.0.1', '-uroot'], {
      input: statements,
      check: false,
    });
  const address = (host: string): string => lab.host(host).address;

  beforeAll(async () => {
    lab = await sharedLab();
    cluster = await Cluster.make('ext');
    const mysql = (host: string, name: string, ...flags: string[]) =>
      start(host, name, ['-p', '3306:3306', '-e', `MYSQL_ROOT_PASSWORD=${PASSWORD.root}`, images.mysql, ...flags]);
    const servers = ENSEMBLE.map((host, index) => `server.${index + 1}=${address(host)}:2888:3888;2181`).join(' ');
    const member = (host: string, index: number) =>
      start(host, 'ext-zk', [
        '--network',
        'host',
        '-e',
        `ZOO_MY_ID=${index + 1}`,
        '-e',
        `ZOO_SERVERS=${servers}`,
        '-e',
        'ZOO_STANDALONE_ENABLED=false',
        '-e',
        'ZOO_ADMINSERVER_ENABLED=false',
        '-e',
        'ZOO_4LW_COMMANDS_WHITELIST=srvr,mntr',
        images.zookeeper,
      ]);
    await Promise.all([
      mysql('node1', 'ext-mysql'),
      mysql(
        'node2',
        'ext-latin',
        '--character-set-server=latin1',
        '--require-secure-transport=ON',
        '--disconnect-on-expired-password=OFF',
      ),
      ...ENSEMBLE.map(member),
      start('node4', 'ext-alone', ['-p', '2181:2181', images.zookeeper]),
    ]);
    for (const [host, name] of [
      ['node1', 'ext-mysql'],
      ['node2', 'ext-latin'],
    ] as const) {
      await poll(`${name} answers`, 180_000, async () =>
        (await sql(host, name, 'SELECT 1')).code === 0 ? true : undefined,
      );
    }
    const made = await sql(
      'node1',
      'ext-mysql',
      [
        ...(['norights', 'byrole', 'pattern'] as const).map(
          (user) => `CREATE USER '${user}'@'%' IDENTIFIED BY '${PASSWORD[user]}';`,
        ),
        `CREATE USER 'here'@'10.%' IDENTIFIED BY '${PASSWORD.here}'; GRANT ALL ON *.* TO 'here'@'10.%';`,
        'CREATE ROLE makers; GRANT ALL ON *.* TO makers; GRANT makers TO byrole; SET DEFAULT ROLE makers TO byrole;',
        'GRANT ALL ON `imply\\_%`.* TO pattern;',
      ].join('\n'),
    );
    expect(made.code, made.stderr).toBe(0);
    const latin = await sql(
      'node2',
      'ext-latin',
      `CREATE SCHEMA imply_latin; CREATE USER expired IDENTIFIED BY '${PASSWORD.expired}' PASSWORD EXPIRE;`,
    );
    expect(latin.code, latin.stderr).toBe(0);
  });
  afterAll(async () => {
    await Promise.all(started.map(([host, name]) => lab.docker(host, ['rm', '-f', '-v', name], { check: false })));
    await cluster.remove();
  });

  let asked = 0;
  /** The findings of the check, on a bundle that is made with these answers. */
  const check = async (user: string, password: string, more: Record<string, string> = {}): Promise<string[]> => {
    const file = join(cluster.parent, `password-${asked++}`);
    await writeFile(file, password);
    const made = await cluster.init(
      'node1',
      {
        'store.embedded': 'false',
        'store.host': address('node1'),
        'store.user': user,
        'secretFiles.storePassword': file,
        'zookeeper.hosts': `${address('node4')}:2181`,
        ...more,
      },
      ['--no-prepare'],
    );
    expect(made.code, made.all).toBe(0);
    return findings(password);
  };
  const findings = async (password: string): Promise<string[]> => {
    const result = await cluster.run(['check', '--json']);
    expect(result.all).not.toContain(password);
    const { checks } = JSON.parse(result.stdout) as { checks: PreflightResult[] };
    return checks
      .filter(({ name }) => name === 'externals')
      .flatMap((each) =>
        each.findings.map(({ level, text, hint }) => `${level}: ${text}${hint === undefined ? '' : ` → ${hint}`}`),
      );
  };
  const line = (text: RegExp) => expect.stringMatching(text) as string;

  it('a real MySQL: rights by role, by pattern and none, a wrong password, an account of some addresses', async () => {
    const byRole = await check('byrole', PASSWORD.byrole);
    expect(byRole).toContainEqual(
      line(/^ok: store .* is MySQL 9\.\S+ and lets 'byrole'@'%' in; imply_manager is not there yet/),
    );
    expect(byRole).toContainEqual(
      line(
        /^warning: .*offers TLSv1\.3, and takes connections in clear too, but its certificate is not trusted here: self-signed/,
      ),
    );
    expect(byRole).toContainEqual(line(/^info: .*the manager and every agent dial .* from their own nodes/));
    expect(byRole).toContainEqual(line(/^ok: zookeeper .*ZooKeeper 3\.8\.0, alone/));
    expect(byRole.filter((each) => each.startsWith('error'))).toEqual([]);

    const none = await check('norights', PASSWORD.norights);
    const [error] = none.filter((each) => each.startsWith('error'));
    expect(error).toMatch(/'norights'@'%' may not make the database imply_manager/);
    // What it prints is what mends it.
    const advice = /as an administrator: (.*;)/.exec(error ?? '')?.[1]?.replace(/ And for more, [^:]*:/, '') ?? '';
    expect(advice).toContain('CREATE SCHEMA `imply_manager`');
    const run = await sql('node1', 'ext-mysql', advice);
    expect(run.code, run.stderr).toBe(0);
    expect(await findings(PASSWORD.norights)).toContainEqual(
      line(/^ok: .*lets 'norights'@'%' in; imply_manager is there, utf8mb4/),
    );

    expect(await check('pattern', PASSWORD.pattern)).toContainEqual(
      line(
        /^warning: .*may make and use imply_manager, but may not make databases of any name \(only names like imply\\_%\)/,
      ),
    );
    expect(await check('pattern', 'not-the-password')).toContainEqual(
      line(/^error: .*refuses pattern: Access denied for user 'pattern'@/),
    );
    expect(await check('here', PASSWORD.here)).toContainEqual(line(/^warning: .*what was read is of 'here'@'10\.%'/));
  });

  it('a real MySQL that is not utf8mb4, and one that takes no connection in clear', async () => {
    const latin = await check('root', PASSWORD.root, {
      'store.host': address('node2'),
      'store.database': 'imply_latin',
    });
    expect(latin).toContainEqual(line(/^error: .*imply_latin has the character set latin1/));
    expect(latin).toContainEqual(
      line(
        /^error: .*databases are made with the character set latin1 unless told otherwise, not utf8mb4 → start the server with --character-set-server=utf8mb4/,
      ),
    );
    expect(latin).toContainEqual(line(/offers TLSv1\.3, and takes no connection without/));
  });

  it('a real MySQL that lets an expired password in and takes no statement then', async () => {
    expect(await check('expired', PASSWORD.expired, { 'store.host': address('node2') })).toContainEqual(
      line(/^error: .*refuses expired: .*\(1820\): the password has expired → .*PASSWORD EXPIRE NEVER/),
    );
  });

  it('the authority of a real MySQL: its own vouches for it, another gets no password', async () => {
    const own = join(cluster.parent, 'own-ca.pem');
    const other = join(cluster.parent, 'other-ca.pem');
    const authority = (host: string, name: string) =>
      lab.docker(host, ['exec', name, 'sh', '-c', 'cat /var/lib/mysql/ca.pem']);
    await writeFile(own, (await authority('node1', 'ext-mysql')).stdout);
    await writeFile(other, (await authority('node2', 'ext-latin')).stdout);
    expect(await check('root', PASSWORD.root, { 'store.tls.ca': 'file', 'secretFiles.storeCa': own })).toContainEqual(
      line(/^warning: .*vouched for by the authority that is given, but does not name the host/),
    );
    expect(await check('root', PASSWORD.root, { 'store.tls.ca': 'file', 'secretFiles.storeCa': other })).toContainEqual(
      line(/^error: .*not vouched for by the authority.*the password was not sent/),
    );
    expect(await cluster.read('stack.yml')).toContain(
      'IMPLY_MANAGER_STORE_CA_CERT_PATH: "/etc/imply/ca/manager-store.crt"',
    );
  });

  it('a checkout without secrets/ says what it cannot tell', async () => {
    await rename(join(cluster.dir, 'secrets'), join(cluster.parent, 'away'));
    try {
      const told = await findings(PASSWORD.root);
      expect(told).toContainEqual(line(/^info: .*could not tell what root may do: the password is not on this disk/));
      expect(told).toContainEqual(line(/^ok: store .* is MySQL 9/));
    } finally {
      await rename(join(cluster.parent, 'away'), join(cluster.dir, 'secrets'));
    }
  });

  it('real ZooKeepers: an ensemble, a part of one, another beside it, and one that lost its majority', async () => {
    const ask = (...hosts: string[]) =>
      check('root', PASSWORD.root, { 'zookeeper.hosts': JSON.stringify(hosts.map((host) => `${address(host)}:2181`)) });
    const srvr = async (host: string): Promise<string> =>
      (await lab.docker(host, ['exec', 'ext-zk', 'sh', '-c', 'echo srvr | nc -w 2 127.0.0.1 2181'], { check: false }))
        .stdout;
    await poll('the ensemble is whole', 180_000, async () =>
      (await Promise.all(ENSEMBLE.map(srvr))).every((answer) => answer.includes('Mode: ')) ? true : undefined,
    );
    expect(await ask(...ENSEMBLE)).toContainEqual(line(/^ok: zookeeper: ZooKeeper 3\.8\.0, leader \S+, 2 followers/));
    expect(await ask('node1', 'node2')).toContainEqual(
      line(
        /^warning: zookeeper: (the leader counts 2 followers in sync, of which 1 is named|ZooKeeper 3\.8\.0, 2 followers; their leader is not among)/,
      ),
    );
    expect(await ask(...ENSEMBLE, 'node4')).toContainEqual(
      line(/^error: zookeeper: not one ensemble: .*is a leader, .* serves alone/),
    );
    await Promise.all(['node2', 'node3'].map((host) => lab.docker(host, ['kill', 'ext-zk'])));
    await poll('the last server lost its majority', 180_000, async () =>
      (await srvr('node1')).includes('not currently serving') ? true : undefined,
    );
    const left = await ask(...ENSEMBLE);
    expect(left).toContainEqual(line(/^warning: zookeeper .* runs, but serves nobody: it has no quorum/));
    expect(left.filter((each) => /cannot be reached from this machine: connection refused/.test(each))).toHaveLength(2);
  });
});
