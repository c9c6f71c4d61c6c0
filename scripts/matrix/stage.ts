/** What cases need beside a swarm: servers outside the stack, files with secrets, a directory on each host. */
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Images } from '../chaos/subject.ts';
import { run } from '../lab/exec.ts';
import type { Lab } from '../lab/lab.ts';
import { poll } from '../lab/poll.ts';
import type { Case, Places } from './cases.ts';

export interface Stage {
  lab: Lab;
  images: Images;
  /** The built `bundle`. */
  entry: string;
  /** Holds the bundles. */
  dir: string;
  /** Name below secretFiles to a file. */
  files: Readonly<Record<string, string>>;
  servers: Pick<Places, 'mysql' | 'zookeeper'>;
}

const SERVERS = { mysql: 'outside-mysql', zookeeper: 'outside-zookeeper' };
const SECRET = 'outside-mysql-password';
/** All of it is on this host. */
const HOST = 'node3';
/** Not the usual ones: a stack under test may publish those. */
const PORTS = { mysql: 13306, zookeeper: 12181 };
/** `deepStorage.sharedMount` of the dimensions. It is not really shared: nothing is ever written to it. */
const SHARED = '/srv/matrix';

/** @param dir an empty directory, 0700 */
export async function setStage(lab: Lab, images: Images, entry: string, dir: string): Promise<Stage> {
  const files = await secretFiles(join(dir, 'inputs'));
  for (const { name } of lab.hosts) await lab.onHost(name, ['mkdir', '-p', SHARED]);
  await lab.docker('node1', ['secret', 'create', SECRET, files.storePassword]);
  const server = (name: string, port: number, target: number, rest: string[]): Promise<unknown> =>
    lab.docker('node1', [
      'service',
      'create',
      '--quiet',
      '--name',
      name,
      '--constraint',
      `node.hostname==${HOST}`,
      '--publish',
      `mode=host,published=${port},target=${target}`,
      ...rest,
    ]);
  await Promise.all([
    server(SERVERS.mysql, PORTS.mysql, 3306, [
      '--secret',
      SECRET,
      '--env',
      `MYSQL_ROOT_PASSWORD_FILE=/run/secrets/${SECRET}`,
      images.mysql,
    ]),
    server(SERVERS.zookeeper, PORTS.zookeeper, 2181, ['--env', 'ZOO_4LW_COMMANDS_WHITELIST=srvr', images.zookeeper]),
  ]);
  const { address } = lab.host(HOST);
  return { lab, images, entry, dir, files, servers: { mysql: address, zookeeper: `${address}:${PORTS.zookeeper}` } };
}

/**
 * What one case finds: nothing that another one has, for they run at the same time. Its directories are made on each
 * host.
 */
export async function placesOf({ lab, servers }: Stage, { number }: Case): Promise<Places> {
  const directory = `${SHARED}/case-${number}`;
  for (const { name } of lab.hosts)
    await lab.onHost(name, [
      'mkdir',
      '-p',
      ...['manager', 'master', 'query', 'data', 'tmp'].map((folder) => `${directory}/${folder}`),
    ]);
  return { ...servers, directory, subnet: `10.${64 + Math.floor(number / 256)}.${number % 256}.0/24` };
}

/** Takes the servers off a lab that goes on. */
export async function clearStage({ lab }: Pick<Stage, 'lab'>): Promise<void> {
  await lab.docker('node1', ['service', 'rm', ...Object.values(SERVERS)], { check: false });
  // Not removed as long as the server's task is there.
  await poll('the secret of the outside MySQL goes', 180_000, async () => {
    await lab.docker('node1', ['secret', 'rm', SECRET], { check: false });
    return (await lab.docker('node1', ['secret', 'inspect', SECRET], { check: false })).code === 0 ? undefined : true;
  });
}

async function secretFiles(
  dir: string,
): Promise<Record<'caCertificate' | 'caKey' | 'authToken' | 'license' | 'storePassword' | 'deepStorageKey', string>> {
  await mkdir(dir, { mode: 0o700 });
  const file = async (name: string, text: string): Promise<string> => {
    const path = join(dir, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  const [caCertificate, caKey] = [join(dir, 'ca.crt'), join(dir, 'ca.key')];
  await run([
    'openssl',
    'req',
    '-x509',
    '-new',
    '-nodes',
    '-newkey',
    'rsa:2048',
    '-subj',
    '/CN=matrix CA',
    '-days',
    '30',
    '-keyout',
    caKey,
    '-out',
    caCertificate,
  ]);
  const random = (): string => randomBytes(18).toString('base64url');
  return {
    caCertificate,
    caKey,
    authToken: await file('token', `${random()}\n`),
    license: await file('licence', `licence of\nthe matrix ${random()}\n`),
    deepStorageKey: await file('deep-storage-key', random()),
    // What shells, YAML and compose files take for something else.
    storePassword: await file('store-password', `${random()}$x"'\\`),
  };
}
