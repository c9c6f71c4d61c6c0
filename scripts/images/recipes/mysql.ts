/** A real MySQL, from Debian's packages, behind the environment contract of the official image. */
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../../lab/exec.ts';
import { keyOf, withScratch } from '../cache.ts';
import { download, type PackageSet, unpack } from '../debian/packages.ts';
import { pick } from '../debian/pick.ts';
import { type Layer, layer } from '../oci/layer.ts';
import { fileLayer, ownFile } from './files.ts';
import { LABELS, type Log, PATH, type Recipe } from './recipe.ts';
import { skeleton } from './skeleton.ts';

/** No stable Debian has MySQL (only MariaDB, which is another database). */
const PACKAGES: PackageSet = {
  release: 'sid',
  closure: ['mysql-server-core', 'mysql-client-core', 'bash', 'util-linux'],
};

const MYSQL = 999;

const PLUGINS = [
  'auth_socket',
  'component_query_attributes',
  'component_reference_cache',
  'component_validate_password',
  'mysql_native_password',
  'mysql_no_login',
];

const KEPT = [
  'usr/sbin/mysqld',
  'usr/bin/mysql',
  'usr/bin/mysqladmin',
  'usr/bin/mysqldump',
  'usr/bin/bash',
  'usr/bin/setpriv',
  'usr/share/mysql/charsets',
  'usr/share/mysql/english',
  ...PLUGINS.map((name) => `usr/lib/mysql/plugin/${name}.so`),
];

/** Part of a server's identity: every container gets its own at its first start. */
const NOT_SHARED = [
  'auto.cnf',
  'ca-key.pem',
  'ca.pem',
  'client-cert.pem',
  'client-key.pem',
  'private_key.pem',
  'public_key.pem',
  'server-cert.pem',
  'server-key.pem',
];

export const mysql: Recipe = {
  repository: 'lab/mysql',
  tag: '9',
  settings: {
    entrypoint: ['/usr/local/bin/docker-entrypoint.sh'],
    cmd: ['mysqld'],
    env: { PATH },
    expose: [3306, 33060],
    volumes: ['/var/lib/mysql'],
    labels: LABELS,
  },
  layers: async (log) => [await skeleton(log), await server(log), await own()],
};

async function server(log: Log): Promise<Layer> {
  // The number goes up when the same packages and paths are to give another layer.
  return layer(keyOf('mysql 1', JSON.stringify([PACKAGES, KEPT, NOT_SHARED])), async (root) => {
    const debs = await download(PACKAGES, log);
    await withScratch(async (tree) => {
      log('unpacking MySQL');
      await unpack(debs, tree);
      await pick(tree, root, KEPT);
      log('initialising the data directory that MySQL containers start from');
      await template(tree, path.join(root, 'usr', 'share', 'mysql-template.tar.gz'));
    });
  });
}

/** An initialised data directory: initialising takes a server about three seconds, copying it half a second. */
async function template(tree: string, file: string): Promise<void> {
  const data = path.join(tree, 'template');
  for (const dir of [data, path.join(tree, 'tmp')]) await mkdir(dir, { recursive: true });
  const flags = [
    '--no-defaults',
    '--initialize-insecure',
    '--user=root',
    '--datadir=/template',
    '--tmpdir=/template',
    '--log-error-verbosity=1',
  ];
  // Only the redo log of the initialisation itself; a server makes its own, of its own size, when it starts.
  await run(['chroot', tree, '/usr/sbin/mysqld', ...flags, '--innodb-redo-log-capacity=8M'], { timeoutMs: 120_000 });
  for (const name of NOT_SHARED) await rm(path.join(data, name), { force: true });
  await rename(path.join(data, 'mysql'), path.join(data, '.mysql-system'));
  await run([
    'tar',
    '--sparse',
    `--owner=${MYSQL}`,
    `--group=${MYSQL}`,
    '--exclude=*_tmp',
    '-czf',
    file,
    '-C',
    data,
    '.',
  ]);
}

async function own(): Promise<Layer> {
  const entrypoint = await ownFile('mysql/docker-entrypoint.sh', 0o755);
  return fileLayer(
    {
      '/usr/local/bin/docker-entrypoint.sh': entrypoint,
      '/entrypoint.sh': entrypoint,
      '/etc/my.cnf': await ownFile('mysql/my.cnf'),
    },
    {
      '/etc/mysql/conf.d': { owner: 0 },
      '/docker-entrypoint-initdb.d': { owner: 0 },
      '/var/lib/mysql': { owner: MYSQL },
      '/var/lib/mysql-files': { owner: MYSQL, mode: 0o750 },
      '/run/mysqld': { owner: MYSQL },
    },
  );
}
