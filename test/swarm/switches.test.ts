import { writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster, images, sharedLab, unsupported } from '../support/cluster.ts';

/** TLS and authentication each off, and material of the user's own. */
describe.skipIf(unsupported !== undefined)('switches and own material', () => {
  const clusters: Cluster[] = [];
  const make = async (name: string) => {
    const cluster = await Cluster.make(name);
    clusters.push(cluster);
    return cluster;
  };
  let pki: string;

  beforeAll(async () => {
    pki = (await Cluster.make('pki')).parent;
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-new',
        '-nodes',
        '-newkey',
        'rsa:2048',
        '-subj',
        '/CN=own CA',
        '-days',
        '30',
        '-keyout',
        join(pki, 'ca.key'),
        '-out',
        join(pki, 'ca.crt'),
      ],
      { stdio: 'ignore' },
    );
    await writeFile(join(pki, 'token'), 'a-token-of-my-own-0123456789\r\n');
  });
  afterAll(async () => {
    await Promise.all(clusters.map((cluster) => cluster.remove()));
  });

  const checksOf = (stdout: string) =>
    new Set((JSON.parse(stdout) as { results: { check: string }[] }).results.map((result) => result.check));

  it('TLS off: authentication alone, which the bundle must accept in plain words', async () => {
    const cluster = await make('notls');
    const refused = await cluster.init('node1', { 'tls.enabled': 'false' });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('allowClearText');
    expect(
      (await cluster.init('node1', { 'tls.enabled': 'false', 'authentication.allowClearText': 'true' })).code,
    ).toBe(0);
    const deployed = await cluster.run(['deploy', '--yes']);
    expect(deployed.code, deployed.all).toBe(0);
    const verified = await cluster.run(['verify', '--json']);
    expect(verified.code, verified.all).toBe(0);
    expect(checksOf(verified.stdout)).toContain('Authentication');
    expect(checksOf(verified.stdout)).not.toContain('TLS');
    const logs = await cluster.docker(['service', 'logs', '--raw', 'notls_imply-manager']);
    expect(logs.stdout + logs.stderr).not.toContain('TLS: Enabled');
  });

  it('authentication off, and the store password by environment, which service inspect then shows', async () => {
    const cluster = await make('noauth');
    expect((await cluster.init('node2', { 'authentication.enabled': 'false', secretDelivery: 'env' })).code).toBe(0);
    const deployed = await cluster.run(['deploy', '--yes']);
    expect(deployed.code, deployed.all).toBe(0);
    expect(deployed.stderr).toContain('secretDelivery is env');
    const password = (await cluster.read('secrets/store-password')).trim();
    expect((await cluster.docker(['service', 'inspect', 'noauth_imply-manager'])).stdout).toContain(
      `IMPLY_MANAGER_STORE_PASSWORD=${password}`,
    );
    expect(await cluster.read('stack.yml')).toContain('${IMPLY_MANAGER_STORE_PASSWORD:?');
    expect(await cluster.read('stack.yml')).not.toContain(password);
    expect(deployed.all).not.toContain(password);
    expect((await cluster.run(['plan', '--detailed-exitcode'])).code).toBe(0);
    const verified = await cluster.run(['verify', '--json']);
    expect(checksOf(verified.stdout)).toContain('TLS');
    expect(checksOf(verified.stdout)).not.toContain('Authentication');
    expect((await cluster.docker(['secret', 'ls', '--format', '{{.Name}}'])).stdout).not.toContain(
      'noauth_imply-auth-token',
    );
  });

  it('own CA and own token from files', async () => {
    const cluster = await make('own');
    const made = await cluster.init('node3', {
      'tls.ca': 'files',
      'secretFiles.caCertificate': join(pki, 'ca.crt'),
      'secretFiles.caKey': join(pki, 'ca.key'),
      'authentication.token': 'file',
      'secretFiles.authToken': join(pki, 'token'),
    });
    expect(made.code, made.all).toBe(0);
    const deployed = await cluster.run(['deploy', '--yes']);
    expect(deployed.code, deployed.all).toBe(0);
    expect(deployed.stdout).toMatch(/^ {2}✔ imply-data-1 +node\d +(\d+)\/\1/m);
  });

  it('a store and a ZooKeeper that are there already, with a password from a file', async () => {
    const lab = await sharedLab();
    const password = 'external$password"with\'quotes';
    await lab.docker('node1', ['secret', 'create', 'outside-password', '-'], { input: password });
    const at = lab.host('node4').address;
    const server = (name: string, port: number, rest: string[]) =>
      lab.docker('node1', [
        'service',
        'create',
        '--detach=false',
        '--name',
        name,
        '--constraint',
        'node.hostname==node4',
        '--publish',
        `mode=host,published=${port},target=${port}`,
        ...rest,
      ]);
    try {
      await Promise.all([
        server('outside-mysql', 3306, [
          '--secret',
          'outside-password',
          '--env',
          'MYSQL_ROOT_PASSWORD_FILE=/run/secrets/outside-password',
          images.mysql,
        ]),
        server('outside-zookeeper', 2181, ['--env', 'ZOO_4LW_COMMANDS_WHITELIST=srvr', images.zookeeper]),
      ]);
      const cluster = await make('outside');
      await writeFile(join(pki, 'store-password'), `${password}\n`);
      const made = await cluster.init('node1', {
        'store.host': at,
        'store.user': 'root',
        'store.database': 'outside_manager',
        'secretFiles.storePassword': join(pki, 'store-password'),
        'zookeeper.hosts': `[${at}:2181]`,
        'manager.port': '9797',
        'agents.query.publish.enabled': 'false',
      });
      expect(made.code, made.all).toBe(0);
      // A task that runs does not listen yet.
      for (const port of [3306, 2181]) {
        const dial = ['bash', '-c', `exec 3<>/dev/tcp/${at}/${port}`];
        const answers = (): Promise<number> => lab.exec('switch', dial, { check: false }).then(({ code }) => code);
        await expect.poll(answers, { timeout: 120_000, message: `${at}:${port} listens` }).toBe(0);
      }
      // Published ports are reachable from the lab's own network only.
      const check = await lab.exec(
        'switch',
        [process.execPath, fileURLToPath(new URL('../../dist/bundle.cjs', import.meta.url)), 'check', cluster.dir],
        { env: lab.env('node1') },
      );
      expect(check.stdout).toMatch(/store .* is MySQL \d/);
      expect(check.stdout).toMatch(/zookeeper .* is ZooKeeper 3\.8/);
      const deployed = await cluster.run(['deploy', '--yes']);
      expect(deployed.code, deployed.all).toBe(0);
      expect((await cluster.docker(['stack', 'services', 'outside', '--format', '{{.Name}}'])).stdout).not.toMatch(
        /mysql|zookeeper/,
      );
      // The simulator logs in for real: without the right password it never says so.
      await expect
        .poll(
          async () => {
            const logs = await cluster.docker(['service', 'logs', '--raw', 'outside_imply-manager']);
            return logs.stdout + logs.stderr;
          },
          { timeout: 180_000 },
        )
        .toMatch(/outside_manager/);
      await cluster.remove();
      clusters.splice(clusters.indexOf(cluster), 1);
    } finally {
      await lab.docker('node1', ['service', 'rm', 'outside-mysql', 'outside-zookeeper'], { check: false });
      await expect
        .poll(
          () => lab.docker('node1', ['secret', 'rm', 'outside-password'], { check: false }).then(({ code }) => code),
          { timeout: 120_000 },
        )
        .toBe(0);
    }
  });

  it('the vendor page’s mistake, the certificate stored as the key, is refused before anything is sent', async () => {
    const cluster = await Cluster.make('swap');
    const refused = await cluster.init(
      'node1',
      { 'tls.ca': 'files', 'secretFiles.caCertificate': join(pki, 'ca.crt'), 'secretFiles.caKey': join(pki, 'ca.crt') },
      [],
    );
    expect(refused.code, refused.all).toBe(3);
    expect(refused.stderr).toContain('holds a certificate, not a private key');
    expect((await cluster.docker(['secret', 'ls', '-q', '-f', 'label=bundle.stack=swap'])).stdout).toBe('');

    // The same mistake made later, in the bundle's own secrets/.
    expect((await cluster.init('node1')).code).toBe(0);
    await writeFile(join(cluster.dir, 'secrets/imply-ca.key'), await cluster.read('secrets/imply-ca.crt'));
    const checked = await cluster.run(['deploy', '--yes']);
    expect(checked.code, checked.all).toBe(3);
    expect(checked.all).toContain('holds a certificate, not a private key');
    expect((await cluster.docker(['secret', 'ls', '-q', '-f', 'label=bundle.stack=swap'])).stdout).toBe('');
  });
});
