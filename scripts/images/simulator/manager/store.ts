/** The metadata store: settings as the contract wants them, and a real connection before anything is served. */
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { type Environment, Fault } from '../common/environment.ts';
import type { Knobs } from '../common/knobs.ts';
import type { Log } from '../common/log.ts';
import { openMysql } from './mysql.ts';
import type { StoreSettings } from './store-settings.ts';

const REQUIRED = ['TYPE', 'HOST', 'PORT', 'USER', 'PASSWORD', 'DATABASE'] as const;
const LONGEST_PAUSE_MS = 2000;

/** @throws Fault naming every variable that is missing, or the one that is wrong. */
export function readStore(env: Environment, knobs: Knobs, log: Log): StoreSettings {
  const get = (name: (typeof REQUIRED)[number]): string => env[`IMPLY_MANAGER_STORE_${name}`] ?? '';
  const missing = REQUIRED.filter((name) => get(name) === '');
  if (missing.length > 0)
    throw new Fault(`the metadata store needs ${missing.map((name) => `IMPLY_MANAGER_STORE_${name}`).join(', ')}`);
  const type = get('TYPE');
  if (type !== 'mysql' && type !== 'postgresql')
    throw new Fault(`IMPLY_MANAGER_STORE_TYPE: '${type}' is neither mysql nor postgresql`);
  const port = Number(get('PORT'));
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    throw new Fault(`IMPLY_MANAGER_STORE_PORT: '${get('PORT')}' is no port`);
  const database = get('DATABASE');
  if (/[\s-]/.test(database)) {
    const why = `IMPLY_MANAGER_STORE_DATABASE: '${database}' has a space or a dash in it`;
    if (knobs.databaseNameCheck === 'refuse') throw new Fault(why);
    log(why, 'WARN');
  }
  const tls = env['IMPLY_MANAGER_STORE_SSLMODE'] !== 'DISABLED';
  return { type, host: get('HOST'), port, user: get('USER'), password: get('PASSWORD'), database, tls };
}

/**
 * Reaches the store, trying again until it answers: a login and the database itself with MySQL, a TCP connection with
 * PostgreSQL.
 *
 * @throws Fault when the number of attempts is limited and used up.
 */
export async function reachStore(store: StoreSettings, knobs: Knobs, log: Log): Promise<void> {
  for (let attempt = 1, pause = 250; ; attempt++, pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      log(await (store.type === 'mysql' ? openMysql(store) : openTcp(store)));
      return;
    } catch (error) {
      const why = `metadata store ${store.host}:${store.port}: ${error instanceof Error ? error.message : String(error)}`;
      if (attempt >= knobs.storeAttempts) throw new Fault(`${why}; giving up after ${attempt} attempts`);
      log(`${why}; trying again`, 'WARN');
    }
    await wait(pause);
  }
}

function openTcp({ host, port }: StoreSettings): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    socket.setTimeout(5000, () => socket.destroy(new Error('no connection within 5000 ms')));
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.destroy();
      resolve(`metadata store ${host}:${port} accepts connections`);
    });
  });
}
