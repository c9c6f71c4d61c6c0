import type { LoginReason } from '../common/database/reading.ts';

/** What an error of a MySQL at login means. */
export interface Refusal {
  reason: LoginReason;
  /** In our words, as the server's do not say what to do; follows the user's name. */
  means: string;
  /** What fixes it, and where. */
  mend: string;
}

const refused = (means: string, mend: string): Refusal => ({ reason: 'refused', means, mend });
const busy = (means: string, mend: string): Refusal => ({ reason: 'busy', means, mend });
const host = (means: string, mend: string): Refusal => ({ reason: 'host', means, mend });
const untried = (means: string, mend: string): Refusal => ({ reason: 'untried', means, mend });

const AUTHENTICATION = 'as an administrator: ALTER USER … IDENTIFIED WITH caching_sha2_password BY …';
const PASSWORD: [string, string] = [
  'the user, the password, or both are not known there',
  'correct the user, or the password',
];
const EXPIRED: [string, string] = [
  'the password has expired',
  'as an administrator: ALTER USER … IDENTIFIED BY … PASSWORD EXPIRE NEVER; then give that password',
];
const LOCKED: [string, string] = ['the account is locked', 'as an administrator: ALTER USER … ACCOUNT UNLOCK'];
const FULL: [string, string] = [
  'all its connections are taken',
  'wait, close idle ones, or raise max_connections there: the stack needs some at once',
];

/**
 * By error number: MySQL 8.4 (Server Error Message Reference) and MariaDB (Error Codes), as far as a login can end with
 * one; 9000 and 9001 are of gateways before it (Azure Database for MySQL; ProxySQL).
 */
const TABLE: Readonly<Record<number, Refusal>> = {
  1040: busy(...FULL),
  1041: busy('it is out of memory', 'see its error log'),
  1042: host('it cannot resolve this machine’s address', 'give it a name in DNS, or skip_name_resolve there'),
  1043: untried('the handshake broke off', 'see its error log; a proxy between may have answered'),
  1044: refused('the user may not use this database', 'as an administrator: GRANT it to the user'),
  1045: refused(...PASSWORD),
  1047: busy(
    'it takes no commands now: a node of a Galera cluster that is not in step',
    'wait until wsrep_ready is ON',
  ),
  1049: refused('there is no such database', 'as an administrator: CREATE DATABASE, or correct its name'),
  1053: busy('it is shutting down', 'run this again once it is up'),
  1129: host('it blocks this machine after failed connections', 'as an administrator: FLUSH HOSTS'),
  1130: host('no account takes logins from this machine', 'what counts is that it lets the nodes in'),
  1135: busy('it can make no more threads', 'see its error log'),
  1158: busy('the connection broke off', 'run this again; see its error log'),
  1159: busy('the connection was too slow', 'run this again; see connect_timeout there'),
  1160: busy('the connection broke off', 'run this again; see its error log'),
  1161: busy('the connection was too slow', 'run this again; see connect_timeout there'),
  1184: busy('it gave the connection up', 'run this again; see its error log'),
  1203: busy('the user has as many connections as he may', 'close idle ones, or raise max_user_connections there'),
  1226: busy('the user has reached a limit of his account', 'as an administrator: ALTER USER … WITH a higher limit'),
  1251: refused('the account’s way to log in is not one that this client speaks', AUTHENTICATION),
  1275: refused('the account has a password in the format before 4.1', AUTHENTICATION),
  1524: refused('the account’s authentication plugin is not loaded', `${AUTHENTICATION}, or load the plugin`),
  1698: refused('the account takes no password (it logs in by socket)', AUTHENTICATION),
  1820: refused(...EXPIRED),
  1862: refused(...EXPIRED),
  1873: refused(...PASSWORD),
  1927: busy('the connection was killed', 'run this again'),
  3032: busy('it is in offline mode', 'as an administrator: SET GLOBAL offline_mode = OFF'),
  3118: refused(...LOCKED),
  3159: refused(
    'it takes logins over TLS only, and offers none that this client takes',
    'give it a certificate (ssl_cert, ssl_key) there',
  ),
  3168: busy('it is not available', 'wait; see its error log'),
  3169: busy('the session was killed', 'run this again'),
  3955: refused('the account is blocked after wrong passwords', 'as an administrator: ALTER USER … ACCOUNT UNLOCK'),
  4031: busy('it ended the connection as idle', 'run this again'),
  4151: refused(...LOCKED),
  9000: host('a firewall before it lets this machine’s address not in', 'what counts is that it lets the nodes in'),
  9001: busy('a proxy before it reaches no server in time', 'see which servers the proxy takes for healthy'),
};

/**
 * mysql2's words for a plugin that it does not have, or may not use (lib/commands/auth_switch.js); they bear no number.
 */
const NO_PLUGIN = /unknown plugin\s+(\S+?)[.,]?(\s|$)|(mysql_clear_password)/i;

/**
 * What is known of a login that failed.
 * @param errno the server's, if it gave one
 * @param words the driver's or the server's
 * @returns undefined for what is not the server's word, such as a connection that failed; of a number that is in no
 *   table, that much
 */
export function mysqlRefusal(errno: number | undefined, words: string): Refusal | undefined {
  const known = errno === undefined ? undefined : TABLE[errno];
  if (known !== undefined) return known;
  const [, named, , clear] = NO_PLUGIN.exec(words) ?? [];
  const plugin = named ?? clear;
  if (plugin !== undefined)
    return untried(
      `the account logs in by ${plugin.replace(/[^\w.-]/g, '')}, which this check does not speak`,
      `try it with the client of the server’s own; if the stack’s software does not speak it either, ${AUTHENTICATION}`,
    );
  if (errno === undefined || !isOfServer(errno)) return undefined;
  return untried(
    'it ended the login for a reason that this check does not know',
    'try the same user with the client of the server’s own, and see the server’s error log',
  );
}

/** 2000 to 2999 are the client's (MySQL: Client Error Message Reference). */
const isOfServer = (errno: number): boolean => errno >= 1000 && (errno < 2000 || errno >= 3000);
